//! The mutations on settings, notifications and the ledger: parse, ask, wrap, ring.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::{
    corrections::{self, Correction},
    graphql::XpEntryObject,
    graphql_learning::SettingsObject,
    notifications,
    settings::{self, Change, Refusal},
};
use crate::{
    boards,
    db::ids::{NotificationId, TypedId, UserId},
    error::{Error, Result},
    graphql::{
        admin, app,
        user_error::{InvalidInput, TooManyChanges},
        viewer,
    },
};

/// Notifications that are marked at once.
const MARKED_MAX: usize = 100;

/// What `updateLearningSettings` takes; what is null stays as it is.
#[derive(InputObject)]
pub struct UpdateLearningSettingsInput {
    /// The IANA time zone in which the viewer's days begin and end, such as Europe/Berlin.
    time_zone: Option<String>,
    /// The hour at which their days begin, 0 to 12.
    day_start_hour: Option<i32>,
    /// XP to gather a day, 1 to 10 000.
    daily_xp_goal: Option<i32>,
    /// Lessons to complete a week, 1 to 100.
    weekly_lessons_goal: Option<i32>,
    /// Whether leaderboards show the viewer to others.
    listed_on_leaderboards: Option<bool>,
}

/// What `markNotificationsRead` takes.
#[derive(InputObject)]
pub struct MarkNotificationsReadInput {
    /// At most 100; null marks all.
    notification_ids: Option<Vec<ID>>,
}

/// What `correctXp` takes.
#[derive(InputObject)]
pub struct CorrectXpInput {
    /// The learner.
    user_id: ID,
    /// What to give, or to take when negative; not zero and at most 100 000 either way.
    amount: i32,
    /// For the learner: 1 to 500 characters.
    reason: String,
    /// Made by the client, new for each correction: the same again changes nothing.
    client_request_id: String,
}

/// The settings as they are now. A new zone or day start holds from now on and never makes the running day shorter.
#[derive(SimpleObject)]
pub struct UpdateLearningSettingsSuccess {
    /// All of them.
    settings: SettingsObject,
}

/// They are marked as read.
#[derive(SimpleObject)]
pub struct MarkNotificationsReadSuccess {
    /// Notifications that are still unread.
    unread_notifications: i64,
}

/// The correction is in the ledger.
#[derive(SimpleObject)]
pub struct CorrectXpSuccess {
    /// Its entry.
    entry: XpEntryObject,
}

/// The outcome of `updateLearningSettings`.
#[derive(Union)]
pub enum UpdateLearningSettingsPayload {
    Success(UpdateLearningSettingsSuccess),
    InvalidInput(InvalidInput),
    TooManyChanges(TooManyChanges),
}

/// The outcome of `markNotificationsRead`.
#[derive(Union)]
pub enum MarkNotificationsReadPayload {
    Success(MarkNotificationsReadSuccess),
    InvalidInput(InvalidInput),
}

/// The outcome of `correctXp`.
#[derive(Union)]
pub enum CorrectXpPayload {
    Success(CorrectXpSuccess),
    InvalidInput(InvalidInput),
}

#[derive(Default)]
pub struct LearningMutation;

#[Object]
impl LearningMutation {
    /// Changes what the viewer has set for their learning, all of it or nothing.
    async fn update_learning_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateLearningSettingsInput,
    ) -> Result<UpdateLearningSettingsPayload> {
        let (app, user_id) = (app(ctx)?, viewer(ctx)?.user_id);
        let UpdateLearningSettingsInput { time_zone, day_start_hour, daily_xp_goal, weekly_lessons_goal, listed_on_leaderboards } = input;
        let change = Change { time_zone, day_start_hour, daily_xp_goal, weekly_lessons_goal, listed: listed_on_leaderboards };
        Ok(match settings::change(&app.db, app.clock.now(), user_id, change).await? {
            Ok(()) => {
                app.outbox_bell.ring();
                boards::follow::ring(app.events.as_ref());
                let settings = SettingsObject::of(ctx, user_id).await?;
                UpdateLearningSettingsPayload::Success(UpdateLearningSettingsSuccess { settings })
            }
            Err(Refusal::Malformed(malformed)) => UpdateLearningSettingsPayload::InvalidInput(malformed.into()),
            Err(Refusal::TooManyChanges) => UpdateLearningSettingsPayload::TooManyChanges(TooManyChanges::new(
                "The time zone or the day's start was changed often today; change it again tomorrow.",
            )),
        })
    }

    /// Marks notifications of the viewer as read; what is not theirs is passed over.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: MarkNotificationsReadInput,
    ) -> Result<MarkNotificationsReadPayload> {
        let (app, user_id) = (app(ctx)?, viewer(ctx)?.user_id);
        let ids = input.notification_ids;
        if ids.as_ref().is_some_and(|ids| ids.len() > MARKED_MAX) {
            let refused = InvalidInput::new(format!("Mark at most {MARKED_MAX} at once, or all."));
            return Ok(MarkNotificationsReadPayload::InvalidInput(refused.at(&["input", "notificationIds"])));
        }
        let ids: Option<Vec<NotificationId>> = ids.map(|ids| ids.iter().filter_map(|id| NotificationId::parse(id).ok()).collect());
        let mut conn = app.db.conn().await?;
        notifications::mark_read(&mut conn, app.clock.now(), user_id, ids.as_deref()).await?;
        let unread = notifications::unread(&mut conn, user_id, notifications::hidden(&app.config)).await?;
        Ok(MarkNotificationsReadPayload::Success(MarkNotificationsReadSuccess { unread_notifications: unread }))
    }

    /// Gives or takes XP by an entry of its own, with a reason that the learner reads. Audience: admins.
    async fn correct_xp(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose ledger to correct, by how much, and why.")] input: CorrectXpInput,
    ) -> Result<CorrectXpPayload> {
        let (app, admin) = (app(ctx)?, admin(ctx)?);
        let user_id = UserId::parse(&input.user_id).map_err(|_| Error::not_found("user"))?;
        let correction = Correction { user_id, amount: input.amount, reason: input.reason, request_id: input.client_request_id };
        Ok(match corrections::correct(&app.db, app.clock.now(), admin, correction).await? {
            Ok(entry) => {
                app.outbox_bell.ring();
                CorrectXpPayload::Success(CorrectXpSuccess { entry: entry.into() })
            }
            Err(malformed) => CorrectXpPayload::InvalidInput(malformed.into()),
        })
    }
}
