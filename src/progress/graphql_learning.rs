//! A learner's days in the schema: settings, streak, missions, goals, the ledger and notifications.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};

use super::{
    dashboard::{self, Mark},
    days::Setting,
    graphql::XpEntryObject,
    graphql_dashboard::DashboardObject,
    history::History,
    missions::{self, Cadence},
    notifications::{self, Notification, NotificationKind, PageFilter},
    settings::{self, LearnerSettings},
    streak::{self, Streak},
};
use crate::{
    connection,
    db::ids::{NotificationId, UserId, XpEntryId},
    error::{Error, Result},
    graphql::{
        app,
        connection::{Given, Page, PageArgs, page_cost},
        viewer,
    },
};

connection! {
    /// A page of a learner's ledger.
    XpEntryConnection of XpEntryEdge to XpEntryObject
}

connection! {
    /// A page of notifications.
    NotificationConnection of NotificationEdge to NotificationObject
}

/// What the viewer has set for their learning. Audience: self.
#[derive(SimpleObject)]
#[graphql(name = "LearningSettings")]
pub struct SettingsObject {
    /// The IANA time zone in which the viewer's days begin and end.
    time_zone: String,
    /// The hour at which their days begin, 0 to 12: what is done before it counts for the day before.
    day_start_hour: i32,
    /// XP to gather a day.
    daily_xp_goal: i32,
    /// Lessons to complete a week, from Monday.
    weekly_lessons_goal: i32,
    /// Whether leaderboards show the viewer to others, by display name.
    listed_on_leaderboards: bool,
}

impl SettingsObject {
    pub fn new(clock: &Setting, settings: LearnerSettings) -> Self {
        Self {
            time_zone: clock.zone.name().to_owned(),
            day_start_hour: i32::from(clock.start_hour),
            daily_xp_goal: settings.daily_xp_goal,
            weekly_lessons_goal: settings.weekly_lessons_goal,
            listed_on_leaderboards: settings.listed,
        }
    }

    pub async fn of(ctx: &Context<'_>, user_id: UserId) -> Result<Self> {
        let mut conn = app(ctx)?.db.conn().await?;
        let clock = settings::clock(&mut conn, user_id).await?;
        Ok(Self::new(&clock, settings::of(&mut conn, user_id).await?))
    }
}

/// What a date was to the streak.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "Mark", name = "StreakMark")]
pub enum StreakMark {
    /// A challenge was passed or a lesson completed.
    Counted,
    /// A freeze held the streak over it.
    Frozen,
    /// Today, and nothing was passed yet.
    Open,
    /// Nothing was passed.
    Missed,
    /// The date did not happen for the viewer, who changed time zones.
    Skipped,
}

/// One date of the calendar.
#[derive(SimpleObject)]
pub struct StreakDay {
    /// The date, as YYYY-MM-DD, in the viewer's time zone.
    date: NaiveDate,
    /// What it was to the streak.
    mark: StreakMark,
}

/// How many days in a row the viewer has passed a challenge or completed a lesson. Audience: self.
pub struct StreakObject {
    current: i64,
    longest: i64,
    freezes: i64,
    /// Where it is known already.
    calendar: Option<Vec<(NaiveDate, Mark)>>,
    today_counts: Option<bool>,
}

impl StreakObject {
    pub fn new(streak: &Streak, calendar: Option<Vec<(NaiveDate, Mark)>>) -> Self {
        let Streak { current, longest, freezes, today_counts, .. } = *streak;
        Self { current, longest, freezes, calendar, today_counts: Some(today_counts) }
    }

    /// As an event told of it; its days are as of now.
    pub const fn told(current: i64, longest: i64, freezes: i64) -> Self {
        Self { current, longest, freezes, calendar: None, today_counts: None }
    }

    async fn history(ctx: &Context<'_>) -> Result<History> {
        let app = app(ctx)?;
        History::load(&mut *app.db.conn().await?, app.clock.now(), viewer(ctx)?.user_id).await
    }
}

/// How many days in a row the viewer has passed a challenge or completed a lesson. Audience: self.
#[Object(name = "Streak")]
impl StreakObject {
    /// Days of the running streak, today among them once something was passed. Days that a freeze held are not counted.
    async fn current(&self) -> i64 {
        self.current
    }

    /// Days of the longest streak there was.
    async fn longest(&self) -> i64 {
        self.longest
    }

    /// Freezes held, 0 to 2. One is earned per seven days of a streak; a missed day spends one by itself.
    async fn freezes(&self) -> i64 {
        self.freezes
    }

    /// The highest of 3, 7, 14, 30, 50 and 100 that the running streak has reached; null below 3.
    async fn band(&self) -> Option<i64> {
        streak::band(self.current)
    }

    /// The next of these to reach; null from 100 on.
    async fn next_band(&self) -> Option<i64> {
        streak::next_band(self.current)
    }

    /// Whether today counts already.
    async fn today_counts(&self, ctx: &Context<'_>) -> Result<bool> {
        match self.today_counts {
            Some(counts) => Ok(counts),
            None => Ok(Self::history(ctx).await?.streak().today_counts),
        }
    }

    /// The last five weeks, the oldest date first and today last.
    #[graphql(complexity = "1 + 35 * child_complexity")]
    async fn days(&self, ctx: &Context<'_>) -> Result<Vec<StreakDay>> {
        let calendar = if let Some(calendar) = &self.calendar {
            calendar.clone()
        } else {
            let history = Self::history(ctx).await?;
            dashboard::calendar(&history, &history.streak())
        };
        Ok(calendar.into_iter().map(|(date, mark)| StreakDay { date, mark: mark.into() }).collect())
    }
}

/// How often a mission is set anew.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "Cadence", name = "MissionCadence")]
pub enum MissionCadence {
    /// Each day of the viewer.
    Day,
    /// Each week of the viewer, from Monday.
    Week,
}

/// Something to do within a day or a week. What the viewer does completes it; there is nothing to claim. Audience: self.
#[derive(SimpleObject)]
#[graphql(name = "Mission")]
pub struct MissionObject {
    /// Names the mission.
    slug: String,
    /// Its name for people.
    title: String,
    /// What it takes.
    description: String,
    /// How often it is set anew.
    cadence: MissionCadence,
    /// XP that it gives.
    xp: i64,
    /// Its day, or the Monday of its week, as YYYY-MM-DD.
    period: NaiveDate,
    /// Things done of those it takes.
    done: i64,
    /// Things it takes.
    needed: i64,
    /// When it was completed; null until then.
    completed_at: Option<DateTime<Utc>>,
    /// Until when it can be completed; null for one whose day or week is told by an event.
    ends_at: Option<DateTime<Utc>>,
}

impl From<dashboard::Mission> for MissionObject {
    fn from(mission: dashboard::Mission) -> Self {
        let missions::Standing { mission: rule, period, done, needed, completed_at } = mission.standing;
        let ends_at = Some(mission.ends_at);
        Self { done, completed_at, ends_at, ..Self::of(rule, period, needed) }
    }
}

impl MissionObject {
    fn of(rule: &missions::Mission, period: NaiveDate, needed: i64) -> Self {
        Self {
            slug: rule.slug.clone(),
            title: rule.title.clone(),
            description: rule.description.clone(),
            cadence: rule.cadence.into(),
            xp: rule.xp,
            period,
            done: needed,
            needed,
            completed_at: None,
            ends_at: None,
        }
    }

    /// As an event told of it.
    pub fn completed(slug: &str, period: NaiveDate, at: DateTime<Utc>) -> Result<Self> {
        let rule = missions::by_slug(slug)?.ok_or_else(|| Error::broken("an event names a mission that is gone"))?;
        let needed = rule.needs.iter().map(|need| need.times).sum();
        Ok(Self { completed_at: Some(at), ..Self::of(rule, period, needed) })
    }
}

/// What a notification is about.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "NotificationKind", name = "NotificationKind")]
pub enum NotificationKindName {
    /// An achievement was unlocked.
    AchievementUnlocked,
    /// A level was reached.
    LevelReached,
    /// A freeze held the streak over a missed day.
    StreakFrozen,
    /// The streak has ended or become shorter.
    StreakLost,
    /// An admin gave or took XP.
    XpCorrected,
    /// A certificate was issued, or is good again.
    CertificateIssued,
    /// A certificate is not good any more.
    CertificateRevoked,
    /// The report card of a month was issued.
    ReportCardIssued,
    /// A copy of the viewer's data can be fetched.
    DataExportReady,
}

/// Something for the viewer to see, kept for 90 days. Audience: self.
#[derive(SimpleObject)]
#[graphql(name = "Notification")]
pub struct NotificationObject {
    /// Names the notification.
    id: ID,
    /// What it is about.
    kind: NotificationKindName,
    /// In a few words.
    title: String,
    /// In a sentence or two.
    body: String,
    /// When it came.
    created_at: DateTime<Utc>,
    /// When it was marked as read; null until then.
    read_at: Option<DateTime<Utc>>,
}

impl From<Notification> for NotificationObject {
    fn from(row: Notification) -> Self {
        let Notification { id, kind, title, body, created_at, read_at, .. } = row;
        Self { id: id.into(), kind: kind.into(), title, body, created_at, read_at }
    }
}

/// The learner's days as a part of the viewer.
pub struct ViewerLearning(pub UserId);

#[Object]
impl ViewerLearning {
    /// What the viewer has set for their learning. Audience: self.
    async fn settings(&self, ctx: &Context<'_>) -> Result<SettingsObject> {
        SettingsObject::of(ctx, self.0).await
    }

    /// How many days in a row the viewer has passed something. Audience: self.
    async fn streak(&self, ctx: &Context<'_>) -> Result<StreakObject> {
        let app = app(ctx)?;
        let history = History::load(&mut *app.db.conn().await?, app.clock.now(), self.0).await?;
        let streak = history.streak();
        Ok(StreakObject::new(&streak, Some(dashboard::calendar(&history, &streak))))
    }

    /// Today's and this week's missions. Audience: self.
    #[graphql(complexity = "1 + 4 * child_complexity")]
    async fn missions(&self, ctx: &Context<'_>) -> Result<Vec<MissionObject>> {
        let app = app(ctx)?;
        let history = History::load(&mut *app.db.conn().await?, app.clock.now(), self.0).await?;
        Ok(dashboard::missions_of(&history)?.into_iter().map(Into::into).collect())
    }

    /// Everything that the viewer's first page shows, read at once. Audience: self.
    async fn dashboard(&self, ctx: &Context<'_>) -> Result<DashboardObject> {
        DashboardObject::of(ctx).await
    }

    /// The viewer's ledger, the newest entry first. Audience: self.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn xp_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither is given.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<XpEntryConnection> {
        let args = PageArgs::<XpEntryId>::new(Given { first, after: after.as_deref(), last, before: before.as_deref() })?;
        let rows = super::entries(&mut *app(ctx)?.db.conn().await?, self.0, args.slice()).await?;
        Ok(Page::cut(&args, rows, |row| row.id)?.into())
    }

    /// The viewer's notifications, the newest first. Audience: self.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that were not read.", default)] unread_only: bool,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither is given.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<NotificationConnection> {
        let args = PageArgs::<NotificationId>::new(Given { first, after: after.as_deref(), last, before: before.as_deref() })?;
        let app = app(ctx)?;
        let filter = PageFilter { unread_only, hidden: notifications::hidden(&app.config), slice: args.slice() };
        let rows = notifications::page(&mut *app.db.conn().await?, self.0, filter).await?;
        Ok(Page::cut(&args, rows, |row| row.id)?.into())
    }

    /// Notifications that were not read. Audience: self.
    async fn unread_notifications(&self, ctx: &Context<'_>) -> Result<i64> {
        let app = app(ctx)?;
        notifications::unread(&mut *app.db.conn().await?, self.0, notifications::hidden(&app.config)).await
    }
}
