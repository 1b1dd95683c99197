//! One cell's life: made, warm, one run or, where its mode allows, one after the other, gone.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use bollard::container::LogOutput;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    sync::{Notify, mpsc},
    time::Instant,
};
use tokio_util::{codec::Decoder, sync::CancellationToken, task::TaskTracker};

use super::{
    CellEvent, DeclaredCheck, Fault, Finished, Outcome, RunRequest, Runtime, Work,
    docker::{Attached, Created, Engine},
    protocol::{self, AgentCodec, AgentFrame, FrameError},
    typing::{Due, Typist},
    uids::{UidPair, Uids},
};

/// Frames read ahead of the listener; beyond it the agent's pipe fills and the agent slows its subjects down.
const FRAMES_AHEAD: usize = 32;
/// Tries to find uids that no other process of this host has given to a cell.
const UID_TRIES: usize = 64;
/// What the agent may send beyond the limit of output while it notices.
const OUTPUT_SLACK_BYTES: u64 = 256 * 1024;

/// How long the host waits before it acts itself.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// One call to the engine.
    pub engine_call: Duration,
    /// From the start of a container to its `ready` frame.
    pub ready: Duration,
    /// From the `cancel` frame to the agent's own end of the run.
    pub cancel: Duration,
    /// From the wall limit of a run to its `finished` frame.
    pub overdue: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            engine_call: Duration::from_secs(20),
            ready: Duration::from_secs(30),
            cancel: Duration::from_millis(25),
            overdue: Duration::from_secs(5),
        }
    }
}

/// A container whose agent is ready. Its owner must end it by `Cell::destroy`.
pub(super) struct Cell {
    pub(super) id: String,
    pub(super) made_at: Instant,
    /// The build of the image that it is made of.
    pub(super) image: Option<String>,
    /// Runs that it has taken.
    pub(super) runs: u32,
    engine: Engine,
    patience: Patience,
    input: Pin<Box<dyn AsyncWrite + Send>>,
    frames: mpsc::Receiver<Result<AgentFrame, FrameError>>,
    uids: UidPair,
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell").field("id", &self.id).field("subject_uid", &self.uids.subject()).finish_non_exhaustive()
    }
}

/// What a cell is made with.
pub(super) struct Maker {
    pub(super) engine: Engine,
    pub(super) uids: Uids,
    pub(super) patience: Patience,
    /// The tasks that read the cells' output; each ends with its cell.
    pub(super) readers: TaskTracker,
}

impl Maker {
    /// Makes a cell and waits until it is warm. `died` is rung when its agent's stream ends. Nothing is left behind on a fault.
    pub(super) async fn make(&self, runtime: Runtime, self_check: bool, died: Arc<Notify>) -> Result<Cell, Fault> {
        let image = self.engine.image_id(runtime).await?;
        let (id, uids) = self.container(runtime, self_check).await?;
        let made = async {
            let attached = self.engine.attach(&id).await?;
            self.engine.start(&id).await?;
            Ok(attached)
        };
        let Attached { output, input } = match made.await {
            Ok(attached) => attached,
            Err(fault) => {
                discard(&self.engine, &id, uids).await;
                return Err(fault);
            }
        };
        let (sender, frames) = mpsc::channel(FRAMES_AHEAD);
        self.readers.spawn(read_frames(id.clone(), output, sender, died));
        let engine = self.engine.clone();
        let (made_at, patience) = (Instant::now(), self.patience);
        let mut cell = Cell { id, made_at, image, runs: 0, engine, patience, input, frames, uids };
        match cell.become_ready(self_check).await {
            Ok(()) => Ok(cell),
            Err(fault) => {
                cell.destroy().await;
                Err(fault)
            }
        }
    }

    async fn container(&self, runtime: Runtime, self_check: bool) -> Result<(String, UidPair), Fault> {
        // Pairs in use elsewhere are held until the end, so that each try is another pair.
        let mut elsewhere = Vec::new();
        for _ in 0..UID_TRIES {
            let uids = self.uids.take()?;
            match self.engine.create(runtime, &uids, self_check).await? {
                Created::Container(id) => return Ok((id, uids)),
                Created::UidsInUse => elsewhere.push(uids),
            }
        }
        Err(Fault::NoUid)
    }
}

impl Cell {
    /// False once its agent has gone.
    pub(super) fn is_alive(&self) -> bool {
        !self.frames.is_closed()
    }

    async fn become_ready(&mut self, self_check: bool) -> Result<(), Fault> {
        let frame =
            tokio::time::timeout(self.patience.ready, self.frames.recv()).await.map_err(|_| Fault::NotReady(self.patience.ready))?;
        let AgentFrame::Ready(ready) = understood(frame)? else {
            return Err(Fault::Protocol("the first frame is not `ready`".to_owned()));
        };
        if ready.protocol != protocol::PROTOCOL {
            return Err(Fault::Protocol(format!("the agent speaks version {}, not {}", ready.protocol, protocol::PROTOCOL)));
        }
        let mut failures = ready.failures();
        if self_check && ready.self_check.is_empty() {
            failures.push("the agent tried nothing".to_owned());
        }
        if failures.is_empty() { Ok(()) } else { Err(Fault::SelfCheck(failures)) }
    }

    /// Waits until a cell that has run is ready for its next run; only for runs that left it usable.
    pub(super) async fn renew(&mut self) -> Result<(), Fault> {
        self.become_ready(false).await
    }

    /// One run, from its first byte to its end. `frame` is the request's, encoded. Of no use afterwards unless it is renewed.
    pub(super) async fn run(&mut self, request: &RunRequest, frame: Bytes, listener: Listener<'_>) -> Result<Finished, Fault> {
        let began = Instant::now();
        self.runs += 1;
        let overdue_at = began + Duration::from_millis(request.limits.wall_ms) + self.patience.overdue;
        self.write(&frame).await?;
        let mut check = Conformity::new(request);
        let mut typist = Typist::new(&request.work);
        let mut pending = None;
        loop {
            tokio::select! {
                biased;
                () = listener.closing.cancelled() => return Err(Fault::ShuttingDown),
                () = listener.cancel.cancelled() => return self.cancel(began).await,
                // Nobody listens any more: the same as a cancel, and its end goes nowhere either.
                () = listener.events.closed() => return self.cancel(began).await,
                () = tokio::time::sleep_until(overdue_at) => return Err(Fault::Overdue(Duration::from_millis(request.limits.wall_ms))),
                due = typist.due() => match due? {
                    Due::Write(frames) => self.write(&frames).await?,
                    Due::Idle(waited) => return self.idle(began, waited).await,
                },
                permit = listener.events.reserve(), if pending.is_some() => {
                    if let (Ok(permit), Some(event)) = (permit, pending.take()) {
                        permit.send(event);
                    }
                }
                frame = self.frames.recv(), if pending.is_none() => match check.event_of(understood(frame)?)? {
                    Step::Tell(event) => {
                        typist.stir();
                        pending = Some(event);
                    }
                    Step::End(finished) => return Ok(finished),
                },
            }
        }
    }

    /// Asks the agent to kill everything, and soon kills the whole cell if it has not.
    async fn cancel(&mut self, began: Instant) -> Result<Finished, Fault> {
        if let Ok(Ok(Some(finished))) = tokio::time::timeout(self.patience.cancel, self.cancelled_by_agent()).await {
            // The run may have ended by itself in the meantime; its caller has been told that it was cancelled.
            return Ok(Finished { outcome: Outcome::Cancelled, ..finished });
        }
        self.engine.kill(&self.id).await?;
        let gone = async { while self.frames.recv().await.is_some() {} };
        // The stream ends with the container's first process, and its pid namespace with it.
        tokio::time::timeout(self.patience.engine_call, gone)
            .await
            .map_err(|_| Fault::EngineTimeout { operation: "end a killed cell", after: self.patience.engine_call })?;
        Ok(Finished::cancelled(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)))
    }

    /// Ends a program that waits for input which does not come.
    async fn idle(&mut self, began: Instant, waited: Duration) -> Result<Finished, Fault> {
        let killed = self.cancel(began).await?;
        let detail = format!("your program waited {:.1} seconds for input, and none came", waited.as_secs_f64());
        Ok(Finished { outcome: Outcome::TimeLimit, exit_code: None, signal: None, runtime_error: false, detail: Some(detail), ..killed })
    }

    /// None when the cell is gone or talks nonsense.
    async fn cancelled_by_agent(&mut self) -> Result<Option<Finished>, Fault> {
        self.write(&protocol::encode_cancel()?).await?;
        while let Some(Ok(frame)) = self.frames.recv().await {
            if let AgentFrame::Finished(finished) = frame {
                return Ok(Some(finished));
            }
        }
        Ok(None)
    }

    async fn write(&mut self, frame: &[u8]) -> Result<(), Fault> {
        let writing = async {
            self.input.write_all(frame).await?;
            self.input.flush().await
        };
        match tokio::time::timeout(self.patience.engine_call, writing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Fault::CellDied(format!("its stdin cannot be written: {error}"))),
            Err(_) => Err(Fault::CellDied("it does not read its stdin".to_owned())),
        }
    }

    /// Kills and removes the container; tries again until the engine has done it, because the uids are not free before.
    pub(super) async fn destroy(self) {
        let Self { id, engine, uids, input, frames, .. } = self;
        drop((input, frames));
        discard(&engine, &id, uids).await;
    }
}

/// Removes a container and frees its uids; never frees them while the container may live.
async fn discard(engine: &Engine, id: &str, uids: UidPair) {
    const TRIES: u32 = 12;
    for attempt in 0..TRIES {
        match engine.remove(id).await {
            Ok(true) => return drop(uids),
            Ok(false) => {}
            Err(fault) => tracing::warn!(cell = id, %fault, attempt, "a cell could not be removed"),
        }
        tokio::time::sleep(Duration::from_millis(10) * 2_u32.pow(attempt)).await;
    }
    tracing::error!(cell = id, "a cell is given up; its uids stay taken until this process ends");
    std::mem::forget(uids);
}

/// Who is told of a run, and who may end it.
#[derive(Clone, Copy)]
pub(super) struct Listener<'a> {
    pub(super) events: &'a mpsc::Sender<CellEvent>,
    pub(super) cancel: &'a CancellationToken,
    /// The pool's shutdown.
    pub(super) closing: &'a CancellationToken,
}

enum Step {
    Tell(CellEvent),
    End(Finished),
}

/// What an agent may say in this run: declared checks only, each ended once, no more output than the limit.
struct Conformity<'a> {
    declared: &'a [DeclaredCheck],
    ended: Vec<bool>,
    output_bytes_left: u64,
}

impl<'a> Conformity<'a> {
    fn new(request: &'a RunRequest) -> Self {
        let declared: &[DeclaredCheck] = match &request.work {
            Work::Checks { declared, .. } => declared,
            Work::Program { .. } => &[],
        };
        let output_bytes_left = request.limits.output_bytes_max + OUTPUT_SLACK_BYTES;
        Self { declared, ended: vec![false; declared.len()], output_bytes_left }
    }

    fn event_of(&mut self, frame: AgentFrame) -> Result<Step, Fault> {
        let event = match frame {
            AgentFrame::Ready(_) => return Err(Fault::Protocol("a second `ready`".to_owned())),
            AgentFrame::Finished(finished) => return self.end(finished).map(Step::End),
            AgentFrame::Started => CellEvent::Started,
            AgentFrame::Output { stream, text, offset, truncated } => {
                self.output_bytes_left = (self.output_bytes_left)
                    .checked_sub(text.len() as u64)
                    .ok_or_else(|| Fault::Protocol("more output than the limit".to_owned()))?;
                CellEvent::Output { stream, text, offset, truncated }
            }
            AgentFrame::CheckStarted { id } => {
                self.position(&id)?;
                CellEvent::CheckStarted { id }
            }
            AgentFrame::CheckFinished(result) => {
                let position = self.position(&result.id)?;
                if std::mem::replace(&mut self.ended[position], true) {
                    return Err(Fault::Protocol(format!("check {:?} ended twice", result.id)));
                }
                CellEvent::CheckFinished(result)
            }
        };
        Ok(Step::Tell(event))
    }

    fn end(&self, finished: Finished) -> Result<Finished, Fault> {
        if finished.outcome == Outcome::Completed && self.ended.contains(&false) {
            return Err(Fault::Protocol("the run completed, and some declared check has no result".to_owned()));
        }
        Ok(finished)
    }

    fn position(&self, id: &str) -> Result<usize, Fault> {
        let position = self.declared.iter().position(|check| check.id == id);
        position.ok_or_else(|| Fault::Protocol(format!("check {id:?} was not declared")))
    }
}

fn understood(frame: Option<Result<AgentFrame, FrameError>>) -> Result<AgentFrame, Fault> {
    match frame {
        Some(Ok(frame)) => Ok(frame),
        Some(Err(error @ (FrameError::CutOff | FrameError::Io(_)))) => Err(Fault::CellDied(error.to_string())),
        Some(Err(error)) => Err(Fault::Protocol(error.to_string())),
        None => Err(Fault::CellDied("its stream ended".to_owned())),
    }
}

/// Cuts a cell's output into frames until it ends or breaks; what the agent writes to stderr goes to the log.
async fn read_frames(
    cell: String,
    mut output: Pin<Box<dyn futures_util::Stream<Item = Result<LogOutput, bollard::errors::Error>> + Send>>,
    frames: mpsc::Sender<Result<AgentFrame, FrameError>>,
    died: Arc<Notify>,
) {
    let (mut codec, mut buffer) = (AgentCodec, BytesMut::new());
    'stream: while let Some(chunk) = tokio::select! { chunk = output.next() => chunk, () = frames.closed() => None } {
        match chunk {
            Ok(LogOutput::StdOut { message }) => buffer.extend_from_slice(&message),
            Ok(other) => tracing::debug!(cell, stderr = %String::from_utf8_lossy(&other.into_bytes()).trim_end(), "an agent says"),
            Err(error) => {
                // A closed receiver only means that the cell is being destroyed.
                drop(frames.send(Err(FrameError::Io(std::io::Error::other(error)))).await);
                break;
            }
        }
        loop {
            match codec.decode(&mut buffer) {
                Ok(None) => break,
                Ok(Some(frame)) => {
                    if frames.send(Ok(frame)).await.is_err() {
                        break 'stream;
                    }
                }
                Err(error) => {
                    drop(frames.send(Err(error)).await);
                    break 'stream;
                }
            }
        }
    }
    if !buffer.is_empty() && codec.decode_eof(&mut buffer).is_err() {
        drop(frames.send(Err(FrameError::CutOff)).await);
    }
    drop(frames);
    died.notify_one();
}
