//! What is typed into a program while it runs: a growing text that whoever runs the program reads on from where it was.

use std::{future::pending, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{sync::watch, time::Instant};

use super::{Fault, Work, protocol};

/// Everything typed so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    pub bytes: Vec<u8>,
    /// Nothing will follow.
    pub ended: bool,
}

/// The reading end. A run that is done again reads from the start, so that nothing typed is lost with a cell.
#[derive(Clone, Debug)]
pub struct Typing {
    pub so_far: watch::Receiver<Typed>,
    /// A program that is neither given nor prints anything for so long is ended.
    pub idle: Duration,
}

/// Hands a run what is typed.
pub(super) struct Typist {
    typing: Option<Typing>,
    sent: usize,
    idle_at: Instant,
}

/// What is to be done now.
pub(super) enum Due {
    /// Bytes for the agent.
    Write(Bytes),
    /// The program waited for so long.
    Idle(Duration),
}

impl Typist {
    pub(super) fn new(work: &Work) -> Self {
        let typing = match work {
            Work::Program { typing, .. } => typing.clone(),
            Work::Checks { .. } => None,
        };
        let mut typist = Self { typing, sent: 0, idle_at: Instant::now() };
        typist.stir();
        typist
    }

    /// Something happened: the program is not idle.
    pub(super) fn stir(&mut self) {
        if let Some(typing) = &self.typing {
            self.idle_at = Instant::now() + typing.idle;
        }
    }

    /// Waits until there is something to do; for ever when the input has ended. Nothing is lost when it is dropped midway.
    pub(super) async fn due(&mut self) -> Result<Due, Fault> {
        loop {
            let Some(typing) = &mut self.typing else { return pending().await };
            let so_far = typing.so_far.borrow_and_update().clone();
            if so_far.bytes.len() > self.sent || so_far.ended {
                let mut frames = BytesMut::new();
                if so_far.bytes.len() > self.sent {
                    frames.extend_from_slice(&protocol::encode_input(&so_far.bytes[self.sent..])?);
                }
                self.sent = so_far.bytes.len();
                self.stir();
                if so_far.ended {
                    frames.extend_from_slice(&protocol::encode_eof()?);
                    self.typing = None;
                }
                return Ok(Due::Write(frames.freeze()));
            }
            let idle = typing.idle;
            let idle_at = self.idle_at;
            tokio::select! {
                Ok(()) = typing.so_far.changed() => {}
                () = tokio::time::sleep_until(idle_at) => return Ok(Due::Idle(idle)),
            }
        }
    }
}
