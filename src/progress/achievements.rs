//! Achievements as rules in data (`seeds/achievements.toml`) over facts of a learner. Pure but for reading the bundled file.

use std::sync::LazyLock;

use serde::Deserialize;

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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Challenges passed and lessons completed.
    ItemsPassed,
    Xp,
}

/// What the rules are asked about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    pub items_passed: i64,
    pub xp: i64,
}

impl Achievement {
    #[must_use]
    pub fn holds(&self, facts: Facts) -> bool {
        let value = match self.rule.fact {
            Fact::ItemsPassed => facts.items_passed,
            Fact::Xp => facts.xp,
        };
        value >= self.rule.at_least
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

    #[test]
    fn the_seeds_are_read_and_their_rules_hold_when_they_should() -> Result<()> {
        let first = by_slug("first_steps")?.ok_or_else(|| Error::broken("missing"))?;
        assert!(!first.holds(Facts::default()));
        assert!(first.holds(Facts { items_passed: 1, xp: 0 }));
        let xp = by_slug("xp_500")?.ok_or_else(|| Error::broken("missing"))?;
        assert!(!xp.holds(Facts { items_passed: 9, xp: 499 }));
        assert!(xp.holds(Facts { items_passed: 0, xp: 500 }));
        Ok(())
    }
}
