//! From what was done in a month to a grade: skill, letter, strengths and weaknesses. Pure.

use serde::{Deserialize, Serialize};

/// What was done in a month, on one track or on all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Quizzes answered.
    pub quizzes: i64,
    /// Sum of the best score of each.
    pub quiz_points: i64,
    /// Attempts at challenges that counted.
    pub attempts: i64,
    /// Those of them that were accepted.
    pub accepted: i64,
    pub lessons_completed: i64,
    /// Challenges passed for the first time.
    pub challenges_passed: i64,
}

/// Hundredths of the skill that each part gives at most.
const QUIZ_WEIGHT: i64 = 45;
const PASS_RATE_WEIGHT: i64 = 35;
const LESSONS_WEIGHT: i64 = 20;
/// Percent that each lesson is worth, up to a hundred.
const LESSON_PERCENT: i64 = 8;
/// From where on each part is a strength.
pub const QUIZ_STRONG: i64 = 75;
pub const PASS_RATE_STRONG: i64 = 65;
pub const LESSONS_STRONG: i64 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Letter {
    A,
    B,
    C,
    D,
    F,
}

impl Letter {
    #[must_use]
    pub const fn of(skill: i64) -> Self {
        match skill {
            90.. => Self::A,
            80..=89 => Self::B,
            70..=79 => Self::C,
            60..=69 => Self::D,
            _ => Self::F,
        }
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::F => "F",
        }
    }
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Area {
    Quizzes,
    PassRate,
    Lessons,
}

impl Area {
    pub const ALL: [Self; 3] = [Self::Quizzes, Self::PassRate, Self::Lessons];
}

impl Figures {
    /// Mean of the best scores, whole percent rounded down; 0 without a quiz.
    #[must_use]
    pub const fn quiz_average(&self) -> i64 {
        if self.quizzes == 0 { 0 } else { self.quiz_points / self.quizzes }
    }

    /// Accepted attempts of a hundred, rounded down; 0 without an attempt.
    #[must_use]
    pub const fn pass_rate(&self) -> i64 {
        if self.attempts == 0 { 0 } else { 100 * self.accepted / self.attempts }
    }

    /// int(0.45 x mean best quiz score + 0.35 x pass rate % + 0.20 x min(100, 8 x lessons completed)), computed in whole numbers so
    /// that nothing is lost before the end.
    #[must_use]
    pub fn skill(&self) -> i64 {
        let (quizzes, attempts) = (self.quizzes.max(1), self.attempts.max(1));
        let lessons = (LESSON_PERCENT * self.lessons_completed).min(100);
        let numerator = QUIZ_WEIGHT * self.quiz_points * attempts
            + PASS_RATE_WEIGHT * 100 * self.accepted * quizzes
            + LESSONS_WEIGHT * lessons * quizzes * attempts;
        numerator / (100 * quizzes * attempts)
    }

    #[must_use]
    pub fn letter(&self) -> Letter {
        Letter::of(self.skill())
    }

    /// What the area is measured by.
    #[must_use]
    pub const fn value(&self, area: Area) -> i64 {
        match area {
            Area::Quizzes => self.quiz_average(),
            Area::PassRate => self.pass_rate(),
            Area::Lessons => self.lessons_completed,
        }
    }

    /// Not from the rounded value: 64.9 % is no 65 %, and 65 % of nothing is nothing.
    #[must_use]
    pub const fn is_strong(&self, area: Area) -> bool {
        match area {
            Area::Quizzes => self.quizzes > 0 && self.quiz_points >= QUIZ_STRONG * self.quizzes,
            Area::PassRate => self.attempts > 0 && 100 * self.accepted >= PASS_RATE_STRONG * self.attempts,
            Area::Lessons => self.lessons_completed >= LESSONS_STRONG,
        }
    }

    /// Whether anything was done at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// From where on an area is a strength.
#[must_use]
pub const fn strong_from(area: Area) -> i64 {
    match area {
        Area::Quizzes => QUIZ_STRONG,
        Area::PassRate => PASS_RATE_STRONG,
        Area::Lessons => LESSONS_STRONG,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(quizzes: (i64, i64), attempts: (i64, i64), lessons_completed: i64) -> Figures {
        let ((quizzes, quiz_points), (attempts, accepted)) = (quizzes, attempts);
        Figures { quizzes, quiz_points, attempts, accepted, lessons_completed, challenges_passed: 0 }
    }

    #[test]
    fn skill_is_the_formula_cut_to_a_whole_number_once() {
        for (quizzes, attempts, lessons, skill) in [
            ((0, 0), (0, 0), 0, 0),
            ((1, 100), (1, 1), 13, 100),
            ((1, 100), (1, 1), 12, 99), // 45 + 35 + 19.2
            ((1, 100), (0, 0), 0, 45),
            ((0, 0), (4, 4), 0, 35),
            ((0, 0), (0, 0), 8, 12), // 12.8
            ((0, 0), (0, 0), 100, 20),
            ((3, 250), (3, 2), 5, 68), // 37.5 + 23.33 + 8 = 68.83
            ((2, 165), (7, 5), 9, 76), // 37.125 + 25 + 14.4 = 76.525
            ((3, 200), (3, 2), 0, 53), // 30 + 23.33: rounding each part first would give 52 or 53
            ((3, 230), (3, 1), 1, 47), // 34.5 + 11.67 + 1.6 = 47.77
        ] {
            assert_eq!(figures(quizzes, attempts, lessons).skill(), skill, "{quizzes:?} {attempts:?} {lessons}");
        }
    }

    #[test]
    fn letters_begin_where_the_rules_say() {
        for (skill, letter) in
            [(100, "A"), (90, "A"), (89, "B"), (80, "B"), (79, "C"), (70, "C"), (69, "D"), (60, "D"), (59, "F"), (0, "F")]
        {
            assert_eq!(Letter::of(skill).as_str(), letter, "{skill}");
        }
    }

    #[test]
    fn an_area_is_strong_from_its_number_on() {
        assert!(figures((4, 300), (0, 0), 0).is_strong(Area::Quizzes));
        assert!(!figures((4, 299), (0, 0), 0).is_strong(Area::Quizzes));
        assert!(figures((0, 0), (20, 13), 0).is_strong(Area::PassRate));
        assert!(!figures((0, 0), (37, 24), 0).is_strong(Area::PassRate)); // 64.86
        assert!(figures((0, 0), (0, 0), 8).is_strong(Area::Lessons));
        assert!(!figures((0, 0), (0, 0), 7).is_strong(Area::Lessons));
        assert!(Area::ALL.iter().all(|area| !Figures::default().is_strong(*area)));
    }
}
