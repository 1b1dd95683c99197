//! One submission from its claim to its record: the run, its events, its lease, its cancel.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    Worker, feed,
    pen::{MEND_EVERY, Pen},
};
use crate::{
    app::App,
    curriculum::{self, ChallengeBody},
    db::ids::TypedId,
    error::{Error, Result},
    metrics::Phase,
    sandbox::{
        self, DeclaredCheck, EVENTS_BUFFERED, Fault, Finished, Limits, RunRequest, Typed, Typing, Work,
        verdict::{Judgement, judge_checks, judge_program},
    },
    submissions::{
        Kind, SubmissionCheck, Verdict, Visibility,
        live::{self, Event, RunLog},
        queue::{self, Claimed, Hold, Recorded, Release},
        types::{sandbox_runtime, sandbox_visibility},
    },
    telemetry::{self, Kind as SpanKind},
};

/// How often the record of a verdict is tried while the database does not answer: as long as the lease may still be ours.
const RECORD_RETRY: Duration = Duration::from_millis(200);

/// How long a statement of the worker may take. A record that was stored all the same is refused the second time, as by then it holds
/// no lease.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Looks at a log that did not answer when its run had ended.
const SETTLE_TRIES: usize = 60;

/// How long a program may run that somebody types into; its CPU time is limited like any other's.
const TYPED_WALL_MS: u64 = 5 * 60 * 1000;

/// The file of a challenge that holds its hidden checks.
const HIDDEN_CHECKS: &str = "test_hidden.py";

/// Never fails: what goes wrong is recorded, given back, or left to the lease.
pub async fn drive(worker: &Worker, claimed: Claimed, give_back: CancellationToken) {
    let started = Instant::now();
    let id = claimed.id;
    if let Err(error) = Box::pin(attempt(worker, &claimed, give_back)).await {
        telemetry::span("fault", SpanKind::Internal).begin().failed("undriven");
        tracing::error!(submission = %id, cause = error.cause(), error = %error.into_anyhow(), "a run could not be driven; its lease will expire");
    }
    tracing::info!(submission = %id, generation = claimed.generation, ms = started.elapsed().as_millis(), "a run has ended");
}

async fn attempt(worker: &Worker, claimed: &Claimed, give_back: CancellationToken) -> Result<()> {
    let app = &worker.app;
    let prepared = prepare(app, claimed).await?;
    let mut pen = Pen::new(app, claimed, &prepared.checks);
    let (cancel, deposed) = (CancellationToken::new(), CancellationToken::new());
    let keeper = keep(app, claimed, cancel.clone(), deposed.clone());
    let running = run(worker, claimed, prepared.request, &mut pen, cancel.clone());
    let feeding = feed::feed(app, claimed, prepared.typed);
    let end = tokio::select! {
        biased;
        () = deposed.cancelled() => return Ok(()),
        () = give_back.cancelled() => {
            queue::release(&app.db, claimed, Release::Shutdown).await?;
            return Ok(());
        }
        () = keeper => return Ok(()),
        end = running => end,
        () = feeding => return Err(Error::broken("what is typed into a run was no longer looked for")),
    };
    match end {
        Ok(finished) if finished.outcome != sandbox::Outcome::Infrastructure && finished.survivors == 0 => {
            finish(app, claimed, pen, Ok(&finished), &prepared.declared).await
        }
        Ok(finished) => {
            let why = finished.detail.clone().unwrap_or_else(|| "the cell was not clean after the run".to_owned());
            faulted(app, claimed, pen, Fault::CellDied(why), &prepared.declared).await
        }
        Err(fault) => faulted(app, claimed, pen, fault, &prepared.declared).await,
    }
}

/// A fault of ours: back into the queue, or the end as INFRASTRUCTURE when it is one too many.
async fn faulted(app: &App, claimed: &Claimed, pen: Pen, fault: Fault, declared: &[DeclaredCheck]) -> Result<()> {
    telemetry::span("fault", SpanKind::Internal).begin().failed(fault.name());
    if fault == Fault::ShuttingDown || fault.is_of_the_host() {
        tracing::warn!(submission = %claimed.id, fault = %fault, "a run is given back");
        queue::release(&app.db, claimed, Release::Shutdown).await?;
        return Ok(());
    }
    tracing::warn!(submission = %claimed.id, fault = %fault, faults = claimed.cell_faults + 1, "a cell failed its run");
    if queue::gives_up(claimed) || !fault.is_transient() {
        tracing::error!(submission = %claimed.id, cause = fault.name(), fault = %fault, "a submission ends as INFRASTRUCTURE");
        return finish(app, claimed, pen, Err(&fault), declared).await;
    }
    queue::release(&app.db, claimed, Release::CellFault).await?;
    app.queue_bell.ring();
    Ok(())
}

struct Prepared {
    request: RunRequest,
    declared: Vec<DeclaredCheck>,
    checks: Vec<SubmissionCheck>,
    /// Where to put what is typed into it.
    typed: Option<watch::Sender<Typed>>,
}

async fn prepare(app: &App, claimed: &Claimed) -> Result<Prepared> {
    let file = |path: &str, content: Vec<u8>| sandbox::SourceFile { path: path.to_owned(), content };
    let files = claimed.files.0.iter().map(|source| file(&source.path, source.content.clone().into_bytes())).collect();
    let mut limits = Limits::of(sandbox_runtime(claimed.runtime));
    let (typed, so_far) = claimed.stdin_open.then(|| watch::channel(Typed::default())).unzip();
    let (work, declared, checks) = match claimed.content_version_id {
        None => {
            let entry = claimed.entry.clone().ok_or_else(|| Error::broken("a playground run has no entry"))?;
            let stdin = claimed.stdin.clone().into_bytes();
            let typing = so_far.map(|so_far| Typing { so_far, idle: app.config.worker.input_idle });
            if typing.is_some() {
                limits.wall_ms = TYPED_WALL_MS;
            }
            (Work::Program { entry, args: claimed.args.0.clone(), stdin, typing }, Vec::new(), Vec::new())
        }
        Some(version_id) => {
            let mut conn = app.db.conn().await?;
            let body = curriculum::challenge_body(&mut conn, version_id).await?;
            drop(conn);
            let pending = live::pending_checks(claimed.id, &body, claimed.kind);
            let declared: Vec<DeclaredCheck> = pending.iter().map(declared_check).collect();
            let checks = check_files(&body, &pending)?;
            if let Some(call_timeout_ms) = body.call_timeout_ms {
                limits.call_timeout_ms = u64::from(call_timeout_ms);
            }
            (Work::Checks { checks, declared: declared.clone() }, declared, pending)
        }
    };
    let request = RunRequest { run_id: claimed.id.uuid(), files, seed: claimed.seed, work, limits };
    Ok(Prepared { request, declared, checks, typed })
}

fn declared_check(check: &SubmissionCheck) -> DeclaredCheck {
    DeclaredCheck {
        id: check.check_id.clone(),
        title: check.title.clone(),
        points: u32::try_from(check.max_points).unwrap_or(0),
        visibility: sandbox_visibility(check.visibility),
    }
}

/// The author's files; without the hidden ones when no hidden check is asked for, since those would be collected and not declared.
fn check_files(body: &ChallengeBody, asked: &[SubmissionCheck]) -> Result<Vec<sandbox::SourceFile>> {
    let hidden_asked = asked.iter().any(|check| check.visibility == Visibility::Hidden);
    let wanted = body.checks.iter().filter(|file| hidden_asked || file.path != HIDDEN_CHECKS);
    let decoded = wanted.map(|file| {
        let content = BASE64_STANDARD.decode(&file.content_b64).map_err(Error::fault)?;
        Ok(sandbox::SourceFile { path: file.path.clone(), content })
    });
    decoded.collect()
}

async fn run(worker: &Worker, claimed: &Claimed, request: RunRequest, pen: &mut Pen, cancel: CancellationToken) -> Result<Finished, Fault> {
    let (sender, mut receiver) = mpsc::channel(EVENTS_BUFFERED);
    pen.stopwatch.asked();
    let running = worker.sandbox.run(sandbox_runtime(claimed.runtime), request, sender, cancel);
    let writing = pen.write_all(&mut receiver);
    let (end, ()) = tokio::join!(running, writing);
    pen.stopwatch.ended();
    end
}

/// A database that takes the question and never answers counts as one that is away.
async fn in_time<T>(asked: impl Future<Output = Result<T>>) -> Result<T> {
    let away = |_| Err(Error::unavailable("The database gave no answer in time."));
    tokio::time::timeout(ANSWER_TIMEOUT, asked).await.unwrap_or_else(away)
}

/// Holds the lease, and asks for the end when the learner does. Returns never, but for the deposed.
async fn keep(app: &App, claimed: &Claimed, cancel: CancellationToken, deposed: CancellationToken) {
    let mut bell = app.events.watch(&live::control_name(claimed.id));
    if claimed.cancel_requested_at.is_some() {
        cancel.cancel();
    }
    let worker = &app.config.worker;
    let mut held_until = Instant::now() + worker.lease;
    loop {
        // A cancel that was asked for between claim and watch is found by the first look.
        let asked = queue::heartbeat(&app.db, app.clock.now(), claimed.id, claimed.generation, worker.lease);
        match in_time(asked).await {
            Ok(Hold::Held) => held_until = Instant::now() + worker.lease,
            Ok(Hold::CancelAsked) => {
                held_until = Instant::now() + worker.lease;
                cancel.cancel();
            }
            Ok(Hold::Deposed) => break,
            Err(error) => {
                tracing::warn!(submission = %claimed.id, error = %error.into_anyhow(), "a lease could not be extended");
                if Instant::now() >= held_until {
                    break;
                }
            }
        }
        let _rung_or_due = tokio::time::timeout(worker.heartbeat, bell.changed()).await;
    }
    tracing::warn!(submission = %claimed.id, generation = claimed.generation, "a run was deposed and is stopped");
    cancel.cancel();
    deposed.cancel();
}

/// Tries as long as the lease may still be ours.
async fn record(app: &App, claimed: &Claimed, outcome: &queue::Outcome) -> Result<Recorded> {
    let deadline = Instant::now() + app.config.worker.lease;
    loop {
        match in_time(queue::record(&app.db, app.clock.now(), claimed, outcome)).await {
            Err(error) if Instant::now() < deadline => {
                tracing::warn!(submission = %claimed.id, error = %error.into_anyhow(), "a verdict could not be stored yet");
                tokio::time::sleep(RECORD_RETRY).await;
            }
            ended => return ended,
        }
    }
}

async fn finish(app: &App, claimed: &Claimed, pen: Pen, end: Result<&Finished, &Fault>, declared: &[DeclaredCheck]) -> Result<()> {
    let Judgement { verdict, .. } = match claimed.kind {
        Kind::Run => judge_program(end),
        _ => judge_checks(end, declared, &pen.results),
    };
    if let Some(diagnosis) = end.ok().and_then(|end| end.diagnosis.as_deref()) {
        tracing::error!(submission = %claimed.id, verdict = ?verdict, diagnosis, "something is wrong that is not the learner's fault");
    }
    pen.stopwatch.judged(app);
    let (outcome, mut log) = pen.close(end.ok(), verdict.into());
    let verdict = outcome.verdict;
    if verdict == Verdict::ContentError {
        tracing::error!(submission = %claimed.id, detail = outcome.detail, "a challenge's checks are broken");
    }
    let began = Instant::now();
    let mut span = telemetry::span(Phase::Record.as_str(), SpanKind::Internal).begin();
    span.word("wts.submission.verdict", verdict.as_str());
    let recorded = span.around(record(app, claimed, &outcome)).await?;
    drop(span);
    if recorded == Recorded::Deposed {
        tracing::warn!(submission = %claimed.id, "a verdict came too late and was refused");
        return Ok(());
    }
    app.metrics.phase(Phase::Record, began.elapsed());
    app.metrics.submission(claimed.kind.as_str(), verdict.as_str());
    app.outbox_bell.ring();
    // A rejudge changes its original too, and the learner hears of that on their own topic.
    log.append(app.clock.now(), Event::Finished { verdict }).await?;
    if !log.is_whole() {
        app.late.spawn(settle(log));
    }
    Ok(())
}

/// Brings a log to its end that does not answer just now. Who follows it knows the end from the database by then.
async fn settle(mut log: RunLog) {
    for _ in 0..SETTLE_TRIES {
        tokio::time::sleep(MEND_EVERY).await;
        match log.mend().await {
            Ok(()) if log.is_whole() => return,
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(error = %error.into_anyhow(), "an event log could not be completed");
                return;
            }
        }
    }
}
