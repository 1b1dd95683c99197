//! The main job through the public door: submitting, watching, cancelling, judging again.

mod cancel;
mod cancels;
mod cells;
mod drafts;
mod events;
mod faults;
mod inputs;
mod limits;
mod metrics;
mod rejudge;
mod rejudges;
mod submit;
mod turns;

use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};
use weak_to_strong::{
    curriculum,
    error::{Error, Result},
    submissions::{
        CheckStatus, Runtime, Verdict, live,
        queue::{self, Claimed, Outcome, Want},
    },
};

use crate::support::{TestApp, client::Client};

const RUN_CHECKS: &str = include_str!("../../../graphql/submissions/RunChecks.graphql");
const RUN_CODE: &str = include_str!("../../../graphql/submissions/RunCode.graphql");
const MY_SUBMISSIONS: &str = include_str!("../../../graphql/submissions/MySubmissions.graphql");
const CANCEL_SUBMISSION: &str = include_str!("../../../graphql/submissions/CancelSubmission.graphql");
pub const REJUDGE_SUBMISSION: &str = include_str!("../../../graphql/submissions/RejudgeSubmission.graphql");

async fn cancel(client: &Client, id: &str) -> Value {
    client.query(CANCEL_SUBMISSION, json!({"input": {"submissionId": id}})).await["cancelSubmission"].clone()
}

/// The payload of `runChecks` for the first challenge.
async fn run_checks(client: &Client, content: &str) -> Value {
    use crate::support::learning::{CHALLENGE, FILE, new_request_id};
    let files = json!([{"path": FILE, "content": content}]);
    let input = json!({"challengeSlug": CHALLENGE, "files": files, "clientRequestId": new_request_id()});
    client.query(RUN_CHECKS, json!({"input": input})).await["runChecks"].clone()
}

/// Puts the database into a state that no operation arranges.
async fn arrange(app: &TestApp, sql: &str) {
    app.conn().await.batch_execute(sql).await.unwrap();
}

fn done<T>(result: Result<T>) -> T {
    result.map_err(Error::into_anyhow).unwrap()
}

/// Takes the next submission as a worker does which may then be lost.
async fn claim(app: &TestApp, worker_id: &str) -> Option<Claimed> {
    let want = Want { worker_id, runtimes: &[Runtime::Python], lease: app.app.config.worker.lease, live_only: false, untyped_only: false };
    done(queue::claim(&app.app.db, app.clock.now(), &want).await)
}

/// What a worker would record of a submission in its hands: every check passed, or none.
async fn outcome(app: &TestApp, claimed: &Claimed, verdict: Verdict) -> Outcome {
    let body = done(curriculum::challenge_body(&mut *app.conn().await, claimed.content_version_id.unwrap()).await);
    let mut checks = live::pending_checks(claimed.id, &body, claimed.kind);
    for check in &mut checks {
        let passed = verdict == Verdict::Accepted;
        (check.status, check.points) = if passed { (CheckStatus::Passed, check.max_points) } else { (CheckStatus::Failed, 0) };
    }
    Outcome {
        verdict,
        checks,
        stdout: String::new(),
        stderr: String::new(),
        output_truncated: false,
        exit_code: None,
        detail: None,
        final_seq: 2,
        cpu_ms: 1,
        wall_ms: 1,
        peak_memory_kib: 1,
    }
}
