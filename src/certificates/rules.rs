//! What certificates there are and when a learner has earned one, as rules in data (`seeds/certificates.toml`). Pure but for
//! reading the bundled file.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use serde::Deserialize;
use uuid::Uuid;

use crate::{
    curriculum::{Challenge, ItemOutline, ModuleOutline, Track},
    db::ids::TypedId,
    error::{Error, Result},
    progress::gates::{Standing, challenges, not_mastered_because},
};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    pub slug: String,
    pub title: String,
    /// What the recipient has done, to follow their name.
    pub statement: String,
    pub rule: Rule,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// So many challenges of a track, all its red-team ones among them.
    Track { track: String, challenges: usize },
    /// Every module of a track, of which there are so many at least: a path that is half published is no path.
    Path { track: String, modules: usize },
    /// So many challenges anywhere.
    Count { challenges: usize },
    /// The longest streak has so many days.
    Streak { days: i64 },
    /// Other certificates, and the last challenge of a module.
    Supervisor { certificates: Vec<String>, capstone_track: String, capstone_module: i32 },
}

/// What a learner has reached, as far as certificates care.
pub struct Facts<'a> {
    tracks: HashMap<&'a str, &'a [ModuleOutline]>,
    standing: &'a Standing,
    longest_streak_days: i64,
}

/// The items that a certificate rests on: passed challenges and completed lessons.
pub type Evidence = BTreeSet<Uuid>;

impl<'a> Facts<'a> {
    #[must_use]
    pub fn new(tracks: &'a [(Track, Vec<ModuleOutline>)], standing: &'a Standing, longest_streak_days: i64) -> Self {
        let tracks = tracks.iter().map(|(track, modules)| (track.slug.as_str(), modules.as_slice())).collect();
        Self { tracks, standing, longest_streak_days }
    }

    /// Whether everything that a certificate rests on is still so.
    #[must_use]
    pub fn still_hold(&self, evidence: &Evidence) -> bool {
        let passed: Evidence = self.passed().chain(self.standing.completed_lessons.iter().map(|id| id.uuid())).collect();
        evidence.is_subset(&passed)
    }

    fn passed(&self) -> impl Iterator<Item = Uuid> {
        self.standing.passed_challenges.iter().map(|id| id.uuid())
    }

    fn has_passed(&self, challenge: &Challenge) -> bool {
        self.standing.passed_challenges.contains(&challenge.id)
    }
}

impl Rule {
    /// What the certificate would rest on; None when it is not earned.
    fn evidence(&self, facts: &Facts<'_>, all: &[Kind]) -> Option<Evidence> {
        match self {
            Self::Track { track, challenges: least } => {
                let modules = facts.tracks.get(track.as_str())?;
                let red_team_is_passed = challenges(modules).all(|challenge| !challenge.red_team || facts.has_passed(challenge));
                let passed: Evidence =
                    challenges(modules).filter(|challenge| facts.has_passed(challenge)).map(|challenge| challenge.id.uuid()).collect();
                (red_team_is_passed && passed.len() >= *least).then_some(passed)
            }
            Self::Path { track, modules: least } => {
                let modules = facts.tracks.get(track.as_str())?;
                let mastered = modules.iter().all(|module| not_mastered_because(module, facts.standing).is_none());
                (mastered && modules.len() >= *least).then(|| items_of(modules).collect())
            }
            Self::Count { challenges: least } => (facts.standing.passed_challenges.len() >= *least).then(|| facts.passed().collect()),
            Self::Streak { days } => (facts.longest_streak_days >= *days).then(Evidence::new),
            Self::Supervisor { certificates, capstone_track, capstone_module } => {
                let modules = facts.tracks.get(capstone_track.as_str())?;
                let module = modules.iter().find(|module| module.module.number == *capstone_module)?;
                let capstone = challenges(std::slice::from_ref(module)).last().filter(|challenge| facts.has_passed(challenge))?;
                let mut evidence = Evidence::from([capstone.id.uuid()]);
                for slug in certificates {
                    evidence.extend(all.iter().find(|kind| kind.slug == *slug)?.rule.evidence(facts, all)?);
                }
                Some(evidence)
            }
        }
    }
}

fn items_of(modules: &[ModuleOutline]) -> impl Iterator<Item = Uuid> {
    let lessons = modules.iter().flat_map(|module| &module.items).filter_map(|item| match item {
        ItemOutline::Lesson { lesson, .. } => Some(lesson.id.uuid()),
        ItemOutline::Challenge(_) => None,
    });
    challenges(modules).map(|challenge| challenge.id.uuid()).chain(lessons)
}

impl Kind {
    /// What this certificate would rest on now; None when it is not earned.
    pub fn earned_by(&self, facts: &Facts<'_>) -> Result<Option<Evidence>> {
        Ok(self.rule.evidence(facts, all()?))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    certificates: Vec<Kind>,
}

static ALL: LazyLock<Result<Vec<Kind>>> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("../../seeds/certificates.toml")).map(|file| file.certificates).map_err(Error::fault)
});

/// All kinds in the order of the file.
pub fn all() -> Result<&'static [Kind]> {
    ALL.as_ref().map(Vec::as_slice).map_err(Clone::clone)
}

/// None for a kind that is no longer in the seeds.
pub fn by_slug(slug: &str) -> Result<Option<&'static Kind>> {
    Ok(all()?.iter().find(|kind| kind.slug == slug))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        curriculum::{Difficulty, Lesson, Module, Runtime},
        db::ids::ChallengeId,
    };

    fn id<T: TypedId>(track: u128, n: u128) -> T {
        T::from_uuid(Uuid::from_u128(track * 1_000 + n))
    }

    fn challenge(track: u128, n: u128, red_team: bool) -> Challenge {
        Challenge {
            id: id(track, n),
            module_id: id(track, 0),
            lesson_id: None,
            slug: format!("c{track}-{n}"),
            title: String::new(),
            summary: String::new(),
            difficulty: Difficulty::Beginner,
            points: 100,
            minutes: 1,
            runtime: Runtime::Python,
            red_team,
            position: 0,
            version_id: id(track, n),
            retired_at: None,
        }
    }

    fn module(track: u128, number: i32, items: Vec<ItemOutline>) -> ModuleOutline {
        let module = Module {
            id: id(track, u128::try_from(number).unwrap()),
            track_id: id(track, 0),
            slug: format!("m{number}"),
            title: String::new(),
            summary: String::new(),
            number,
            xp: 0,
            position: number,
            retired_at: None,
        };
        ModuleOutline { module, items }
    }

    fn lesson(track: u128, n: u128) -> ItemOutline {
        let lesson = Lesson {
            id: id(track, 500 + n),
            module_id: id(track, 0),
            slug: format!("l{n}"),
            title: String::new(),
            summary: String::new(),
            minutes: 1,
            position: 0,
            version_id: id(track, n),
            retired_at: None,
        };
        ItemOutline::Lesson { lesson, quiz: None, challenge: Some(challenge(track, n, false)) }
    }

    fn track(n: u128, slug: &str, modules: Vec<ModuleOutline>) -> (Track, Vec<ModuleOutline>) {
        let track =
            Track { id: id(n, 0), slug: slug.to_owned(), title: String::new(), summary: String::new(), position: 0, retired_at: None };
        (track, modules)
    }

    /// Three tracks of 15 challenges, the 5th, 10th and 15th red-team; and a path of 11 modules with a lesson each.
    fn tracks() -> Vec<(Track, Vec<ModuleOutline>)> {
        let items = |n: u128| (1..=15).map(|item| ItemOutline::Challenge(challenge(n, item, item % 5 == 0))).collect();
        let path = (1..=11).map(|number| module(4, number, vec![lesson(4, u128::try_from(number).unwrap())])).collect();
        let mut tracks: Vec<_> =
            ["web", "data", "cloud"].into_iter().zip(1..).map(|(slug, n)| track(n, slug, vec![module(n, 1, items(n))])).collect();
        tracks.push(track(4, "python", path));
        tracks
    }

    fn passed(list: impl IntoIterator<Item = (u128, u128)>) -> Standing {
        let passed_challenges = list.into_iter().map(|(track, n)| id::<ChallengeId>(track, n)).collect();
        Standing { passed_challenges, ..Standing::default() }
    }

    fn earned(standing: &Standing, streak: i64) -> Vec<&'static str> {
        let tracks = tracks();
        let facts = Facts::new(&tracks, standing, streak);
        let earned = all().unwrap().iter().filter(|kind| kind.earned_by(&facts).unwrap().is_some());
        earned.map(|kind| kind.slug.as_str()).collect()
    }

    #[test]
    fn a_track_takes_twelve_and_all_red_team_challenges() {
        let twelve = || (1..=15).filter(|n| ![1, 2, 3].contains(n)).map(|n| (1, n));
        assert_eq!(earned(&passed(twelve()), 0), ["web-track", "challenges-10"]);
        assert_eq!(earned(&passed(twelve().skip(1)), 0), ["challenges-10"]);
        let without_the_last_red_team = (1..=14).map(|n| (2, n));
        assert_eq!(earned(&passed(without_the_last_red_team), 0), ["challenges-10"]);
    }

    #[test]
    fn a_path_takes_every_module_and_counts_take_challenges_anywhere() {
        let mut standing = passed((1..=11).map(|n| (4, n)));
        assert_eq!(earned(&standing, 0), ["challenges-10"]);
        standing.completed_lessons = (1..=11).map(|n| id(4, 500 + n)).collect();
        assert_eq!(earned(&standing, 0), ["python-path", "challenges-10"]);
        assert_eq!(earned(&passed((1..=9).map(|n| (1, n))), 0), Vec::<&str>::new());
    }

    #[test]
    fn streaks_count_days() {
        assert_eq!(earned(&Standing::default(), 6), Vec::<&str>::new());
        assert_eq!(earned(&Standing::default(), 30), ["streak-7", "streak-30"]);
        assert_eq!(earned(&Standing::default(), 100), ["streak-7", "streak-30", "streak-100"]);
    }

    #[test]
    fn a_supervisor_has_three_tracks_and_the_capstone() {
        let three = || [1, 2, 3].into_iter().flat_map(|track| (1..=15).map(move |n| (track, n)));
        assert!(!earned(&passed(three()), 0).contains(&"ai-supervisor"));
        assert!(earned(&passed(three().chain([(4, 6)])), 0).contains(&"ai-supervisor"));
        assert!(!earned(&passed(three().skip(5).chain([(4, 6)])), 0).contains(&"ai-supervisor"));
    }

    #[test]
    fn what_a_certificate_rests_on_outlives_a_change_of_the_curriculum() {
        let standing = passed((1..=15).map(|n| (1, n)));
        let (mut tracks, kind) = (tracks(), by_slug("web-track").unwrap().unwrap());
        let evidence = kind.earned_by(&Facts::new(&tracks, &standing, 0)).unwrap().unwrap();
        tracks[0].1[0].items.push(ItemOutline::Challenge(challenge(1, 16, true)));
        let facts = Facts::new(&tracks, &standing, 0);
        assert!(kind.earned_by(&facts).unwrap().is_none());
        assert!(facts.still_hold(&evidence));
        let fewer = passed((2..=15).map(|n| (1, n)));
        assert!(!Facts::new(&tracks, &fewer, 0).still_hold(&evidence));
    }
}
