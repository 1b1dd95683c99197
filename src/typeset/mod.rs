//! Sheets of A4 and the PDF they become: text in bundled fonts, plain shapes, QR codes, links. The same sheets give the same bytes.
//!
//! It knows no domain: certificates, report cards and transcripts lay out their own pages. Start reading at [`Sheet`], then
//! [`pdf`].

mod text;

use chrono::{DateTime, Datelike, Timelike, Utc};
use krilla::{
    Document, SerializeSettings,
    action::{Action, LinkAction},
    annotation::{Annotation, LinkAnnotation, Target},
    color::rgb,
    geom::{Path, PathBuilder, Rect},
    metadata::{self, Metadata},
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, FillRule, Stroke},
    surface::Surface,
};
use qrcodegen::{QrCode, QrCodeEcc};
pub use text::{Face, Line, fitted, wrapped};

use crate::error::{Error, Result};

/// Points of the sides of A4.
pub const A4_SHORT: f32 = 595.276;
pub const A4_LONG: f32 = 841.89;

/// A colour: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink(pub u8, pub u8, pub u8);

/// A rectangle in points from the upper left corner of the sheet.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

impl Area {
    #[must_use]
    pub const fn new(left: f32, top: f32, width: f32, height: f32) -> Self {
        Self { left, top, width, height }
    }

    fn rect(self) -> Option<Rect> {
        Rect::from_xywh(self.left, self.top, self.width, self.height)
    }
}

enum Mark {
    Text { line: Line, x: f32, y: f32, ink: Ink },
    Filled { path: Path, ink: Ink },
    Drawn { path: Path, ink: Ink, width: f32 },
}

/// A page and what is on it. Places are points from the upper left corner; text stands on its base line.
pub struct Sheet {
    width: f32,
    height: f32,
    marks: Vec<Mark>,
    links: Vec<(Area, String)>,
}

impl Sheet {
    #[must_use]
    pub const fn portrait() -> Self {
        Self { width: A4_SHORT, height: A4_LONG, marks: Vec::new(), links: Vec::new() }
    }

    #[must_use]
    pub const fn landscape() -> Self {
        Self { width: A4_LONG, height: A4_SHORT, marks: Vec::new(), links: Vec::new() }
    }

    /// Begins at `x`.
    pub fn text(&mut self, line: Line, x: f32, y: f32, ink: Ink) {
        self.marks.push(Mark::Text { line, x, y, ink });
    }

    /// Has its middle at `x`.
    pub fn centred(&mut self, line: Line, x: f32, y: f32, ink: Ink) {
        let left = x - line.width / 2.0;
        self.text(line, left, y, ink);
    }

    /// Ends at `x`.
    pub fn ending(&mut self, line: Line, x: f32, y: f32, ink: Ink) {
        let left = x - line.width;
        self.text(line, left, y, ink);
    }

    /// Nothing for an area without a surface.
    pub fn filled(&mut self, area: Area, ink: Ink) {
        self.fill(area.rect().and_then(rectangle), ink);
    }

    pub fn framed(&mut self, area: Area, width: f32, ink: Ink) {
        if let Some(path) = area.rect().and_then(rectangle) {
            self.marks.push(Mark::Drawn { path, ink, width });
        }
    }

    pub fn line(&mut self, points: &[(f32, f32)], width: f32, ink: Ink) {
        if let Some(path) = polyline(points) {
            self.marks.push(Mark::Drawn { path, ink, width });
        }
    }

    pub fn disc(&mut self, (x, y): (f32, f32), radius: f32, ink: Ink) {
        self.fill(circle(x, y, radius), ink);
    }

    fn fill(&mut self, path: Option<Path>, ink: Ink) {
        if let Some(path) = path {
            self.marks.push(Mark::Filled { path, ink });
        }
    }

    pub fn link(&mut self, area: Area, address: &str) {
        self.links.push((area, address.to_owned()));
    }

    /// A QR code over the whole area, without the quiet zone: leave four modules free around it.
    pub fn qr(&mut self, area: Area, content: &str, ink: Ink) -> Result<()> {
        let code = QrCode::encode_text(content, QrCodeEcc::Medium).map_err(|_| Error::broken("an address is too long for a QR code"))?;
        let side = code.size();
        #[expect(clippy::cast_precision_loss, reason = "a QR code has at most 177 modules a side")]
        let (module, at) = (area.width / side as f32, |index: i32| index as f32);
        let mut path = PathBuilder::new();
        for y in 0..side {
            for x in (0..side).filter(|x| code.get_module(*x, y)) {
                if let Some(rect) = Rect::from_xywh(area.left + at(x) * module, area.top + at(y) * module, module, module) {
                    path.push_rect(rect);
                }
            }
        }
        self.fill(path.finish(), ink);
        Ok(())
    }
}

fn rectangle(rect: Rect) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    path.finish()
}

fn polyline(points: &[(f32, f32)]) -> Option<Path> {
    let ((x, y), rest) = points.split_first()?;
    let mut path = PathBuilder::new();
    path.move_to(*x, *y);
    for (x, y) in rest {
        path.line_to(*x, *y);
    }
    path.finish()
}

/// How far the handles of a quarter of a circle reach, as a part of its radius.
const HANDLE: f32 = 0.552_284_8;

fn circle(x: f32, y: f32, radius: f32) -> Option<Path> {
    let (handle, mut path) = (HANDLE * radius, PathBuilder::new());
    path.move_to(x + radius, y);
    path.cubic_to(x + radius, y + handle, x + handle, y + radius, x, y + radius);
    path.cubic_to(x - handle, y + radius, x - radius, y + handle, x - radius, y);
    path.cubic_to(x - radius, y - handle, x - handle, y - radius, x, y - radius);
    path.cubic_to(x + handle, y - radius, x + radius, y - handle, x + radius, y);
    path.close();
    path.finish()
}

/// What a reader shows about the document as a whole.
pub struct About {
    pub title: String,
    pub description: String,
    pub keywords: Vec<String>,
    /// Names the document; the same for the same document.
    pub id: String,
    pub made_at: DateTime<Utc>,
}

/// The pages as one PDF. Takes milliseconds of computing: call it where that does no harm.
pub fn pdf(about: About, sheets: Vec<Sheet>) -> Result<Vec<u8>> {
    let mut document = Document::new_with(SerializeSettings { enable_tagging: false, ..SerializeSettings::default() });
    for sheet in sheets {
        let settings = PageSettings::from_wh(sheet.width, sheet.height).ok_or_else(|| Error::broken("a sheet has no surface"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in &sheet.marks {
            draw(&mut surface, mark);
        }
        surface.finish();
        for (area, address) in sheet.links {
            if let Some(rect) = area.rect() {
                let target = Target::Action(Action::Link(LinkAction::new(address)));
                page.add_annotation(Annotation::new_link(LinkAnnotation::new(rect, target), None));
            }
        }
        page.finish();
    }
    document.set_metadata(
        Metadata::new()
            .title(about.title)
            .description(about.description)
            .keywords(about.keywords)
            .creator("Weak to Strong".to_owned())
            .language("en".to_owned())
            .document_id(about.id)
            .creation_date(date(about.made_at)),
    );
    document.finish().map_err(|error| Error::fault(anyhow::anyhow!("a PDF could not be written: {error:?}")))
}

fn draw(surface: &mut Surface<'_>, mark: &Mark) {
    let paint = |ink: Ink| rgb::Color::new(ink.0, ink.1, ink.2).into();
    let fill = |ink: Ink| Fill { paint: paint(ink), opacity: NormalizedF32::ONE, rule: FillRule::NonZero };
    match mark {
        Mark::Text { line, x, y, ink } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            line.draw(surface, *x, *y);
        }
        Mark::Filled { path, ink } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            surface.draw_path(path);
        }
        Mark::Drawn { path, ink, width } => {
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke { paint: paint(*ink), width: *width, ..Stroke::default() }));
            surface.draw_path(path);
        }
    }
}

fn date(at: DateTime<Utc>) -> metadata::DateTime {
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    metadata::DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut sheet = Sheet::portrait();
        let ink = Ink(20, 30, 40);
        for (index, text) in ["Ada", "Żółć", "Їжак", "Ελένη", "דוד Cohen", "王小明", "\u{1F600}"].into_iter().enumerate()
        {
            #[expect(clippy::cast_precision_loss, reason = "a few lines")]
            sheet.text(Line::new(Face::Serif, 20.0, text), 50.0, 100.0 + 30.0 * index as f32, ink);
        }
        sheet.qr(Area::new(50.0, 400.0, 100.0, 100.0), "https://example.org/certificates/ABC", ink).unwrap();
        sheet.link(Area::new(50.0, 400.0, 100.0, 100.0), "https://example.org/certificates/ABC");
        sheet.disc((300.0, 300.0), 20.0, ink);
        sheet.line(&[(10.0, 10.0), (20.0, 20.0)], 1.0, ink);
        sheet.framed(Area::new(10.0, 10.0, 50.0, 50.0), 1.0, ink);
        let about = About {
            title: "A title".to_owned(),
            description: "What it is.".to_owned(),
            keywords: Vec::new(),
            id: "one".to_owned(),
            made_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        };
        pdf(about, vec![sheet, Sheet::landscape()]).unwrap()
    }

    #[test]
    fn the_same_sheets_give_the_same_bytes() {
        let first = sample();
        assert!(first.starts_with(b"%PDF-") && first.len() > 1_000);
        assert_eq!(first, sample());
    }
}
