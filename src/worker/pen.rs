//! What the worker writes down of a run: its events for those who follow it, and what the record will hold.
//!
//! A line is told at once. Of a program that prints more than anybody reads, what comes after the first thousand pieces is put together,
//! so that a run has few enough events for its log to hold them all: a thousand more, and then five a second of each stream.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    time::{Instant, interval, sleep_until},
};

use crate::{
    app::App,
    metrics::Phase,
    sandbox::{self, CellEvent, CheckResult, Finished},
    submissions::{
        CheckStatus, SubmissionCheck, Verdict, Visibility,
        live::{self, Event, RunLog},
        queue::{Claimed, Outcome},
    },
    telemetry::{self, Kind as SpanKind},
};

/// How often a log is looked after, in case it was lost.
pub(super) const MEND_EVERY: Duration = Duration::from_secs(1);
/// Pieces of output that are told as they come, and those that are told after that with the first pause between them.
const PRINTS_AT_ONCE: usize = 1000;
const PRINTS_OFTEN: usize = 2000;
const PRINT_OFTEN_EVERY: Duration = Duration::from_millis(50);
const PRINT_SELDOM_EVERY: Duration = Duration::from_millis(200);
/// Bytes of output that are told without waiting for more.
const PRINTED_BYTES_MAX: usize = 64 * 1024;

/// When a run got where.
#[derive(Default)]
pub(super) struct Stopwatch {
    asked: Option<Instant>,
    started: Option<Instant>,
    /// The last result of a check came; for a program: it ended.
    told: Option<Instant>,
}

impl Stopwatch {
    pub(super) fn asked(&mut self) {
        self.asked = Some(Instant::now());
    }

    fn started(&mut self) {
        self.started = Some(Instant::now());
    }

    fn told(&mut self) {
        self.told = Some(Instant::now());
    }

    pub(super) fn ended(&mut self) {
        self.told.get_or_insert_with(Instant::now);
    }

    pub(super) fn judged(&self, app: &App) {
        let span = |phase: Phase, from: Option<Instant>, to: Option<Instant>| {
            if let (Some(from), Some(to)) = (from, to) {
                app.metrics.phase(phase, to.saturating_duration_since(from));
                telemetry::span(phase.as_str(), SpanKind::Internal).ago(from.elapsed()).begin().end_ago(to.elapsed());
            }
        };
        span(Phase::Cell, self.asked, self.started);
        span(Phase::Run, self.started, self.told);
        span(Phase::Judge, self.told, Some(Instant::now()));
    }
}

/// Writes the run's events and keeps what the record needs.
pub(super) struct Pen {
    log: RunLog,
    clock: crate::clock::Clock,
    checks: Vec<SubmissionCheck>,
    pub(super) results: Vec<CheckResult>,
    pub(super) stopwatch: Stopwatch,
    stdout: String,
    stderr: String,
    truncated: bool,
    /// What was printed and is not told yet: of each stream at most one piece.
    printed: Vec<Printed>,
    told_at: Option<Instant>,
    /// Pieces that were told.
    prints: usize,
}

struct Printed {
    stream: live::Stream,
    text: String,
    offset: u64,
    truncated: bool,
}

impl Pen {
    pub(super) fn new(app: &App, claimed: &Claimed, checks: &[SubmissionCheck]) -> Self {
        Self {
            log: RunLog::new(Arc::clone(&app.events), claimed.id, claimed.generation),
            clock: app.clock.clone(),
            checks: checks.to_vec(),
            results: Vec::new(),
            stopwatch: Stopwatch::default(),
            stdout: String::new(),
            stderr: String::new(),
            truncated: false,
            printed: Vec::new(),
            told_at: None,
            prints: 0,
        }
    }

    /// Until the sandbox has nothing more to say.
    pub(super) async fn write_all(&mut self, receiver: &mut mpsc::Receiver<CellEvent>) {
        let mut mends = interval(MEND_EVERY);
        loop {
            let due = self.due();
            tokio::select! {
                biased;
                event = receiver.recv() => match event {
                    Some(event) => self.write(event).await,
                    None => break,
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.print().await,
                _ = mends.tick() => {
                    if let Err(error) = self.log.mend().await {
                        tracing::warn!(error = %error.into_anyhow(), "an event log could not be looked after");
                    }
                }
            }
        }
        self.print().await;
    }

    async fn write(&mut self, event: CellEvent) {
        let event = match event {
            CellEvent::Started => {
                self.stopwatch.started();
                Some(Event::Started)
            }
            CellEvent::Output { stream, text, offset, truncated } => {
                self.output(stream, text, offset, truncated);
                if self.due().is_none_or(|due| due <= Instant::now())
                    || self.printed.iter().any(|printed| printed.text.len() >= PRINTED_BYTES_MAX)
                {
                    self.print().await;
                }
                None
            }
            CellEvent::CheckStarted { id } => {
                let check = self.checks.iter_mut().find(|check| check.check_id == id);
                check.map(|check| {
                    check.status = CheckStatus::Running;
                    Event::CheckStarted { check: check.clone() }
                })
            }
            CellEvent::CheckFinished(result) => {
                self.stopwatch.told();
                self.check(result)
            }
        };
        let Some(event) = event else { return };
        self.print().await;
        self.append(event).await;
    }

    async fn append(&mut self, event: Event) {
        if let Err(error) = self.log.append(self.clock.now(), event).await {
            tracing::warn!(error = %error.into_anyhow(), "an event could not be appended; subscribers will see a gap");
        }
    }

    /// When what was printed is to be told; None when nothing waits.
    fn due(&self) -> Option<Instant> {
        let pause = match self.prints {
            ..PRINTS_AT_ONCE => Duration::ZERO,
            PRINTS_AT_ONCE..PRINTS_OFTEN => PRINT_OFTEN_EVERY,
            _ => PRINT_SELDOM_EVERY,
        };
        let told_at = self.told_at.map_or_else(Instant::now, |at| at + pause);
        (!self.printed.is_empty()).then_some(told_at)
    }

    /// Tells what was printed.
    async fn print(&mut self) {
        for Printed { stream, text, offset, truncated } in std::mem::take(&mut self.printed) {
            self.prints += 1;
            self.append(Event::Output { stream, text, offset, truncated }).await;
            self.told_at = Some(Instant::now());
        }
    }

    fn output(&mut self, stream: sandbox::Stream, text: String, offset: u64, truncated: bool) {
        // Postgres text cannot hold NUL; the replacement character stands for it, here and in the record alike.
        let text = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
        self.truncated |= truncated;
        let stream = match stream {
            sandbox::Stream::Stdout => {
                self.stdout.push_str(&text);
                live::Stream::Stdout
            }
            sandbox::Stream::Stderr => {
                self.stderr.push_str(&text);
                live::Stream::Stderr
            }
        };
        match self.printed.iter_mut().find(|printed| printed.stream == stream) {
            Some(printed) => {
                printed.text.push_str(&text);
                printed.truncated |= truncated;
            }
            None => self.printed.push(Printed { stream, text, offset, truncated }),
        }
    }

    fn check(&mut self, result: CheckResult) -> Option<Event> {
        let check = self.checks.iter_mut().find(|check| check.check_id == result.id)?;
        check.status = result.status.into();
        check.points = if check.status == CheckStatus::Passed { check.max_points } else { 0 };
        if check.visibility != Visibility::Hidden {
            let figure = |value: Option<u64>| value.and_then(|value| i64::try_from(value).ok());
            let text = |value: &Option<String>| value.as_ref().map(|value| value.replace('\0', "\u{fffd}"));
            check.message = text(&result.message);
            check.expected = text(&result.expected);
            check.actual = text(&result.actual);
            check.cpu_ms = figure(result.cpu_ms);
            check.wall_ms = figure(result.wall_ms);
            check.peak_memory_kib = figure(result.peak_memory_kib);
        }
        let event = Event::CheckFinished { check: check.clone() };
        self.results.push(result);
        Some(event)
    }

    pub(super) fn close(mut self, end: Option<&Finished>, verdict: Verdict) -> (Outcome, RunLog) {
        for check in &mut self.checks {
            if matches!(check.status, CheckStatus::Pending | CheckStatus::Running) {
                check.status = CheckStatus::NotRun;
            }
        }
        let figure = |value: Option<u64>| value.and_then(|value| i64::try_from(value).ok()).unwrap_or(0);
        // Time that hidden checks took would tell of their arguments, as their own figures would.
        let visible = |of: fn(&SubmissionCheck) -> Option<i64>| {
            let hidden = self.checks.iter().any(|check| check.visibility == Visibility::Hidden);
            hidden.then(|| self.checks.iter().filter_map(of).sum::<i64>())
        };
        let (cpu_ms, wall_ms) = (visible(|check| check.cpu_ms), visible(|check| check.wall_ms));
        let outcome = Outcome {
            verdict,
            checks: self.checks,
            stdout: self.stdout,
            stderr: self.stderr,
            output_truncated: self.truncated,
            exit_code: end.and_then(|end| end.exit_code),
            detail: end.and_then(|end| end.detail.clone()).map(|detail| detail.replace('\0', "\u{fffd}")),
            final_seq: i64::try_from(self.log.next_seq()).unwrap_or(i64::MAX),
            cpu_ms: cpu_ms.unwrap_or_else(|| figure(end.map(|end| end.cpu_ms))),
            wall_ms: wall_ms.unwrap_or_else(|| figure(end.map(|end| end.wall_ms))),
            peak_memory_kib: figure(end.map(|end| end.peak_memory_kib)),
        };
        (outcome, self.log)
    }
}
