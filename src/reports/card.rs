//! A report card: what a learner did in a month, what it amounts to, and what to take up next. Pure.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{
    advice::{Item, OnTrack, Step, Tried, next_step},
    grade::{Area, Figures, Letter, strong_from},
    month::{Month, day_of},
    store::{Award, Done},
};
use crate::{
    curriculum::{ModuleOutline, Track},
    db::ids::{ChallengeId, LessonId, TypedId, UserId},
    progress::gates::{Allowance, Standing},
};

/// A learner's card of a month.
#[derive(Clone, Debug)]
pub struct Card {
    pub user_id: UserId,
    pub month: Month,
    pub time_zone: String,
    /// None while the month is not over: the card shows where it stands.
    pub issued_at: Option<DateTime<Utc>>,
    pub body: Body,
}

/// What is kept of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The learner's name at that time.
    pub learner: String,
    pub figures: Figures,
    pub skill: i64,
    pub letter: Letter,
    pub areas: Vec<Assessed>,
    /// None in the learner's first month.
    pub before: Option<Before>,
    /// Tracks on which something was done.
    pub tracks: Vec<TrackFigures>,
    pub xp: i64,
    /// XP of each day.
    pub xp_by_day: Vec<i64>,
    /// Skill of up to five months before this one and of this one, oldest first.
    pub history: Vec<(Month, i64)>,
}

/// One area: a strength, or a weakness with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessed {
    pub area: Area,
    pub value: i64,
    pub strong_from: i64,
    pub strong: bool,
    pub next_step: Option<Step>,
}

/// The month before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    pub month: Month,
    pub figures: Figures,
    pub skill: i64,
    pub letter: Letter,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackFigures {
    pub slug: String,
    pub title: String,
    pub figures: Figures,
    pub skill: i64,
}

/// Adds up what was done on every track, or on one.
#[must_use]
pub fn add_up<'a>(done: impl IntoIterator<Item = &'a Done>) -> Figures {
    let mut figures = Figures::default();
    for part in done {
        match part.kind.as_str() {
            "QUIZ" => {
                figures.quizzes += 1;
                figures.quiz_points += part.value;
            }
            "ATTEMPTS" => {
                figures.attempts += part.count;
                figures.accepted += part.value;
            }
            "LESSON" => figures.lessons_completed += 1,
            _ => figures.challenges_passed += 1,
        }
    }
    figures
}

/// What a card is made of.
pub struct Ingredients<'a> {
    pub learner: String,
    pub month: Month,
    pub zone: Tz,
    pub done: &'a [Done],
    pub awards: &'a [Award],
    /// None in the learner's first month.
    pub before: Option<Before>,
    /// Skill of earlier months, oldest first.
    pub history: Vec<(Month, i64)>,
    pub outlines: &'a [(Track, Vec<ModuleOutline>)],
    /// What the learner's plan includes of each of those tracks.
    pub allowances: Vec<Allowance>,
    pub standing: &'a Standing,
}

#[must_use]
pub fn draw_up(from: Ingredients<'_>) -> Body {
    let figures = add_up(from.done);
    let tried: Vec<Tried> = from.done.iter().filter_map(tried).collect();
    let tracks = from.outlines.iter().zip(&from.allowances);
    let tracks: Vec<OnTrack<'_>> = tracks.map(|((_, modules), allowance)| OnTrack { modules, allowance: *allowance }).collect();
    let assess = |area: Area| {
        let strong = figures.is_strong(area);
        let next_step = if strong { None } else { next_step(area, &tracks, from.standing, &tried) };
        Assessed { area, value: figures.value(area), strong_from: strong_from(area), strong, next_step }
    };
    let mut xp_by_day = vec![0; from.month.days().count()];
    for award in from.awards {
        if let Some(day) = day_of(from.month, award.at, from.zone).and_then(|day| xp_by_day.get_mut(day)) {
            *day += award.xp;
        }
    }
    let mut history = from.history;
    history.push((from.month, figures.skill()));
    Body {
        learner: from.learner,
        figures,
        skill: figures.skill(),
        letter: figures.letter(),
        areas: Area::ALL.map(assess).to_vec(),
        before: from.before,
        tracks: by_track(from.done, from.outlines),
        xp: xp_by_day.iter().sum(),
        xp_by_day,
        history,
    }
}

fn tried(done: &Done) -> Option<Tried> {
    let item = match done.kind.as_str() {
        "QUIZ" => Item::Lesson(LessonId::from_uuid(done.item_id)),
        "ATTEMPTS" => Item::Challenge(ChallengeId::from_uuid(done.item_id)),
        _ => return None,
    };
    Some(Tried { item, count: done.count, value: done.value })
}

fn by_track(done: &[Done], outlines: &[(Track, Vec<ModuleOutline>)]) -> Vec<TrackFigures> {
    let mut parts: HashMap<_, Vec<&Done>> = HashMap::new();
    for part in done {
        parts.entry(part.track_id).or_default().push(part);
    }
    let of_track = |(track, _): &(Track, _)| {
        let figures = add_up(parts.remove(&track.id)?);
        Some(TrackFigures { slug: track.slug.clone(), title: track.title.clone(), figures, skill: figures.skill() })
    };
    outlines.iter().filter_map(of_track).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn done(kind: &str, track: u128, item: u128, count: i64, value: i64) -> Done {
        let (track_id, item_id) = (TypedId::from_uuid(Uuid::from_u128(track)), Uuid::from_u128(item));
        Done { kind: kind.to_owned(), track_id, item_id, count, value }
    }

    fn track(n: u128, slug: &str) -> (Track, Vec<ModuleOutline>) {
        let id = TypedId::from_uuid(Uuid::from_u128(n));
        let track = Track { id, slug: slug.to_owned(), title: slug.to_uppercase(), summary: String::new(), position: 0, retired_at: None };
        (track, Vec::new())
    }

    fn body(list: &[Done], awards: &[Award]) -> Body {
        draw_up(Ingredients {
            learner: "Ada".to_owned(),
            month: Month::parse("2026-02").unwrap(),
            zone: chrono_tz::Europe::Berlin,
            done: list,
            awards,
            before: None,
            history: vec![(Month::parse("2026-01").unwrap(), 40)],
            outlines: &[track(1, "web"), track(2, "python"), track(3, "data")],
            allowances: Vec::new(),
            standing: &Standing::default(),
        })
    }

    #[test]
    fn a_month_is_the_sum_of_its_tracks() {
        let list = [
            done("QUIZ", 1, 1, 2, 80),
            done("QUIZ", 2, 2, 1, 90),
            done("ATTEMPTS", 1, 3, 4, 1),
            done("ATTEMPTS", 2, 4, 2, 2),
            done("LESSON", 2, 2, 1, 1),
            done("PASS", 1, 3, 1, 1),
        ];
        let body = body(&list, &[]);
        let all = Figures { quizzes: 2, quiz_points: 170, attempts: 6, accepted: 3, lessons_completed: 1, challenges_passed: 1 };
        assert_eq!((body.figures, body.skill, body.letter), (all, 57, Letter::F)); // 38.25 + 17.5 + 1.6
        let tracks: Vec<_> = body.tracks.iter().map(|track| (track.slug.as_str(), track.skill)).collect();
        assert_eq!(tracks, [("web", 44), ("python", 77)]); // 36 + 8.75; 40.5 + 35 + 1.6
        let strong: Vec<bool> = body.areas.iter().map(|area| area.strong).collect();
        assert_eq!(strong, [true, false, false]);
        assert_eq!(body.history.last(), Some(&(Month::parse("2026-02").unwrap(), 57)));
    }

    #[test]
    fn xp_falls_on_the_learners_own_days() {
        let award = |at: &str, xp| Award { at: at.parse().unwrap(), xp };
        let body = body(&[], &[award("2026-01-31T23:10:00Z", 60), award("2026-02-01T22:59:00Z", 40), award("2026-02-28T22:00:00Z", -10)]);
        assert_eq!((body.xp_by_day.len(), body.xp_by_day[0], body.xp_by_day[27], body.xp), (28, 100, -10, 90));
        assert_eq!((body.skill, body.letter), (0, Letter::F));
    }
}
