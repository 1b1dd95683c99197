//! Levels from XP. Pure.

/// The highest level there is.
pub const LEVEL_MAX: i64 = 100;

/// XP at which a level begins: 0, 200, 500, 900, 1 400, 2 000 and so on.
#[must_use]
pub const fn begins_at(level: i64) -> i64 {
    100 * (level * (level + 1) / 2 - 1)
}

/// The level of somebody with this much XP, from 1 to 100.
#[must_use]
pub fn level(xp: i64) -> i64 {
    (1..=LEVEL_MAX).rev().find(|level| begins_at(*level) <= xp).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_begin_where_the_rules_say() {
        assert_eq!([1, 2, 3, 4, 5, 6].map(begins_at), [0, 200, 500, 900, 1_400, 2_000]);
        for (xp, expected) in [(-5, 1), (0, 1), (199, 1), (200, 2), (499, 2), (500, 3), (i64::MAX, 100)] {
            assert_eq!(level(xp), expected, "{xp}");
        }
    }
}
