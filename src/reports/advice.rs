//! One concrete next step for each weakness: the lesson or challenge to take up. Pure.

use serde::{Deserialize, Serialize};

use super::grade::Area;
use crate::{
    curriculum::{Challenge, ItemOutline, Lesson, ModuleOutline, Quiz, grading::PASSING_SCORE},
    db::ids::{ChallengeId, LessonId},
    progress::gates::{self, Allowance, Standing},
};

/// What to take up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    Lesson(LessonId),
    Challenge(ChallengeId),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub item: Item,
    /// In plain words, with the item's title.
    pub text: String,
}

/// How somebody did with one quiz or one challenge in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub item: Item,
    /// Attempts.
    pub count: i64,
    /// Best score of a quiz; accepted attempts of a challenge.
    pub value: i64,
}

/// A track as a learner's plan opens it.
#[derive(Clone, Copy)]
pub struct OnTrack<'a> {
    pub modules: &'a [ModuleOutline],
    pub allowance: Allowance,
}

type Outlines<'a> = [OnTrack<'a>];

/// None when there is nothing left to take up.
#[must_use]
pub fn next_step(area: Area, outlines: &Outlines<'_>, standing: &Standing, tried: &[Tried]) -> Option<Step> {
    match area {
        Area::Quizzes => retake(outlines, standing, tried).or_else(|| first_quiz(outlines, standing)),
        Area::PassRate => try_again(outlines, standing, tried).or_else(|| first_challenge(outlines, standing)),
        Area::Lessons => first_lesson(outlines, standing),
    }
}

/// The worst quiz of the month that is not perfect by now.
fn retake(outlines: &Outlines<'_>, standing: &Standing, tried: &[Tried]) -> Option<Step> {
    let best = |quiz: Option<&Quiz>| quiz.and_then(|quiz| standing.quiz_scores.get(&quiz.id)).copied().unwrap_or(0);
    let answered = |lesson: &Lesson| tried.iter().any(|tried| tried.item == Item::Lesson(lesson.id));
    let candidates = lessons(outlines).filter(|(_, lesson, quiz)| answered(lesson) && best(*quiz) < 100);
    let (_, lesson, quiz) = candidates.min_by_key(|(_, _, quiz)| best(*quiz))?;
    let text = format!("Go through \"{}\" again and retake its quiz: your best score is {}.", lesson.title, best(quiz));
    Some(Step { item: Item::Lesson(lesson.id), text })
}

fn first_quiz(outlines: &Outlines<'_>, standing: &Standing) -> Option<Step> {
    let open = |quiz: &Quiz| standing.quiz_scores.get(&quiz.id).copied().unwrap_or(0) < PASSING_SCORE;
    let mut candidates = lessons(outlines).filter(|(_, _, quiz)| quiz.is_some_and(open));
    let (_, lesson, ..) = candidates.find(|(modules, lesson, ..)| gates::lesson_locked(modules, standing, lesson.id).is_none())?;
    Some(Step { item: Item::Lesson(lesson.id), text: format!("Read \"{}\" and answer its quiz.", lesson.title) })
}

/// The challenge of the month with the most failed attempts that is not passed by now; a passed one when all are.
fn try_again(outlines: &Outlines<'_>, standing: &Standing, tried: &[Tried]) -> Option<Step> {
    let failed = |challenge: &Challenge| {
        tried.iter().find(|tried| tried.item == Item::Challenge(challenge.id)).map_or(0, |tried| tried.count - tried.value)
    };
    let is_open = |challenge: &Challenge| !standing.passed_challenges.contains(&challenge.id);
    let open = challenges(outlines).filter(|(track, challenge)| failed(challenge) > 0 && is_open(challenge) && may_open(*track, challenge));
    // The first of those with the most.
    let (_, challenge) = open.reduce(|best, next| if failed(next.1) > failed(best.1) { next } else { best })?;
    let text = match failed(challenge) {
        1 => format!("Take up \"{}\" again: one attempt has failed. Run its visible checks before you submit.", challenge.title),
        count => format!("Take up \"{}\" again: {count} attempts have failed. Run its visible checks before you submit.", challenge.title),
    };
    Some(Step { item: Item::Challenge(challenge.id), text })
}

fn first_challenge(outlines: &Outlines<'_>, standing: &Standing) -> Option<Step> {
    let is_open = |challenge: &Challenge| !standing.passed_challenges.contains(&challenge.id);
    let open: Vec<_> = challenges(outlines).filter(|(track, challenge)| is_open(challenge) && may_open(*track, challenge)).collect();
    let ready =
        open.iter().find(|(track, challenge)| gates::challenge_locked(track.modules, standing, track.allowance, challenge).is_none());
    // A lesson's challenge waits for its quiz: it is the next one all the same.
    let (_, challenge) = ready.or_else(|| open.first())?;
    let text = format!("Take up \"{}\"; run its visible checks before you submit.", challenge.title);
    Some(Step { item: Item::Challenge(challenge.id), text })
}

/// Whether nothing but the learner's own work is in the way: what their plan leaves out is no advice.
fn may_open(track: OnTrack<'_>, challenge: &Challenge) -> bool {
    gates::plan_locked(track.modules, track.allowance, challenge).is_none()
}

fn first_lesson(outlines: &Outlines<'_>, standing: &Standing) -> Option<Step> {
    let mut open = lessons(outlines).filter(|(_, lesson, ..)| !standing.completed_lessons.contains(&lesson.id));
    let (_, lesson, ..) = open.find(|(modules, lesson, ..)| gates::lesson_locked(modules, standing, lesson.id).is_none())?;
    Some(Step { item: Item::Lesson(lesson.id), text: format!("Complete \"{}\".", lesson.title) })
}

type LessonRow<'a> = (&'a [ModuleOutline], &'a Lesson, Option<&'a Quiz>);

/// Every live lesson, in the order of tracks and modules.
fn lessons<'a>(outlines: &'a Outlines<'a>) -> impl Iterator<Item = LessonRow<'a>> {
    outlines.iter().flat_map(|track| {
        track.modules.iter().flat_map(|module| &module.items).filter_map(|item| match item {
            ItemOutline::Lesson { lesson, quiz, .. } => Some((track.modules, lesson, quiz.as_ref())),
            ItemOutline::Challenge(_) => None,
        })
    })
}

/// Every live challenge, the same way.
fn challenges<'a>(outlines: &'a Outlines<'a>) -> impl Iterator<Item = (OnTrack<'a>, &'a Challenge)> {
    outlines.iter().flat_map(|track| gates::challenges(track.modules).map(|challenge| (*track, challenge)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        curriculum::{Difficulty, Module, Runtime},
        db::ids::TypedId,
    };

    fn id<T: TypedId>(n: u128) -> T {
        T::from_uuid(Uuid::from_u128(n))
    }

    fn lesson(n: u128) -> ItemOutline {
        let lesson = Lesson {
            id: id(n),
            module_id: id(1),
            slug: format!("l{n}"),
            title: format!("L{n}"),
            summary: String::new(),
            minutes: 1,
            position: 0,
            version_id: id(n),
            retired_at: None,
        };
        let quiz = Quiz { id: id(n), lesson_id: id(n), version_id: id(n), retired_at: None };
        let challenge = Challenge {
            id: id(n),
            module_id: id(1),
            lesson_id: Some(id(n)),
            slug: format!("c{n}"),
            title: format!("C{n}"),
            summary: String::new(),
            difficulty: Difficulty::Beginner,
            points: 100,
            minutes: 1,
            runtime: Runtime::Python,
            red_team: false,
            position: 0,
            version_id: id(n),
            retired_at: None,
        };
        ItemOutline::Lesson { lesson, quiz: Some(quiz), challenge: Some(challenge) }
    }

    fn modules() -> Vec<ModuleOutline> {
        let module = Module {
            id: id(1),
            track_id: id(1),
            slug: "m".to_owned(),
            title: "M".to_owned(),
            summary: String::new(),
            number: 1,
            xp: 0,
            position: 0,
            retired_at: None,
        };
        vec![ModuleOutline { module, items: vec![lesson(1), lesson(2), lesson(3)] }]
    }

    fn step_for(area: Area, included: Option<usize>, standing: &Standing, tried: &[Tried]) -> Option<String> {
        let upgrade = crate::billing::without_challenge_limit().unwrap_or_default();
        let allowance = Allowance { challenges: included, upgrade };
        next_step(area, &[OnTrack { modules: &modules(), allowance }], standing, tried).map(|step| step.text)
    }

    fn text(area: Area, standing: &Standing, tried: &[Tried]) -> Option<String> {
        step_for(area, None, standing, tried)
    }

    fn quiz(n: u128, value: i64) -> Tried {
        Tried { item: Item::Lesson(id(n)), count: 1, value }
    }

    fn attempts(n: u128, count: i64, value: i64) -> Tried {
        Tried { item: Item::Challenge(id(n)), count, value }
    }

    #[test]
    fn a_beginner_is_sent_to_the_first_of_everything() {
        let nothing = Standing::default();
        assert_eq!(text(Area::Quizzes, &nothing, &[]).unwrap(), "Read \"L1\" and answer its quiz.");
        assert_eq!(text(Area::PassRate, &nothing, &[]).unwrap(), "Take up \"C1\"; run its visible checks before you submit.");
        assert_eq!(text(Area::Lessons, &nothing, &[]).unwrap(), "Complete \"L1\".");
    }

    #[test]
    fn the_worst_quiz_and_the_hardest_challenge_of_the_month_come_first() {
        let mut standing = Standing { quiz_scores: [(id(1), 80), (id(2), 71), (id(3), 100)].into(), ..Standing::default() };
        assert!(text(Area::Quizzes, &standing, &[quiz(1, 80), quiz(2, 60), quiz(3, 100)]).unwrap().starts_with("Go through \"L2\" again"));
        // What was not tried this month is not brought up.
        assert!(text(Area::Quizzes, &standing, &[quiz(1, 80)]).unwrap().starts_with("Go through \"L1\" again"));
        let tried = [attempts(1, 5, 1), attempts(2, 3, 0), attempts(3, 1, 0)];
        assert!(text(Area::PassRate, &standing, &tried).unwrap().starts_with("Take up \"C1\" again: 4 attempts"));
        standing.passed_challenges.insert(id(1));
        assert!(text(Area::PassRate, &standing, &tried).unwrap().starts_with("Take up \"C2\" again: 3 attempts"));
        standing.passed_challenges.insert(id(2));
        assert!(text(Area::PassRate, &standing, &tried).unwrap().starts_with("Take up \"C3\" again: one attempt"));
    }

    #[test]
    fn what_the_plan_leaves_out_is_no_advice() {
        let standing = Standing { passed_challenges: [id(1)].into(), ..Standing::default() };
        assert!(step_for(Area::PassRate, Some(2), &standing, &[]).unwrap().contains("C2"));
        assert_eq!(step_for(Area::PassRate, Some(1), &standing, &[attempts(2, 3, 0)]), None);
    }

    #[test]
    fn who_has_done_everything_has_nothing_left() {
        let all = || 1..=3;
        let standing = Standing {
            completed_lessons: all().map(id).collect(),
            passed_challenges: all().map(id).collect(),
            quiz_scores: all().map(|n| (id(n), 100)).collect(),
        };
        let tried: Vec<Tried> = all().map(|n| quiz(n, 100)).chain(all().map(|n| attempts(n, 4, 1))).collect();
        for area in Area::ALL {
            assert_eq!(text(area, &standing, &tried), None);
        }
    }
}
