//! What is open to a learner, what is passed, and why not. Pure, over a track's outline, a learner's standing and their plan.

use std::collections::{HashMap, HashSet};

use crate::{
    billing::Plan,
    curriculum::{Challenge, ItemOutline, Lesson, Module, ModuleOutline, grading::PASSING_SCORE},
    db::ids::{ChallengeId, LessonId, ModuleId, QuizId},
};

/// What a learner has reached, as far as gates care.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    pub completed_lessons: HashSet<LessonId>,
    pub passed_challenges: HashSet<ChallengeId>,
    /// Best score of each quiz that was answered.
    pub quiz_scores: HashMap<QuizId, i32>,
}

/// Why an item is locked, for programs, and in a sentence for people.
#[derive(Clone, Debug)]
pub struct Lock {
    pub opened_by: Opener,
    pub message: String,
}

/// What opens a locked item.
#[derive(Clone, Debug)]
pub enum Opener {
    /// Completing this lesson.
    Lesson(Lesson),
    /// Passing this challenge.
    Challenge(Challenge),
    /// Mastering this module.
    Module(Module),
    /// A best score of 70 or more in this lesson's quiz.
    Quiz(Lesson),
    /// A plan that includes more challenges of the track.
    Plan(&'static Plan),
}

/// None when the item is open.
pub type Locked = Option<Lock>;

/// What a learner's plan opens of one track.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// The first so many challenges of the track; None for all.
    pub challenges: Option<usize>,
    /// The first plan that opens them all.
    pub upgrade: Option<&'static Plan>,
}

/// A module opens when the one before it is mastered.
#[must_use]
pub fn module_locked(outline: &[ModuleOutline], standing: &Standing, id: ModuleId) -> Locked {
    let index = outline.iter().position(|module| module.module.id == id)?;
    let previous = index.checked_sub(1).and_then(|index| outline.get(index))?;
    if let Some(missing) = not_mastered_because(previous, standing) {
        let message = format!("It opens when the module \"{}\" is mastered: {missing}", previous.module.title);
        return Some(Lock { opened_by: Opener::Module(previous.module.clone()), message });
    }
    module_locked(outline, standing, previous.module.id)
}

/// A lesson opens when the item before it is passed.
#[must_use]
pub fn lesson_locked(outline: &[ModuleOutline], standing: &Standing, id: LessonId) -> Locked {
    let is_it = |item: &ItemOutline| matches!(item, ItemOutline::Lesson { lesson, .. } if lesson.id == id);
    item_locked(outline, standing, is_it)
}

/// A lesson's own challenge opens when its quiz is passed (at once without a quiz); any other when the item before it is passed.
/// What is open so far may still be more than the plan includes; what was passed once stays open.
#[must_use]
pub fn challenge_locked(outline: &[ModuleOutline], standing: &Standing, allowance: Allowance, challenge: &Challenge) -> Locked {
    if standing.passed_challenges.contains(&challenge.id) {
        return None;
    }
    progress_locked(outline, standing, challenge).or_else(|| plan_locked(outline, allowance, challenge))
}

fn progress_locked(outline: &[ModuleOutline], standing: &Standing, challenge: &Challenge) -> Locked {
    let Some(lesson_id) = challenge.lesson_id else {
        let is_it = |item: &ItemOutline| matches!(item, ItemOutline::Challenge(other) if other.id == challenge.id);
        return item_locked(outline, standing, is_it);
    };
    let items = outline.iter().flat_map(|module| &module.items);
    let quiz = items.into_iter().find_map(|item| match item {
        ItemOutline::Lesson { lesson, quiz, .. } if lesson.id == lesson_id => Some((lesson, quiz.as_ref())),
        _ => None,
    });
    if let Some(locked) = lesson_locked(outline, standing, lesson_id) {
        return Some(locked);
    }
    let (lesson, Some(quiz)) = quiz? else { return None };
    let best = standing.quiz_scores.get(&quiz.id).copied().unwrap_or(0);
    (best < PASSING_SCORE).then(|| Lock {
        opened_by: Opener::Quiz(lesson.clone()),
        message: format!("It opens when your best score in the quiz of \"{}\" is {PASSING_SCORE} or more; it is {best}.", lesson.title),
    })
}

#[must_use]
pub fn plan_locked(outline: &[ModuleOutline], allowance: Allowance, challenge: &Challenge) -> Locked {
    let (included, upgrade) = (allowance.challenges?, allowance.upgrade?);
    let place = challenges(outline).position(|other| other.id == challenge.id)?;
    (place >= included).then(|| Lock {
        opened_by: Opener::Plan(upgrade),
        message: format!("Your plan includes the first {included} challenges of this track; the plan {} opens all of them.", upgrade.title),
    })
}

/// Every challenge of a track, in the order they are taken.
pub fn challenges(outline: &[ModuleOutline]) -> impl Iterator<Item = &Challenge> {
    outline.iter().flat_map(|module| &module.items).filter_map(|item| match item {
        ItemOutline::Lesson { challenge, .. } => challenge.as_ref(),
        ItemOutline::Challenge(challenge) => Some(challenge),
    })
}

fn item_locked(outline: &[ModuleOutline], standing: &Standing, is_it: impl Fn(&ItemOutline) -> bool) -> Locked {
    let module = outline.iter().find(|module| module.items.iter().any(&is_it))?;
    if let Some(locked) = module_locked(outline, standing, module.module.id) {
        return Some(locked);
    }
    let index = module.items.iter().position(is_it)?;
    let previous = index.checked_sub(1).and_then(|index| module.items.get(index))?;
    match previous {
        ItemOutline::Lesson { lesson, .. } if !standing.completed_lessons.contains(&lesson.id) => {
            let message = format!("It opens when the lesson \"{}\" is completed.", lesson.title);
            Some(Lock { opened_by: Opener::Lesson(lesson.clone()), message })
        }
        ItemOutline::Challenge(challenge) if !standing.passed_challenges.contains(&challenge.id) => {
            let message = format!("It opens when the challenge \"{}\" is passed.", challenge.title);
            Some(Lock { opened_by: Opener::Challenge(challenge.clone()), message })
        }
        _ => None,
    }
}

/// Mastered: every lesson completed, every challenge passed, mean best quiz score of 70 or more (met when there is no quiz).
#[must_use]
pub fn not_mastered_because(module: &ModuleOutline, standing: &Standing) -> Option<String> {
    for item in &module.items {
        let (lesson, challenge) = match item {
            ItemOutline::Lesson { lesson, challenge, .. } => (Some(lesson), challenge.as_ref()),
            ItemOutline::Challenge(challenge) => (None, Some(challenge)),
        };
        if let Some(challenge) = challenge.filter(|challenge| !standing.passed_challenges.contains(&challenge.id)) {
            return Some(format!("the challenge \"{}\" is not passed.", challenge.title));
        }
        if let Some(lesson) = lesson.filter(|lesson| !standing.completed_lessons.contains(&lesson.id)) {
            return Some(format!("the lesson \"{}\" is not completed.", lesson.title));
        }
    }
    let quizzes = module.items.iter().filter_map(|item| match item {
        ItemOutline::Lesson { quiz, .. } => quiz.as_ref(),
        ItemOutline::Challenge(_) => None,
    });
    let scores: Vec<i32> = quizzes.map(|quiz| standing.quiz_scores.get(&quiz.id).copied().unwrap_or(0)).collect();
    let count = i32::try_from(scores.len()).unwrap_or(i32::MAX);
    let sum: i32 = scores.iter().sum();
    (sum < PASSING_SCORE.saturating_mul(count)).then(|| format!("the mean of your best quiz scores is below {PASSING_SCORE}."))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        curriculum::{Difficulty, Lesson, Module, Quiz, Runtime},
        db::ids::{ContentVersionId, TrackId, TypedId},
    };

    fn id<T: TypedId>(n: u128) -> T {
        T::from_uuid(Uuid::from_u128(n))
    }

    fn challenge(n: u128, lesson: Option<u128>) -> Challenge {
        Challenge {
            id: id(n),
            module_id: id(1),
            lesson_id: lesson.map(id),
            slug: format!("c{n}"),
            title: format!("C{n}"),
            summary: String::new(),
            difficulty: Difficulty::Beginner,
            points: 100,
            minutes: 1,
            runtime: Runtime::Python,
            red_team: false,
            position: 0,
            version_id: id::<ContentVersionId>(n),
            retired_at: None,
        }
    }

    fn lesson(n: u128, module: u128) -> ItemOutline {
        let lesson = Lesson {
            id: id(n),
            module_id: id(module),
            slug: format!("l{n}"),
            title: format!("L{n}"),
            summary: String::new(),
            minutes: 5,
            position: 0,
            version_id: id(n),
            retired_at: None,
        };
        let quiz = Quiz { id: id(n), lesson_id: id(n), version_id: id(n), retired_at: None };
        ItemOutline::Lesson { lesson, quiz: Some(quiz), challenge: Some(challenge(n, Some(n))) }
    }

    fn module(n: u128, items: Vec<ItemOutline>) -> ModuleOutline {
        let module = Module {
            id: id(n),
            track_id: id::<TrackId>(1),
            slug: format!("m{n}"),
            title: format!("M{n}"),
            summary: String::new(),
            number: 1,
            xp: 100,
            position: 0,
            retired_at: None,
        };
        ModuleOutline { module, items }
    }

    fn track() -> Vec<ModuleOutline> {
        vec![module(1, vec![lesson(10, 1), lesson(11, 1), ItemOutline::Challenge(challenge(12, None))]), module(2, vec![lesson(20, 2)])]
    }

    const ALL: Allowance = Allowance { challenges: None, upgrade: None };

    fn why(locked: Locked) -> String {
        locked.map_or_else(|| "open".to_owned(), |lock| lock.message)
    }

    #[test]
    fn items_open_one_after_the_other_and_modules_when_the_last_is_mastered() {
        let outline = track();
        let mut standing = Standing::default();
        assert_eq!(why(lesson_locked(&outline, &standing, id(10))), "open");
        let locked = challenge_locked(&outline, &standing, ALL, &challenge(10, Some(10))).unwrap();
        assert!(matches!(locked.opened_by, Opener::Quiz(lesson) if lesson.id == id(10)) && locked.message.contains("quiz"));
        let locked = lesson_locked(&outline, &standing, id(11)).unwrap();
        assert!(matches!(locked.opened_by, Opener::Lesson(lesson) if lesson.id == id(10)) && locked.message.contains("L10"));
        standing.quiz_scores.insert(id(10), 69);
        assert!(challenge_locked(&outline, &standing, ALL, &challenge(10, Some(10))).is_some());
        standing.quiz_scores.insert(id(10), 70);
        assert_eq!(why(challenge_locked(&outline, &standing, ALL, &challenge(10, Some(10)))), "open");
        standing.completed_lessons.extend([id::<LessonId>(10), id(11)]);
        assert_eq!(why(lesson_locked(&outline, &standing, id(11))), "open");
        assert_eq!(why(challenge_locked(&outline, &standing, ALL, &challenge(12, None))), "open");
        standing.passed_challenges.extend([id::<ChallengeId>(10), id(11)]);
        let locked = lesson_locked(&outline, &standing, id(20)).unwrap();
        assert!(matches!(locked.opened_by, Opener::Module(module) if module.id == id(1)) && locked.message.contains("C12"));
        standing.passed_challenges.insert(id(12));
        assert!(why(lesson_locked(&outline, &standing, id(20))).contains("quiz"), "mean of 70 and 0");
        standing.quiz_scores.insert(id(11), 70);
        assert_eq!(why(lesson_locked(&outline, &standing, id(20))), "open");
    }

    #[test]
    fn a_plan_includes_the_first_challenges_of_a_track() {
        let outline = track();
        let mut standing = Standing::default();
        let two = Allowance { challenges: Some(2), upgrade: crate::billing::plan("pro").ok() };
        standing.completed_lessons.extend([id::<LessonId>(10), id(11)]);
        standing.passed_challenges.extend([id::<ChallengeId>(10), id(11)]);
        let locked = challenge_locked(&outline, &standing, two, &challenge(12, None)).unwrap();
        assert!(matches!(locked.opened_by, Opener::Plan(plan) if plan.slug == "pro") && locked.message.contains("first 2"));
        assert_eq!(why(challenge_locked(&outline, &standing, ALL, &challenge(12, None))), "open");
        // What was passed stays open when a plan ends.
        standing.passed_challenges.insert(id(12));
        assert_eq!(why(challenge_locked(&outline, &standing, two, &challenge(12, None))), "open");
    }
}
