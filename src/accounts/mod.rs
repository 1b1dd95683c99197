//! Accounts: registration, sign-in, sessions and their tokens, roles, suspension. It never decides what a role may do:
//! that is `auth::policy`. Start reading at [`authenticate`], which every request passes, then [`refresh`].

pub mod demo;
mod fields;
pub mod graphql;
mod store;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
pub use fields::Malformed;
pub use store::User;

use crate::{
    app::App,
    auth::{
        Admin, Auth, ClientAddress, Role, Roles, Viewer,
        passwords::{self, Weakness},
        sessions::LiveSession,
        sign_in_limit::Attempt,
        tokens::RefreshToken,
    },
    boards,
    db::{
        self, Conn, Db, Slice,
        ids::{RefreshTokenId, SessionId, TypedId, UserId},
    },
    error::{Error, Result},
};

/// An account and the tokens of a session of it.
pub struct SignedIn {
    pub user_id: UserId,
    pub access_token: String,
    pub refresh_token: String,
    /// Until the access token ends.
    pub expires_in_seconds: u64,
}

pub struct Registration {
    pub email: String,
    pub password: String,
    pub display_name: String,
    pub time_zone: String,
}

pub enum Registered {
    Done(SignedIn),
    EmailTaken,
    Weak(Weakness),
    Malformed(Malformed),
}

pub struct Credentials {
    pub email: String,
    pub password: String,
}

pub enum LoggedIn {
    Done(SignedIn),
    Wrong,
    Suspended,
}

pub enum Refreshed {
    Done(SignedIn),
    Refused,
}

/// The outcome of what an admin does to an account.
pub enum Administered {
    Done(UserId),
    LastAdmin,
    Malformed(Malformed),
}

/// Who sent this access token. UNAUTHENTICATED unless it is genuine and its session and account are live, as seen at
/// most [`crate::config::Auth::session_cache_ttl`] ago.
pub async fn authenticate(app: &App, bearer: &str) -> Result<Viewer> {
    let now = app.clock.now();
    let access = app.auth.tokens.verify(bearer, now)?;
    let live = app.auth.sessions.get(access.session_id, read_live_session(&app.db, access.session_id, now)).await?;
    if live.user_id != access.user_id || live.expires_at <= now {
        return Err(Error::unauthenticated());
    }
    Ok(Viewer {
        user_id: live.user_id,
        session_id: access.session_id,
        roles: live.roles,
        plan: live.plan,
        token_expires_at: access.expires_at,
    })
}

async fn read_live_session(db: &Db, id: SessionId, now: DateTime<Utc>) -> Result<LiveSession> {
    let mut conn = db.conn().await?;
    let (session, user) = store::session_with_user(&mut conn, id).await?.ok_or_else(Error::unauthenticated)?;
    if session.revoked_at.is_some() || session.expires_at <= now || user.suspended_at.is_some() {
        return Err(Error::unauthenticated());
    }
    Ok(LiveSession { user_id: user.id, roles: user.roles()?, plan: user.plan, expires_at: session.expires_at })
}

/// Those of these sessions that are live, with the roles of their accounts.
pub async fn live_sessions(app: &App, ids: &[SessionId]) -> Result<HashMap<SessionId, Roles>> {
    let mut conn = app.db.conn().await?;
    let rows = store::live_sessions(&mut conn, ids, app.clock.now()).await?;
    rows.into_iter().map(|(id, roles)| Ok((id, roles.iter().map(|role| role.parse()).collect::<Result<Roles>>()?))).collect()
}

/// Holds the account's row until the transaction ends: whatever is counted or derived for a learner happens one at a time.
pub async fn lock(conn: &mut Conn, id: UserId) -> Result<()> {
    store::lock(conn, id).await
}

/// How long sessions and their tokens are kept after their end.
const ENDED_SESSIONS_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// Deletes sessions that ended longer ago than they are kept. Answers how many.
pub async fn forget(app: &App) -> Result<usize> {
    store::delete_sessions(&mut *app.db.conn().await?, app.clock.now() - ENDED_SESSIONS_KEPT).await
}

/// Those of the accounts that exist, in no order.
pub async fn users(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<User>> {
    store::users(conn, ids).await
}

/// An account's row; NOT_FOUND when there is none.
pub async fn user(conn: &mut Conn, id: UserId) -> Result<User> {
    store::users(conn, &[id]).await?.pop().ok_or_else(|| Error::not_found("user"))
}

impl User {
    pub fn roles(&self) -> Result<Roles> {
        self.role_names.iter().map(|name| name.parse()).collect()
    }

    /// The account's IANA zone; UTC for a zone that was stored by a newer database of zones.
    #[must_use]
    pub fn zone(&self) -> chrono_tz::Tz {
        self.time_zone.parse().unwrap_or(chrono_tz::UTC)
    }
}

/// The zone's canonical name.
pub fn check_time_zone(text: &str) -> Result<String, Malformed> {
    fields::time_zone(text)
}

/// Sets the zone in which the account's days begin and end.
pub async fn set_time_zone(conn: &mut Conn, id: UserId, time_zone: &str) -> Result<()> {
    store::set_time_zone(conn, id, time_zone).await
}

/// Whether this is the account's password. RATE_LIMITED after too many failures, like signing in, which counts the same ones.
pub async fn is_password(app: &App, id: UserId, password: &str, address: Option<ClientAddress>) -> Result<bool> {
    let (auth, now) = (&app.auth, app.clock.now());
    let user = user(&mut *app.db.conn().await?, id).await?;
    let attempt = Attempt::new(&user.email, address);
    auth.sign_in_limit.check(&attempt, now).map_err(too_many_failures)?;
    let genuine = auth.passwords.verify(password, user.password_hash).await?;
    auth.sign_in_limit.record(&attempt, genuine, now).map_err(too_many_failures)?;
    Ok(genuine)
}

/// Whether the platform would be without an admin if this account were gone; holds the admins' rows until the transaction ends.
pub async fn is_last_admin(conn: &mut Conn, id: UserId) -> Result<bool> {
    Ok(store::lock_active_admins(conn).await? == [id])
}

/// A closed account of nobody, which takes over what must stay when somebody leaves. Its id tells no time.
pub async fn nameless(conn: &mut Conn, now: DateTime<Utc>) -> Result<UserId> {
    let id = UserId::from_uuid(uuid::Uuid::new_v4());
    let user = User {
        id,
        email: format!("{}@deleted.invalid", id.uuid()),
        display_name: "Deleted".to_owned(),
        time_zone: "UTC".to_owned(),
        password_hash: None,
        role_names: vec![Role::Learner.as_str().to_owned()],
        plan: "free".to_owned(),
        suspended_at: Some(now),
        suspension_reason: Some("Deleted".to_owned()),
        created_at: now,
    };
    let inserted = store::insert_user(conn, &user).await?;
    inserted.then_some(id).ok_or_else(|| Error::broken("a random id was taken"))
}

/// Deletes an account with everything that hangs on it. Answers its sessions, which the caller lets the cache forget after the commit.
pub async fn erase(conn: &mut Conn, id: UserId) -> Result<Vec<SessionId>> {
    let sessions = store::live_sessions_of(conn, id).await?;
    store::delete_user(conn, id).await?;
    Ok(sessions)
}

/// Makes an account and signs it in.
pub async fn register(
    auth: &Auth,
    db: &Db,
    now: DateTime<Utc>,
    registration: Registration,
    address: Option<ClientAddress>,
) -> Result<Registered> {
    let fields = match fields::check(&registration) {
        Ok(fields) => fields,
        Err(malformed) => return Ok(Registered::Malformed(malformed)),
    };
    if let Some(weakness) = passwords::weakness(&registration.password) {
        return Ok(Registered::Weak(weakness));
    }
    let password_hash = auth.passwords.hash(&registration.password).await?;
    let user = new_user(fields, password_hash, &[Role::Learner], now);
    let mut conn = db.conn().await?;
    let signed_in = db::transaction(&mut conn, async |conn| {
        if !store::insert_user(conn, &user).await? {
            return Ok(None);
        }
        open_session(conn, auth, user.id, now).await.map(Some)
    })
    .await?;
    let Some(signed_in) = signed_in else { return Ok(Registered::EmailTaken) };
    auth.sign_in_limit.welcome(&Attempt::new(&user.email, address));
    Ok(Registered::Done(signed_in))
}

fn new_user(fields: fields::Fields, password_hash: String, roles: &[Role], now: DateTime<Utc>) -> User {
    User {
        id: UserId::generate(),
        email: fields.email,
        display_name: fields.display_name,
        time_zone: fields.time_zone,
        password_hash: Some(password_hash),
        role_names: roles.iter().map(|role| role.as_str().to_owned()).collect(),
        plan: "free".to_owned(),
        suspended_at: None,
        suspension_reason: None,
        created_at: now,
    }
}

/// Signs in with e-mail and password. RATE_LIMITED after too many failures; an unknown e-mail takes as long as a wrong password.
pub async fn log_in(
    auth: &Auth,
    db: &Db,
    now: DateTime<Utc>,
    credentials: Credentials,
    address: Option<ClientAddress>,
) -> Result<LoggedIn> {
    let email = fields::normal_email(&credentials.email);
    let attempt = Attempt::new(&email, address);
    auth.sign_in_limit.check(&attempt, now).map_err(too_many_failures)?;
    // No address has one, and Postgres takes none.
    let user = if email.contains('\0') { None } else { store::user_by_email(&mut *db.conn().await?, &email).await? };
    let stored = user.as_ref().and_then(|user| user.password_hash.clone());
    let genuine = auth.passwords.verify(&credentials.password, stored).await?;
    auth.sign_in_limit.record(&attempt, genuine, now).map_err(too_many_failures)?;
    let Some(user) = user.filter(|_| genuine) else { return Ok(LoggedIn::Wrong) };
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        // Locked against a suspension that commits between the look and the new session.
        let suspended = store::lock_user_against_change(conn, user.id).await?.suspended_at.is_some();
        if suspended { Ok(LoggedIn::Suspended) } else { open_session(conn, auth, user.id, now).await.map(LoggedIn::Done) }
    })
    .await
}

fn too_many_failures(wait: std::time::Duration) -> Error {
    Error::rate_limited("Too many sign-ins failed; wait before you try again.", wait)
}

async fn open_session(conn: &mut Conn, auth: &Auth, user_id: UserId, now: DateTime<Utc>) -> Result<SignedIn> {
    let session_id = SessionId::generate();
    let session =
        store::Session { id: session_id, user_id, created_at: now, expires_at: now + auth.tokens.refresh_ttl(), revoked_at: None };
    store::insert_session(conn, &session).await?;
    issue(conn, auth, &session, now).await
}

async fn issue(conn: &mut Conn, auth: &Auth, session: &store::Session, now: DateTime<Utc>) -> Result<SignedIn> {
    let refresh = RefreshToken::generate();
    let row = store::RefreshToken {
        id: RefreshTokenId::generate(),
        session_id: session.id,
        token_hash: refresh.hash.to_vec(),
        created_at: now,
        expires_at: now + auth.tokens.refresh_ttl(),
    };
    store::insert_refresh_token(conn, &row).await?;
    Ok(SignedIn {
        user_id: session.user_id,
        access_token: auth.tokens.sign(session.user_id, session.id, now)?,
        refresh_token: refresh.secret,
        expires_in_seconds: auth.tokens.access_ttl().as_secs(),
    })
}

/// Swaps a refresh token for new tokens; each works once. A second use means that two hold it, one of them a thief: the
/// session ends for both. Of two uses at once one wins, and its session ends all the same.
pub async fn refresh(auth: &Auth, db: &Db, now: DateTime<Utc>, secret: &str) -> Result<Refreshed> {
    let hash = RefreshToken::hash(secret);
    let mut conn = db.conn().await?;
    let (outcome, ended) = db::transaction(&mut conn, async |conn| {
        let Some(token) = store::use_refresh_token(conn, &hash, now).await? else {
            return Ok((Refreshed::Refused, end_reused(conn, &hash, now).await?));
        };
        // The account before the session, as a suspension does: the other order would deadlock with it.
        let owner = store::user_of_session(conn, token.session_id).await?;
        let user = store::lock_user_against_change(conn, owner).await?;
        let session = store::lock_session(conn, token.session_id).await?;
        let over = token.expires_at <= now || session.expires_at <= now || session.revoked_at.is_some() || user.suspended_at.is_some();
        if over {
            return Ok((Refreshed::Refused, None));
        }
        store::extend_session(conn, session.id, now + auth.tokens.refresh_ttl()).await?;
        Ok((Refreshed::Done(issue(conn, auth, &session, now).await?), None))
    })
    .await?;
    if let Some(id) = ended {
        auth.sessions.forget(id).await;
    }
    Ok(outcome)
}

async fn end_reused(conn: &mut Conn, hash: &[u8], now: DateTime<Utc>) -> Result<Option<SessionId>> {
    let Some(token) = store::refresh_token(conn, hash).await? else { return Ok(None) };
    if store::revoke_session(conn, token.session_id, "REUSE", now).await? {
        tracing::warn!(session = %token.session_id, "a refresh token was used twice; its session was ended");
    }
    Ok(Some(token.session_id))
}

/// Ends the session of the access token that asks.
pub async fn log_out(auth: &Auth, db: &Db, now: DateTime<Utc>, viewer: &Viewer) -> Result<()> {
    store::revoke_session(&mut *db.conn().await?, viewer.session_id, "LOGOUT", now).await?;
    auth.sessions.forget(viewer.session_id).await;
    Ok(())
}

/// Ends all sessions of the account that asks.
pub async fn log_out_everywhere(auth: &Auth, db: &Db, now: DateTime<Utc>, viewer: &Viewer) -> Result<()> {
    for id in store::revoke_sessions_of(&mut *db.conn().await?, viewer.user_id, "LOGOUT", now).await? {
        auth.sessions.forget(id).await;
    }
    Ok(())
}

pub struct Suspension {
    pub user_id: UserId,
    pub reason: String,
}

/// Closes an account and ends all its sessions.
pub async fn suspend(auth: &Auth, db: &Db, now: DateTime<Utc>, admin: Admin, suspension: Suspension) -> Result<Administered> {
    let reason = match fields::reason(&suspension.reason) {
        Ok(reason) => reason,
        Err(malformed) => return Ok(Administered::Malformed(malformed)),
    };
    let user_id = suspension.user_id;
    let mut conn = db.conn().await?;
    let ended = db::transaction(&mut conn, async |conn| {
        let admins = store::lock_active_admins(conn).await?;
        if admins == [user_id] {
            return Ok(None);
        }
        store::suspend(conn, user_id, &reason, now).await?.then_some(()).ok_or_else(|| Error::not_found("user"))?;
        boards::relist(conn, user_id).await?;
        store::revoke_sessions_of(conn, user_id, "SUSPENDED", now).await.map(Some)
    })
    .await?;
    let Some(ended) = ended else { return Ok(Administered::LastAdmin) };
    for id in ended {
        auth.sessions.forget(id).await;
    }
    tracing::info!(admin = %admin.user_id, user = %user_id, "an account was suspended");
    Ok(Administered::Done(user_id))
}

/// Opens a suspended account again. Its old sessions stay ended: it signs in anew.
pub async fn reinstate(db: &Db, admin: Admin, user_id: UserId) -> Result<()> {
    db::transaction(&mut *db.conn().await?, async |conn| {
        store::reinstate(conn, user_id).await?.then_some(()).ok_or_else(|| Error::not_found("user"))?;
        boards::relist(conn, user_id).await
    })
    .await?;
    tracing::info!(admin = %admin.user_id, user = %user_id, "an account was reinstated");
    Ok(())
}

/// Characters of what accounts are searched for.
pub const SEARCH_CHARACTERS_MAX: usize = 254;

/// Accounts past one, newest first, whose e-mail address or name holds the text, capitals or not; all for None.
pub async fn search(conn: &mut Conn, _admin: Admin, text: Option<&str>, slice: Slice<UserId>) -> Result<Vec<User>> {
    if text.is_some_and(|text| text.chars().count() > SEARCH_CHARACTERS_MAX) {
        return Err(Error::bad_input("Search for at most 254 characters."));
    }
    // No account has one, and Postgres takes none.
    if text.is_some_and(|text| text.contains('\0')) { Ok(Vec::new()) } else { store::found_users(conn, text, slice).await }
}

pub struct RoleChange {
    pub user_id: UserId,
    pub role: Role,
    pub granted: bool,
}

/// Gives or takes a role. Sessions live on and see it within a second. The platform keeps an admin.
pub async fn set_role(auth: &Auth, db: &Db, admin: Admin, change: RoleChange) -> Result<Administered> {
    let RoleChange { user_id, role, granted } = change;
    if role == Role::Learner && !granted {
        return Ok(Administered::Malformed(Malformed::new("role", "Every account has the role LEARNER.")));
    }
    let mut conn = db.conn().await?;
    let sessions = db::transaction(&mut conn, async |conn| {
        let admins = store::lock_active_admins(conn).await?;
        if role == Role::Admin && !granted && admins == [user_id] {
            return Ok(None);
        }
        write_role(conn, user_id, role, granted).await?;
        store::live_sessions_of(conn, user_id).await.map(Some)
    })
    .await?;
    let Some(sessions) = sessions else { return Ok(Administered::LastAdmin) };
    for id in sessions {
        auth.sessions.forget(id).await;
    }
    tracing::info!(admin = %admin.user_id, user = %user_id, role = role.as_str(), granted, "a role was changed");
    Ok(Administered::Done(user_id))
}

async fn write_role(conn: &mut Conn, user_id: UserId, role: Role, granted: bool) -> Result<()> {
    let mut roles = store::lock_user(conn, user_id).await?.roles()?;
    if granted {
        roles.insert(role);
    } else {
        roles.remove(&role);
    }
    let names: Vec<String> = roles.iter().map(|role| role.as_str().to_owned()).collect();
    store::set_roles(conn, user_id, &names).await
}

/// Makes an existing account an admin: the way to the first one of a production, from the command line.
pub async fn grant_admin(db: &Db, email: &str) -> Result<()> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let user = store::user_by_email(conn, &fields::normal_email(email)).await?.ok_or_else(|| Error::not_found("account"))?;
        write_role(conn, user.id, Role::Admin, true).await
    })
    .await
}
