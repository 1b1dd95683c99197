//! Every statement on `data_exports` and `data_export_parts`, and the reading of what an export holds.

use chrono::{DateTime, Utc};
use diesel::{pg::Pg, prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;

use crate::{
    db::{
        Conn,
        ids::UserId,
        schema::{data_export_parts, data_exports},
    },
    error::Result,
};

/// A copy of everything about an account, asked for or ready.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = data_exports, check_for_backend(Pg))]
pub struct Export {
    pub user_id: UserId,
    pub with_submissions: bool,
    pub requested_at: DateTime<Utc>,
    pub ready_at: Option<DateTime<Utc>>,
    pub bytes: i64,
}

pub async fn export(conn: &mut Conn, user_id: UserId) -> Result<Option<Export>> {
    Ok(data_exports::table.find(user_id).select(Export::as_select()).first(conn).await.optional()?)
}

/// In the place of an older one, whose parts go.
pub async fn put(conn: &mut Conn, export: &Export) -> Result<()> {
    diesel::delete(data_exports::table.find(export.user_id)).execute(conn).await?;
    diesel::insert_into(data_exports::table).values(export).execute(conn).await?;
    Ok(())
}

/// Every statement of the transaction from here on sees the same moment; to be its first.
pub async fn freeze(conn: &mut Conn) -> Result<()> {
    diesel::sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(conn).await?;
    Ok(())
}

/// Opens the only cursor of this transaction. `select` has no values but those of our own that are written into it.
pub async fn open_cursor(conn: &mut Conn, select: &str) -> Result<()> {
    diesel::sql_query(format!("DECLARE exported NO SCROLL CURSOR FOR {select}")).execute(conn).await?;
    Ok(())
}

/// The next rows, as JSON; none after the last one.
pub async fn fetch(conn: &mut Conn, count: usize) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        row: String,
    }
    let rows: Vec<Row> = diesel::sql_query(format!("FETCH {count} FROM exported")).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.row).collect())
}

pub async fn close_cursor(conn: &mut Conn) -> Result<()> {
    diesel::sql_query("CLOSE exported").execute(conn).await?;
    Ok(())
}

pub async fn delete_parts(conn: &mut Conn, user_id: UserId) -> Result<()> {
    diesel::delete(data_export_parts::table.filter(data_export_parts::user_id.eq(user_id))).execute(conn).await?;
    Ok(())
}

pub async fn insert_part(conn: &mut Conn, user_id: UserId, position: i32, content: &str) -> Result<()> {
    diesel::insert_into(data_export_parts::table)
        .values((data_export_parts::user_id.eq(user_id), data_export_parts::position.eq(position), data_export_parts::content.eq(content)))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn part(conn: &mut Conn, user_id: UserId, position: i32) -> Result<Option<String>> {
    Ok(data_export_parts::table.find((user_id, position)).select(data_export_parts::content).first(conn).await.optional()?)
}

/// False when it was asked for anew since, or is ready already.
pub async fn set_ready(conn: &mut Conn, export: &Export, bytes: i64, now: DateTime<Utc>) -> Result<bool> {
    let same = data_exports::table.find(export.user_id).filter(data_exports::requested_at.eq(export.requested_at));
    let unready = diesel::update(same.filter(data_exports::ready_at.is_null()));
    Ok(unready.set((data_exports::ready_at.eq(now), data_exports::bytes.eq(bytes))).execute(conn).await? == 1)
}

pub async fn delete_older(conn: &mut Conn, before: DateTime<Utc>) -> Result<usize> {
    let ended = data_exports::ready_at.lt(before).or(data_exports::ready_at.is_null().and(data_exports::requested_at.lt(before)));
    Ok(diesel::delete(data_exports::table.filter(ended.assume_not_null())).execute(conn).await?)
}
