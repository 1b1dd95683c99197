//! Squads: a few learners who share a code, a weekly goal and a board.

use std::collections::HashMap;

use chrono::{DateTime, NaiveTime, Utc};

use super::{
    Period,
    store::{self, Squad},
};
use crate::{
    accounts::{self, Malformed},
    db::{
        self, Conn, Db,
        ids::{SquadId, TypedId, UserId},
    },
    error::{Error, Result},
};

/// Members of a squad.
pub const MEMBERS_MAX: usize = 30;
/// Squads that a learner is in at a time.
pub const SQUADS_A_LEARNER_MAX: usize = 5;
const NAME_CHARACTERS_MAX: usize = 40;
const WEEKLY_XP_GOAL_MAX: i32 = 1_000_000;
/// Without letters that are read as others.
const CODE_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// 60 bits: not to be guessed, and short enough to read out.
const CODE_LENGTH: usize = 12;

/// A squad with its members and what they have gathered this week.
#[derive(Clone, Debug)]
pub struct SquadView {
    pub squad: Squad,
    /// In the order in which they joined.
    pub members: Vec<Member>,
}

#[derive(Clone, Debug)]
pub struct Member {
    pub user_id: UserId,
    pub display_name: String,
    pub joined_at: DateTime<Utc>,
    /// Since Monday or since they joined, whichever is later.
    pub xp_this_week: i64,
}

/// Why nothing was changed.
#[derive(Clone, Debug)]
pub enum Refusal {
    Malformed(Malformed),
    Full,
    TooManySquads,
}

/// Makes a squad with its first member.
pub async fn create(db: &Db, now: DateTime<Utc>, user_id: UserId, name: &str, weekly_xp_goal: i32) -> Result<Result<SquadView, Refusal>> {
    let name = name.trim();
    if !(1..=NAME_CHARACTERS_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        let message = format!("The name has 1 to {NAME_CHARACTERS_MAX} visible characters.");
        return Ok(Err(Refusal::Malformed(Malformed::new("name", message))));
    }
    if !(1..=WEEKLY_XP_GOAL_MAX).contains(&weekly_xp_goal) {
        let message = format!("The goal is a number from 1 to {WEEKLY_XP_GOAL_MAX}.");
        return Ok(Err(Refusal::Malformed(Malformed::new("weeklyXpGoal", message))));
    }
    let squad = Squad { id: SquadId::generate(), name: name.to_owned(), code: new_code(), weekly_xp_goal, created_at: now };
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        if store::squads_of(conn, user_id).await?.len() >= SQUADS_A_LEARNER_MAX {
            return Ok(Err(Refusal::TooManySquads));
        }
        store::insert_squad(conn, &squad).await?;
        store::insert_member(conn, squad.id, user_id, now).await?;
        view(conn, now, squad).await.map(Ok)
    })
    .await
}

/// Joins the squad with this code; a second time changes nothing. NOT_FOUND when there is none.
pub async fn join(db: &Db, now: DateTime<Utc>, user_id: UserId, code: &str) -> Result<Result<SquadView, Refusal>> {
    let code = code.trim().to_ascii_lowercase();
    if code.len() != CODE_LENGTH || !code.bytes().all(|byte| CODE_ALPHABET.contains(&byte)) {
        return Err(Error::not_found("squad"));
    }
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        let squad = store::lock_squad_by_code(conn, &code).await?.ok_or_else(|| Error::not_found("squad"))?;
        let members = store::members(conn, &[squad.id]).await?;
        if !members.iter().any(|(_, member, _)| *member == user_id) {
            if members.len() >= MEMBERS_MAX {
                return Ok(Err(Refusal::Full));
            }
            if store::squads_of(conn, user_id).await?.len() >= SQUADS_A_LEARNER_MAX {
                return Ok(Err(Refusal::TooManySquads));
            }
            store::insert_member(conn, squad.id, user_id, now).await?;
        }
        view(conn, now, squad).await.map(Ok)
    })
    .await
}

/// Leaves a squad; with its last member it is gone. NOT_FOUND for one that the learner is not in.
pub async fn leave(db: &Db, user_id: UserId, id: SquadId) -> Result<()> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        leave_one(conn, user_id, id).await?.then_some(()).ok_or_else(|| Error::not_found("squad"))
    })
    .await
}

/// Leaves every squad, under the learner's row lock.
pub(super) async fn leave_all(conn: &mut Conn, user_id: UserId) -> Result<()> {
    for squad in store::squads_of(conn, user_id).await? {
        leave_one(conn, user_id, squad.id).await?;
    }
    Ok(())
}

async fn leave_one(conn: &mut Conn, user_id: UserId, id: SquadId) -> Result<bool> {
    if store::lock_squad(conn, id).await?.is_none() || !store::delete_member(conn, id, user_id).await? {
        return Ok(false);
    }
    if store::members(conn, &[id]).await?.is_empty() {
        store::delete_squad(conn, id).await?;
    }
    Ok(true)
}

pub async fn is_member(conn: &mut Conn, id: SquadId, user_id: UserId) -> Result<bool> {
    Ok(store::squad(conn, id).await?.is_some() && store::members(conn, &[id]).await?.iter().any(|(_, member, _)| *member == user_id))
}

/// A learner's squads, the one joined first first.
pub async fn of(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId) -> Result<Vec<SquadView>> {
    let squads = store::squads_of(conn, user_id).await?;
    views(conn, now, squads).await
}

async fn view(conn: &mut Conn, now: DateTime<Utc>, squad: Squad) -> Result<SquadView> {
    views(conn, now, vec![squad]).await?.pop().ok_or_else(|| Error::broken("a squad has no view"))
}

/// In three statements, however many they are.
async fn views(conn: &mut Conn, now: DateTime<Utc>, squads: Vec<Squad>) -> Result<Vec<SquadView>> {
    let ids: Vec<SquadId> = squads.iter().map(|squad| squad.id).collect();
    let monday = Period::Week.starts_on(now).and_time(NaiveTime::MIN).and_utc();
    let rows = store::members(conn, &ids).await?;
    let people: Vec<UserId> = rows.iter().map(|(_, user_id, _)| *user_id).collect();
    let names = super::names(conn, &people).await?;
    let xp = store::member_xp(conn, &ids, monday).await?;
    let xp: HashMap<(SquadId, UserId), i64> = xp.into_iter().map(|row| ((row.squad_id, row.user_id), row.xp)).collect();
    let member = |(squad_id, user_id, joined_at): &(SquadId, UserId, DateTime<Utc>)| Member {
        user_id: *user_id,
        display_name: names.get(user_id).cloned().unwrap_or_default(),
        joined_at: *joined_at,
        xp_this_week: xp.get(&(*squad_id, *user_id)).copied().unwrap_or(0),
    };
    let members = |id: SquadId| rows.iter().filter(|(squad, ..)| *squad == id).map(member).collect();
    Ok(squads.into_iter().map(|squad| SquadView { members: members(squad.id), squad }).collect())
}

fn new_code() -> String {
    let random = rand::random::<[u8; CODE_LENGTH]>();
    random.iter().map(|byte| char::from(CODE_ALPHABET[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_spelled_in_their_alphabet_and_differ() {
        let (one, other) = (super::new_code(), super::new_code());
        assert!(one.len() == super::CODE_LENGTH && one.bytes().all(|byte| super::CODE_ALPHABET.contains(&byte)));
        assert_ne!(one, other);
    }
}
