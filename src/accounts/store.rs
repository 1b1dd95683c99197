//! Every statement on `users`, `sessions` and `refresh_tokens`.

use chrono::{DateTime, Utc};
use diesel::{pg::Pg, prelude::*};
use diesel_async::RunQueryDsl;

use crate::{
    db::{
        Conn, Slice,
        ids::{RefreshTokenId, SessionId, UserId},
        schema::{refresh_tokens, sessions, users},
    },
    error::{Error, Result},
};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(Pg))]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    pub time_zone: String,
    /// None for accounts that sign in with another provider.
    pub password_hash: Option<String>,
    #[diesel(column_name = roles)]
    pub role_names: Vec<String>,
    pub plan: String,
    pub suspended_at: Option<DateTime<Utc>>,
    pub suspension_reason: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(Pg))]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens, check_for_backend(Pg))]
pub struct RefreshToken {
    pub id: RefreshTokenId,
    pub session_id: SessionId,
    pub token_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// False when the e-mail address is taken.
pub async fn insert_user(conn: &mut Conn, user: &User) -> Result<bool> {
    let inserted = diesel::insert_into(users::table).values(user).on_conflict(users::email).do_nothing().execute(conn).await?;
    Ok(inserted == 1)
}

/// NOT_FOUND when there is no such account.
pub async fn lock(conn: &mut Conn, id: UserId) -> Result<()> {
    users::table.find(id).select(users::id).for_no_key_update().first::<UserId>(conn).await?;
    Ok(())
}

pub async fn users(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<User>> {
    Ok(users::table.filter(users::id.eq_any(ids)).select(User::as_select()).load(conn).await?)
}

pub async fn user_by_email(conn: &mut Conn, email: &str) -> Result<Option<User>> {
    Ok(users::table.filter(users::email.eq(email)).select(User::as_select()).first(conn).await.optional()?)
}

/// NOT_FOUND when there is none.
pub async fn lock_user(conn: &mut Conn, id: UserId) -> Result<User> {
    let found = users::table.find(id).select(User::as_select()).for_no_key_update().first(conn).await.optional()?;
    found.ok_or_else(|| Error::not_found("user"))
}

/// Others may read and lock likewise, nobody may change the row until the transaction ends.
pub async fn lock_user_against_change(conn: &mut Conn, id: UserId) -> Result<User> {
    Ok(users::table.find(id).select(User::as_select()).for_share().first(conn).await?)
}

/// In one order, so that two who lock them wait and never deadlock.
pub async fn lock_active_admins(conn: &mut Conn) -> Result<Vec<UserId>> {
    let admins = users::table.filter(users::roles.contains(vec!["ADMIN"])).filter(users::suspended_at.is_null());
    Ok(admins.order(users::id).select(users::id).for_no_key_update().load(conn).await?)
}

pub async fn delete_user(conn: &mut Conn, id: UserId) -> Result<()> {
    diesel::delete(users::table.find(id)).execute(conn).await?;
    Ok(())
}

pub async fn set_roles(conn: &mut Conn, id: UserId, roles: &[String]) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::roles.eq(roles)).execute(conn).await?;
    Ok(())
}

pub async fn set_time_zone(conn: &mut Conn, id: UserId, time_zone: &str) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::time_zone.eq(time_zone)).execute(conn).await?;
    Ok(())
}

pub async fn set_password_hash(conn: &mut Conn, id: UserId, hash: &str) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(conn).await?;
    Ok(())
}

/// False when there is no such account. A second suspension changes the reason and keeps the time.
pub async fn suspend(conn: &mut Conn, id: UserId, reason: &str, now: DateTime<Utc>) -> Result<bool> {
    let first = diesel::dsl::sql::<diesel::sql_types::Nullable<diesel::sql_types::Timestamptz>>("coalesce(suspended_at, ")
        .bind::<diesel::sql_types::Timestamptz, _>(now)
        .sql(")");
    let changed = diesel::update(users::table.find(id))
        .set((users::suspended_at.eq(first), users::suspension_reason.eq(reason)))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// False when there is no such account. An account that is not suspended stays as it is.
pub async fn reinstate(conn: &mut Conn, id: UserId) -> Result<bool> {
    let open = (users::suspended_at.eq(None::<DateTime<Utc>>), users::suspension_reason.eq(None::<String>));
    Ok(diesel::update(users::table.find(id)).set(open).execute(conn).await? == 1)
}

/// Accounts, newest first, whose e-mail address or name holds the text; all for None.
pub async fn found_users(conn: &mut Conn, text: Option<&str>, slice: Slice<UserId>) -> Result<Vec<User>> {
    let mut found = users::table.select(User::as_select()).into_boxed();
    if let Some(text) = text {
        let escaped: String = text.chars().flat_map(|c| if matches!(c, '%' | '_' | '\\') { vec!['\\', c] } else { vec![c] }).collect();
        let pattern = format!("%{escaped}%");
        found = found.filter(users::email.ilike(pattern.clone()).or(users::display_name.ilike(pattern)));
    }
    Ok(crate::slice!(found, users::id, desc, slice).load(conn).await?)
}

pub async fn insert_session(conn: &mut Conn, session: &Session) -> Result<()> {
    diesel::insert_into(sessions::table).values(session).execute(conn).await?;
    Ok(())
}

pub async fn session_with_user(conn: &mut Conn, id: SessionId) -> Result<Option<(Session, User)>> {
    let joined = sessions::table.inner_join(users::table.on(users::id.eq(sessions::user_id))).filter(sessions::id.eq(id));
    Ok(joined.select((Session::as_select(), User::as_select())).first(conn).await.optional()?)
}

/// Those that are live, with the roles of their accounts.
pub async fn live_sessions(conn: &mut Conn, ids: &[SessionId], now: DateTime<Utc>) -> Result<Vec<(SessionId, Vec<String>)>> {
    let live = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq_any(ids).and(sessions::revoked_at.is_null()).and(sessions::expires_at.gt(now)))
        .filter(users::suspended_at.is_null());
    Ok(live.select((sessions::id, users::roles)).load(conn).await?)
}

pub async fn user_of_session(conn: &mut Conn, id: SessionId) -> Result<UserId> {
    Ok(sessions::table.find(id).select(sessions::user_id).first(conn).await?)
}

pub async fn lock_session(conn: &mut Conn, id: SessionId) -> Result<Session> {
    Ok(sessions::table.find(id).select(Session::as_select()).for_no_key_update().first(conn).await?)
}

pub async fn extend_session(conn: &mut Conn, id: SessionId, expires_at: DateTime<Utc>) -> Result<()> {
    diesel::update(sessions::table.find(id)).set(sessions::expires_at.eq(expires_at)).execute(conn).await?;
    Ok(())
}

/// False when it had been ended before.
pub async fn revoke_session(conn: &mut Conn, id: SessionId, because: &str, now: DateTime<Utc>) -> Result<bool> {
    let live = sessions::table.find(id).filter(sessions::revoked_at.is_null());
    let revoked = (sessions::revoked_at.eq(now), sessions::revoked_because.eq(because));
    Ok(diesel::update(live).set(revoked).execute(conn).await? == 1)
}

/// The sessions that ended by it.
pub async fn revoke_sessions_of(conn: &mut Conn, user_id: UserId, because: &str, now: DateTime<Utc>) -> Result<Vec<SessionId>> {
    let live = sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::revoked_at.is_null());
    let revoked = (sessions::revoked_at.eq(now), sessions::revoked_because.eq(because));
    Ok(diesel::update(live).set(revoked).returning(sessions::id).get_results(conn).await?)
}

pub async fn live_sessions_of(conn: &mut Conn, user_id: UserId) -> Result<Vec<SessionId>> {
    let live = sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::revoked_at.is_null());
    Ok(live.select(sessions::id).load(conn).await?)
}

pub async fn insert_refresh_token(conn: &mut Conn, token: &RefreshToken) -> Result<()> {
    diesel::insert_into(refresh_tokens::table).values(token).execute(conn).await?;
    Ok(())
}

/// The token, if this is its first use: of two at once the database lets one through.
pub async fn use_refresh_token(conn: &mut Conn, hash: &[u8], now: DateTime<Utc>) -> Result<Option<RefreshToken>> {
    let unused = refresh_tokens::table.filter(refresh_tokens::token_hash.eq(hash)).filter(refresh_tokens::used_at.is_null());
    let used = diesel::update(unused).set(refresh_tokens::used_at.eq(now)).returning(RefreshToken::as_returning());
    Ok(used.get_result(conn).await.optional()?)
}

pub async fn refresh_token(conn: &mut Conn, hash: &[u8]) -> Result<Option<RefreshToken>> {
    let found = refresh_tokens::table.filter(refresh_tokens::token_hash.eq(hash)).select(RefreshToken::as_select());
    Ok(found.first(conn).await.optional()?)
}

/// Sessions that expired before a moment, with their tokens.
pub async fn delete_sessions(conn: &mut Conn, expired_before: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::delete(sessions::table.filter(sessions::expires_at.lt(expired_before))).execute(conn).await?)
}
