//! Achievements as rules in data (`seeds/achievements.toml`) over facts of a learner. Pure but for reading the bundled file.

use std::sync::LazyLock;

use serde::Deserialize;

use super::levels;
use crate::error::{Error, Result};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Achievement {
    pub slug: String,
    pub title: String,
    pub description: String,
    pub bonus_xp: i64,
    pub rule: Rule,
}

/// Holds when the fact has reached the number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub fact: Fact,
    pub at_least: i64,
    /// Counts only what is in this track.
    pub track: Option<String>,
    /// Counts only challenges whose slug has this in it.
    pub slug_contains: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Challenges passed and lessons completed.
    ItemsPassed,
    ChallengesPassed,
    LessonsCompleted,
    ModulesMastered,
    /// Red-team challenges passed: every planted defect found, shown and repaired.
    RedTeamPassed,
    /// Challenges passed with the first attempt.
    PassedAtFirstAttempt,
    /// Challenges passed without a hint.
    PassedWithoutHints,
    /// Challenges passed after an attempt had failed.
    PassedAfterFailure,
    /// Tracks in which something was passed or completed.
    TracksTried,
    /// The most items passed on one day.
    ItemsOnOneDay,
    /// Quizzes whose best score is 70 or more.
    QuizzesPassed,
    /// Quizzes whose best score is 100.
    QuizzesPerfect,
    MissionsCompleted,
    /// Days of the longest streak.
    LongestStreak,
    Xp,
    Level,
}

/// A challenge that was passed.
#[derive(Clone, Debug)]
pub struct PassedChallenge {
    pub slug: String,
    pub track: String,
    pub red_team: bool,
    /// The attempt that passed it, from 1.
    pub attempt: i64,
    /// Hints that were open then.
    pub hints: i64,
}

/// What the rules are asked about.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub challenges: Vec<PassedChallenge>,
    /// The track of each completed lesson.
    pub lessons: Vec<String>,
    /// The track of each mastered module.
    pub modules: Vec<String>,
    pub quiz_scores: Vec<i32>,
    pub items_on_one_day: i64,
    pub missions_completed: i64,
    pub longest_streak: i64,
    /// XP without what achievements gave.
    pub xp: i64,
}

impl Achievement {
    fn holds(&self, facts: &Facts, xp: i64) -> bool {
        self.rule.value(facts, xp) >= self.rule.at_least
    }
}

fn count(matches: impl Iterator) -> i64 {
    i64::try_from(matches.count()).unwrap_or(i64::MAX)
}

impl Rule {
    fn value(&self, facts: &Facts, xp: i64) -> i64 {
        let challenges = || facts.challenges.iter().filter(|challenge| self.counts(challenge));
        let in_track = |track: &&String| self.track.as_ref().is_none_or(|wanted| *track == wanted);
        let lessons = || facts.lessons.iter().filter(in_track);
        match self.fact {
            Fact::ItemsPassed => count(challenges()) + count(lessons()),
            Fact::ChallengesPassed => count(challenges()),
            Fact::LessonsCompleted => count(lessons()),
            Fact::ModulesMastered => count(facts.modules.iter().filter(in_track)),
            Fact::RedTeamPassed => count(challenges().filter(|challenge| challenge.red_team)),
            Fact::PassedAtFirstAttempt => count(challenges().filter(|challenge| challenge.attempt == 1)),
            Fact::PassedWithoutHints => count(challenges().filter(|challenge| challenge.hints == 0)),
            Fact::PassedAfterFailure => count(challenges().filter(|challenge| challenge.attempt > 1)),
            Fact::TracksTried => {
                let tracks = facts.challenges.iter().map(|challenge| &challenge.track).chain(&facts.lessons);
                count(tracks.collect::<std::collections::BTreeSet<_>>().into_iter())
            }
            Fact::ItemsOnOneDay => facts.items_on_one_day,
            Fact::QuizzesPassed => count(facts.quiz_scores.iter().filter(|score| **score >= crate::curriculum::grading::PASSING_SCORE)),
            Fact::QuizzesPerfect => count(facts.quiz_scores.iter().filter(|score| **score == 100)),
            Fact::MissionsCompleted => facts.missions_completed,
            Fact::LongestStreak => facts.longest_streak,
            Fact::Xp => xp,
            Fact::Level => levels::level(xp),
        }
    }

    fn counts(&self, challenge: &PassedChallenge) -> bool {
        self.track.as_ref().is_none_or(|track| challenge.track == *track)
            && self.slug_contains.as_ref().is_none_or(|part| challenge.slug.contains(part.as_str()))
    }
}

/// Everything that these facts unlock, in the order of unlocking: in the order of the file, and again while a bonus causes the next.
pub fn unlocked_by(facts: &Facts) -> Result<Vec<&'static Achievement>> {
    let all = all()?;
    let mut unlocked: Vec<&Achievement> = Vec::new();
    let mut xp = facts.xp;
    loop {
        let before = unlocked.len();
        for achievement in all {
            if !unlocked.iter().any(|known| known.slug == achievement.slug) && achievement.holds(facts, xp) {
                xp += achievement.bonus_xp;
                unlocked.push(achievement);
            }
        }
        if unlocked.len() == before {
            return Ok(unlocked);
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    achievements: Vec<Achievement>,
}

static ALL: LazyLock<Result<Vec<Achievement>>> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("../../seeds/achievements.toml")).map(|file| file.achievements).map_err(Error::fault)
});

/// All achievements in the order of the file, which is the order they are looked at.
pub fn all() -> Result<&'static [Achievement]> {
    ALL.as_ref().map(Vec::as_slice).map_err(Clone::clone)
}

/// None for one that is no longer in the seeds.
pub fn by_slug(slug: &str) -> Result<Option<&'static Achievement>> {
    Ok(all()?.iter().find(|achievement| achievement.slug == slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(track: &str, slug: &str, attempt: i64) -> PassedChallenge {
        PassedChallenge { slug: slug.to_owned(), track: track.to_owned(), red_team: false, attempt, hints: 0 }
    }

    fn slugs(facts: &Facts) -> Vec<&'static str> {
        unlocked_by(facts).unwrap().iter().map(|achievement| achievement.slug.as_str()).collect()
    }

    #[test]
    fn the_seeds_hold_at_least_thirty_and_those_that_must_be_there() {
        let all = all().unwrap();
        assert!(all.len() >= 30, "{}", all.len());
        let slugs: std::collections::BTreeSet<&str> = all.iter().map(|achievement| achievement.slug.as_str()).collect();
        assert_eq!(slugs.len(), all.len(), "a slug is used twice");
        let bonuses = [
            ("first_steps", 50),
            ("web_novice", 100),
            ("streak_7", 120),
            ("streak_master", 200),
            ("xp_500", 100),
            ("model_unlocked", 150),
            ("project_finisher", 150),
        ];
        for (slug, bonus) in bonuses {
            assert_eq!(by_slug(slug).unwrap().map(|achievement| achievement.bonus_xp), Some(bonus), "{slug}");
        }
    }

    #[test]
    fn nothing_is_unlocked_by_nothing() {
        assert!(slugs(&Facts::default()).is_empty());
    }

    #[test]
    fn a_bonus_causes_the_next() {
        let facts = Facts { lessons: vec!["python".to_owned()], xp: 450, ..Facts::default() };
        assert_eq!(slugs(&facts), ["first_steps", "xp_500"]);
        assert_eq!(slugs(&Facts { xp: 449, ..facts }), ["first_steps"]);
    }

    #[test]
    fn rules_count_what_they_name() {
        let web: Vec<_> = (0..5).map(|n| passed("web", &format!("web-{n}"), 1)).collect();
        assert!(slugs(&Facts { challenges: web.clone(), ..Facts::default() }).contains(&"web_novice"));
        assert!(!slugs(&Facts { challenges: web[..4].to_vec(), ..Facts::default() }).contains(&"web_novice"));
        let capstone = Facts { challenges: vec![passed("python", "python-capstone-ai-study-assistant", 2)], ..Facts::default() };
        assert!(slugs(&capstone).contains(&"project_finisher"));
        assert!(slugs(&Facts { longest_streak: 30, ..Facts::default() }).contains(&"streak_master"));
    }
}
