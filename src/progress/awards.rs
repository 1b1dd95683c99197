//! What each thing is worth. Pure.

/// XP of a completed lesson.
pub const LESSON_XP: i64 = 60;
/// Tenths taken off a challenge's points for each attempt after the first.
const TENTHS_LESS_AN_ATTEMPT: i64 = 1;
/// However many attempts and hints it took, half of the points remain.
const PERCENT_LEAST: i64 = 50;

/// XP of a passed challenge: points x max(0.5, attempt factor x hint factor), halves rounded up.
#[must_use]
pub fn challenge_xp(points: i64, attempt: i64, hints: i64) -> i64 {
    let attempt_tenths = (10 - TENTHS_LESS_AN_ATTEMPT * (attempt - 1).max(0)).max(0);
    let hint_tenths = match hints {
        ..=1 => 10,
        2 => 9,
        _ => 7,
    };
    let percent = (attempt_tenths * hint_tenths).max(PERCENT_LEAST);
    round_half_up(points * percent, 100)
}

const fn round_half_up(numerator: i64, denominator: i64) -> i64 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_and_hints_lower_a_challenge_to_half_at_least() {
        let table = [
            ((80, 1, 0), 80),
            ((80, 1, 1), 80),
            ((80, 2, 0), 72),
            ((80, 1, 2), 72),
            ((80, 3, 3), 45), // 0.8 x 0.7 = 0.56: 44.8
            ((80, 6, 0), 40),
            ((80, 60, 3), 40),
            ((85, 2, 0), 77), // 76.5
            ((95, 2, 0), 86), // 85.5
            ((150, 3, 2), 108),
            ((150, 4, 2), 95), // 94.5
            ((0, 1, 0), 0),
        ];
        for ((points, attempt, hints), expected) in table {
            assert_eq!(challenge_xp(points, attempt, hints), expected, "{points} {attempt} {hints}");
        }
    }
}
