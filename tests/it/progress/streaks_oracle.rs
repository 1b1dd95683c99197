//! Days and streaks against a simple oracle over random timelines: all zones, changes of the clock, travel, freezes, late rejudges.
//!
//! The oracle lives through the timeline a quarter of an hour at a time and only ever asks what a clock on the wall shows. It shares
//! no code and no idea with what it checks, which computes the bounds of days from local times and folds over whole days.

use std::collections::{BTreeSet, VecDeque};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::{prelude::*, test_runner::TestRunner};
use weak_to_strong::progress::{
    days::{Days, Setting},
    streak::{Streak, streak},
};

const QUARTER: i64 = 15 * 60;
/// Timelines of the default tests; `STREAK_TIMELINES` names another number.
const TIMELINES: u32 = 10_000;

/// Something passed: when it was handed in, and each later moment at which its verdict turned over.
#[derive(Clone, Debug)]
struct Pass {
    at: i64,
    verdicts: Vec<i64>,
}

impl Pass {
    /// Accepted from the first verdict on, not any more from the second, and so on.
    fn holds(&self, now: i64) -> bool {
        self.verdicts.iter().filter(|verdict| **verdict <= now).count() % 2 == 1
    }
}

#[derive(Clone, Debug)]
struct Timeline {
    settings: Vec<Setting>,
    passes: Vec<Pass>,
    now: i64,
}

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// What a calendar on the learner's wall shows.
fn shown(setting: &Setting, at: i64) -> NaiveDate {
    (instant(at).with_timezone(&setting.zone).naive_local() - TimeDelta::hours(i64::from(setting.start_hour))).date()
}

/// The setting in force, asked for moments that never go back.
struct InForce<'a> {
    settings: &'a [Setting],
    index: usize,
}

impl<'a> InForce<'a> {
    fn at(&mut self, at: i64) -> &'a Setting {
        while self.settings.get(self.index + 1).is_some_and(|next| next.since.timestamp() <= at) {
            self.index += 1;
        }
        &self.settings[self.index]
    }
}

/// Lives through the timeline.
fn oracle(timeline: &Timeline) -> Streak {
    let begin = timeline.settings[0].since.timestamp();
    let mut in_force = InForce { settings: &timeline.settings, index: 0 };
    let mut passes: VecDeque<i64> = timeline.passes.iter().filter(|pass| pass.holds(timeline.now)).map(|pass| pass.at).collect();
    passes.make_contiguous().sort_unstable();
    // The day that runs, the calendar that it began with, and those that hung on the wall on it. When the first has turned its page, each of
    // these has a page that it must have turned before the next day begins.
    let mut date = shown(&timeline.settings[0], begin);
    let mut calendar = &timeline.settings[0];
    let mut lived: Vec<&Setting> = Vec::new();
    let mut pages: Option<Vec<(&Setting, NaiveDate)>> = None;
    let (mut counted, mut streak, mut held) = (false, Streak::default(), VecDeque::new());
    let mut tick = begin;
    while tick <= timeline.now {
        if pages.is_none() {
            let now = in_force.at(tick);
            if lived.last().is_none_or(|last| *last != now) {
                lived.push(now);
            }
            if shown(calendar, tick) > date {
                let page = |setting: &Setting| {
                    let there = shown(setting, tick);
                    // One that turns its page at this very moment has turned it, unless it only comes to the same date again.
                    let turns = shown(setting, tick - QUARTER) < there && there > date;
                    if turns { there } else { there.max(date).succ_opt().unwrap() }
                };
                pages = Some(lived.iter().map(|setting| (*setting, page(setting))).collect());
            }
        }
        if let Some(waiting) = &mut pages {
            let last = waiting.iter().rev().find(|(setting, page)| shown(setting, tick) >= *page).map(|(setting, _)| *setting);
            waiting.retain(|(setting, page)| shown(setting, tick) < *page);
            if let (true, Some(last)) = (waiting.is_empty(), last) {
                if !counted && streak.current > 0 {
                    if held.pop_front().is_some() {
                        streak.frozen.insert(date);
                    } else {
                        streak.current = 0;
                    }
                }
                (date, calendar, counted) = (shown(last, tick), last, false);
                (lived, pages) = (vec![in_force.at(tick)], None);
            }
        }
        while passes.front().is_some_and(|at| *at < tick + QUARTER) {
            passes.pop_front();
            if !counted {
                counted = true;
                streak.current += 1;
                streak.longest = streak.longest.max(streak.current);
                if streak.current % 7 == 0 && held.len() < 2 {
                    held.push_back(());
                }
            }
        }
        tick += QUARTER;
    }
    streak.freezes = i64::try_from(held.len()).unwrap();
    streak.today_counts = counted;
    streak
}

/// As the platform derives it.
fn derived(timeline: &Timeline) -> (Streak, Days) {
    let holding: Vec<i64> = timeline.passes.iter().filter(|pass| pass.holds(timeline.now)).map(|pass| pass.at).collect();
    let from = holding.iter().min().copied().unwrap_or(timeline.now);
    let days = Days::between(&timeline.settings, instant(from), instant(timeline.now));
    let counted: BTreeSet<NaiveDate> = holding.iter().map(|at| days.at(instant(*at)).date).collect();
    (streak(&days, &counted), days)
}

fn zone() -> impl Strategy<Value = chrono_tz::Tz> {
    // Far apart and odd ones more often than their share.
    let odd = [
        "Pacific/Apia",
        "Pacific/Pago_Pago",
        "Pacific/Kiritimati",
        "Etc/GMT+12",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
    ];
    prop_oneof![
        3 => (0..chrono_tz::TZ_VARIANTS.len()).prop_map(|index| chrono_tz::TZ_VARIANTS[index]),
        1 => (0..odd.len()).prop_map(move |index| odd[index].parse().unwrap()),
    ]
}

/// Hours from one pass to the next: most within a day or so, some after two or three.
fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![12 => 3..34_i64, 2 => 34..60_i64, 1 => 60..100_i64]
}

fn timeline() -> impl Strategy<Value = Timeline> {
    let days = prop_oneof![12 => 4..25_i64, 3 => 25..60_i64, 1 => 60..120_i64];
    // From 2013 on, when every zone changes its clocks by whole quarters at whole quarters.
    let begin = (1_356_998_400..2_082_758_400_i64).prop_map(|at| at - at % QUARTER);
    (begin, days).prop_flat_map(|(begin, days)| {
        let span = days * 86_400;
        let setting = (zone(), 0..=12_u8);
        let changes = prop::collection::vec((0..span / QUARTER, zone(), 0..=12_u8), 0..5);
        let gaps =
            prop::collection::vec((gap(), 0..3_600_i64, prop::collection::vec(0..span, 0..3)), 0..usize::try_from(days).unwrap() + 2);
        (setting, changes, gaps).prop_map(move |((zone, start_hour), mut changes, gaps)| {
            changes.sort_by_key(|change| change.0);
            changes.dedup_by_key(|change| change.0);
            let mut settings = vec![Setting { since: instant(begin), zone, start_hour }];
            let later = changes.into_iter().filter(|change| change.0 > 0);
            settings.extend(later.map(|(tick, zone, start_hour)| Setting { since: instant(begin + tick * QUARTER), zone, start_hour }));
            let mut at = begin;
            let mut passes = Vec::new();
            for (hours, seconds, late) in gaps {
                at += hours * 3_600 + seconds;
                // One in four is judged late, or again and again.
                let mut verdicts = if late.len() == 2 { late.iter().map(|late| at + late).collect() } else { vec![at + 2] };
                verdicts.sort_unstable();
                passes.push(Pass { at, verdicts });
            }
            passes.retain(|pass| pass.at < begin + span);
            Timeline { settings, passes, now: begin + span }
        })
    })
}

fn check(timeline: &Timeline) -> Result<(), TestCaseError> {
    let (ours, days) = derived(timeline);
    let told = Streak { due: ours.due, ..oracle(timeline) };
    prop_assert_eq!(&ours, &told);
    prop_assert!((0..=2).contains(&ours.freezes) && ours.longest >= ours.current);
    // Days follow on each other, none shorter than a day is by the clock of its own zone at its shortest.
    let all: Vec<_> = days.iter().collect();
    for pair in all.windows(2) {
        prop_assert!(pair[0].end == pair[1].start && pair[0].date < pair[1].date);
    }
    for day in &all {
        prop_assert!(day.end - day.start >= TimeDelta::hours(20), "{:?}", day);
    }
    // A change of zone shortens nothing: neither at its moment nor by cutting the running day short.
    for (index, change) in timeline.settings.iter().enumerate().skip(1).filter(|(_, change)| change.since.timestamp() <= timeline.now) {
        let at = |settings: &[Setting]| {
            derived(&Timeline { settings: settings.to_vec(), passes: timeline.passes.clone(), now: change.since.timestamp() })
        };
        let (before, _) = at(&timeline.settings[..index]);
        let (after, _) = at(&timeline.settings[..=index]);
        prop_assert!(after.current >= before.current && after.longest >= before.longest && after.freezes >= before.freezes);
        let running = change.since - TimeDelta::seconds(1);
        let end = |settings: &[Setting]| Days::between(settings, running, change.since).at(running).end;
        prop_assert!(end(&timeline.settings[..=index]) >= end(&timeline.settings[..index]));
    }
    Ok(())
}

#[test]
fn streaks_are_what_living_through_them_gives() {
    let cases = option_env_timelines();
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() };
    let run = TestRunner::new(config).run(&timeline(), |timeline| check(&timeline));
    if let Err(failure) = run {
        panic!("{failure}");
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a test runs is no setting of the server")]
fn option_env_timelines() -> u32 {
    std::env::var("STREAK_TIMELINES").ok().and_then(|count| count.parse().ok()).unwrap_or(TIMELINES)
}
