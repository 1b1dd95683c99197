//! What a learner has done, told as documents: the report card of each month, and the transcript of everything.
//!
//! It reads facts and derives; it never changes what it tells of. Start reading at [`card_of`] and [`issue_due`], then [`grade`]
//! for the rules.

pub mod advice;
pub mod card;
pub mod document;
pub mod grade;
pub mod graphql;
mod graphql_transcript;
pub mod month;
mod sheet;
mod store;
pub mod transcript;
mod transcript_sheet;

use card::{Before, Body, Card, Ingredients, add_up, draw_up};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use month::Month;
use store::{Due, StoredCard};

use crate::{
    accounts::{self, User},
    app::App,
    curriculum,
    db::{self, Conn, Db, Slice, ids::UserId, json::Json},
    error::Result,
    progress::{
        self,
        notifications::{self, Note, NotificationKind},
    },
};

/// How long after the end of a month its cards are issued: what was under way at midnight is in by then.
const GRACE: TimeDelta = TimeDelta::hours(1);
/// Learners whose cards are drawn up between two looks at who is due.
const BATCH: i64 = 200;
/// Months before this one whose skill a card shows.
const HISTORY_MONTHS: i64 = 5;

/// A learner's card of a month: as it was issued when the month is over, as it stands while it lasts. None for a month that has
/// not begun and for one in which there was no account.
pub async fn card_of(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, month: Month) -> Result<Option<Card>> {
    if let Some(stored) = store::card(conn, user_id, month.first_day()).await? {
        return Ok(Some(stored.into()));
    }
    let user = accounts::user(conn, user_id).await?;
    let zone = user.zone();
    if month > Month::of(now, zone) || month < Month::of(user.created_at, zone) {
        return Ok(None);
    }
    let body = body(conn, &user, month).await?;
    if now < month.bounds(zone).1 + GRACE {
        return Ok(Some(Card { user_id, month, time_zone: user.time_zone, issued_at: None, body }));
    }
    let card = StoredCard { user_id, month: month.first_day(), time_zone: user.time_zone, body: Json(body), issued_at: now };
    store::insert_card(conn, &card).await?;
    // Another may have been first; then it is theirs that counts.
    Ok(store::card(conn, user_id, month.first_day()).await?.map(Into::into))
}

impl From<StoredCard> for Card {
    fn from(stored: StoredCard) -> Self {
        let StoredCard { user_id, month, time_zone, body, issued_at } = stored;
        Self { user_id, month: Month::containing(month), time_zone, issued_at: Some(issued_at), body: body.0 }
    }
}

/// A learner's issued cards, newest first.
pub async fn cards(conn: &mut Conn, user_id: UserId, slice: Slice<Month>) -> Result<Vec<Card>> {
    let Slice { past, backward, limit } = slice;
    let rows = store::cards(conn, user_id, Slice { past: past.map(Month::first_day), backward, limit }).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

async fn body(conn: &mut Conn, user: &User, month: Month) -> Result<Body> {
    let zone = user.zone();
    let (from, to) = month.bounds(zone);
    let done = store::done(conn, user.id, from, to).await?;
    let awards = store::xp_by_the_quarter(conn, user.id, from, to).await?;
    let before = before(conn, user, month.previous()).await?;
    let past = Slice { past: Some(month.first_day()), backward: false, limit: HISTORY_MONTHS };
    let earlier = store::cards(conn, user.id, past).await?;
    let history = earlier.iter().rev().map(|card| (Month::containing(card.month), card.body.0.skill)).collect();
    let outlines = curriculum::outlines(conn).await?;
    let allowances = outlines.iter().map(|(track, _)| progress::allowance(&user.plan, &track.slug)).collect::<Result<_>>()?;
    let standing = progress::standing(conn, user.id).await?;
    Ok(draw_up(Ingredients {
        learner: user.display_name.clone(),
        month,
        zone,
        done: &done,
        awards: &awards,
        before,
        history,
        outlines: &outlines,
        allowances,
        standing: &standing,
    }))
}

/// The month before as its card says, or as it was when it has none.
async fn before(conn: &mut Conn, user: &User, month: Month) -> Result<Option<Before>> {
    let zone = user.zone();
    if month < Month::of(user.created_at, zone) {
        return Ok(None);
    }
    let figures = if let Some(card) = store::card(conn, user.id, month.first_day()).await? {
        card.body.0.figures
    } else {
        let (from, to) = month.bounds(zone);
        add_up(&store::done(conn, user.id, from, to).await?)
    };
    Ok(Some(Before { month, figures, skill: figures.skill(), letter: figures.letter() }))
}

/// Issues the cards of months that have ended since it last ran, to everyone who did something in them. May run at any time, twice
/// and at once: a month has one card. Answers how many it drew up.
pub async fn issue_due(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut issued = 0;
    let zones = store::zones(&mut *app.db.conn().await?).await?;
    for name in zones {
        let zone: Tz = name.parse().unwrap_or(chrono_tz::UTC);
        let month = Month::of(now - GRACE, zone).previous();
        if store::is_done(&mut *app.db.conn().await?, &name, month.first_day()).await? {
            continue;
        }
        let round = round(&app.db, now, &name, month, zone).await?;
        issued += round.issued;
        if round.failed == 0 {
            store::set_done(&mut *app.db.conn().await?, now, &name, month.first_day()).await?;
        }
    }
    if issued > 0 {
        app.outbox_bell.ring();
    }
    Ok(issued)
}

#[derive(Default)]
struct Round {
    issued: usize,
    failed: usize,
}

async fn round(db: &Db, now: DateTime<Utc>, name: &str, month: Month, zone: Tz) -> Result<Round> {
    let (from, to) = month.bounds(zone);
    let mut due = Due { zone: name, month: month.first_day(), from, to, after: None, limit: BATCH };
    let mut round = Round::default();
    loop {
        let mut conn = db.conn().await?;
        let learners = store::due(&mut conn, due).await?;
        let Some(last) = learners.last() else { return Ok(round) };
        due.after = Some(*last);
        for learner in &learners {
            match issue(&mut conn, now, *learner, month).await {
                Ok(true) => round.issued += 1,
                Ok(false) => {}
                Err(error) => {
                    round.failed += 1;
                    let cause = error.cause();
                    tracing::error!(user = %learner, cause, error = %error.into_anyhow(), "a report card could not be drawn up");
                }
            }
        }
    }
}

/// Whether the card was not there before. The learner is told of it then.
async fn issue(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, month: Month) -> Result<bool> {
    db::transaction(conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        if store::card(conn, user_id, month.first_day()).await?.is_some() {
            return Ok(false);
        }
        let Some(card) = card_of(conn, now, user_id, month).await? else { return Ok(false) };
        let title = format!("Your report card of {}", month.name());
        let body = format!("Grade {}, skill {} of 100.", card.body.letter.as_str(), card.body.skill);
        notifications::notify(conn, now, user_id, Note { kind: NotificationKind::ReportCardIssued, title, body }).await?;
        Ok(true)
    })
    .await
}
