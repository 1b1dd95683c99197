//! The same figures of many learners at once, for whoever follows them.

use std::collections::HashMap;

use diesel::{
    dsl::{max, sum},
    prelude::*,
};
use diesel_async::RunQueryDsl;

use crate::{
    db::{
        Conn,
        ids::{ChallengeId, LessonId, QuizId, UserId},
        schema::{challenge_progress, lesson_progress, quiz_attempts, xp_entries},
    },
    error::Result,
    progress::gates::Standing,
};

/// XP of each; those without an entry are left out.
pub async fn totals(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<(UserId, i64)>> {
    let rows: Vec<(UserId, Option<i64>)> = xp_entries::table
        .filter(xp_entries::user_id.eq_any(ids))
        .group_by(xp_entries::user_id)
        .select((xp_entries::user_id, sum(xp_entries::amount)))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, xp)| (id, xp.unwrap_or(0))).collect())
}

/// Where each stands, in three statements.
pub async fn standings(conn: &mut Conn, ids: &[UserId]) -> Result<HashMap<UserId, Standing>> {
    let mut found: HashMap<UserId, Standing> = ids.iter().map(|id| (*id, Standing::default())).collect();
    let lessons: Vec<(UserId, LessonId)> = lesson_progress::table
        .filter(lesson_progress::user_id.eq_any(ids).and(lesson_progress::completed_at.is_not_null()))
        .select((lesson_progress::user_id, lesson_progress::lesson_id))
        .load(conn)
        .await?;
    for (id, lesson) in lessons {
        found.entry(id).or_default().completed_lessons.insert(lesson);
    }
    let challenges: Vec<(UserId, ChallengeId)> = challenge_progress::table
        .filter(challenge_progress::user_id.eq_any(ids).and(challenge_progress::passed_at.is_not_null()))
        .select((challenge_progress::user_id, challenge_progress::challenge_id))
        .load(conn)
        .await?;
    for (id, challenge) in challenges {
        found.entry(id).or_default().passed_challenges.insert(challenge);
    }
    let quizzes: Vec<(UserId, QuizId, Option<i32>)> = quiz_attempts::table
        .filter(quiz_attempts::user_id.eq_any(ids))
        .group_by((quiz_attempts::user_id, quiz_attempts::quiz_id))
        .select((quiz_attempts::user_id, quiz_attempts::quiz_id, max(quiz_attempts::score)))
        .load(conn)
        .await?;
    for (id, quiz, score) in quizzes {
        found.entry(id).or_default().quiz_scores.insert(quiz, score.unwrap_or(0));
    }
    Ok(found)
}
