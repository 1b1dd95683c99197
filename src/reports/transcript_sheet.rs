//! A transcript on paper: as many portrait sheets of A4 as it takes. Pure.

use chrono::{DateTime, Utc};

use super::transcript::{ChallengeRecord, LessonRecord, TrackRecord, Transcript};
use crate::{
    curriculum::Difficulty,
    error::Result,
    typeset::{A4_LONG, A4_SHORT, About, Area, Face, Ink, Line, Sheet, fitted, pdf},
};

const NIGHT: Ink = Ink(19, 35, 68);
const TEXT: Ink = Ink(52, 62, 82);
const FAINT: Ink = Ink(112, 122, 142);
const RULE: Ink = Ink(214, 220, 230);
const LEFT: f32 = 56.0;
const RIGHT: f32 = A4_SHORT - 56.0;
const TOP: f32 = 64.0;
/// Below it nothing but the number of the sheet.
const BOTTOM: f32 = A4_LONG - 72.0;
const ROW: f32 = 17.0;

/// Where the next row goes, and the sheets so far.
struct Pages<'a> {
    transcript: &'a Transcript,
    sheets: Vec<Sheet>,
    sheet: Sheet,
    y: f32,
}

/// The PDF.
pub fn render(transcript: &Transcript) -> Result<Vec<u8>> {
    let mut pages = Pages { transcript, sheets: Vec::new(), sheet: Sheet::portrait(), y: TOP };
    head(&mut pages);
    for track in &transcript.tracks {
        on_track(&mut pages, track);
    }
    if transcript.tracks.is_empty() {
        pages.sheet.text(
            Line::new(Face::Regular, 10.5, "No lesson is completed and no challenge is passed yet."),
            LEFT,
            pages.y + 8.0,
            TEXT,
        );
    }
    let day = transcript.made_at.with_timezone(&transcript.zone).format("%Y-%m-%d");
    let about = About {
        title: format!("Transcript of {}", transcript.learner),
        description: "Completed lessons and passed challenges.".to_owned(),
        keywords: Vec::new(),
        id: format!("transcript/{}/{day}", transcript.user_id),
        made_at: transcript.made_at,
    };
    pdf(about, pages.numbered())
}

impl Pages<'_> {
    /// Begins another sheet when there is not so much room left on this one.
    fn room(&mut self, height: f32) {
        if self.y + height <= BOTTOM {
            return;
        }
        let full = std::mem::replace(&mut self.sheet, Sheet::portrait());
        self.sheets.push(full);
        self.sheet.text(
            fitted(Face::Regular, 9.0, 6.0, 400.0, &format!("Transcript of {}", self.transcript.learner)),
            LEFT,
            TOP - 16.0,
            FAINT,
        );
        self.sheet.line(&[(LEFT, TOP - 8.0), (RIGHT, TOP - 8.0)], 0.6, RULE);
        self.y = TOP + 14.0;
    }

    fn numbered(mut self) -> Vec<Sheet> {
        self.sheets.push(self.sheet);
        let count = self.sheets.len();
        for (index, sheet) in self.sheets.iter_mut().enumerate() {
            let number = format!("{} of {count}", index + 1);
            sheet.ending(Line::new(Face::Regular, 8.5, &number), RIGHT, A4_LONG - 40.0, FAINT);
            sheet.text(Line::new(Face::Regular, 8.5, "Weak to Strong"), LEFT, A4_LONG - 40.0, FAINT);
        }
        self.sheets
    }

    fn day(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.transcript.zone).format("%-d %b %Y").to_string()
    }
}

fn head(pages: &mut Pages<'_>) {
    let transcript = pages.transcript;
    let made = format!("As of {}, in the time zone {}", pages.day(transcript.made_at), transcript.zone.name());
    let sheet = &mut pages.sheet;
    sheet.text(Line::new(Face::Serif, 28.0, "Transcript"), LEFT, TOP + 12.0, NIGHT);
    sheet.text(fitted(Face::Bold, 15.0, 8.0, RIGHT - LEFT, &transcript.learner), LEFT, TOP + 42.0, NIGHT);
    sheet.text(fitted(Face::Regular, 9.5, 6.0, RIGHT - LEFT, &made), LEFT, TOP + 59.0, FAINT);
    let count = |of: fn(&TrackRecord) -> usize| transcript.tracks.iter().map(of).sum::<usize>().to_string();
    let figures = [
        ("Level", transcript.level.to_string()),
        ("Experience points", transcript.xp.to_string()),
        ("Lessons completed", count(|track| track.lessons.len())),
        ("Challenges passed", count(|track| track.challenges.len())),
    ];
    let mut x = LEFT;
    for (name, value) in figures {
        sheet.text(Line::new(Face::Bold, 17.0, &value), x, TOP + 94.0, NIGHT);
        sheet.text(Line::new(Face::Regular, 8.5, name), x, TOP + 107.0, FAINT);
        x += (RIGHT - LEFT) / 4.0;
    }
    pages.y = TOP + 140.0;
}

fn on_track(pages: &mut Pages<'_>, track: &TrackRecord) {
    // A heading stays with the first of its rows.
    pages.room(26.0 + 3.0 * ROW);
    pages.sheet.text(fitted(Face::Bold, 14.0, 8.0, RIGHT - LEFT, &track.title), LEFT, pages.y, NIGHT);
    pages.sheet.filled(Area::new(LEFT, pages.y + 7.0, RIGHT - LEFT, 1.2), NIGHT);
    pages.y += 26.0;
    if !track.lessons.is_empty() {
        titles(pages, ["Lesson", "Best quiz score", "Completed"]);
        for lesson in &track.lessons {
            lesson_row(pages, lesson);
        }
        pages.y += 8.0;
    }
    if !track.challenges.is_empty() {
        titles(pages, ["Challenge", "Score and attempts", "Passed"]);
        for challenge in &track.challenges {
            challenge_row(pages, challenge);
        }
    }
    pages.y += 18.0;
}

const MIDDLE_COLUMN: f32 = 425.0;

fn titles(pages: &mut Pages<'_>, [first, middle, last]: [&str; 3]) {
    pages.room(2.0 * ROW);
    pages.sheet.text(Line::new(Face::Bold, 8.5, first), LEFT, pages.y, FAINT);
    pages.sheet.ending(Line::new(Face::Bold, 8.5, middle), MIDDLE_COLUMN, pages.y, FAINT);
    pages.sheet.ending(Line::new(Face::Bold, 8.5, last), RIGHT, pages.y, FAINT);
    pages.y += ROW;
}

fn row(pages: &mut Pages<'_>, [first, middle, last]: [&str; 3]) {
    pages.room(ROW);
    let y = pages.y;
    pages.sheet.text(fitted(Face::Regular, 10.0, 6.5, 262.0, first), LEFT, y, TEXT);
    pages.sheet.ending(Line::new(Face::Regular, 10.0, middle), MIDDLE_COLUMN, y, TEXT);
    pages.sheet.ending(Line::new(Face::Regular, 10.0, last), RIGHT, y, TEXT);
    pages.sheet.line(&[(LEFT, y + 5.0), (RIGHT, y + 5.0)], 0.4, RULE);
    pages.y += ROW;
}

fn lesson_row(pages: &mut Pages<'_>, lesson: &LessonRecord) {
    let score = lesson.quiz_score.map_or_else(|| "no quiz".to_owned(), |score| format!("{score} %"));
    let day = pages.day(lesson.completed_at);
    row(pages, [&lesson.title, &score, &day]);
}

fn challenge_row(pages: &mut Pages<'_>, challenge: &ChallengeRecord) {
    let word = match challenge.difficulty {
        Difficulty::Beginner => "beginner",
        Difficulty::Intermediate => "intermediate",
        Difficulty::Advanced => "advanced",
    };
    let attempts = if challenge.attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", challenge.attempts) };
    let (title, result) = (format!("{} ({word})", challenge.title), format!("{} points, {attempts}", challenge.best_score));
    let day = pages.day(challenge.passed_at);
    row(pages, [&title, &result, &day]);
}
