//! The load: who comes when with what, and how long it takes.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::{Integer, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;
use rand::{prelude::*, rngs::StdRng};
use weak_to_strong::{
    auth::{Role, Viewer},
    db::ids::{SessionId, SubmissionId, TypedId, UserId},
    submissions::{Class, Program, Runtime, SourceFile},
};

use super::CHALLENGE;
use crate::support::TestApp;

const LEARNERS: usize = 80;
/// One learner in so many pays.
const PAID_ONE_IN: usize = 4;
/// One run in so many is the first of several that the learner sends at once.
const BURST_ONE_IN: u32 = 12;
const BURST: usize = 5;
/// Between two imports.
const IMPORT_EVERY_S: u64 = 15;
/// Arrivals a second: a little below what four slots do, and half as much again for a third of the time, as when a class begins.
const CALM: f64 = 1.45;
const RUSH: f64 = 2.4;

#[derive(Clone, Copy, Debug)]
pub struct Learner {
    pub id: UserId,
    pub paid: bool,
}

impl Learner {
    pub fn plan(&self) -> &'static str {
        if self.paid { "pro" } else { "free" }
    }

    pub fn viewer(&self, plan: &str, roles: &[Role]) -> Viewer {
        Viewer {
            user_id: self.id,
            session_id: SessionId::generate(),
            roles: roles.iter().copied().collect(),
            plan: plan.to_owned(),
            token_expires_at: DateTime::UNIX_EPOCH,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Arrival {
    pub at: DateTime<Utc>,
    /// None: an import.
    pub learner: Option<Learner>,
}

pub struct Load {
    pub admin: Learner,
    pub learners: Vec<Learner>,
    pub arrivals: Vec<Arrival>,
}

impl Load {
    pub fn plan(rng: &mut StdRng, began: DateTime<Utc>, seconds: u64) -> Self {
        let learners: Vec<Learner> =
            (0..LEARNERS).map(|number| Learner { id: UserId::generate(), paid: number % PAID_ONE_IN == 0 }).collect();
        let end_ms = i64::try_from(seconds * 1_000).unwrap();
        let (mut at_ms, mut arrivals) = (0, Vec::new());
        while at_ms < end_ms {
            let rush = at_ms * 3 / end_ms == 1;
            let unit: f64 = rng.random_range(f64::EPSILON..1.0);
            let wait_ms = -unit.ln() * 1_000.0 / if rush { RUSH } else { CALM };
            at_ms += i64::try_from(std::time::Duration::from_secs_f64(wait_ms / 1_000.0).as_millis()).unwrap();
            let learner = *learners.choose(rng).unwrap();
            let count = if rng.random_ratio(1, BURST_ONE_IN) { BURST } else { 1 };
            let arrival = Arrival { at: began + TimeDelta::milliseconds(at_ms), learner: Some(learner) };
            arrivals.extend(std::iter::repeat_n(arrival, count));
        }
        let imports = (0..seconds / IMPORT_EVERY_S).map(|number| number * IMPORT_EVERY_S * 1_000);
        arrivals.extend(imports.map(|ms| Arrival { at: began + TimeDelta::milliseconds(i64::try_from(ms).unwrap()), learner: None }));
        Self { admin: Learner { id: UserId::generate(), paid: false }, learners, arrivals }
    }

    /// The accounts, and attempts of theirs that were judged an hour ago.
    pub async fn enrol(&self, app: &TestApp, attempts: usize) {
        let mut conn = app.conn().await;
        for learner in self.learners.iter().chain([&self.admin]) {
            diesel::sql_query(
                "INSERT INTO users (id, email, password_hash, display_name, time_zone, plan, roles, created_at) \
                 VALUES ($1, $2, 'none', 'A learner', 'UTC', $3, '{LEARNER}', now())",
            )
            .bind::<Uuid, _>(learner.id.uuid())
            .bind::<Text, _>(format!("{}@example.org", learner.id))
            .bind::<Text, _>(learner.plan())
            .execute(&mut conn)
            .await
            .unwrap();
        }
        for (number, learner) in self.learners.iter().cycle().take(attempts).enumerate() {
            diesel::sql_query(
                "INSERT INTO submissions (id, user_id, kind, challenge_id, content_version_id, runtime, client_request_id, request_digest, attempt, \
                     files, seed, status, class, verdict, score, final_seq, uses_attempt, created_at, queued_at, rank_at, finished_at) \
                 SELECT $1, $2, 'SUBMISSION', c.id, c.version_id, 'PYTHON', $3, '\\x00', 1, '[]', 1, 'FINISHED', 0, 'ACCEPTED', 80, 1, true, t, t, t, t \
                 FROM challenges c, (SELECT now() - interval '1 hour' AS t) hour WHERE c.slug = $4",
            )
            .bind::<Uuid, _>(SubmissionId::generate().uuid())
            .bind::<Uuid, _>(learner.id.uuid())
            .bind::<Text, _>(format!("old-{number}"))
            .bind::<Text, _>(CHALLENGE)
            .execute(&mut conn)
            .await
            .unwrap();
        }
    }
}

/// Most runs are short, some are long: 1.9 s in the mean.
pub fn service(rng: &mut StdRng) -> TimeDelta {
    let ms = if rng.random_bool(0.8) { rng.random_range(300..2_000) } else { rng.random_range(2_000..8_000) };
    TimeDelta::milliseconds(ms)
}

pub fn program(number: usize) -> Program {
    Program {
        runtime: Runtime::Python,
        files: vec![SourceFile { path: "main.py".to_owned(), content: "print()".to_owned() }],
        entry: None,
        args: Vec::new(),
        stdin: String::new(),
        stdin_open: false,
        client_request_id: format!("run-{number}"),
    }
}

/// Work in bulk that nobody waits for.
pub async fn import(app: &TestApp, now: DateTime<Utc>, owner: UserId) -> SubmissionId {
    let id = SubmissionId::generate();
    diesel::sql_query(
        "INSERT INTO submissions (id, user_id, kind, runtime, client_request_id, request_digest, files, entry, seed, class, created_at, queued_at, rank_at) \
         VALUES ($1, $2, 'RUN', 'PYTHON', $3, '\\x00', '[]', 'main.py', 1, $4, $5, $5, $5)",
    )
    .bind::<Uuid, _>(id.uuid())
    .bind::<Uuid, _>(owner.uuid())
    .bind::<Text, _>(id.to_string())
    .bind::<Integer, _>(i32::from(Class::Import.rank()))
    .bind::<Timestamptz, _>(now)
    .execute(&mut app.conn().await)
    .await
    .unwrap();
    id
}

/// Runs of rejudges that wait.
pub async fn queued_rejudges(app: &TestApp) -> Vec<(SubmissionId, UserId)> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = Uuid)]
        id: uuid::Uuid,
        #[diesel(sql_type = Uuid)]
        user_id: uuid::Uuid,
    }
    let rows: Vec<Row> = diesel::sql_query("SELECT id, user_id FROM submissions WHERE kind = 'REJUDGE' AND status = 'QUEUED' ORDER BY id")
        .load(&mut app.conn().await)
        .await
        .unwrap();
    rows.into_iter().map(|row| (SubmissionId::from_uuid(row.id), UserId::from_uuid(row.user_id))).collect()
}
