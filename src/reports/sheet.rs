//! A report card on paper: one portrait sheet of A4 with charts; a second one when there are many tracks. Pure.

use chrono::{DateTime, Utc};

use super::{
    card::{Assessed, Body, Card, TrackFigures},
    grade::{self, Letter},
    month::Month,
};
use crate::{
    error::Result,
    typeset::{A4_LONG, A4_SHORT, About, Area, Face, Ink, Line, Sheet, fitted, pdf, wrapped},
};

const NIGHT: Ink = Ink(19, 35, 68);
const TEXT: Ink = Ink(52, 62, 82);
const FAINT: Ink = Ink(112, 122, 142);
const RULE: Ink = Ink(214, 220, 230);
const PALE: Ink = Ink(236, 240, 246);
const GREEN: Ink = Ink(33, 120, 76);
const AMBER: Ink = Ink(184, 110, 20);
const RED: Ink = Ink(172, 44, 44);
const BLUE: Ink = Ink(48, 92, 170);
const WHITE: Ink = Ink(255, 255, 255);
const LEFT: f32 = 56.0;
const RIGHT: f32 = A4_SHORT - 56.0;
const WIDTH: f32 = RIGHT - LEFT;
/// Where the charts on the right begin.
const HALF: f32 = LEFT + WIDTH / 2.0 + 12.0;
const BOTTOM: f32 = A4_LONG - 66.0;

/// The PDF. `now` is shown on a card that is not final.
pub fn render(card: &Card, now: DateTime<Utc>) -> Result<Vec<u8>> {
    let mut sheet = Sheet::portrait();
    head(&mut sheet, card, now);
    grade_of(&mut sheet, &card.body);
    areas(&mut sheet, &card.body.areas);
    days(&mut sheet, card);
    months(&mut sheet, &card.body.history);
    let y = findings(&mut sheet, &card.body.areas, 472.0);
    let name = format!("Report card of {}, {}", card.body.learner, card.month.name());
    let sheets = tracks(sheet, &card.body.tracks, y + 12.0, &name);
    let about = About {
        title: name,
        description: format!("Grade {}, skill {} of 100.", card.body.letter.as_str(), card.body.skill),
        keywords: Vec::new(),
        id: format!("report-card/{}/{}", card.user_id, card.month),
        made_at: card.issued_at.unwrap_or(now),
    };
    pdf(about, sheets)
}

fn head(sheet: &mut Sheet, card: &Card, now: DateTime<Utc>) {
    sheet.text(Line::new(Face::Serif, 28.0, "Report card"), LEFT, 78.0, NIGHT);
    sheet.ending(Line::new(Face::Serif, 17.0, &card.month.name()), RIGHT, 78.0, NIGHT);
    sheet.filled(Area::new(LEFT, 90.0, WIDTH, 1.4), NIGHT);
    sheet.text(fitted(Face::Bold, 14.0, 7.0, WIDTH * 0.6, &card.body.learner), LEFT, 112.0, NIGHT);
    let issued = match card.issued_at {
        Some(at) => format!("Issued {}", at.format("%-d %B %Y")),
        None => format!("Not final: as of {}", now.format("%-d %B %Y")),
    };
    sheet.ending(Line::new(Face::Regular, 9.0, &issued), RIGHT, 106.0, FAINT);
    sheet.ending(fitted(Face::Regular, 9.0, 6.0, WIDTH * 0.35, &card.time_zone), RIGHT, 118.0, FAINT);
    sheet.text(Line::new(Face::Regular, 8.5, "Weak to Strong"), LEFT, A4_LONG - 40.0, FAINT);
}

const fn colour(letter: Letter) -> Ink {
    match letter {
        Letter::A | Letter::B => GREEN,
        Letter::C | Letter::D => AMBER,
        Letter::F => RED,
    }
}

fn grade_of(sheet: &mut Sheet, body: &Body) {
    let (x, y) = (LEFT + 46.0, 186.0);
    sheet.disc((x, y), 44.0, colour(body.letter));
    sheet.centred(Line::new(Face::Bold, 48.0, body.letter.as_str()), x, y + 17.0, WHITE);
    let right = LEFT + 106.0;
    sheet.text(Line::new(Face::Bold, 26.0, &body.skill.to_string()), right, y - 4.0, NIGHT);
    let after = right + Line::new(Face::Bold, 26.0, &body.skill.to_string()).width + 6.0;
    sheet.text(Line::new(Face::Regular, 10.0, "of 100"), after, y - 4.0, FAINT);
    let (change, than) = match &body.before {
        None => ("The first month".to_owned(), String::new()),
        Some(before) => {
            let change = match body.skill - before.skill {
                0 => "As in".to_owned(),
                up @ 1.. => format!("Up {up} since"),
                down => format!("Down {} since", -down),
            };
            (format!("{change} {}", before.month.name()), format!("which was {} ({})", before.skill, before.letter.as_str()))
        }
    };
    for (index, text) in [change, than].iter().enumerate() {
        sheet.text(fitted(Face::Regular, 9.5, 6.0, HALF - right - 14.0, text), right, y + 15.0 + 13.0 * place(index), TEXT);
    }
}

#[expect(clippy::cast_precision_loss, reason = "places on a sheet")]
fn place(index: usize) -> f32 {
    index as f32
}

#[expect(clippy::cast_precision_loss, reason = "figures that are drawn, not computed with")]
fn drawn(figure: i64) -> f32 {
    figure as f32
}

const fn name_of(area: grade::Area) -> &'static str {
    match area {
        grade::Area::Quizzes => "Quizzes, mean best score",
        grade::Area::PassRate => "Pass rate of attempts",
        grade::Area::Lessons => "Lessons completed",
    }
}

fn value_of(assessed: &Assessed) -> String {
    match assessed.area {
        grade::Area::Lessons => assessed.value.to_string(),
        _ => format!("{} %", assessed.value),
    }
}

/// A bar for each area, with a mark where strength begins.
fn areas(sheet: &mut Sheet, areas: &[Assessed]) {
    for (index, assessed) in areas.iter().enumerate() {
        let y = 150.0 + 31.0 * place(index);
        let most = if assessed.area == grade::Area::Lessons { assessed.value.max(12) } else { 100 };
        let (full, part) = (RIGHT - HALF, |figure: i64| (RIGHT - HALF) * (drawn(figure) / drawn(most)).clamp(0.0, 1.0));
        sheet.text(Line::new(Face::Regular, 9.0, name_of(assessed.area)), HALF, y, TEXT);
        sheet.ending(Line::new(Face::Bold, 9.0, &value_of(assessed)), RIGHT, y, NIGHT);
        sheet.filled(Area::new(HALF, y + 5.0, full, 8.0), PALE);
        sheet.filled(Area::new(HALF, y + 5.0, part(assessed.value), 8.0), if assessed.strong { GREEN } else { AMBER });
        let mark = HALF + part(assessed.strong_from);
        sheet.line(&[(mark, y + 3.0), (mark, y + 15.0)], 1.2, NIGHT);
    }
}

fn heading(sheet: &mut Sheet, x: f32, y: f32, text: &str) {
    sheet.text(Line::new(Face::Bold, 11.0, text), x, y, NIGHT);
}

const CHART_TOP: f32 = 290.0;
const CHART_HEIGHT: f32 = 120.0;

/// XP of each day as columns.
fn days(sheet: &mut Sheet, card: &Card) {
    heading(sheet, LEFT, CHART_TOP - 22.0, "Experience points a day");
    let (width, base) = (HALF - LEFT - 24.0, CHART_TOP + CHART_HEIGHT);
    let highest = nice(card.body.xp_by_day.iter().copied().max().unwrap_or(0));
    let labels = 26.0;
    for quarter in [0, 2, 4] {
        let y = base - CHART_HEIGHT * drawn(quarter) / 4.0;
        sheet.line(&[(LEFT + labels, y), (LEFT + width, y)], 0.5, RULE);
        sheet.ending(Line::new(Face::Regular, 7.0, &(highest * quarter / 4).to_string()), LEFT + labels - 4.0, y + 2.5, FAINT);
    }
    let column = (width - labels) / place(card.body.xp_by_day.len().max(1));
    for (index, xp) in card.body.xp_by_day.iter().enumerate() {
        let x = LEFT + labels + column * place(index);
        let height = CHART_HEIGHT * drawn((*xp).max(0)) / drawn(highest);
        if height > 0.0 {
            sheet.filled(Area::new(x + column * 0.15, base - height, column * 0.7, height), BLUE);
        }
        if index == 0 || (index + 1) % 5 == 0 {
            sheet.centred(Line::new(Face::Regular, 7.0, &(index + 1).to_string()), x + column / 2.0, base + 10.0, FAINT);
        }
    }
    sheet.text(Line::new(Face::Regular, 8.5, &format!("{} in all", card.body.xp)), LEFT + labels, base + 25.0, TEXT);
}

/// A round number that is not below the highest column; never 0.
fn nice(highest: i64) -> i64 {
    let mut step = 20;
    loop {
        for factor in [1, 2, 5] {
            if step * factor >= highest {
                return step * factor;
            }
        }
        step *= 10;
    }
}

/// Skill of the last months as a line over the letters.
fn months(sheet: &mut Sheet, history: &[(Month, i64)]) {
    heading(sheet, HALF, CHART_TOP - 22.0, "Skill over the months");
    let (left, right, base) = (HALF + 26.0, RIGHT - 10.0, CHART_TOP + CHART_HEIGHT);
    let height_of = |skill: i64| base - CHART_HEIGHT * drawn(skill.clamp(0, 100)) / 100.0;
    for (skill, label) in [(0, ""), (60, "D"), (70, "C"), (80, "B"), (90, "A"), (100, "")] {
        sheet.line(&[(left - 6.0, height_of(skill)), (RIGHT, height_of(skill))], 0.5, RULE);
        sheet.ending(Line::new(Face::Bold, 7.0, label), left - 10.0, height_of(skill) + 2.5, FAINT);
    }
    let step = (right - left) / place(history.len().saturating_sub(1).max(1));
    // A single month stands in the middle.
    let x_of = |index: usize| if history.len() == 1 { f32::midpoint(left, right) } else { left + step * place(index) };
    let points: Vec<(f32, f32)> = history.iter().enumerate().map(|(index, (_, skill))| (x_of(index), height_of(*skill))).collect();
    if points.len() > 1 {
        sheet.line(&points, 1.6, BLUE);
    }
    for (point, (month, skill)) in points.into_iter().zip(history) {
        sheet.disc(point, 3.4, BLUE);
        sheet.centred(Line::new(Face::Bold, 8.0, &skill.to_string()), point.0, point.1 - 7.0, NIGHT);
        let label = month.first_day().format("%b %y").to_string();
        sheet.centred(Line::new(Face::Regular, 7.0, &label), point.0, base + 10.0, FAINT);
    }
}

/// Strengths and weaknesses, each weakness with its next step. Answers where it ends.
fn findings(sheet: &mut Sheet, areas: &[Assessed], top: f32) -> f32 {
    let mut y = top;
    for (title, strong) in [("Strengths", true), ("Weaknesses, and what to do next", false)] {
        let list: Vec<&Assessed> = areas.iter().filter(|assessed| assessed.strong == strong).collect();
        if list.is_empty() {
            continue;
        }
        heading(sheet, LEFT, y, title);
        y += 17.0;
        for assessed in list {
            y = finding(sheet, assessed, y);
        }
        y += 10.0;
    }
    y
}

fn finding(sheet: &mut Sheet, assessed: &Assessed, top: f32) -> f32 {
    let unit = if assessed.area == grade::Area::Lessons { "" } else { " %" };
    let verb = if assessed.strong { "strong from" } else { "a strength from" };
    let text = format!("{}: {} ({verb} {}{unit})", name_of(assessed.area), value_of(assessed), assessed.strong_from);
    sheet.disc((LEFT + 4.0, top - 3.5), 3.0, if assessed.strong { GREEN } else { AMBER });
    sheet.text(fitted(Face::Regular, 10.0, 7.0, WIDTH - 16.0, &text), LEFT + 16.0, top, TEXT);
    let mut y = top + 14.0;
    let step = assessed.next_step.as_ref().map(|step| step.text.as_str());
    for line in wrapped(Face::Bold, 10.0, WIDTH - 16.0, step.unwrap_or_default()) {
        sheet.text(line, LEFT + 16.0, y, NIGHT);
        y += 14.0;
    }
    y + 2.0
}

const COLUMNS: [&str; 6] = ["Track", "Quizzes", "Pass rate", "Lessons", "Challenges", "Skill"];

/// A table of the tracks, which goes on on another sheet when there is no more room.
fn tracks(first: Sheet, tracks: &[TrackFigures], top: f32, name: &str) -> Vec<Sheet> {
    let (mut sheets, mut sheet, mut y) = (Vec::new(), first, top);
    if tracks.is_empty() {
        return vec![sheet];
    }
    if y + 60.0 > BOTTOM {
        sheets.push(std::mem::replace(&mut sheet, continued(name)));
        y = 78.0;
    }
    heading(&mut sheet, LEFT, y, "Track by track");
    y += 18.0;
    row(&mut sheet, y, (Face::Bold, 8.5, FAINT), COLUMNS);
    for track in tracks {
        y += 18.0;
        if y > BOTTOM {
            sheets.push(std::mem::replace(&mut sheet, continued(name)));
            row(&mut sheet, 78.0, (Face::Bold, 8.5, FAINT), COLUMNS);
            y = 96.0;
        }
        let figures = &track.figures;
        let percent = |any: i64, value: i64| if any == 0 { "-".to_owned() } else { format!("{value} %") };
        let texts = [
            track.title.clone(),
            percent(figures.quizzes, figures.quiz_average()),
            percent(figures.attempts, figures.pass_rate()),
            figures.lessons_completed.to_string(),
            figures.challenges_passed.to_string(),
            track.skill.to_string(),
        ];
        row(&mut sheet, y, (Face::Regular, 10.0, TEXT), texts.each_ref().map(String::as_str));
        sheet.line(&[(LEFT, y + 5.0), (RIGHT, y + 5.0)], 0.4, RULE);
        let bar = 54.0;
        sheet.filled(Area::new(RIGHT - bar, y - 7.0, bar, 7.0), PALE);
        sheet.filled(Area::new(RIGHT - bar, y - 7.0, bar * drawn(track.skill.clamp(0, 100)) / 100.0, 7.0), colour(Letter::of(track.skill)));
    }
    sheets.push(sheet);
    sheets
}

fn continued(name: &str) -> Sheet {
    let mut sheet = Sheet::portrait();
    sheet.text(fitted(Face::Regular, 9.0, 6.0, WIDTH, name), LEFT, 48.0, FAINT);
    sheet.line(&[(LEFT, 56.0), (RIGHT, 56.0)], 0.6, RULE);
    sheet
}

fn row(sheet: &mut Sheet, y: f32, (face, size, ink): (Face, f32, Ink), texts: [&str; 6]) {
    let [first, rest @ ..] = texts;
    sheet.text(fitted(face, size, 6.0, 138.0, first), LEFT, y, ink);
    for (index, text) in rest.into_iter().enumerate() {
        let at = [248.0, 310.0, 364.0, 430.0, 474.0].get(index).copied().unwrap_or(RIGHT);
        sheet.ending(Line::new(face, size, text), at, y, ink);
    }
}

#[cfg(test)]
mod tests {
    use super::nice;

    #[test]
    fn an_axis_ends_at_a_round_number() {
        assert_eq!([0, 20, 21, 40, 41, 100, 101, 999, 5_001].map(nice), [20, 20, 40, 40, 100, 100, 200, 1_000, 10_000]);
    }
}
