//! Statements that only publishing needs: everything at once, and writing.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Uuid},
    upsert::excluded,
};
use diesel_async::RunQueryDsl;

use super::{Challenge, Lesson, Module, NewVersion, Quiz, Track, VersionAddress};
use crate::{
    db::{
        Conn,
        ids::{ChallengeId, LessonId},
        schema::{challenges, content_versions, lessons, modules, publications, quizzes, tracks},
    },
    error::{Error, Result, violated_constraint},
};

/// The key of the lock that makes one publication wait for another; ends with the transaction.
const LOCK: i64 = 0x6375_7272_6963_756c;

pub async fn wait_for_turn(conn: &mut Conn) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(LOCK).execute(conn).await?;
    Ok(())
}

pub async fn insert_publication(conn: &mut Conn, now: DateTime<Utc>) -> Result<()> {
    let row = (publications::id.eq(uuid::Uuid::now_v7()), publications::published_at.eq(now));
    diesel::insert_into(publications::table).values(row).execute(conn).await?;
    Ok(())
}

pub async fn all_tracks(conn: &mut Conn) -> Result<Vec<Track>> {
    Ok(tracks::table.select(Track::as_select()).load(conn).await?)
}

pub async fn all_modules(conn: &mut Conn) -> Result<Vec<Module>> {
    Ok(modules::table.select(Module::as_select()).load(conn).await?)
}

pub async fn all_lessons(conn: &mut Conn) -> Result<Vec<Lesson>> {
    Ok(lessons::table.select(Lesson::as_select()).load(conn).await?)
}

pub async fn all_quizzes(conn: &mut Conn) -> Result<Vec<Quiz>> {
    Ok(quizzes::table.select(Quiz::as_select()).load(conn).await?)
}

pub async fn all_challenges(conn: &mut Conn) -> Result<Vec<Challenge>> {
    Ok(challenges::table.select(Challenge::as_select()).load(conn).await?)
}

pub async fn all_versions(conn: &mut Conn) -> Result<Vec<VersionAddress>> {
    Ok(content_versions::table.select(VersionAddress::as_select()).load(conn).await?)
}

pub async fn insert_versions(conn: &mut Conn, rows: &[NewVersion]) -> Result<()> {
    diesel::insert_into(content_versions::table).values(rows).execute(conn).await?;
    Ok(())
}

/// Frees the slugs and lessons of items that are about to be written again, so that two of them may swap.
pub async fn release_names(conn: &mut Conn, lesson_ids: &[LessonId], challenge_ids: &[ChallengeId]) -> Result<()> {
    diesel::sql_query("UPDATE lessons SET slug = id::text WHERE id = ANY($1)").bind::<Array<Uuid>, _>(lesson_ids).execute(conn).await?;
    diesel::sql_query("UPDATE challenges SET slug = id::text, lesson_id = NULL WHERE id = ANY($1)")
        .bind::<Array<Uuid>, _>(challenge_ids)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn upsert_tracks(conn: &mut Conn, rows: &[Track]) -> Result<()> {
    use tracks as t;
    let columns = (
        t::slug.eq(excluded(t::slug)),
        t::title.eq(excluded(t::title)),
        t::summary.eq(excluded(t::summary)),
        t::position.eq(excluded(t::position)),
        t::retired_at.eq(excluded(t::retired_at)),
    );
    diesel::insert_into(t::table).values(rows).on_conflict(t::id).do_update().set(columns).execute(conn).await.map_err(name_taken)?;
    Ok(())
}

pub async fn upsert_modules(conn: &mut Conn, rows: &[Module]) -> Result<()> {
    use modules as t;
    let columns = (
        t::track_id.eq(excluded(t::track_id)),
        t::slug.eq(excluded(t::slug)),
        t::title.eq(excluded(t::title)),
        t::summary.eq(excluded(t::summary)),
        t::number.eq(excluded(t::number)),
        t::xp.eq(excluded(t::xp)),
        t::position.eq(excluded(t::position)),
        t::retired_at.eq(excluded(t::retired_at)),
    );
    diesel::insert_into(t::table).values(rows).on_conflict(t::id).do_update().set(columns).execute(conn).await.map_err(name_taken)?;
    Ok(())
}

pub async fn upsert_lessons(conn: &mut Conn, rows: &[Lesson]) -> Result<()> {
    use lessons as t;
    let columns = (
        t::module_id.eq(excluded(t::module_id)),
        t::slug.eq(excluded(t::slug)),
        t::title.eq(excluded(t::title)),
        t::summary.eq(excluded(t::summary)),
        t::minutes.eq(excluded(t::minutes)),
        t::position.eq(excluded(t::position)),
        t::version_id.eq(excluded(t::version_id)),
        t::retired_at.eq(excluded(t::retired_at)),
    );
    diesel::insert_into(t::table).values(rows).on_conflict(t::id).do_update().set(columns).execute(conn).await.map_err(name_taken)?;
    Ok(())
}

pub async fn upsert_quizzes(conn: &mut Conn, rows: &[Quiz]) -> Result<()> {
    use quizzes as t;
    let columns =
        (t::lesson_id.eq(excluded(t::lesson_id)), t::version_id.eq(excluded(t::version_id)), t::retired_at.eq(excluded(t::retired_at)));
    diesel::insert_into(t::table).values(rows).on_conflict(t::id).do_update().set(columns).execute(conn).await.map_err(name_taken)?;
    Ok(())
}

pub async fn upsert_challenges(conn: &mut Conn, rows: &[Challenge]) -> Result<()> {
    use challenges as t;
    let columns = (
        t::module_id.eq(excluded(t::module_id)),
        t::lesson_id.eq(excluded(t::lesson_id)),
        t::slug.eq(excluded(t::slug)),
        t::title.eq(excluded(t::title)),
        t::summary.eq(excluded(t::summary)),
        t::difficulty.eq(excluded(t::difficulty)),
        t::points.eq(excluded(t::points)),
        t::minutes.eq(excluded(t::minutes)),
        t::runtime.eq(excluded(t::runtime)),
        t::red_team.eq(excluded(t::red_team)),
        t::position.eq(excluded(t::position)),
        t::version_id.eq(excluded(t::version_id)),
        t::retired_at.eq(excluded(t::retired_at)),
    );
    diesel::insert_into(t::table).values(rows).on_conflict(t::id).do_update().set(columns).execute(conn).await.map_err(name_taken)?;
    Ok(())
}

/// Uniqueness is the database's word; here it is said so that an author knows what to do.
fn name_taken(error: diesel::result::Error) -> Error {
    match violated_constraint(&error) {
        Some(constraint) if constraint.ends_with("_key") => Error::conflict(format!(
            "A slug or a lesson of the files belongs to another item of the database ({constraint}). An item keeps its uuid for good: give the old uuid back, or choose another slug."
        )),
        _ => error.into(),
    }
}
