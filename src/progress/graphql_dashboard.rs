//! The viewer's first page in the schema.

use async_graphql::{Context, Enum, Object, SimpleObject};

use super::{
    dashboard::{self, Dashboard},
    graphql::AchievementObject,
    graphql_learning::{MissionObject, StreakObject},
    levels,
    notifications::hidden,
    recommend::{Item, Reason, Recommendation},
    settings,
};
use crate::{
    curriculum::graphql::{Challenge, Lesson},
    error::Result,
    graphql::{app, viewer},
};

/// Why an item is recommended.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "Reason", name = "RecommendationReason")]
pub enum RecommendationReason {
    /// It was tried and not passed, and is the weakest of all that was.
    Weakest,
    /// It was begun.
    Begun,
    /// It comes next.
    Next,
}

/// What to take up next: the weakest of what was tried, else what was begun, else what comes next. Audience: self.
#[derive(SimpleObject)]
#[graphql(name = "Recommendation")]
pub struct RecommendationObject {
    /// For programs.
    reason: RecommendationReason,
    /// For people.
    message: String,
    /// The lesson to take up; null when it is a challenge.
    lesson: Option<Lesson>,
    /// The challenge to take up; null when it is a lesson.
    challenge: Option<Challenge>,
}

impl From<Recommendation> for RecommendationObject {
    fn from(recommendation: Recommendation) -> Self {
        let Recommendation { reason, item, message } = recommendation;
        let (lesson, challenge) = match item {
            Item::Lesson(lesson) => (Some(lesson.into()), None),
            Item::Challenge(challenge) => (None, Some(challenge.into())),
        };
        Self { reason: reason.into(), message, lesson, challenge }
    }
}

/// How far the viewer is with a goal of theirs.
#[derive(SimpleObject)]
pub struct GoalStanding {
    /// Reached so far.
    done: i64,
    /// What the viewer has set.
    goal: i64,
    /// Whether it is reached.
    reached: bool,
}

impl GoalStanding {
    fn new(done: i64, goal: i32) -> Self {
        let goal = i64::from(goal);
        Self { done, goal, reached: done >= goal }
    }
}

/// Everything that the viewer's first page shows, as of one moment. Audience: self.
pub struct DashboardObject(Dashboard);

impl DashboardObject {
    pub async fn of(ctx: &Context<'_>) -> Result<Self> {
        let app = app(ctx)?;
        Ok(Self(dashboard::dashboard(&mut *app.db.conn().await?, app.clock.now(), viewer(ctx)?, hidden(&app.config)).await?))
    }
}

/// Everything that the viewer's first page shows, as of one moment. Audience: self.
#[Object(name = "Dashboard")]
impl DashboardObject {
    /// Experience points: the sum of the ledger.
    async fn xp(&self) -> i64 {
        self.0.sums.total
    }

    /// The level that follows from them, 1 to 100.
    async fn level(&self) -> i64 {
        levels::level(self.0.sums.total)
    }

    /// XP at which the next level begins; null at the last.
    async fn next_level_at(&self) -> Option<i64> {
        let level = levels::level(self.0.sums.total);
        (level < levels::LEVEL_MAX).then(|| levels::begins_at(level + 1))
    }

    /// XP given since the viewer's day began; below zero when more was taken back.
    async fn xp_today(&self) -> i64 {
        self.0.sums.today
    }

    /// XP given since the viewer's week began, on Monday.
    async fn xp_this_week(&self) -> i64 {
        self.0.sums.this_week
    }

    /// The goal for XP a day.
    async fn daily_goal(&self) -> GoalStanding {
        GoalStanding::new(self.0.sums.today, self.0.sums.daily_xp_goal.unwrap_or(settings::DAILY_XP_GOAL))
    }

    /// The goal for lessons a week.
    async fn weekly_goal(&self) -> GoalStanding {
        GoalStanding::new(self.0.lessons_this_week, self.0.sums.weekly_lessons_goal.unwrap_or(settings::WEEKLY_LESSONS_GOAL))
    }

    /// The streak, with the last five weeks.
    async fn streak(&self) -> StreakObject {
        StreakObject::new(&self.0.streak, Some(self.0.calendar.clone()))
    }

    /// Today's and this week's missions.
    #[graphql(complexity = "1 + 4 * child_complexity")]
    async fn missions(&self) -> Vec<MissionObject> {
        self.0.missions.iter().cloned().map(Into::into).collect()
    }

    /// What to take up next; null when all that is open is passed.
    async fn next(&self) -> Option<RecommendationObject> {
        self.0.next.clone().map(Into::into)
    }

    /// The newest achievements, at most five, the newest first.
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn recent_unlocks(&self) -> Vec<AchievementObject> {
        self.0.unlocks.iter().map(|(rule, at)| AchievementObject::new(rule, Some(*at))).collect()
    }

    /// The viewer's rank among all learners by all their XP; null until they have any. Who is not listed sees where they would stand.
    async fn rank(&self) -> Option<i64> {
        self.0.rank
    }

    /// Notifications that were not read.
    async fn unread_notifications(&self) -> i64 {
        self.0.sums.unread
    }
}
