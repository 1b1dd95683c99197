//! Leaderboards in the schema. Display names only: nothing else of a learner is shown to others.

use async_graphql::{Context, Enum, ID, Object, OneofObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::{Ask, Entry, Key, Period, Place, ScopeName, View};
use crate::{
    db::ids::{SquadId, TypedId, UserId},
    error::{Error, Result},
    graphql::{
        app,
        connection::{PAGE_MAX, Page, PageArgs, PageInfo},
        viewer,
    },
};

/// Rows of a page when the client names no number.
pub const BOARD_PAGE: i32 = 50;

/// Whose board: exactly one of them.
#[derive(OneofObject, Clone)]
pub enum LeaderboardScope {
    /// All learners; give true.
    Everyone(bool),
    /// XP of one track; its slug.
    TrackSlug(String),
    /// The members of a squad that the viewer is in.
    SquadId(ID),
}

impl LeaderboardScope {
    pub fn name(self) -> Result<ScopeName> {
        match self {
            Self::Everyone(true) => Ok(ScopeName::Everyone),
            Self::Everyone(false) => Err(Error::bad_input("Give `everyone: true`, or another scope.")),
            Self::TrackSlug(slug) => Ok(ScopeName::Track(slug)),
            Self::SquadId(id) => Ok(ScopeName::Squad(SquadId::parse(&id)?)),
        }
    }
}

/// Since when XP counts. Weeks and months begin at midnight UTC, for everybody alike.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "Period", name = "LeaderboardPeriod")]
pub enum LeaderboardPeriod {
    /// Since ever.
    AllTime,
    /// Since the first of this month.
    Month,
    /// Since Monday.
    Week,
}

/// Somebody's place. Audience: everyone who is logged in; of a squad, its members.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
#[graphql(name = "LeaderboardEntry")]
pub struct EntryObject {
    /// From 1: more XP first, then who reached it earlier.
    pub rank: i64,
    /// The name others see.
    pub display_name: String,
    /// XP in the period.
    pub xp: i64,
    /// When this much was reached.
    pub reached_at: DateTime<Utc>,
    /// Whether it is the viewer's own.
    pub is_viewer: bool,
}

impl EntryObject {
    pub fn new(entry: &Entry, viewer: UserId) -> Self {
        let Key { xp, reached_at, user_id } = entry.key;
        Self { rank: entry.rank, display_name: entry.display_name.clone(), xp, reached_at, is_viewer: user_id == viewer }
    }
}

/// A place on a page.
#[derive(SimpleObject)]
pub struct LeaderboardEdge {
    /// The place, for `after`.
    cursor: String,
    /// Who stands there.
    node: EntryObject,
}

/// A page of a leaderboard, and where the viewer stands on it.
pub struct LeaderboardObject {
    view: View,
    edges: Vec<LeaderboardEdge>,
    info: PageInfo,
    viewer: UserId,
}

impl LeaderboardObject {
    pub async fn read(ctx: &Context<'_>, scope: LeaderboardScope, period: LeaderboardPeriod, args: &PageArgs<Place>) -> Result<Self> {
        let (app, user_id) = (app(ctx)?, viewer(ctx)?.user_id);
        let mut conn = app.db.conn().await?;
        let scope = super::check_scope(&mut conn, user_id, scope.name()?).await?;
        let ask = Ask { scope, period: period.into(), past: args.past.map(Into::into), limit: args.limit() };
        Self::of(super::view(&mut conn, app.clock.now(), user_id, ask).await?, user_id, args)
    }

    pub fn of(mut view: View, viewer: UserId, args: &PageArgs<Place>) -> Result<Self> {
        let page = Page::cut(args, std::mem::take(&mut view.entries), |entry| Place::from(entry.key))?;
        let edges =
            page.rows.iter().map(|(cursor, entry)| LeaderboardEdge { cursor: cursor.clone(), node: EntryObject::new(entry, viewer) });
        Ok(Self { edges: edges.collect(), info: page.info, view, viewer })
    }
}

/// A page of a leaderboard, and where the viewer stands on it.
#[Object(name = "Leaderboard")]
impl LeaderboardObject {
    /// Since when XP counts.
    async fn period(&self) -> LeaderboardPeriod {
        self.view.period.into()
    }

    /// When the next period begins; null for all time.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.view.ends_at
    }

    /// Learners who are shown on the board.
    async fn learners(&self) -> i64 {
        self.view.learners
    }

    /// The places of this page, each with its cursor.
    #[graphql(complexity = "child_complexity")]
    async fn edges(&self) -> &[LeaderboardEdge] {
        &self.edges
    }

    /// The places of this page.
    #[graphql(complexity = "child_complexity")]
    async fn nodes(&self) -> Vec<&EntryObject> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Whether there is more, and the cursors to ask for it.
    async fn page_info(&self) -> &PageInfo {
        &self.info
    }

    /// The viewer's own place; null until they have XP in the period. Who is not listed sees here where they would stand. Audience: self.
    async fn own_entry(&self) -> Option<EntryObject> {
        self.view.own.as_ref().map(|entry| EntryObject::new(entry, self.viewer))
    }

    /// Up to five places above the viewer's own, it, and up to five below; empty until they have one. Audience: self.
    #[graphql(complexity = "1 + 11 * child_complexity")]
    async fn neighbours(&self) -> Vec<EntryObject> {
        self.view.neighbours.iter().map(|entry| EntryObject::new(entry, self.viewer)).collect()
    }
}

/// The cost of a page before it is read.
#[must_use]
pub fn board_cost(first: Option<i32>, child_complexity: usize) -> usize {
    1 + usize::try_from(first.unwrap_or(BOARD_PAGE)).unwrap_or(0).min(PAGE_MAX) * child_complexity
}

#[derive(Default)]
pub struct BoardsQuery;

#[Object]
impl BoardsQuery {
    /// Who has gathered most XP: of everyone, on a track, or in a squad. Audience: everyone who is logged in; of a squad, its members.
    #[graphql(complexity = "board_cost(first, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn leaderboard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose board.")] scope: LeaderboardScope,
        #[graphql(desc = "Since when XP counts.")] period: LeaderboardPeriod,
        #[graphql(desc = "How many, 1 to 100; 50 when null.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the place before the first one wanted; null for the beginning.")] after: Option<String>,
    ) -> Result<LeaderboardObject> {
        viewer(ctx)?;
        let args = PageArgs::<Place>::forward(Some(first.unwrap_or(BOARD_PAGE)), after.as_deref())?;
        LeaderboardObject::read(ctx, scope, period, &args).await
    }
}
