//! Squads in the schema.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};

use super::squads::{self, Refusal, SquadView};
use crate::{
    db::ids::{SquadId, TypedId, UserId},
    error::Result,
    graphql::{
        app,
        user_error::{InvalidInput, SquadFull, TooManySquads},
        viewer,
    },
};

/// A member of a squad. Audience: its members.
#[derive(SimpleObject)]
pub struct SquadMember {
    /// The name others see.
    display_name: String,
    /// When they joined.
    joined_at: DateTime<Utc>,
    /// XP since Monday, or since they joined if that is later.
    xp_this_week: i64,
    /// Whether it is the viewer.
    is_viewer: bool,
}

/// A few learners with a goal in common. Audience: its members.
#[derive(SimpleObject)]
pub struct Squad {
    /// Names the squad, for `leaveSquad` and its leaderboard.
    id: ID,
    /// Its name for people.
    name: String,
    /// Whoever has the code can join.
    code: String,
    /// XP that all members together want to gather in a week from Monday, UTC.
    weekly_xp_goal: i64,
    /// XP that they have gathered this week, each since they joined.
    xp_this_week: i64,
    /// Whether the goal is reached.
    goal_reached: bool,
    /// Who is in it, at most 30, in the order in which they joined.
    #[graphql(complexity = "1 + 30 * child_complexity")]
    members: Vec<SquadMember>,
}

impl Squad {
    fn new(view: SquadView, viewer: UserId) -> Self {
        let SquadView { squad, members } = view;
        let weekly_xp_goal = i64::from(squad.weekly_xp_goal);
        let xp_this_week = members.iter().map(|member| member.xp_this_week).sum();
        let member = |member: squads::Member| SquadMember {
            display_name: member.display_name,
            joined_at: member.joined_at,
            xp_this_week: member.xp_this_week,
            is_viewer: member.user_id == viewer,
        };
        Self {
            id: squad.id.into(),
            name: squad.name,
            code: squad.code,
            weekly_xp_goal,
            xp_this_week,
            goal_reached: xp_this_week >= weekly_xp_goal,
            members: members.into_iter().map(member).collect(),
        }
    }
}

/// The squads' part of the viewer.
pub struct ViewerSquads(pub UserId);

#[Object]
impl ViewerSquads {
    /// The squads that the viewer is in, at most five. Audience: self.
    #[graphql(complexity = "1 + 2 * child_complexity")]
    async fn squads(&self, ctx: &Context<'_>) -> Result<Vec<Squad>> {
        let app = app(ctx)?;
        let views = squads::of(&mut *app.db.conn().await?, app.clock.now(), self.0).await?;
        Ok(views.into_iter().map(|view| Squad::new(view, self.0)).collect())
    }
}

/// What `createSquad` takes.
#[derive(InputObject)]
pub struct CreateSquadInput {
    /// 1 to 40 visible characters.
    name: String,
    /// XP that all members together want to gather in a week, 1 to 1 000 000.
    weekly_xp_goal: i32,
}

/// What `joinSquad` takes.
#[derive(InputObject)]
pub struct JoinSquadInput {
    /// The squad's code, from one of its members.
    code: String,
}

/// What `leaveSquad` takes.
#[derive(InputObject)]
pub struct LeaveSquadInput {
    /// The squad.
    squad_id: ID,
}

/// The squad is made, with the viewer in it.
#[derive(SimpleObject)]
pub struct CreateSquadSuccess {
    /// The squad.
    squad: Squad,
}

/// The viewer is in the squad.
#[derive(SimpleObject)]
pub struct JoinSquadSuccess {
    /// The squad.
    squad: Squad,
}

/// The viewer has left; with its last member a squad is gone.
#[derive(SimpleObject)]
pub struct LeaveSquadSuccess {
    /// The squad that was left.
    squad_id: ID,
}

/// The outcome of `createSquad`.
#[derive(Union)]
pub enum CreateSquadPayload {
    Success(CreateSquadSuccess),
    InvalidInput(InvalidInput),
    TooManySquads(TooManySquads),
}

/// The outcome of `joinSquad`.
#[derive(Union)]
pub enum JoinSquadPayload {
    Success(JoinSquadSuccess),
    SquadFull(SquadFull),
    TooManySquads(TooManySquads),
    InvalidInput(InvalidInput),
}

/// The outcome of `leaveSquad`.
#[derive(Union)]
pub enum LeaveSquadPayload {
    Success(LeaveSquadSuccess),
}

fn too_many() -> TooManySquads {
    TooManySquads::new(format!("You are in {} squads, which is as many as there may be; leave one first.", squads::SQUADS_A_LEARNER_MAX))
}

fn full() -> SquadFull {
    SquadFull::new(format!("The squad has {} members, which is as many as there may be.", squads::MEMBERS_MAX))
}

#[derive(Default)]
pub struct SquadsMutation;

#[Object]
impl SquadsMutation {
    /// Makes a squad and puts the viewer into it.
    async fn create_squad(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new squad.")] input: CreateSquadInput,
    ) -> Result<CreateSquadPayload> {
        let (app, user_id) = (app(ctx)?, viewer(ctx)?.user_id);
        Ok(match squads::create(&app.db, app.clock.now(), user_id, &input.name, input.weekly_xp_goal).await? {
            Ok(view) => CreateSquadPayload::Success(CreateSquadSuccess { squad: Squad::new(view, user_id) }),
            Err(Refusal::Malformed(malformed)) => CreateSquadPayload::InvalidInput(malformed.into()),
            Err(Refusal::TooManySquads | Refusal::Full) => CreateSquadPayload::TooManySquads(too_many()),
        })
    }

    /// Puts the viewer into the squad with this code. Doing so again changes nothing.
    async fn join_squad(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which squad to join.")] input: JoinSquadInput,
    ) -> Result<JoinSquadPayload> {
        let (app, user_id) = (app(ctx)?, viewer(ctx)?.user_id);
        Ok(match squads::join(&app.db, app.clock.now(), user_id, &input.code).await? {
            Ok(view) => JoinSquadPayload::Success(JoinSquadSuccess { squad: Squad::new(view, user_id) }),
            Err(Refusal::Full) => JoinSquadPayload::SquadFull(full()),
            Err(Refusal::TooManySquads) => JoinSquadPayload::TooManySquads(too_many()),
            Err(Refusal::Malformed(malformed)) => JoinSquadPayload::InvalidInput(malformed.into()),
        })
    }

    /// Takes the viewer out of a squad.
    async fn leave_squad(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which squad to leave.")] input: LeaveSquadInput,
    ) -> Result<LeaveSquadPayload> {
        let (app, user_id) = (app(ctx)?, viewer(ctx)?.user_id);
        squads::leave(&app.db, user_id, SquadId::parse(&input.squad_id)?).await?;
        Ok(LeaveSquadPayload::Success(LeaveSquadSuccess { squad_id: input.squad_id }))
    }
}
