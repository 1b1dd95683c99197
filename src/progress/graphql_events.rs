//! `viewerEvents`: the learner's topic as members of one union, each an `Event`.

use async_graphql::{Context, Subscription, Union};
use futures_util::{Stream, stream};

use super::{
    achievements,
    follow::{Follower, Item, Update},
    graphql::{AchievementObject, XpEntryObject},
    graphql_learning::{MissionObject, NotificationObject, StreakObject},
    learner_events::LearnerEvent,
    notifications,
};
use crate::{
    app::App,
    certificates::{self, graphql::CertificateObject},
    db::ids::UserId,
    error::{Error, Result},
    events::Cursor as EventCursor,
    graphql::{
        app,
        delivery::{Deliveries, Share, Standing},
        events::{Place, StreamReset, StreamResetCause},
        scalars::Cursor,
        viewer,
        viewer::ViewerObject,
    },
    stream_events,
};

stream_events! {
    /// Where the viewer stands now; what follows is newer. The first event of a stream that was started without a cursor.
    ViewerSnapshot {
        /// Read fields of it to get their values as of now.
        viewer: ViewerObject,
    }
    /// XP was given, or taken back.
    XpAwarded {
        /// The entry of the ledger.
        entry: XpEntryObject,
        /// The viewer's XP after it.
        total: i64,
    }
    /// A new level was reached.
    LevelReached {
        /// The level.
        level: i64,
    }
    /// An achievement was unlocked.
    AchievementUnlocked {
        /// The achievement.
        achievement: AchievementObject,
    }
    /// A certificate was issued, or is good again.
    CertificateIssued {
        /// The certificate.
        certificate: CertificateObject,
    }
    /// A mission was completed.
    MissionCompleted {
        /// The mission, of the day or week that it was completed in.
        mission: MissionObject,
    }
    /// The streak grew, ended, or a freeze was earned or spent.
    StreakChanged {
        /// The streak after it.
        streak: StreakObject,
    }
    /// There is a new notification.
    NotificationCreated {
        /// The notification; null when it is past its retention of 90 days, or tells of something that is switched off.
        notification: Option<NotificationObject>,
    }
}

/// What happens to the viewer, in order.
#[derive(Union)]
pub enum ViewerEvent {
    ViewerSnapshot(ViewerSnapshot),
    XpAwarded(XpAwarded),
    LevelReached(LevelReached),
    AchievementUnlocked(AchievementUnlocked),
    CertificateIssued(CertificateIssued),
    MissionCompleted(MissionCompleted),
    StreakChanged(StreakChanged),
    NotificationCreated(NotificationCreated),
    StreamReset(StreamReset),
}

async fn wrap(app: &App, user_id: UserId, item: Item) -> Result<ViewerEvent> {
    let place = Place::new(&item.cursor, item.at);
    Ok(match item.update {
        Update::Snapshot => ViewerSnapshot::new(place, ViewerObject::of(user_id)).into(),
        Update::Trimmed => StreamReset::new(place, StreamResetCause::Trimmed).into(),
        Update::Event(LearnerEvent::LevelReached { level }) => LevelReached::new(place, level).into(),
        Update::Event(LearnerEvent::XpAwarded { entry_id, total }) => {
            let mut conn = app.db.conn().await?;
            let entry = super::entry(&mut conn, entry_id).await?.ok_or_else(|| Error::broken("an event names an entry that is gone"))?;
            XpAwarded::new(place, entry.into(), total).into()
        }
        Update::Event(LearnerEvent::MissionCompleted { slug, period, completed_at }) => {
            MissionCompleted::new(place, MissionObject::completed(&slug, period, completed_at)?).into()
        }
        Update::Event(LearnerEvent::StreakChanged { current, longest, freezes }) => {
            StreakChanged::new(place, StreakObject::told(current, longest, freezes)).into()
        }
        Update::Event(LearnerEvent::NotificationCreated { notification_id }) => {
            let row = notifications::by_id(&mut *app.db.conn().await?, notification_id, notifications::hidden(&app.config)).await?;
            NotificationCreated::new(place, row.map(Into::into)).into()
        }
        Update::Event(LearnerEvent::AchievementUnlocked { slug }) => {
            let rule = achievements::by_slug(&slug)?.ok_or_else(|| Error::broken("an event names an achievement that is gone"))?;
            AchievementUnlocked::new(place, AchievementObject::new(rule, Some(item.at))).into()
        }
        // In its place, so that the numbers have no gap.
        Update::Event(LearnerEvent::CertificateIssued { .. }) if !app.config.certificates.enabled => {
            NotificationCreated::new(place, None).into()
        }
        Update::Event(LearnerEvent::CertificateIssued { certificate_id }) => {
            CertificateIssued::new(place, certificates::graphql::issued(app, certificate_id).await?).into()
        }
    })
}

#[derive(Default)]
pub struct ProgressSubscription;

#[Subscription]
impl ProgressSubscription {
    /// Everything that happens to the viewer: XP, levels, achievements, missions, the streak, notifications, certificates. It has no end.
    /// Without `after` it starts with a snapshot; with the last cursor received it goes on without a gap and without a repetition, for 30 days. Audience: self.
    #[graphql(complexity = "10 + child_complexity")]
    async fn viewer_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The last cursor received; null starts with a snapshot.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Result<ViewerEvent>> + use<>> {
        let (app, user_id) = (app(ctx)?, viewer(ctx)?.user_id);
        let deliveries = Deliveries::of(ctx);
        let after = deliveries.resumes().map(EventCursor::encode).or_else(|| after.map(|cursor| cursor.0));
        let follower = Follower::start(app, user_id, after.as_deref()).await?;
        let share = Some(Share::SameViewer);
        if let Some(cursor) = follower.stands_at() {
            deliveries.begins_at(Standing::at(cursor, share.clone()));
        }
        deliveries.begins(after.is_some(), follower.begins_anew());
        let state = (follower, deliveries, app.clone(), share);
        Ok(stream::unfold(state, move |(mut follower, deliveries, app, share)| async move {
            let item = follower.next().await?;
            if let Ok(Item { cursor, update, .. }) = &item {
                // Behind a reset comes a snapshot, which belongs to it.
                let share = share.clone().filter(|_| !matches!(update, Update::Trimmed));
                deliveries.stands(Standing::at(cursor.clone(), share));
            }
            match &item {
                Ok(Item { update: Update::Trimmed, .. }) => deliveries.resets(),
                Ok(Item { update: Update::Event(_), at, .. }) => deliveries.gives(*at, None),
                _ => {}
            }
            let item = match item {
                Ok(item) => wrap(&app, user_id, item).await,
                Err(error) => Err(error),
            };
            Some((item, (follower, deliveries, app, share)))
        }))
    }
}
