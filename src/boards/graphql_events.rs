//! `leaderboardEvents`: a board as members of one union, each an `Event`.

use async_graphql::{Context, Subscription, Union};
use futures_util::{Stream, stream};

use super::{
    follow::{Follower, From, Item, PLACES, Update, With},
    graphql::{EntryObject, LeaderboardObject, LeaderboardPeriod, LeaderboardScope},
};
use crate::{
    error::Result,
    graphql::{
        app,
        connection::PageArgs,
        delivery::{Deliveries, Share, Standing},
        events::{Place, StreamReset, StreamResetCause},
        scalars::Cursor,
        viewer,
    },
    stream_events,
};

stream_events! {
    /// The first 50 places and the viewer's own as of now; what follows is newer. The first event of a stream.
    LeaderboardSnapshot {
        /// The board.
        leaderboard: LeaderboardObject,
    }
    /// A place changed hands or XP: of the first 50, or the viewer's own. Whoever was told at this rank before has moved, and is told of too if
    /// still among them.
    RankChanged {
        /// Who stands where now.
        entry: EntryObject,
    }
}

/// What happens on a leaderboard, at most once a second.
#[derive(Union)]
pub enum LeaderboardEvent {
    LeaderboardSnapshot(LeaderboardSnapshot),
    RankChanged(RankChanged),
    StreamReset(StreamReset),
}

fn share(follower: &Follower) -> Option<Share> {
    match follower.shared_with() {
        With::Nobody => None,
        With::Viewer => Some(Share::SameViewer),
        With::Everyone(unplaced) => Some(Share::Everyone(unplaced)),
    }
}

fn wrap(item: Item) -> Result<LeaderboardEvent> {
    let viewer = item.seen_by;
    let place = Place::new(&item.cursor, item.at);
    Ok(match item.update {
        Update::Reset => StreamReset::new(place, StreamResetCause::Trimmed).into(),
        Update::Changed(entry) => RankChanged::new(place, EntryObject::new(&entry, viewer)).into(),
        Update::Snapshot(view) => {
            let args = PageArgs::forward(Some(i32::try_from(PLACES).unwrap_or(i32::MAX)), None)?;
            LeaderboardSnapshot::new(place, LeaderboardObject::of(*view, viewer, &args)?).into()
        }
    })
}

#[derive(Default)]
pub struct BoardsSubscription;

#[Subscription]
impl BoardsSubscription {
    /// A leaderboard while it changes, told of at most once a second. It has no end and starts with a snapshot. It is not kept: with `after`,
    /// it starts with a reset and a snapshot. Audience: everyone who is logged in; of a squad, its members.
    #[graphql(complexity = "60 + child_complexity")]
    async fn leaderboard_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose board.")] scope: LeaderboardScope,
        #[graphql(desc = "Since when XP counts.")] period: LeaderboardPeriod,
        #[graphql(desc = "The last cursor received; null starts with a snapshot at once.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Result<LeaderboardEvent>> + use<>> {
        let (app, user_id) = (app(ctx)?, viewer(ctx)?.user_id);
        let board = (scope.name()?, period.into());
        let deliveries = Deliveries::of(ctx);
        let from = match (deliveries.resumes(), &after) {
            (Some(place), _) => From::Place(place),
            (None, Some(cursor)) => From::Cursor(&cursor.0),
            (None, None) => From::Snapshot,
        };
        let follower = Follower::start(app, user_id, board, from).await?;
        // With a cursor it always begins with a reset.
        deliveries.begins(after.is_some(), true);
        if let Some(cursor) = follower.stands_at() {
            deliveries.begins_at(Standing::at(cursor, share(&follower)));
        }
        Ok(stream::unfold((follower, deliveries), move |(mut follower, deliveries)| async move {
            let item = follower.next(|| deliveries.is_shared()).await?;
            if let Ok(Item { cursor, update, .. }) = &item {
                let is_reset = matches!(update, Update::Reset);
                // Behind a reset comes a snapshot, which belongs to it.
                let share = if is_reset { None } else { share(&follower) };
                deliveries.stands(Standing::at(cursor.clone(), share));
                if is_reset {
                    deliveries.resets();
                }
            }
            Some((item.and_then(wrap), (follower, deliveries)))
        }))
    }
}
