//! Every statement on `jobs`.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::{
    db::{Conn, ids::JobId, schema::jobs},
    error::Result,
};

/// A job in somebody's hands.
#[derive(Clone, Debug, QueryableByName)]
#[diesel(table_name = jobs, check_for_backend(diesel::pg::Pg))]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    pub payload: Value,
    pub claims: i32,
    pub failures: i32,
}

pub async fn insert(conn: &mut Conn, now: DateTime<Utc>, id: JobId, kind: &str, payload: Value) -> Result<()> {
    diesel::insert_into(jobs::table)
        .values((jobs::id.eq(id), jobs::kind.eq(kind), jobs::payload.eq(payload), jobs::run_at.eq(now), jobs::created_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn claim(conn: &mut Conn, now: DateTime<Utc>, until: DateTime<Utc>, kinds: &[&str]) -> Result<Option<Job>> {
    let statement = diesel::sql_query(
        "UPDATE jobs SET lease_until = $2, claims = claims + 1
         WHERE id = (SELECT id FROM jobs WHERE given_up_at IS NULL AND run_at <= $1 AND kind = ANY($3)
                       AND (lease_until IS NULL OR lease_until < $1)
                     ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id, kind, payload, claims, failures",
    );
    Ok(statement
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::Timestamptz, _>(until)
        .bind::<sql_types::Array<sql_types::Text>, _>(kinds)
        .get_result(conn)
        .await
        .optional()?)
}

/// How many a worker could take, and when the first of them was due.
pub async fn due(conn: &mut Conn, now: DateTime<Utc>) -> Result<(i64, Option<DateTime<Utc>>)> {
    let free = jobs::lease_until.is_null().or(jobs::lease_until.lt(now));
    let due = jobs::table.filter(jobs::given_up_at.is_null().and(jobs::run_at.le(now))).filter(free);
    Ok(due.select((diesel::dsl::count_star(), diesel::dsl::min(jobs::run_at))).first(conn).await?)
}

/// Nothing happens when somebody else has claimed it since.
pub async fn delete(conn: &mut Conn, job: &Job) -> Result<()> {
    diesel::delete(jobs::table.find(job.id).filter(jobs::claims.eq(job.claims))).execute(conn).await?;
    Ok(())
}

pub async fn delete_like(conn: &mut Conn, kind: &str, payload: &Value) -> Result<()> {
    diesel::delete(jobs::table.filter(jobs::kind.eq(kind)).filter(jobs::payload.eq(payload))).execute(conn).await?;
    Ok(())
}

pub async fn run_again(conn: &mut Conn, job: &Job, run_at: DateTime<Utc>) -> Result<()> {
    diesel::update(jobs::table.find(job.id).filter(jobs::claims.eq(job.claims)))
        .set((jobs::run_at.eq(run_at), jobs::lease_until.eq(None::<DateTime<Utc>>), jobs::failures.eq(0)))
        .execute(conn)
        .await?;
    Ok(())
}

/// `run_at` None: it is given up, and kept for people to look at.
pub async fn fail(conn: &mut Conn, job: &Job, why: &str, run_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<()> {
    diesel::update(jobs::table.find(job.id).filter(jobs::claims.eq(job.claims)))
        .set((
            jobs::run_at.eq(run_at.unwrap_or(now)),
            jobs::given_up_at.eq(run_at.is_none().then_some(now)),
            jobs::lease_until.eq(None::<DateTime<Utc>>),
            jobs::failures.eq(job.failures + 1),
            jobs::last_error.eq(why),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
