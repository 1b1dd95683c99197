//! The schema: assembly of the domains' roots, node ids, connections, scalars, refusals and loaders. No domain logic.
//! Every transport passes a client's text through [`admit`](admit::admit) (scan, parse, guard, merge) and runs it by `execute`.

mod absent;
mod admit;
mod batches;
mod coerce;
mod conditions;
pub mod connection;
pub mod delivery;
mod documents;
pub mod events;
mod execute;
mod feeds;
mod guard;
mod introspection;
#[cfg(test)]
mod laws;
mod literals;
pub mod loaders;
mod merge;
pub mod node;
mod overlap;
mod positions;
mod price;
mod refusal;
pub mod scalars;
mod scan;
mod subscribe;
pub mod user_error;
pub mod viewer;

pub use admit::{Admitted, Params, admit};
pub use documents::{Brings, DocumentId, Documents};
pub use execute::{Answer, Caller, Engine, Outcome, Platform, RequestId, execute};
pub use feeds::{Feeds, Frame};
pub use refusal::Refusal;
pub use subscribe::{Told, subscribe};

use async_graphql::{Context, MergedObject, MergedSubscription, SDLExportOptions, Schema as AsyncSchema, SchemaBuilder, ValidationMode};
use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    accounts::graphql::{AccountsMutation, AccountsQuery},
    app::App,
    auth::{Admin, Viewer, policy},
    boards::{graphql::BoardsQuery, graphql_events::BoardsSubscription, graphql_squads::SquadsMutation},
    certificates::graphql::{CertificatesMutation, CertificatesQuery},
    classroom::{graphql::ClassroomQuery, graphql_mutations::ClassroomMutation},
    curriculum::graphql::CurriculumQuery,
    error::{Error, Result},
    privacy::graphql::PrivacyMutation,
    progress::{graphql_events::ProgressSubscription, graphql_learning_mutations::LearningMutation, graphql_mutations::ProgressMutation},
    submissions::{
        graphql::SubmissionsQuery,
        graphql_events::SubmissionsSubscription,
        graphql_mutations::SubmissionsMutation,
        rejudges::graphql::{RejudgesMutation, RejudgesQuery},
    },
};

/// What one operation may cost, counted before it runs: each field 1, each list as many as it usually has, `first` where it is given.
pub const COST_MAX: usize = 20_000;

// The library describes its scalars for people who write Rust.
const DATE_TIME: &str = "A moment in UTC as RFC 3339 writes it, such as `2026-11-29T08:30:00.125+00:00`.";
const NAIVE_DATE: &str = "A date without a time and a zone as ISO 8601 writes it, such as `2026-11-29`.";

pub type Schema = AsyncSchema<Query, Mutation, Subscription>;

/// What can be read. Fields that belong to somebody say whose they are.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    AccountsQuery,
    CurriculumQuery,
    SubmissionsQuery,
    RejudgesQuery,
    BoardsQuery,
    CertificatesQuery,
    ClassroomQuery,
);

/// What can be changed. Each answers a union: its success, or one of the refusals to expect.
#[derive(MergedObject, Default)]
pub struct Mutation(
    AccountsMutation,
    SubmissionsMutation,
    RejudgesMutation,
    ProgressMutation,
    LearningMutation,
    SquadsMutation,
    CertificatesMutation,
    ClassroomMutation,
    PrivacyMutation,
);

/// What can be followed while it happens. Every event carries the cursor to go on from.
#[derive(MergedSubscription, Default)]
pub struct Subscription(SubmissionsSubscription, ProgressSubscription, BoardsSubscription);

/// The schema without data is what `schema` exports.
#[must_use]
pub fn schema(app: Option<App>) -> Schema {
    build(app).finish()
}

/// The schema as text, as it is exported and served: with the specifications that scalars follow.
#[must_use]
pub fn sdl(schema: &Schema) -> String {
    schema.sdl_with_options(SDLExportOptions::new().include_specified_by())
}

/// What the server runs.
#[must_use]
pub fn platform(app: &App) -> Platform {
    let build = || build(Some(app.clone()));
    let validates = build().extension(price::Pricing).finish();
    // What these are given has passed every rule of the first.
    let prices = build().extension(price::Pricing).validation_mode(ValidationMode::Fast).finish();
    let runs = build().validation_mode(ValidationMode::Fast).finish();
    Platform { validates, prices, runs }
}

fn build(app: Option<App>) -> SchemaBuilder<Query, Mutation, Subscription> {
    // No field gives the interface itself; without this the refusals would not be said to implement it.
    let mut builder = AsyncSchema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<user_error::UserError>()
        .register_output_type::<events::Event>()
        .override_output_type_description::<DateTime<Utc>>(DATE_TIME)
        .override_output_type_description::<NaiveDate>(NAIVE_DATE)
        .limit_complexity(COST_MAX);
    let development = app.as_ref().is_none_or(|app| app.config.development);
    if !development {
        builder = builder.disable_suggestions();
    }
    match app {
        Some(app) => builder.data(app),
        None => builder,
    }
}

/// The app behind this request.
pub fn app<'a>(ctx: &Context<'a>) -> Result<&'a App> {
    ctx.data::<App>().map_err(|_| Error::broken("the schema was built without an app"))
}

/// Who asks, when somebody is logged in. The HTTP and websocket layers put an `Option<Viewer>` into each request.
#[must_use]
pub fn viewer_or_none<'a>(ctx: &Context<'a>) -> Option<&'a Viewer> {
    ctx.data_opt::<Option<Viewer>>().and_then(Option::as_ref)
}

/// UNAUTHENTICATED for anonymous requests.
pub fn viewer<'a>(ctx: &Context<'a>) -> Result<&'a Viewer> {
    policy::logged_in(viewer_or_none(ctx))
}

/// FORBIDDEN for everyone but admins.
pub fn admin(ctx: &Context<'_>) -> Result<Admin> {
    policy::admin(viewer_or_none(ctx))
}
