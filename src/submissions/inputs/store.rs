//! Every statement on `submission_inputs`.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::RunQueryDsl;

use super::Typed;
use crate::{
    db::{Conn, ids::SubmissionId, schema::submission_inputs},
    error::Result,
};

/// One piece of what was typed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = submission_inputs, check_for_backend(diesel::pg::Pg))]
pub struct Piece {
    pub seq: i32,
    pub text: String,
    pub ends: bool,
}

/// What a run has been given.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct SoFar {
    #[diesel(sql_type = sql_types::BigInt)]
    pub pieces: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub bytes: i64,
    #[diesel(sql_type = sql_types::Bool)]
    pub ended: bool,
}

pub async fn by_request_id(conn: &mut Conn, id: SubmissionId, request_id: &str) -> Result<Option<Piece>> {
    let known = submission_inputs::table
        .filter(submission_inputs::submission_id.eq(id).and(submission_inputs::client_request_id.eq(request_id)))
        .select(Piece::as_select());
    Ok(known.first(conn).await.optional()?)
}

pub async fn so_far(conn: &mut Conn, id: SubmissionId) -> Result<SoFar> {
    let statement = diesel::sql_query(
        "SELECT count(*) AS pieces, coalesce(sum(octet_length(text)), 0)::bigint AS bytes, coalesce(bool_or(ends), false) AS ended
         FROM submission_inputs WHERE submission_id = $1",
    );
    Ok(statement.bind::<sql_types::Uuid, _>(id).get_result(conn).await?)
}

/// The caller holds the submission's row, so that the count of pieces is the last number.
pub async fn insert(conn: &mut Conn, now: DateTime<Utc>, id: SubmissionId, pieces: i64, typed: &Typed) -> Result<()> {
    diesel::insert_into(submission_inputs::table)
        .values((
            submission_inputs::submission_id.eq(id),
            submission_inputs::seq.eq(i32::try_from(pieces + 1).unwrap_or(i32::MAX)),
            submission_inputs::text.eq(&typed.text),
            submission_inputs::ends.eq(typed.ends),
            submission_inputs::client_request_id.eq(&typed.client_request_id),
            submission_inputs::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn after(conn: &mut Conn, id: SubmissionId, seq: i32) -> Result<Vec<Piece>> {
    let rows = submission_inputs::table
        .filter(submission_inputs::submission_id.eq(id).and(submission_inputs::seq.gt(seq)))
        .order(submission_inputs::seq)
        .select(Piece::as_select());
    Ok(rows.load(conn).await?)
}
