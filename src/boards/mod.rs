//! Leaderboards and squads: who has gathered how much, in which order, and who is near.
//!
//! Every figure is kept by [`award`] in the transaction that wrote the ledger; no request reads the ledger. It never decides what
//! anything is worth. Start reading at [`award`], then [`view`].

pub mod follow;
pub mod graphql;
pub mod graphql_events;
pub mod graphql_squads;
mod shared;
pub mod squads;
mod store;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
pub use shared::Boards;
pub use store::Key;

use crate::{
    accounts,
    app::App,
    curriculum,
    db::{
        Conn,
        ids::{SquadId, TrackId, UserId},
    },
    error::{Error, Result},
    text_enum,
};

/// Rows above and below the viewer's own.
pub const NEIGHBOURS: i64 = 5;
/// How long the boards of past weeks and months are kept.
const PAST_KEPT: TimeDelta = TimeDelta::days(70);

text_enum! {
    /// Since when XP counts on a board.
    pub enum Period {
        AllTime = "ALL_TIME",
        Month = "MONTH",
        Week = "WEEK",
    }
}

const PERIODS: [Period; 3] = [Period::AllTime, Period::Month, Period::Week];

impl Period {
    /// The first day of the period that a moment is in. Boards are shared, so their periods are those of UTC.
    #[must_use]
    pub fn starts_on(self, now: DateTime<Utc>) -> NaiveDate {
        let today = now.date_naive();
        match self {
            Self::AllTime => NaiveDate::default(),
            Self::Month => today.with_day(1).unwrap_or(today),
            Self::Week => today.checked_sub_days(Days::new(u64::from(today.weekday().num_days_from_monday()))).unwrap_or(today),
        }
    }

    /// When the next begins; None for all time.
    #[must_use]
    pub fn ends_at(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let start = self.starts_on(now);
        let end = match self {
            Self::AllTime => None,
            Self::Month => start.checked_add_months(Months::new(1)),
            Self::Week => start.checked_add_days(Days::new(7)),
        };
        end.map(|date| date.and_time(NaiveTime::MIN).and_utc())
    }
}

/// Whose board it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    Everyone,
    Track(TrackId),
    Squad(SquadId),
}

/// Who stands where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1.
    pub rank: i64,
    pub key: Key,
    pub display_name: String,
}

/// A page of a board, and where the viewer stands.
#[derive(Clone, Debug)]
pub struct View {
    pub scope: Scope,
    pub period: Period,
    pub starts_on: NaiveDate,
    pub ends_at: Option<DateTime<Utc>>,
    /// Learners who are shown on the board.
    pub learners: i64,
    /// One row more than was asked for, when there is more.
    pub entries: Vec<Entry>,
    /// None until the viewer has XP in this period.
    pub own: Option<Entry>,
    pub neighbours: Vec<Entry>,
}

/// The place after which a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place(pub i64, pub DateTime<Utc>, pub UserId);

impl From<Key> for Place {
    fn from(key: Key) -> Self {
        Self(key.xp, key.reached_at, key.user_id)
    }
}

impl From<Place> for Key {
    fn from(Place(xp, reached_at, user_id): Place) -> Self {
        Self { xp, reached_at, user_id }
    }
}

/// Moves a learner on the boards of what was appended to their ledger, by track, None for what belongs to no track. The last thing a
/// transaction does, once: counters are locked in one order, so that two never wait for each other.
pub async fn award(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, appended: &BTreeMap<Option<TrackId>, i64>) -> Result<()> {
    let total: i64 = appended.values().sum();
    let tracks = appended.iter().filter_map(|(track, xp)| track.map(|track| (Some(track), *xp)));
    let changes: Vec<(Option<TrackId>, i64)> = std::iter::once((None, total)).chain(tracks).filter(|(_, xp)| *xp != 0).collect();
    if changes.is_empty() {
        return Ok(());
    }
    let wanted: Vec<(Option<TrackId>, Period, NaiveDate)> =
        changes.iter().flat_map(|(track, _)| PERIODS.map(|period| (*track, period, period.starts_on(now)))).collect();
    let ids = store::board_ids(conn, &wanted).await?;
    let xp_of: HashMap<Option<TrackId>, i64> = changes.into_iter().collect();
    let moves: Vec<(i64, i64)> = ids.iter().filter_map(|(id, track)| xp_of.get(track).map(|xp| (*id, *xp))).collect();
    store::shift(conn, now, user_id, &moves).await
}

/// Shows a learner on every board or on none, as their settings and their account are now; under their row lock.
pub async fn relist(conn: &mut Conn, user_id: UserId) -> Result<()> {
    store::relist(conn, user_id).await
}

/// Takes a learner off every board and out of every squad, for good: to be called before an account is deleted.
pub async fn forget_learner(conn: &mut Conn, user_id: UserId) -> Result<()> {
    store::unlist(conn, user_id).await?;
    store::delete_scores(conn, user_id).await?;
    squads::leave_all(conn, user_id).await
}

/// The scope that a client named; NOT_FOUND for a track that does not exist and for a squad that the viewer is not in.
pub async fn check_scope(conn: &mut Conn, viewer: UserId, scope: ScopeName) -> Result<Scope> {
    match scope {
        ScopeName::Everyone => Ok(Scope::Everyone),
        ScopeName::Track(slug) => {
            let track = curriculum::track_by_slug(conn, &slug).await?;
            track.map(|track| Scope::Track(track.id)).ok_or_else(|| Error::not_found("track"))
        }
        ScopeName::Squad(id) => {
            let member = squads::is_member(conn, id, viewer).await?;
            member.then_some(Scope::Squad(id)).ok_or_else(|| Error::not_found("squad"))
        }
    }
}

/// A scope as a client names it.
#[derive(Clone, Debug)]
pub enum ScopeName {
    Everyone,
    Track(String),
    Squad(SquadId),
}

/// A page of a board after a place, and where the viewer stands on it.
pub async fn view(conn: &mut Conn, now: DateTime<Utc>, viewer: UserId, ask: Ask) -> Result<View> {
    let Ask { scope, period, past, limit } = ask;
    let starts_on = period.starts_on(now);
    let mut view = View {
        scope,
        period,
        starts_on,
        ends_at: period.ends_at(now),
        learners: 0,
        entries: Vec::new(),
        own: None,
        neighbours: Vec::new(),
    };
    let track = match scope {
        Scope::Everyone => None,
        Scope::Track(id) => Some(id),
        Scope::Squad(id) => return squad_view(conn, viewer, id, view, (past, limit)).await,
    };
    let Some(board) = store::board_id(conn, track, period, starts_on).await? else { return Ok(view) };
    let own = store::standing(conn, board, viewer).await?;
    let page = store::page(conn, board, past, limit).await?;
    let first_rank = match past {
        Some(past) => 1 + store::rank(conn, board, past).await?,
        None => 1,
    };
    let near = match &own {
        Some(own) => store::near(conn, board, own.key(), NEIGHBOURS).await?,
        None => Vec::new(),
    };
    view.learners = store::learners(conn, board).await?;
    let mut people: Vec<UserId> = page.iter().chain(&near).map(|key| key.user_id).chain([viewer]).collect();
    people.sort_unstable();
    people.dedup();
    let names = names(conn, &people).await?;
    let ranked = |keys: Vec<Key>, first: i64| (first..).zip(keys).map(|(rank, key)| entry(&names, rank, key)).collect::<Vec<_>>();
    view.entries = ranked(page, first_rank);
    if let Some(own) = own {
        let above = i64::try_from(near.iter().filter(|key| key.before(&own.key())).count()).unwrap_or(0);
        view.neighbours = ranked(near, own.rank - above);
        view.own = Some(entry(&names, own.rank, own.key()));
    }
    Ok(view)
}

/// A learner's own place on a board that was read for nobody.
async fn own_entry(conn: &mut Conn, viewer: UserId, read: &View) -> Result<Option<Entry>> {
    if let Some(entry) = read.entries.iter().find(|entry| entry.key.user_id == viewer) {
        return Ok(Some(entry.clone()));
    }
    let track = match read.scope {
        Scope::Everyone => None,
        Scope::Track(id) => Some(id),
        // A squad's board shows all its members.
        Scope::Squad(_) => return Ok(None),
    };
    let Some(board) = store::board_id(conn, track, read.period, read.starts_on).await? else { return Ok(None) };
    let Some(own) = store::standing(conn, board, viewer).await? else { return Ok(None) };
    let names = names(conn, &[viewer]).await?;
    Ok(Some(entry(&names, own.rank, own.key())))
}

/// Those of these learners who have a place of their own on a board that was read; on a squad's, nobody is looked for.
async fn people_with_places(conn: &mut Conn, read: &View, people: &[UserId]) -> Result<Vec<UserId>> {
    let track = match read.scope {
        Scope::Everyone => None,
        Scope::Track(id) => Some(id),
        Scope::Squad(_) => return Ok(Vec::new()),
    };
    if people.is_empty() {
        return Ok(Vec::new());
    }
    match store::board_id(conn, track, read.period, read.starts_on).await? {
        Some(board) => store::standing_among(conn, board, people).await,
        None => Ok(Vec::new()),
    }
}

/// What to show of a board.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    pub scope: Scope,
    pub period: Period,
    pub past: Option<Key>,
    pub limit: i64,
}

/// A learner's rank among all, of all time; None until they have XP.
pub async fn overall_rank(conn: &mut Conn, user_id: UserId) -> Result<Option<i64>> {
    store::overall_rank(conn, user_id).await
}

fn entry(names: &HashMap<UserId, String>, rank: i64, key: Key) -> Entry {
    Entry { rank, key, display_name: names.get(&key.user_id).cloned().unwrap_or_default() }
}

async fn names(conn: &mut Conn, ids: &[UserId]) -> Result<HashMap<UserId, String>> {
    Ok(accounts::users(conn, ids).await?.into_iter().map(|user| (user.id, user.display_name)).collect())
}

/// A squad is small: its board is put in order here.
async fn squad_view(conn: &mut Conn, viewer: UserId, id: SquadId, view: View, (past, limit): (Option<Key>, i64)) -> Result<View> {
    let keys = store::squad_scores(conn, id, view.period, view.starts_on).await?;
    let people: Vec<UserId> = keys.iter().map(|key| key.user_id).collect();
    let names = names(conn, &people).await?;
    let all: Vec<Entry> = (1..).zip(keys).map(|(rank, key)| entry(&names, rank, key)).collect();
    let own = all.iter().find(|entry| entry.key.user_id == viewer).cloned();
    let near = |entry: &&Entry| own.as_ref().is_some_and(|own| (entry.rank - own.rank).abs() <= NEIGHBOURS);
    let limit = usize::try_from(limit).unwrap_or(0);
    Ok(View {
        learners: i64::try_from(all.len()).unwrap_or(i64::MAX),
        entries: all.iter().filter(|entry| past.is_none_or(|past| past.before(&entry.key))).take(limit).cloned().collect(),
        neighbours: all.iter().filter(near).cloned().collect(),
        own,
        ..view
    })
}

/// Deletes the boards of periods that are long over, and counters that count nobody. Answers how many rows.
pub async fn forget(app: &App) -> Result<usize> {
    let before = (app.clock.now() - PAST_KEPT).date_naive();
    store::forget(&mut *app.db.conn().await?, before).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_on_the_first_and_on_monday() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let sunday = at("2026-11-29T23:59:59Z");
        assert_eq!(Period::Week.starts_on(sunday).to_string(), "2026-11-23");
        assert_eq!(Period::Week.ends_at(sunday), Some(at("2026-11-30T00:00:00Z")));
        assert_eq!(Period::Month.starts_on(sunday).to_string(), "2026-11-01");
        assert_eq!(Period::Month.ends_at(at("2026-12-31T00:00:00Z")), Some(at("2027-01-01T00:00:00Z")));
        assert_eq!(Period::AllTime.ends_at(sunday), None);
    }
}
