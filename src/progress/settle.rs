//! Derives what follows from a learner's history as a whole: streak, missions, achievements, certificates. Runs after every fact that changed, in its
//! transaction, under the learner's row lock; with the same facts it changes nothing.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    achievements::{self, Facts, PassedChallenge},
    history::{ActivityKind, History},
    learner_events::{self, LearnerEvent},
    ledger::{Settlement, Target, XpKind},
    missions,
    notifications::{self, Note, NotificationKind},
    store,
    streak::Streak,
};
use crate::{boards, certificates, db::Conn, error::Result};

/// Everything that hangs on the whole history, and at last the boards: the end of a settlement, and called once in it.
pub async fn learner(conn: &mut Conn, settlement: &mut Settlement) -> Result<()> {
    let history = History::load(conn, settlement.now, settlement.user_id).await?;
    let streak = history.streak();
    settle_streak(conn, settlement, &streak).await?;
    let missions_completed = settle_missions(conn, settlement, &history).await?;
    settle_achievements(conn, settlement, facts(&history, &streak, missions_completed)).await?;
    certificates::settle(conn, settlement.now, settlement.user_id, streak.longest).await?;
    boards::award(conn, settlement.now, settlement.user_id, settlement.appended()).await
}

/// Stores the streak and tells of it when it is not as it was told last.
pub async fn settle_streak(conn: &mut Conn, settlement: &Settlement, streak: &Streak) -> Result<()> {
    let (now, user_id) = (settlement.now, settlement.user_id);
    let frozen = i64::try_from(streak.frozen.len()).unwrap_or(i64::MAX);
    let told = store::told_streak(conn, user_id).await?.unwrap_or_default();
    store::put_streak(conn, user_id, streak).await?;
    if told == (streak.current, streak.longest, streak.freezes, frozen) {
        return Ok(());
    }
    let changed = LearnerEvent::StreakChanged { current: streak.current, longest: streak.longest, freezes: streak.freezes };
    learner_events::append(conn, now, user_id, &changed).await?;
    let note = if streak.current < told.0 {
        Note {
            kind: NotificationKind::StreakLost,
            title: "Your streak has ended".to_owned(),
            body: format!("It had lasted {} days; it is {} now. The next one begins with the next item you pass.", told.0, streak.current),
        }
    } else if frozen > told.3 {
        Note {
            kind: NotificationKind::StreakFrozen,
            title: "A freeze held your streak".to_owned(),
            body: format!("You missed a day, and your streak of {} days goes on. Freezes left: {}.", streak.current, streak.freezes),
        }
    } else {
        return Ok(());
    };
    notifications::notify(conn, now, user_id, note).await
}

/// Completes what is completed, takes back what a rejudge took away. Answers how many are completed in all.
async fn settle_missions(conn: &mut Conn, settlement: &mut Settlement, history: &History) -> Result<i64> {
    let completed = missions::completed(&history.days, &history.deeds())?;
    let stored = store::completed_missions(conn, settlement.user_id).await?;
    let known: BTreeSet<(&str, NaiveDate)> = stored.iter().map(|(slug, period)| (slug.as_str(), *period)).collect();
    for (slug, period) in &known {
        // One that is no longer in the seeds stays as it was.
        if missions::by_slug(slug)?.is_some() && !completed.contains_key(&(*slug, *period)) {
            store::reopen_mission(conn, settlement.user_id, (*slug, *period)).await?;
            settlement.settle(conn, mission_target(slug, *period, 0, "A mission is no longer completed")).await?;
        }
    }
    let mut fresh: Vec<_> = completed.iter().filter(|(set, _)| !known.contains(*set)).collect();
    fresh.sort_by_key(|((slug, period), at)| (**at, *period, *slug));
    for ((slug, period), at) in fresh {
        let Some(mission) = missions::by_slug(slug)? else { continue };
        store::complete_mission(conn, settlement.user_id, (*slug, *period), *at).await?;
        let event = LearnerEvent::MissionCompleted { slug: (*slug).to_owned(), period: *period, completed_at: *at };
        learner_events::append(conn, settlement.now, settlement.user_id, &event).await?;
        let reason = format!("Mission: {}", mission.title);
        settlement.settle(conn, mission_target(slug, *period, mission.xp, &reason)).await?;
    }
    Ok(i64::try_from(completed.len()).unwrap_or(i64::MAX))
}

fn mission_target<'a>(slug: &str, period: NaiveDate, xp: i64, reason: &'a str) -> Target<'a> {
    Target { kind: XpKind::Mission, source_id: format!("{slug}:{period}"), xp, reason, version_id: None, track_id: None }
}

fn facts(history: &History, streak: &Streak, missions_completed: i64) -> Facts {
    let firsts = || history.activities.iter().filter(|activity| activity.first_of_item);
    let challenge = |activity: &store::Activity| PassedChallenge {
        slug: activity.slug.clone(),
        track: activity.track.clone(),
        red_team: activity.red_team,
        attempt: i64::from(activity.attempt),
        hints: i64::from(activity.hints),
    };
    Facts {
        challenges: firsts().filter(|activity| activity.kind == ActivityKind::Challenge).map(challenge).collect(),
        lessons: firsts().filter(|activity| activity.kind == ActivityKind::Lesson).map(|activity| activity.track.clone()).collect(),
        quiz_scores: history.best_scores().into_values().collect(),
        items_on_one_day: history.items_on_one_day(),
        missions_completed,
        longest_streak: streak.longest,
        ..Facts::default()
    }
}

/// Unlocks what holds and takes back what holds no more.
async fn settle_achievements(conn: &mut Conn, settlement: &mut Settlement, facts: Facts) -> Result<()> {
    let user_id = settlement.user_id;
    let facts = Facts {
        modules: store::mastered_modules(conn, user_id).await?,
        xp: settlement.total() - store::achievement_xp(conn, user_id).await?,
        ..facts
    };
    let holding = achievements::unlocked_by(&facts)?;
    let stored = store::unlocked(conn, user_id).await?;
    for (slug, _) in stored.iter().filter(|(slug, _)| !holding.iter().any(|rule| rule.slug == *slug)) {
        // One that is no longer in the seeds stays as it was.
        if let Some(rule) = achievements::by_slug(slug)? {
            store::relock(conn, user_id, slug).await?;
            settlement.settle(conn, achievement_target(rule, 0)).await?;
        }
    }
    for rule in holding.into_iter().filter(|rule| !stored.iter().any(|(slug, _)| *slug == rule.slug)) {
        store::unlock(conn, settlement.now, user_id, &rule.slug).await?;
        let event = LearnerEvent::AchievementUnlocked { slug: rule.slug.clone() };
        learner_events::append(conn, settlement.now, user_id, &event).await?;
        let note = Note { kind: NotificationKind::AchievementUnlocked, title: rule.title.clone(), body: rule.description.clone() };
        notifications::notify(conn, settlement.now, user_id, note).await?;
        settlement.settle(conn, achievement_target(rule, rule.bonus_xp)).await?;
    }
    Ok(())
}

fn achievement_target(rule: &achievements::Achievement, xp: i64) -> Target<'_> {
    Target { kind: XpKind::Achievement, source_id: rule.slug.clone(), xp, reason: &rule.title, version_id: None, track_id: None }
}
