//! What each plan includes, as data from `seeds/plans.toml`. It never asks who is logged in.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::error::{Error, Result};

#[derive(Debug, Deserialize)]
pub struct Plan {
    pub slug: String,
    pub title: String,
    /// The first so many challenges of each track; None for all.
    pub challenges_a_track: Option<usize>,
    /// Tracks that are open as a whole all the same.
    #[serde(default)]
    pub whole_tracks: Vec<String>,
    /// Submissions, check runs and playground runs in any 60 minutes.
    pub runs_an_hour: i64,
    /// Whether its learners' runs go before the others'.
    pub priority_queue: bool,
    /// Whether its learners' certificates can be had as PDF.
    pub certificates_pdf: bool,
}

#[derive(Deserialize)]
struct Plans {
    plans: Vec<Plan>,
}

static PLANS: LazyLock<Result<Vec<Plan>>> =
    LazyLock::new(|| toml::from_str::<Plans>(include_str!("../../seeds/plans.toml")).map(|file| file.plans).map_err(Error::fault));

/// The plan an account is on; a plan that is no longer offered is an error of ours.
pub fn plan(slug: &str) -> Result<&'static Plan> {
    let plans = PLANS.as_ref().map_err(Clone::clone)?;
    plans.iter().find(|plan| plan.slug == slug).ok_or_else(|| Error::broken("an account is on a plan that is not in the seeds"))
}

/// The titles of the plans with PDFs of certificates, for telling those who have another.
pub fn plans_with_certificates_pdf() -> Result<Vec<&'static str>> {
    let plans = PLANS.as_ref().map_err(Clone::clone)?;
    Ok(plans.iter().filter(|plan| plan.certificates_pdf).map(|plan| plan.title.as_str()).collect())
}

/// How many challenges of a track the plan includes; None for all.
#[must_use]
pub fn challenges_included(plan: &Plan, track_slug: &str) -> Option<usize> {
    plan.challenges_a_track.filter(|_| !plan.whole_tracks.iter().any(|slug| slug == track_slug))
}

/// The first plan, in the order of the seeds, that includes all challenges.
pub fn without_challenge_limit() -> Result<Option<&'static Plan>> {
    let plans = PLANS.as_ref().map_err(Clone::clone)?;
    Ok(plans.iter().find(|plan| plan.challenges_a_track.is_none()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_default_plan_is_in_the_seeds() {
        assert!(super::plan("free").is_ok_and(|plan| plan.runs_an_hour == 60 && !plan.priority_queue));
        assert!(super::plan("nope").is_err());
        let free = super::plan("free").unwrap();
        assert_eq!((super::challenges_included(free, "web"), super::challenges_included(free, "python")), (Some(5), None));
        assert!(super::without_challenge_limit().is_ok_and(|plan| plan.is_some_and(|plan| plan.slug == "pro")));
    }
}
