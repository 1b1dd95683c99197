//! Accounts in the schema: the viewer's own account, sign-in, and what admins do.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union, dataloader::Loader};
use chrono::{DateTime, Utc};

use super::{Administered, Credentials, LoggedIn, Malformed, Refreshed, Registered, Registration, RoleChange, SignedIn, Suspension};
use crate::{
    auth::{ClientAddress, Role},
    connection,
    db::ids::{TypedId, UserId},
    error::{Error, Result},
    graphql::{
        admin, app,
        connection::{Given, Page, PageArgs, page_cost},
        loaders::{Batch, loaders},
        user_error::{AccountSuspended, EmailTaken, InvalidCredentials, InvalidInput, InvalidRefreshToken, LastAdmin, WeakPassword},
        viewer,
        viewer::ViewerObject,
        viewer_or_none,
    },
};

impl Loader<UserId> for Batch {
    type Value = Arc<super::User>;
    type Error = Error;

    async fn load(&self, ids: &[UserId]) -> Result<HashMap<UserId, Self::Value>> {
        let users = super::users(&mut *self.app.db.conn().await?, ids).await?;
        Ok(users.into_iter().map(|user| (user.id, Arc::new(user))).collect())
    }
}

async fn row(ctx: &Context<'_>, id: UserId) -> Result<Arc<super::User>> {
    loaders(ctx)?.load_one(id).await?.ok_or_else(|| Error::not_found("user"))
}

/// The account's own part of `Viewer`.
pub struct ViewerAccount(pub UserId);

#[Object]
impl ViewerAccount {
    /// Globally unique; also the id of the account in whatever names it.
    async fn id(&self) -> ID {
        self.0.into()
    }

    /// The name others see. Audience: public.
    async fn display_name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(row(ctx, self.0).await?.display_name.clone())
    }

    /// The address the account signs in with, in lower case. Audience: the account itself and admins.
    async fn email(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(row(ctx, self.0).await?.email.clone())
    }

    /// The IANA time zone in which the account's days begin and end. Audience: the account itself and admins.
    async fn time_zone(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(row(ctx, self.0).await?.time_zone.clone())
    }

    /// What the account may do, in a fixed order; LEARNER is always among it. Audience: the account itself and admins.
    #[graphql(complexity = "3")]
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<Role>> {
        Ok(row(ctx, self.0).await?.roles()?.into_iter().collect())
    }

    /// The slug of the plan the account is on, `free` for most. Audience: the account itself and admins.
    async fn plan(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(row(ctx, self.0).await?.plan.clone())
    }
}

/// An account as admins see it. Audience: admins.
pub struct User(Arc<super::User>);

impl User {
    /// For whom `auth::policy` lets see it.
    pub async fn find(ctx: &Context<'_>, id: UserId) -> Result<Option<Self>> {
        Ok(loaders(ctx)?.load_one(id).await?.map(Self))
    }
}

/// An account as admins see it. Audience: admins.
#[Object]
impl User {
    /// Globally unique.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The name others see.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// The address the account signs in with. Audience: admins.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What the account may do, in a fixed order. Audience: admins.
    #[graphql(complexity = "3")]
    async fn roles(&self) -> Result<Vec<Role>> {
        Ok(self.0.roles()?.into_iter().collect())
    }

    /// The slug of the plan the account is on. Audience: admins.
    async fn plan(&self) -> &str {
        &self.0.plan
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Since when the account is suspended; null when it is not. Audience: admins.
    async fn suspended_at(&self) -> Option<DateTime<Utc>> {
        self.0.suspended_at
    }

    /// Why the account is suspended, in an admin's words; null when it is not. Audience: admins.
    async fn suspension_reason(&self) -> Option<&str> {
        self.0.suspension_reason.as_deref()
    }
}

/// A new account.
#[derive(InputObject)]
pub struct RegisterInput {
    /// What to sign in with: of the form name@example.org, at most 254 characters; capitals do not count.
    email: String,
    /// 8 to 128 characters, and none of the most used passwords.
    #[graphql(secret)]
    password: String,
    /// The name others see: 1 to 50 visible characters.
    display_name: String,
    /// The IANA time zone in which the learner's days begin and end, such as Europe/Berlin.
    time_zone: String,
}

/// Who signs in.
#[derive(InputObject)]
pub struct LoginInput {
    /// The address the account was registered with; capitals do not count.
    email: String,
    /// The account's password.
    #[graphql(secret)]
    password: String,
}

/// The token to swap.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The newest refresh token of the session.
    #[graphql(secret)]
    refresh_token: String,
}

/// Which sessions to end.
#[derive(InputObject)]
pub struct LogoutInput {
    /// All sessions of the account, as after a lost device; otherwise the one that asks.
    #[graphql(default)]
    everywhere: bool,
}

/// Which account to close, and why.
#[derive(InputObject)]
pub struct SuspendUserInput {
    /// The account.
    user_id: ID,
    /// For other admins: 1 to 500 characters.
    reason: String,
}

/// Which account to open again.
#[derive(InputObject)]
pub struct ReinstateUserInput {
    /// The account.
    user_id: ID,
}

/// Which role to give or take.
#[derive(InputObject)]
pub struct SetUserRoleInput {
    /// The account.
    user_id: ID,
    /// The role in question.
    role: Role,
    /// True gives the role, false takes it; either may be so already.
    granted: bool,
}

macro_rules! signed_in {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {$(
        $(#[doc = $doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The account that is signed in now.
            viewer: ViewerObject,
            /// Sent as `Authorization: Bearer ...` with each request.
            access_token: String,
            /// Swapped for new tokens by `refreshSession`, once, within seven days.
            refresh_token: String,
            /// Seconds until the access token ends.
            expires_in: u64,
        }
        impl From<SignedIn> for $name {
            fn from(signed_in: SignedIn) -> Self {
                Self {
                    viewer: ViewerObject::of(signed_in.user_id),
                    access_token: signed_in.access_token,
                    refresh_token: signed_in.refresh_token,
                    expires_in: signed_in.expires_in_seconds,
                }
            }
        }
    )*};
}

signed_in! {
    /// The account was made and is signed in.
    RegisterSuccess;
    /// E-mail address and password were right.
    LoginSuccess;
    /// New tokens of the same session; the old refresh token works no more.
    RefreshSessionSuccess;
}

/// The session of the access token has ended, and the others if that was asked for.
#[derive(SimpleObject)]
pub struct LogoutSuccess {
    /// When it ended; its tokens work no more.
    logged_out_at: DateTime<Utc>,
}

/// The account is closed and all its sessions have ended.
#[derive(SimpleObject)]
pub struct SuspendUserSuccess {
    /// The account, now suspended.
    user: User,
}

/// The account is open again; it signs in anew.
#[derive(SimpleObject)]
pub struct ReinstateUserSuccess {
    /// The account, not suspended any more.
    user: User,
}

/// The account has the roles that were asked for; its sessions see it within a second.
#[derive(SimpleObject)]
pub struct SetUserRoleSuccess {
    /// The account with its roles.
    user: User,
}

/// The outcome of `register`.
#[derive(Union)]
pub enum RegisterPayload {
    Success(RegisterSuccess),
    EmailTaken(EmailTaken),
    WeakPassword(WeakPassword),
    InvalidInput(InvalidInput),
}

/// The outcome of `login`.
#[derive(Union)]
pub enum LoginPayload {
    Success(LoginSuccess),
    InvalidCredentials(InvalidCredentials),
    AccountSuspended(AccountSuspended),
}

/// The outcome of `refreshSession`.
#[derive(Union)]
pub enum RefreshSessionPayload {
    Success(RefreshSessionSuccess),
    InvalidRefreshToken(InvalidRefreshToken),
}

/// The outcome of `logout`.
#[derive(Union)]
pub enum LogoutPayload {
    Success(LogoutSuccess),
}

/// The outcome of `suspendUser`.
#[derive(Union)]
pub enum SuspendUserPayload {
    Success(SuspendUserSuccess),
    LastAdmin(LastAdmin),
    InvalidInput(InvalidInput),
}

/// The outcome of `reinstateUser`.
#[derive(Union)]
pub enum ReinstateUserPayload {
    Success(ReinstateUserSuccess),
}

/// The outcome of `setUserRole`.
#[derive(Union)]
pub enum SetUserRolePayload {
    Success(SetUserRoleSuccess),
    LastAdmin(LastAdmin),
    InvalidInput(InvalidInput),
}

impl From<Malformed> for InvalidInput {
    fn from(malformed: Malformed) -> Self {
        Self::new(malformed.message).at(&["input", malformed.field])
    }
}

fn last_admin() -> LastAdmin {
    LastAdmin::new("This is the only admin left; make another one first.").at(&["input", "userId"])
}

impl From<Arc<super::User>> for User {
    fn from(user: Arc<super::User>) -> Self {
        Self(user)
    }
}

connection! {
    /// A page of accounts. Audience: admins.
    UserConnection of UserEdge to User
}

#[derive(Default)]
pub struct AccountsQuery;

#[Object]
impl AccountsQuery {
    /// The logged-in account; null for anonymous requests.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<ViewerObject> {
        viewer_or_none(ctx).map(|viewer| ViewerObject::of(viewer.user_id))
    }

    /// Accounts, newest first. Audience: admins.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A part of the e-mail address or the name, capitals or not; null for all accounts.")] search: Option<String>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither is given.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<UserConnection> {
        let admin = admin(ctx)?;
        let args = PageArgs::new(Given { first, after: after.as_deref(), last, before: before.as_deref() })?;
        let rows = super::search(&mut *app(ctx)?.db.conn().await?, admin, search.as_deref(), args.slice()).await?;
        Ok(Page::cut(&args, rows.into_iter().map(Arc::new).collect(), |row| row.id)?.into())
    }
}

/// The cost of work that a password is made to need.
const PASSWORD_COST: usize = 500;

#[derive(Default)]
pub struct AccountsMutation;

#[Object]
impl AccountsMutation {
    /// Makes an account and signs it in.
    #[graphql(complexity = "PASSWORD_COST + child_complexity")]
    async fn register(&self, ctx: &Context<'_>, #[graphql(desc = "The new account.")] input: RegisterInput) -> Result<RegisterPayload> {
        let app = app(ctx)?;
        let RegisterInput { email, password, display_name, time_zone } = input;
        let registration = Registration { email, password, display_name, time_zone };
        Ok(match super::register(&app.auth, &app.db, app.clock.now(), registration, address(ctx)).await? {
            Registered::Done(signed_in) => RegisterPayload::Success(signed_in.into()),
            Registered::EmailTaken => {
                RegisterPayload::EmailTaken(EmailTaken::new("An account with this e-mail address exists already.").at(&["input", "email"]))
            }
            Registered::Weak(weakness) => RegisterPayload::WeakPassword(WeakPassword::new(weakness.message()).at(&["input", "password"])),
            Registered::Malformed(malformed) => RegisterPayload::InvalidInput(malformed.into()),
        })
    }

    /// Signs in with e-mail address and password. Ten failures in 15 minutes of an account or an address are RATE_LIMITED.
    #[graphql(complexity = "PASSWORD_COST + child_complexity")]
    async fn login(&self, ctx: &Context<'_>, #[graphql(desc = "Who signs in.")] input: LoginInput) -> Result<LoginPayload> {
        let app = app(ctx)?;
        let credentials = Credentials { email: input.email, password: input.password };
        Ok(match super::log_in(&app.auth, &app.db, app.clock.now(), credentials, address(ctx)).await? {
            LoggedIn::Done(signed_in) => LoginPayload::Success(signed_in.into()),
            LoggedIn::Wrong => {
                LoginPayload::InvalidCredentials(InvalidCredentials::new("E-mail address and password do not belong together."))
            }
            LoggedIn::Suspended => LoginPayload::AccountSuspended(AccountSuspended::new("This account is suspended.")),
        })
    }

    /// Swaps a refresh token for new tokens. Each works once: a second use ends the session, since two hold the token then.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token to swap.")] input: RefreshSessionInput,
    ) -> Result<RefreshSessionPayload> {
        let app = app(ctx)?;
        Ok(match super::refresh(&app.auth, &app.db, app.clock.now(), &input.refresh_token).await? {
            Refreshed::Done(signed_in) => RefreshSessionPayload::Success(signed_in.into()),
            Refreshed::Refused => RefreshSessionPayload::InvalidRefreshToken(
                InvalidRefreshToken::new("The refresh token is unknown, expired or used; log in again.").at(&["input", "refreshToken"]),
            ),
        })
    }

    /// Ends the session of the access token that asks, or all of the account, on every server within a second.
    async fn logout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which sessions to end; null for this one.")] input: Option<LogoutInput>,
    ) -> Result<LogoutPayload> {
        let (app, viewer) = (app(ctx)?, viewer(ctx)?);
        let now = app.clock.now();
        if input.is_some_and(|input| input.everywhere) {
            super::log_out_everywhere(&app.auth, &app.db, now, viewer).await?;
        } else {
            super::log_out(&app.auth, &app.db, now, viewer).await?;
        }
        Ok(LogoutPayload::Success(LogoutSuccess { logged_out_at: now }))
    }

    /// Closes an account and ends all its sessions. Audience: admins.
    async fn suspend_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account to close, and why.")] input: SuspendUserInput,
    ) -> Result<SuspendUserPayload> {
        let (app, admin) = (app(ctx)?, admin(ctx)?);
        let suspension = Suspension { user_id: UserId::parse(&input.user_id)?, reason: input.reason };
        Ok(match super::suspend(&app.auth, &app.db, app.clock.now(), admin, suspension).await? {
            Administered::Done(id) => SuspendUserPayload::Success(SuspendUserSuccess { user: User(row(ctx, id).await?) }),
            Administered::LastAdmin => SuspendUserPayload::LastAdmin(last_admin()),
            Administered::Malformed(malformed) => SuspendUserPayload::InvalidInput(malformed.into()),
        })
    }

    /// Opens a suspended account again; what was open before the suspension stays ended. Audience: admins.
    async fn reinstate_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account to open again.")] input: ReinstateUserInput,
    ) -> Result<ReinstateUserPayload> {
        let (app, admin) = (app(ctx)?, admin(ctx)?);
        let id = UserId::parse(&input.user_id)?;
        super::reinstate(&app.db, admin, id).await?;
        Ok(ReinstateUserPayload::Success(ReinstateUserSuccess { user: User(row(ctx, id).await?) }))
    }

    /// Gives a role to an account or takes it; the last admin stays one. Audience: admins.
    async fn set_user_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which role to give or take.")] input: SetUserRoleInput,
    ) -> Result<SetUserRolePayload> {
        let (app, admin) = (app(ctx)?, admin(ctx)?);
        let change = RoleChange { user_id: UserId::parse(&input.user_id)?, role: input.role, granted: input.granted };
        Ok(match super::set_role(&app.auth, &app.db, admin, change).await? {
            Administered::Done(id) => SetUserRolePayload::Success(SetUserRoleSuccess { user: User(row(ctx, id).await?) }),
            Administered::LastAdmin => SetUserRolePayload::LastAdmin(last_admin()),
            Administered::Malformed(malformed) => SetUserRolePayload::InvalidInput(malformed.into()),
        })
    }
}

fn address(ctx: &Context<'_>) -> Option<ClientAddress> {
    ctx.data_opt::<ClientAddress>().copied()
}
