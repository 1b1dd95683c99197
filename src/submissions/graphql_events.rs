//! `submissionEvents`: the follower's updates as members of one union, each an `Event`.

use async_graphql::{Context, Enum, ID, Subscription, Union};
use futures_util::{Stream, stream};

use super::{
    graphql::{Check, SubmissionObject},
    live::{self, Follower, Item, Update},
};
use crate::{
    db::ids::{SubmissionId, TypedId},
    error::Result,
    events::Cursor as EventCursor,
    graphql::{
        app,
        delivery::{Deliveries, Share, Standing},
        events::{Place, StreamReset, StreamResetCause},
        scalars::Cursor,
        viewer,
    },
    stream_events,
};

/// Which of a program's streams printed.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "live::Stream")]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

stream_events! {
    /// Where everything stands now; what follows is newer. The first event of a stream that was started without a cursor.
    SubmissionSnapshot {
        /// With the output and the checks so far.
        submission: SubmissionObject,
    }
    /// It still waits. Sent when the position changes, at most once a second; its `seq` is that of the event before.
    QueuePositionChanged {
        /// How many runs go before it, itself included.
        position: i64,
        /// Milliseconds until it will probably start.
        eta_ms: i64,
    }
    /// A worker has started it.
    SubmissionStarted {
        /// The submission that runs now.
        submission_id: ID,
    }
    /// The code printed something.
    OutputChunk {
        /// Where it was printed.
        stream: OutputStream,
        /// What was printed; never cut within a character.
        text: String,
        /// Bytes of UTF-8 in this stream before the text.
        offset: i64,
        /// A line had more than 64 KiB or the run printed more than 1 MiB, and the rest was cut off.
        truncated: bool,
    }
    /// A check has begun.
    CheckStarted {
        /// The check, running.
        check: Check,
    }
    /// A check has ended.
    CheckFinished {
        /// The check with its result.
        check: Check,
    }
    /// The end: the verdict is stored, and the stream completes after this.
    SubmissionFinished {
        /// As it is stored.
        submission: SubmissionObject,
    }
}

/// What happens to a submission, in order.
#[derive(Union)]
pub enum SubmissionEvent {
    SubmissionSnapshot(SubmissionSnapshot),
    QueuePositionChanged(QueuePositionChanged),
    SubmissionStarted(SubmissionStarted),
    OutputChunk(OutputChunk),
    CheckStarted(CheckStarted),
    CheckFinished(CheckFinished),
    SubmissionFinished(SubmissionFinished),
    StreamReset(StreamReset),
}

fn wrap(id: SubmissionId, item: Item) -> SubmissionEvent {
    let place = Place::new(&item.cursor, item.at);
    match item.update {
        Update::Snapshot(snapshot) => SubmissionSnapshot::new(place, (*snapshot).into()).into(),
        Update::Finished(snapshot) => SubmissionFinished::new(place, (*snapshot).into()).into(),
        Update::QueuePosition(found) => QueuePositionChanged::new(place, found.position, found.eta_ms).into(),
        Update::Reset(live::ResetCause::NewGeneration) => StreamReset::new(place, StreamResetCause::RunAgain).into(),
        Update::Reset(live::ResetCause::Trimmed) => StreamReset::new(place, StreamResetCause::Trimmed).into(),
        Update::Event(live::Event::Started | live::Event::Finished { .. }) => SubmissionStarted::new(place, id.into()).into(),
        Update::Event(live::Event::Output { stream, text, offset, truncated }) => {
            let offset = i64::try_from(offset).unwrap_or(i64::MAX);
            OutputChunk::new(place, stream.into(), text, offset, truncated).into()
        }
        Update::Event(live::Event::CheckStarted { check }) => CheckStarted::new(place, check.into()).into(),
        Update::Event(live::Event::CheckFinished { check }) => CheckFinished::new(place, check.into()).into(),
    }
}

/// Waiting is state, told of by nobody's number: what waits is not shared. Behind a reset comes a snapshot, which belongs to it.
fn standing(cursor: EventCursor, is_continued: bool) -> Standing {
    let share = (is_continued && cursor.seq > 0).then_some(Share::SameViewer);
    Standing::at(cursor, share)
}

#[derive(Default)]
pub struct SubmissionsSubscription;

#[Subscription]
impl SubmissionsSubscription {
    /// Everything that happens to a submission, live and in order, until it ends. Without `after` it starts with a snapshot; with the last
    /// cursor received it goes on without a gap and without a repetition. Audience: its learner, and admins.
    #[graphql(complexity = "10 + child_complexity")]
    async fn submission_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The submission to follow.")] submission_id: ID,
        #[graphql(desc = "The last cursor received; null starts with a snapshot.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Result<SubmissionEvent>> + use<>> {
        let id = SubmissionId::parse(&submission_id)?;
        let deliveries = Deliveries::of(ctx);
        let after = deliveries.resumes().map(EventCursor::encode).or_else(|| after.map(|cursor| cursor.0));
        let follower = Follower::start(app(ctx)?, viewer(ctx)?, id, after.as_deref()).await?;
        if let Some(cursor) = follower.stands_at() {
            deliveries.begins_at(standing(cursor, true));
        }
        deliveries.begins(after.is_some(), follower.begins_anew());
        Ok(stream::unfold((follower, deliveries), move |(mut follower, deliveries)| async move {
            let item = follower.next().await?;
            if let Ok(item) = &item {
                deliveries.stands(standing(item.cursor.clone(), !matches!(item.update, Update::Reset(_))));
            }
            match &item {
                Ok(Item { update: Update::Reset(_), .. }) => deliveries.resets(),
                Ok(Item { publication: Some(found), .. }) => deliveries.gives(found.at, found.traceparent.as_deref()),
                _ => {}
            }
            Some((item.map(|item| wrap(id, item)), (follower, deliveries)))
        }))
    }
}
