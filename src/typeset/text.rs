//! Shaping of one line: which font, which glyphs, in which order. A character that no font has becomes a replacement mark, so
//! that any name can be set.

use std::{ops::Range, sync::LazyLock};

use krilla::{
    geom::Point,
    surface::Surface,
    text::{Font, GlyphId, KrillaGlyph},
};
use rustybuzz::{Direction, GlyphBuffer, UnicodeBuffer};
use unicode_bidi::BidiInfo;

/// What a line is set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Regular,
    Bold,
    Serif,
}

/// Fonts by their place: the three faces (Latin, Cyrillic, Greek), then what stands in for what those lack: first Hebrew, Arabic,
/// Armenian, Georgian and symbols, then Chinese, Japanese and Korean.
const FILES: [&[u8]; 5] = [
    include_bytes!("../../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../fonts/NotoSans-Bold.ttf"),
    include_bytes!("../../fonts/NotoSerif-Regular.ttf"),
    include_bytes!("../../fonts/DejaVuSans.ttf"),
    include_bytes!("../../fonts/DroidSansFallback.ttf"),
];
const REPLACEMENT: char = '\u{FFFD}';

struct Loaded {
    font: Font,
    shaper: rustybuzz::Face<'static>,
}

static FONTS: LazyLock<Vec<Loaded>> = LazyLock::new(|| {
    let load = |file: &&'static [u8]| {
        let font = Font::new((*file).into(), 0)?;
        Some(Loaded { font, shaper: rustybuzz::Face::from_slice(file, 0)? })
    };
    FILES.iter().filter_map(load).collect()
});

impl Face {
    /// Places of fonts in the order they are asked for a character.
    const fn fonts(self) -> [usize; 4] {
        match self {
            Self::Regular => [0, 2, 3, 4],
            Self::Bold => [1, 0, 3, 4],
            Self::Serif => [2, 0, 3, 4],
        }
    }

    fn font_of(self, character: char) -> Option<usize> {
        self.fonts().into_iter().find(|font| FONTS.get(*font).is_some_and(|font| font.shaper.glyph_index(character).is_some()))
    }
}

/// Glyphs of one font, side by side.
struct Run {
    font: usize,
    text: String,
    glyphs: Vec<KrillaGlyph>,
}

/// A line ready to be drawn.
pub struct Line {
    runs: Vec<Run>,
    size: f32,
    pub width: f32,
}

impl Line {
    /// Line breaks and other control characters become spaces.
    #[must_use]
    pub fn new(face: Face, size: f32, text: &str) -> Self {
        let known = |character: char| match character {
            _ if character.is_control() => ' ',
            _ if face.font_of(character).is_some() => character,
            _ => REPLACEMENT,
        };
        // Joiners and marks of direction are no glyphs; without a font for them they are left out.
        let silent = |character: char| matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}');
        let text: String = text.chars().filter(|character| !silent(*character)).map(known).collect();
        let mut runs = Vec::new();
        let bidi = BidiInfo::new(&text, None);
        for paragraph in &bidi.paragraphs {
            let (levels, visual) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for range in visual {
                let backwards = levels.get(range.start).is_some_and(unicode_bidi::Level::is_rtl);
                let mut parts = by_font(face, &text, range);
                if backwards {
                    parts.reverse();
                }
                runs.extend(parts.into_iter().filter_map(|(font, range)| shape(font, text.get(range)?, backwards)));
            }
        }
        let width = runs.iter().flat_map(|run: &Run| &run.glyphs).map(|glyph| glyph.x_advance * size).sum();
        Self { runs, size, width }
    }

    /// `x` is the left end, `y` the base line.
    pub(super) fn draw(&self, surface: &mut Surface<'_>, x: f32, y: f32) {
        let mut x = x;
        for run in &self.runs {
            let Some(loaded) = FONTS.get(run.font) else { continue };
            surface.draw_glyphs(Point::from_xy(x, y), &run.glyphs, loaded.font.clone(), &run.text, self.size, false);
            x += run.glyphs.iter().map(|glyph| glyph.x_advance * self.size).sum::<f32>();
        }
    }
}

/// Cuts a range where the font changes.
fn by_font(face: Face, text: &str, range: Range<usize>) -> Vec<(usize, Range<usize>)> {
    let mut parts: Vec<(usize, Range<usize>)> = Vec::new();
    let start = range.start;
    for (offset, character) in text.get(range).unwrap_or_default().char_indices() {
        let (font, at) = (face.font_of(character).unwrap_or_default(), start + offset);
        let end = at + character.len_utf8();
        match parts.last_mut() {
            Some((last, range)) if *last == font => range.end = end,
            _ => parts.push((font, at..end)),
        }
    }
    parts
}

#[expect(clippy::cast_precision_loss, reason = "units of a font are far below what f32 holds exactly")]
fn shape(font: usize, text: &str, backwards: bool) -> Option<Run> {
    let loaded = FONTS.get(font)?;
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    buffer.set_direction(if backwards { Direction::RightToLeft } else { Direction::LeftToRight });
    let shaped = rustybuzz::shape(&loaded.shaper, &[], buffer);
    let em = loaded.font.units_per_em();
    let scaled = |units: i32| units as f32 / em;
    let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, position)| {
        KrillaGlyph::new(
            GlyphId::new(info.glyph_id),
            scaled(position.x_advance),
            scaled(position.x_offset),
            scaled(position.y_offset),
            scaled(position.y_advance),
            cluster(&shaped, info.cluster, text.len()),
            None,
        )
    });
    Some(Run { font, text: text.to_owned(), glyphs: glyphs.collect() })
}

/// The bytes that the cluster beginning at `start` stands for: up to the next one in the order of the text.
fn cluster(shaped: &GlyphBuffer, start: u32, length: usize) -> Range<usize> {
    let next = shaped.glyph_infos().iter().map(|info| info.cluster).filter(|other| *other > start).min();
    start as usize..next.map_or(length, |next| next as usize)
}

/// The largest size between `most` and `least` at which the text is no wider than `width`; at `least` its end is cut off with an
/// ellipsis where it still is.
#[must_use]
pub fn fitted(face: Face, most: f32, least: f32, width: f32, text: &str) -> Line {
    let line = Line::new(face, most, text);
    if line.width <= width {
        return line;
    }
    let size = (most * width / line.width * 0.999).max(least);
    let mut line = Line::new(face, size, text);
    let mut kept: Vec<char> = text.chars().collect();
    while line.width > width && kept.pop().is_some() {
        line = Line::new(face, size, &format!("{}…", kept.iter().collect::<String>().trim_end()));
    }
    line
}

/// Lines no wider than `width`, broken between words, and inside a word that is wider than a line.
#[must_use]
pub fn wrapped(face: Face, size: f32, width: f32, text: &str) -> Vec<Line> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let current = lines.last().map_or("", String::as_str);
        let joined = if current.is_empty() { word.to_owned() } else { format!("{current} {word}") };
        if Line::new(face, size, &joined).width <= width {
            if let Some(last) = lines.last_mut() {
                *last = joined;
            }
            continue;
        }
        lines.extend(pieces(face, size, width, word));
    }
    lines.iter().filter(|line| !line.is_empty()).map(|line| Line::new(face, size, line)).collect()
}

fn pieces(face: Face, size: f32, width: f32, word: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for character in word.chars() {
        let Some(last) = pieces.last_mut() else { break };
        let longer = format!("{last}{character}");
        if last.is_empty() || Line::new(face, size, &longer).width <= width {
            *last = longer;
        } else {
            pieces.push(character.to_string());
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_font(line: &Line, font: usize) -> bool {
        line.runs.iter().all(|run| run.font == font && run.glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0))
    }

    #[test]
    fn every_font_is_read() {
        assert_eq!(FONTS.len(), FILES.len());
    }

    #[test]
    fn latin_cyrillic_and_greek_are_set_in_the_face_itself() {
        for text in ["Ada Lovelace", "Żółć İıŞş Đặng", "Ёлка Їжак Ѓорѓи", "Ελένη Παπαδοπούλου ᾳ"]
        {
            for (face, font) in [(Face::Regular, 0), (Face::Bold, 1), (Face::Serif, 2)] {
                assert!(of_font(&Line::new(face, 10.0, text), font), "{text}");
            }
        }
    }

    #[test]
    fn other_scripts_come_from_the_fonts_behind() {
        for (text, font) in [("דוד", 3), ("مرحبا", 3), ("Հայկ", 3), ("ნინო", 3), ("王小明", 4), ("さくら", 4), ("김민준", 4)]
        {
            assert!(of_font(&Line::new(Face::Serif, 10.0, text), font), "{text}");
        }
    }

    #[test]
    fn nothing_breaks_on_what_no_font_has() {
        for text in [
            "",
            " ",
            "\u{1F600}",
            "𒀀𒀁",
            "a\u{200D}b",
            "\u{202E}abc",
            "e\u{301}\u{302}\u{303}",
            "\r\n\t\0",
            "דוד Cohen 7 מ\"ר",
            "\u{10FFFF}",
        ] {
            let line = Line::new(Face::Serif, 10.0, text);
            assert!(line.width.is_finite(), "{text:?}");
        }
        assert!(of_font(&Line::new(Face::Regular, 10.0, "\u{1F9FF}"), 0));
    }

    #[test]
    fn a_long_name_is_made_smaller_and_then_cut() {
        let short = fitted(Face::Serif, 30.0, 10.0, 300.0, "Ada");
        assert!((short.size - 30.0).abs() < f32::EPSILON);
        let long = fitted(Face::Serif, 30.0, 10.0, 300.0, &"Wolfeschlegel ".repeat(2));
        assert!(long.width <= 300.0 && long.size < 30.0 && long.size >= 10.0);
        let endless = fitted(Face::Serif, 30.0, 10.0, 300.0, &"W".repeat(200));
        assert!(endless.width <= 300.0 && (endless.size - 10.0).abs() < f32::EPSILON);
    }

    #[test]
    fn a_paragraph_is_broken_between_words_and_a_word_only_when_it_must() {
        let lines = wrapped(Face::Regular, 10.0, 100.0, "one two three four five six seven eight nine ten");
        assert!(lines.len() > 1 && lines.iter().all(|line| line.width <= 100.0));
        let lines = wrapped(Face::Regular, 10.0, 100.0, &format!("a {} b", "x".repeat(60)));
        assert!(lines.len() > 3 && lines.iter().all(|line| line.width <= 100.0));
        assert!(wrapped(Face::Regular, 10.0, 100.0, "  ").is_empty());
    }
}
