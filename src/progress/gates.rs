//! What is open to a learner, what is passed, and why not. Pure, over a track's outline and a learner's standing.

use std::collections::{HashMap, HashSet};

use crate::{
    curriculum::{Challenge, ItemOutline, ModuleOutline, grading::PASSING_SCORE},
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

/// Why an item is locked; None when it is open.
pub type Locked = Option<String>;

/// A module opens when the one before it is mastered.
#[must_use]
pub fn module_locked(outline: &[ModuleOutline], standing: &Standing, id: ModuleId) -> Locked {
    let index = outline.iter().position(|module| module.module.id == id)?;
    let previous = index.checked_sub(1).and_then(|index| outline.get(index))?;
    if let Some(missing) = not_mastered_because(previous, standing) {
        let title = &previous.module.title;
        return Some(format!("It opens when the module \"{title}\" is mastered: {missing}"));
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
#[must_use]
pub fn challenge_locked(outline: &[ModuleOutline], standing: &Standing, challenge: &Challenge) -> Locked {
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
    (best < PASSING_SCORE)
        .then(|| format!("It opens when your best score in the quiz of \"{}\" is {PASSING_SCORE} or more; it is {best}.", lesson.title))
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
            Some(format!("It opens when the lesson \"{}\" is completed.", lesson.title))
        }
        ItemOutline::Challenge(challenge) if !standing.passed_challenges.contains(&challenge.id) => {
            Some(format!("It opens when the challenge \"{}\" is passed.", challenge.title))
        }
        _ => None,
    }
}

/// Mastered: every lesson completed, every challenge passed, mean best quiz score of 70 or more (met when there is no quiz).
#[must_use]
pub fn not_mastered_because(module: &ModuleOutline, standing: &Standing) -> Locked {
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

    #[test]
    fn items_open_one_after_the_other_and_modules_when_the_last_is_mastered() {
        let outline = track();
        let mut standing = Standing::default();
        assert_eq!(lesson_locked(&outline, &standing, id(10)), None);
        assert!(challenge_locked(&outline, &standing, &challenge(10, Some(10))).is_some_and(|why| why.contains("quiz")));
        assert!(lesson_locked(&outline, &standing, id(11)).is_some_and(|why| why.contains("L10")));
        standing.quiz_scores.insert(id(10), 69);
        assert!(challenge_locked(&outline, &standing, &challenge(10, Some(10))).is_some());
        standing.quiz_scores.insert(id(10), 70);
        assert_eq!(challenge_locked(&outline, &standing, &challenge(10, Some(10))), None);
        standing.completed_lessons.extend([id::<LessonId>(10), id(11)]);
        assert_eq!(lesson_locked(&outline, &standing, id(11)), None);
        assert_eq!(challenge_locked(&outline, &standing, &challenge(12, None)), None);
        standing.passed_challenges.extend([id::<ChallengeId>(10), id(11)]);
        assert!(lesson_locked(&outline, &standing, id(20)).is_some_and(|why| why.contains("C12")));
        standing.passed_challenges.insert(id(12));
        assert!(lesson_locked(&outline, &standing, id(20)).is_some_and(|why| why.contains("quiz")), "mean of 70 and 0");
        standing.quiz_scores.insert(id(11), 70);
        assert_eq!(lesson_locked(&outline, &standing, id(20)), None);
    }
}
