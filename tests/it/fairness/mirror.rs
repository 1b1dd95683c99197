//! The rules of the queue once more, as a list in memory: what the statements must come to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use weak_to_strong::{
    db::ids::{SubmissionId, UserId},
    submissions::Class,
};

/// Runs of one learner at the same time.
const RUNNING_MAX: usize = 2;
const HEAD_START: TimeDelta = TimeDelta::seconds(30);

#[derive(Clone, Debug)]
pub struct Entry {
    pub id: SubmissionId,
    user: UserId,
    class: Class,
    pub queued_at: DateTime<Utc>,
    paid: bool,
    retried: bool,
    /// In the order of arrival.
    pub number: usize,
}

impl Entry {
    pub fn new(id: SubmissionId, user: UserId, class: Class, queued_at: DateTime<Utc>, paid: bool) -> Self {
        Self { id, user, class, queued_at, paid, retried: false, number: 0 }
    }

    pub fn who(&self) -> &'static str {
        match (self.class, self.paid) {
            _ if self.retried => "retry",
            (Class::Live, true) => "live, paid",
            (Class::Live, false) => "live, free",
            (Class::Retry, _) => "retry",
            (Class::Rejudge, _) => "rejudge",
            (Class::Import, _) => "import",
        }
    }

    /// Live before retry before rejudge before import; each minute counts one class less; then who came first, paid plans as if they
    /// had come half a minute earlier.
    fn key(&self, now: DateTime<Utc>) -> (i64, DateTime<Utc>, SubmissionId) {
        let came = if self.paid { self.queued_at - HEAD_START } else { self.queued_at };
        (self.class_now(now), came, self.id)
    }

    fn class_now(&self, now: DateTime<Utc>) -> i64 {
        let class = match self.class {
            Class::Live => 0,
            Class::Retry => 1,
            Class::Rejudge => 2,
            Class::Import => 3,
        };
        (class - (now - self.queued_at).num_minutes()).max(0)
    }

    fn is_bulk(&self) -> bool {
        matches!(self.class, Class::Rejudge | Class::Import)
    }
}

#[derive(Default)]
pub struct Mirror {
    waiting: Vec<Entry>,
    running: BTreeMap<SubmissionId, Entry>,
    known: BTreeSet<SubmissionId>,
}

impl Mirror {
    pub fn push(&mut self, mut entry: Entry) {
        self.known.insert(entry.id);
        entry.number = self.known.len();
        self.waiting.push(entry);
    }

    pub fn knows(&self, id: SubmissionId) -> bool {
        self.known.contains(&id)
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }

    pub fn get(&self, id: SubmissionId) -> &Entry {
        self.waiting.iter().find(|entry| entry.id == id).expect("it waits")
    }

    /// All who wait, the first first.
    pub fn order(&self, now: DateTime<Utc>) -> Vec<SubmissionId> {
        let mut all: Vec<&Entry> = self.waiting.iter().collect();
        all.sort_by_key(|entry| entry.key(now));
        all.iter().map(|entry| entry.id).collect()
    }

    /// Whose turn it is.
    pub fn next(&self, now: DateTime<Utc>, live_only: bool) -> Option<SubmissionId> {
        let at_work = |user| self.running.values().filter(|entry| entry.user == user && !matches!(entry.class, Class::Rejudge)).count();
        let may = |entry: &&Entry| {
            let capped = !matches!(entry.class, Class::Rejudge) && at_work(entry.user) >= RUNNING_MAX;
            !capped && (!live_only || (!entry.is_bulk() && entry.class_now(now) == 0))
        };
        self.waiting.iter().filter(may).min_by_key(|entry| entry.key(now)).map(|entry| entry.id)
    }

    /// It is run; nobody younger of a lower class is while a learner waits.
    pub fn take(&mut self, id: SubmissionId, now: DateTime<Utc>) -> Entry {
        let place = self.waiting.iter().position(|entry| entry.id == id).expect("it waits");
        let entry = self.waiting.swap_remove(place);
        if entry.is_bulk() && entry.class_now(now) > 0 {
            let learner = self.next(now, true);
            assert_eq!(learner, None, "bulk work went before a learner");
        }
        self.running.insert(id, entry.clone());
        let of_learner = self.running.values().filter(|other| other.user == entry.user && !matches!(other.class, Class::Rejudge)).count();
        assert!(of_learner <= RUNNING_MAX || matches!(entry.class, Class::Rejudge), "a learner has {of_learner} at work");
        entry
    }

    pub fn came_back(&mut self, id: SubmissionId) {
        let mut entry = self.running.remove(&id).expect("it ran");
        if matches!(entry.class, Class::Live) {
            entry.class = Class::Retry;
        }
        entry.retried = true;
        self.waiting.push(entry);
    }

    pub fn ended(&mut self, id: SubmissionId) {
        self.running.remove(&id).expect("it ran");
    }
}
