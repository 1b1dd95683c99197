//! Statements on squads and their members.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;

use crate::{
    db::{
        Conn,
        ids::{SquadId, UserId},
        schema::{squad_members, squads},
    },
    error::Result,
};

/// A few learners with a goal in common.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = squads, check_for_backend(diesel::pg::Pg))]
pub struct Squad {
    pub id: SquadId,
    pub name: String,
    pub code: String,
    pub weekly_xp_goal: i32,
    pub created_at: DateTime<Utc>,
}

pub async fn insert_squad(conn: &mut Conn, squad: &Squad) -> Result<()> {
    diesel::insert_into(squads::table).values(squad).execute(conn).await?;
    Ok(())
}

/// Locked, so that two who join do not both take the last place.
pub async fn lock_squad_by_code(conn: &mut Conn, code: &str) -> Result<Option<Squad>> {
    let squad = squads::table.filter(squads::code.eq(code)).select(Squad::as_select());
    Ok(squad.for_update().first(conn).await.optional()?)
}

pub async fn lock_squad(conn: &mut Conn, id: SquadId) -> Result<Option<Squad>> {
    Ok(squads::table.find(id).select(Squad::as_select()).for_update().first(conn).await.optional()?)
}

pub async fn squad(conn: &mut Conn, id: SquadId) -> Result<Option<Squad>> {
    Ok(squads::table.find(id).select(Squad::as_select()).first(conn).await.optional()?)
}

/// A learner's squads, the one joined first first.
pub async fn squads_of(conn: &mut Conn, user_id: UserId) -> Result<Vec<Squad>> {
    let mine = squad_members::table
        .inner_join(squads::table.on(squads::id.eq(squad_members::squad_id)))
        .filter(squad_members::user_id.eq(user_id))
        .order((squad_members::joined_at, squads::id));
    Ok(mine.select(Squad::as_select()).load(conn).await?)
}

/// The members of squads, in the order in which they joined.
pub async fn members(conn: &mut Conn, ids: &[SquadId]) -> Result<Vec<(SquadId, UserId, DateTime<Utc>)>> {
    let members = squad_members::table
        .filter(squad_members::squad_id.eq_any(ids))
        .order((squad_members::joined_at, squad_members::user_id))
        .select((squad_members::squad_id, squad_members::user_id, squad_members::joined_at));
    Ok(members.load(conn).await?)
}

/// A second time changes nothing.
pub async fn insert_member(conn: &mut Conn, id: SquadId, user_id: UserId, now: DateTime<Utc>) -> Result<()> {
    diesel::insert_into(squad_members::table)
        .values((squad_members::squad_id.eq(id), squad_members::user_id.eq(user_id), squad_members::joined_at.eq(now)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// False when they were no member.
pub async fn delete_member(conn: &mut Conn, id: SquadId, user_id: UserId) -> Result<bool> {
    Ok(diesel::delete(squad_members::table.find((id, user_id))).execute(conn).await? == 1)
}

pub async fn delete_squad(conn: &mut Conn, id: SquadId) -> Result<()> {
    diesel::delete(squads::table.find(id)).execute(conn).await?;
    Ok(())
}

/// XP of each member of squads since a moment or since they joined, whichever is later.
pub async fn member_xp(conn: &mut Conn, ids: &[SquadId], since: DateTime<Utc>) -> Result<Vec<MemberXp>> {
    let statement = diesel::sql_query(
        "SELECT m.squad_id, m.user_id, coalesce(sum(x.amount), 0)::bigint AS xp FROM squad_members m
         LEFT JOIN xp_entries x ON x.user_id = m.user_id AND x.created_at >= greatest($2, m.joined_at)
         WHERE m.squad_id = ANY ($1) GROUP BY m.squad_id, m.user_id",
    );
    Ok(statement.bind::<Array<Uuid>, _>(ids).bind::<Timestamptz, _>(since).load(conn).await?)
}

#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct MemberXp {
    #[diesel(sql_type = Uuid)]
    pub squad_id: SquadId,
    #[diesel(sql_type = Uuid)]
    pub user_id: UserId,
    #[diesel(sql_type = BigInt)]
    pub xp: i64,
}
