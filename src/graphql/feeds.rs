//! One execution for all who would be told the same. A subscription begins alone, with its own snapshot or cursor. Once it is quiet and
//! its stream has said that what follows is the same for others too, it takes from the [`Feed`] of its kind, if that stands or has stood
//! at the same cursor, or gives its own execution to a new one. From then on each event is executed and written as JSON once.
//!
//! A feed keeps the newest events for those who take slowly. Whoever falls behind it, or whose own stream begins to differ, or whose
//! feed breaks, goes on alone from their own cursor: so nobody's slowness or end is another's.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    delivery::{Notes, Share, Standing},
    execute::Answer,
    subscribe::Execution,
};
use crate::{auth::Viewer, events::Cursor};

/// Events that a feed keeps for those who take slowly, and bytes of them; the newest is kept whatever its size.
const FRAMES_MAX: usize = 256;
const BYTES_MAX: usize = 64 * 1024;

/// An answer of a subscription as all get it.
pub struct Frame {
    /// The answer, with `data` and `errors`.
    pub json: String,
    /// Where the stream stands after it, when the document asks for that.
    pub cursor: Option<String>,
    /// Set when it ends the subscription: it was refused, or could not be read for a reason that passes.
    pub refused: Option<Answer>,
    /// Of its errors.
    pub(super) codes: Vec<String>,
    pub(super) is_good: bool,
    pub(super) notes: Notes,
}

impl Frame {
    fn stands_at(&self) -> Option<&Cursor> {
        self.notes.standing.as_ref().map(|standing| standing.cursor.as_ref())
    }
}

/// What all who share an execution have in common: the document, the variables but `after`, and whose eyes it is seen with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

impl Key {
    /// `asked` says what is asked, without where it goes on.
    pub(super) fn new(asked: &[&[u8]], share: &Share, viewer: Option<&Viewer>) -> Self {
        let mut digest = Sha256::new();
        let mut add = |part: &[u8]| {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        };
        for part in asked {
            add(part);
        }
        match (share, viewer) {
            (Share::SameViewer, Some(Viewer { user_id, roles, plan, .. })) => {
                add(format!("{user_id:?} {roles:?} {plan:?}").as_bytes());
            }
            (Share::SameViewer, None) => add(b"nobody"),
            (Share::Everyone(_), _) => add(b"everyone"),
        }
        Self(digest.finalize().into())
    }
}

/// The feeds of this process.
#[derive(Default)]
pub struct Feeds {
    open: Mutex<HashMap<Key, Arc<Feed>>>,
    tasks: TaskTracker,
}

impl Feeds {
    fn open(&self) -> MutexGuard<'_, HashMap<Key, Arc<Feed>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Subscriptions that take from a feed.
    #[must_use]
    pub fn members(&self) -> usize {
        self.open().values().map(|feed| feed.newest.receiver_count()).sum()
    }

    /// Somebody who goes on from this standing with others. The execution is given back when it has to go on alone: the feed has not
    /// yet come to its place, or keeps it no longer.
    pub(super) fn join(self: &Arc<Self>, key: Key, standing: &Standing, execution: Execution) -> Result<Member, Execution> {
        let leave = match &standing.share {
            Some(Share::SameViewer) => None,
            Some(Share::Everyone(leave)) => Some(leave.clone()),
            None => return Err(execution),
        };
        let mut open = self.open();
        if let Some(feed) = open.get(&key)
            && !feed.tail().is_over()
        {
            return match feed.place_after(&standing.cursor) {
                Some(at) => Ok(Member { heard: feed.newest.subscribe(), feed: feed.clone(), at, leave }),
                None => Err(execution),
            };
        }
        let feed = Arc::new(Feed::after(standing.cursor.clone()));
        open.insert(key, feed.clone());
        drop(open);
        execution.share();
        let member = Member { heard: feed.newest.subscribe(), feed: feed.clone(), at: 0, leave };
        self.tasks.spawn(self.clone().lead(key, feed, execution));
        Ok(member)
    }

    /// Runs the execution until it ends or nobody takes from it any more.
    async fn lead(self: Arc<Self>, key: Key, feed: Arc<Feed>, mut execution: Execution) {
        loop {
            let frame = tokio::select! {
                frame = execution.next() => frame,
                () = feed.newest.closed() => {
                    let mut open = self.open();
                    if feed.newest.receiver_count() > 0 {
                        continue;
                    }
                    open.remove(&key);
                    return;
                }
            };
            match frame {
                Some(frame) if frame.is_good => feed.push(frame),
                // What went wrong is each one's own: it names their request, and may pass.
                Some(_) => break feed.end(End::Broken),
                None => break feed.end(End::Complete),
            }
        }
        let mut open = self.open();
        if open.get(&key).is_some_and(|other| Arc::ptr_eq(other, &feed)) {
            open.remove(&key);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// There is nothing more, for anybody.
    Complete,
    /// It cannot go on; each may for themselves.
    Broken,
}

/// The newest answers of one execution.
struct Feed {
    tail: Mutex<Tail>,
    /// How often something was added.
    newest: watch::Sender<u64>,
}

struct Tail {
    /// Where the stream stood before the oldest frame that is kept.
    before: Option<Arc<Cursor>>,
    /// The number of that frame.
    first: u64,
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    end: Option<End>,
}

impl Tail {
    fn is_over(&self) -> bool {
        self.end.is_some()
    }

    fn next(&self) -> u64 {
        self.first + self.frames.len() as u64
    }
}

impl Feed {
    fn after(cursor: Arc<Cursor>) -> Self {
        let tail = Tail { before: Some(cursor), first: 0, frames: VecDeque::new(), bytes: 0, end: None };
        Self { tail: Mutex::new(tail), newest: watch::Sender::new(0) }
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the frame that follows a place where everything that follows may be shared.
    fn place_after(&self, cursor: &Cursor) -> Option<u64> {
        let tail = self.tail();
        let stands =
            |frame: &Frame| frame.stands_at() == Some(cursor) && frame.notes.standing.as_ref().is_some_and(|at| at.share.is_some());
        if let Some(index) = tail.frames.iter().rposition(|frame| stands(frame)) {
            return Some(tail.first + index as u64 + 1);
        }
        (tail.before.as_deref() == Some(cursor)).then_some(tail.first)
    }

    fn push(&self, frame: Frame) {
        let mut tail = self.tail();
        tail.bytes += frame.json.len();
        tail.frames.push_back(Arc::new(frame));
        while tail.frames.len() > FRAMES_MAX || (tail.bytes > BYTES_MAX && tail.frames.len() > 1) {
            let Some(oldest) = tail.frames.pop_front() else { break };
            tail.first += 1;
            tail.bytes -= oldest.json.len();
            let standing = oldest.notes.standing.as_ref().filter(|standing| standing.share.is_some());
            tail.before = standing.map(|standing| standing.cursor.clone());
        }
        drop(tail);
        self.newest.send_modify(|count| *count += 1);
    }

    fn end(&self, end: End) {
        self.tail().end = Some(end);
        self.newest.send_modify(|count| *count += 1);
    }
}

/// Who takes from a feed, at their own pace.
pub(super) struct Member {
    feed: Arc<Feed>,
    /// The number of the frame to be taken next.
    at: u64,
    heard: watch::Receiver<u64>,
    leave: Option<Arc<CancellationToken>>,
}

/// What a member finds.
pub(super) enum Taken {
    Frame(Arc<Frame>),
    Complete,
    /// To go on alone, from their own cursor.
    Alone,
}

impl Member {
    pub(super) async fn next(&mut self) -> Taken {
        loop {
            if self.leave.as_ref().is_some_and(|leave| leave.is_cancelled()) {
                return Taken::Alone;
            }
            self.heard.mark_unchanged();
            if let Some(taken) = self.take() {
                return taken;
            }
            match &self.leave {
                None => {
                    let _changed = self.heard.changed().await;
                }
                Some(leave) => tokio::select! {
                    _changed = self.heard.changed() => {}
                    () = leave.cancelled() => {}
                },
            }
        }
    }

    fn take(&mut self) -> Option<Taken> {
        let tail = self.feed.tail();
        let Some(index) = self.at.checked_sub(tail.first).and_then(|index| usize::try_from(index).ok()) else {
            return Some(Taken::Alone);
        };
        if let Some(frame) = tail.frames.get(index) {
            self.at += 1;
            return Some(Taken::Frame(frame.clone()));
        }
        debug_assert!(self.at == tail.next(), "nobody is ahead of a feed");
        tail.end.map(|end| if end == End::Complete { Taken::Complete } else { Taken::Alone })
    }
}
