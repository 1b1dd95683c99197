//! What a learner should take up next, and why: the weakest of what was begun, then what was begun, then what comes next. Pure.

use super::{
    gates::{self, Allowance, Standing},
    store::Mine,
};
use crate::curriculum::{Challenge, ItemOutline, Lesson, ModuleOutline, grading::PASSING_SCORE};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was tried and not passed, and is the weakest of all that was.
    Weakest,
    /// It was begun.
    Begun,
    /// It comes next.
    Next,
}

#[derive(Clone, Debug)]
pub enum Item {
    Lesson(Lesson),
    Challenge(Challenge),
}

#[derive(Clone, Debug)]
pub struct Recommendation {
    pub reason: Reason,
    pub item: Item,
    /// For the learner, in plain words.
    pub message: String,
}

/// A track with what the learner's plan opens of it.
pub struct Offered<'a> {
    pub slug: &'a str,
    pub modules: &'a [ModuleOutline],
    pub allowance: Allowance,
}

/// None when nothing is open that is not passed. `last_track` is where the learner last passed something.
#[must_use]
pub fn next(tracks: &[Offered<'_>], mine: &Mine, last_track: Option<&str>) -> Option<Recommendation> {
    let weakest = tracks
        .iter()
        .flat_map(|track| open_items(track, &mine.standing))
        .filter_map(|item| Some((strength(&item, mine)?, item)))
        .min_by_key(|(strength, _)| *strength);
    if let Some((strength, item)) = weakest {
        let message = match &item {
            Open::Lesson(lesson, _) => {
                format!("Your best score in the quiz of \"{}\" is {strength}; it takes {PASSING_SCORE}.", lesson.title)
            }
            Open::Challenge(challenge) => format!("Your best attempt at \"{}\" reached {strength} % of its points.", challenge.title),
        };
        return Some(Recommendation { reason: Reason::Weakest, item: item.into(), message });
    }
    let begun = tracks
        .iter()
        .flat_map(|track| open_items(track, &mine.standing))
        .find(|item| matches!(item, Open::Lesson(lesson, _) if mine.lessons.contains_key(&lesson.id)));
    if let Some(item) = begun {
        let message = "You have begun it; finish it.".to_owned();
        return Some(Recommendation { reason: Reason::Begun, item: item.into(), message });
    }
    let recent = tracks.iter().filter(|track| Some(track.slug) == last_track);
    let item = recent.chain(tracks).flat_map(|track| open_items(track, &mine.standing)).next()?;
    Some(Recommendation { reason: Reason::Next, item: item.into(), message: "It comes next.".to_owned() })
}

enum Open<'a> {
    Lesson(&'a Lesson, Option<i32>),
    Challenge(&'a Challenge),
}

impl From<Open<'_>> for Item {
    fn from(open: Open<'_>) -> Self {
        match open {
            Open::Lesson(lesson, _) => Self::Lesson(lesson.clone()),
            Open::Challenge(challenge) => Self::Challenge(challenge.clone()),
        }
    }
}

/// 0 to 100 for what was tried and not passed.
fn strength(item: &Open<'_>, mine: &Mine) -> Option<i32> {
    match item {
        Open::Lesson(_, score) => score.filter(|score| *score < PASSING_SCORE),
        Open::Challenge(challenge) => {
            let progress = mine.challenges.get(&challenge.id).filter(|progress| progress.attempts_used > 0)?;
            Some(100 * progress.best_score / challenge.points.max(1))
        }
    }
}

/// What is open and not passed, in order: of a lesson whose quiz is passed, its challenge, and when that is passed the lesson again.
fn open_items<'a>(track: &'a Offered<'_>, standing: &Standing) -> Vec<Open<'a>> {
    let mut open = Vec::new();
    let is_open = |challenge: &Challenge| {
        !standing.passed_challenges.contains(&challenge.id)
            && gates::challenge_locked(track.modules, standing, track.allowance, challenge).is_none()
    };
    for item in track.modules.iter().flat_map(|module| &module.items) {
        match item {
            ItemOutline::Challenge(challenge) if is_open(challenge) => open.push(Open::Challenge(challenge)),
            ItemOutline::Challenge(_) => {}
            ItemOutline::Lesson { lesson, quiz, challenge } => {
                if standing.completed_lessons.contains(&lesson.id) || gates::lesson_locked(track.modules, standing, lesson.id).is_some() {
                    continue;
                }
                let score = quiz.as_ref().and_then(|quiz| standing.quiz_scores.get(&quiz.id).copied());
                match challenge.as_ref().filter(|challenge| is_open(challenge)) {
                    Some(challenge) => open.push(Open::Challenge(challenge)),
                    None => open.push(Open::Lesson(lesson, score)),
                }
            }
        }
    }
    open
}
