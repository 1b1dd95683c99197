//! One socket from its first message to its close.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use serde_json::{Map, Value};
use tokio::{
    sync::Notify,
    task::{AbortHandle, JoinSet},
    time::{Instant, MissedTickBehavior},
};

use super::{
    message::{self, Close, Closing, FromClient},
    operation::Operation,
    outbound::{self, Outbound},
};
use crate::{
    error::{Code, Error},
    graphql::{Answer, Refusal, RequestId},
    http::{
        Edge,
        authenticate::{self, Session},
        sockets::{self, Holder, Seat},
    },
};

/// Unanswered pings after which a socket is given up.
const PINGS_MISSED_MAX: usize = 2;
/// How long the client may take to take the close frame and to answer it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The live operations of a socket, by the ids its client gave them.
#[derive(Clone, Default)]
pub(super) struct Running(Arc<Mutex<HashMap<String, Live>>>);

struct Live {
    /// Also tells two operations of the same id apart.
    cancelled: Arc<AtomicBool>,
    task: Option<AbortHandle>,
}

enum Start {
    Started,
    /// The id is in use.
    Taken,
    Full,
}

impl Running {
    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<String, Live>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, id: &str, cancelled: &Arc<AtomicBool>, max: usize) -> Start {
        let mut map = self.map();
        if map.contains_key(id) {
            return Start::Taken;
        }
        if map.len() >= max {
            return Start::Full;
        }
        map.insert(id.to_owned(), Live { cancelled: cancelled.clone(), task: None });
        Start::Started
    }

    /// Frees the id, unless another operation has it by now.
    pub(super) fn remove(&self, id: &str, cancelled: &Arc<AtomicBool>) {
        let mut map = self.map();
        if map.get(id).is_some_and(|live| Arc::ptr_eq(&live.cancelled, cancelled)) {
            map.remove(id);
        }
    }

    /// The client wants no more of it: nothing that is still queued is written.
    fn cancel(&self, id: &str) {
        let Some(live) = self.map().remove(id) else { return };
        live.cancelled.store(true, Ordering::Release);
        if let Some(task) = live.task {
            task.abort();
        }
    }

    fn is_idle(&self) -> bool {
        self.map().is_empty()
    }
}

struct Connection {
    edge: Edge,
    outbound: Outbound,
    running: Running,
    closing: Arc<Closing>,
    /// Set by the first `connection_init` that was granted; None inside is an anonymous client.
    session: OnceLock<Option<Arc<Session>>>,
    begun: Notify,
    seat: OnceLock<Seat>,
    pings_missed: AtomicUsize,
}

/// Runs the socket; everything it started ends with it.
pub(super) async fn run(edge: Edge, socket: WebSocket) {
    let metrics = edge.app.metrics.clone();
    let _open = metrics.streams.socket_opened();
    let speaks = socket.protocol().is_some();
    let (mut sink, mut stream) = socket.split();
    if !speaks {
        let end = Close::subprotocol();
        metrics.streams.socket_closed(end.cause);
        return close(&mut sink, &mut stream, end).await;
    }
    let limits = &edge.app.config.realtime;
    let (write_timeout, ping_interval) = (limits.write_timeout, limits.ping_interval);
    let drain = edge.app.config.http.drain;
    let draining = edge.app.health.draining();
    let (outbound, mut queue) = outbound::channel(limits.outbound_bytes_max);
    let closing = Arc::new(Closing::default());
    let connection = Connection {
        edge,
        outbound,
        running: Running::default(),
        closing: closing.clone(),
        session: OnceLock::new(),
        begun: Notify::new(),
        seat: OnceLock::new(),
        pings_missed: AtomicUsize::new(0),
    };
    let mut tasks = JoinSet::new();
    let end = tokio::select! {
        end = connection.read(&mut stream, &mut tasks) => end,
        end = outbound::write(&mut sink, &mut queue, write_timeout) => end,
        end = connection.keep_alive(ping_interval) => Some(end),
        end = connection.watch_session() => Some(end),
        end = closing.closed() => Some(end),
        () = sockets::turn_to_leave(&draining, drain) => Some(Close::restarting()),
    };
    tasks.abort_all();
    drop(connection);
    metrics.streams.socket_closed(end.as_ref().map_or("left", |end| end.cause));
    match end {
        Some(end) => close(&mut sink, &mut stream, end).await,
        None => answer_close(&mut sink).await,
    }
}

impl Connection {
    /// Reads until the client leaves (None) or breaks the protocol.
    async fn read(&self, stream: &mut SplitStream<WebSocket>, tasks: &mut JoinSet<()>) -> Option<Close> {
        let deadline = Instant::now() + self.edge.app.config.realtime.connection_init_timeout;
        loop {
            let received = if self.session.get().is_none() {
                match tokio::time::timeout_at(deadline, stream.next()).await {
                    Ok(received) => received,
                    Err(_) => return Some(Close::init_timeout()),
                }
            } else {
                stream.next().await
            };
            // Ended operations are taken out of the set, so that it does not grow.
            while tasks.try_join_next().is_some() {}
            self.pings_missed.store(0, Ordering::Relaxed);
            let text = match received? {
                Ok(Message::Text(text)) => text,
                Ok(Message::Binary(_)) => return Some(Close::bad_request("Binary frames are not spoken here")),
                Ok(Message::Ping(_)) => {
                    self.outbound.flush().await;
                    continue;
                }
                Ok(Message::Pong(_)) => continue,
                Ok(Message::Close(_)) => return None,
                Err(error) => return broken(&error),
            };
            if let Err(end) = self.received(&text, tasks).await {
                return Some(end);
            }
        }
    }

    async fn received(&self, text: &str, tasks: &mut JoinSet<()>) -> Result<(), Close> {
        match FromClient::parse(text)? {
            FromClient::Init { payload } => self.init(payload).await,
            FromClient::Ping { payload } => {
                self.outbound.send(message::pong(payload)).await;
                Ok(())
            }
            FromClient::Pong => Ok(()),
            FromClient::Subscribe { id, payload } => self.subscribe(id, payload, tasks).await,
            FromClient::Complete { id } => {
                self.running.cancel(&id);
                Ok(())
            }
        }
    }

    async fn init(&self, payload: Option<Map<String, Value>>) -> Result<(), Close> {
        if self.session.get().is_some() {
            return Err(Close::second_init());
        }
        let app = &self.edge.app;
        let authorization = payload.as_ref().and_then(|fields| fields.get("authorization").or_else(|| fields.get("Authorization")));
        let session = match authorization {
            None | Some(Value::Null) => None,
            Some(Value::String(authorization)) => match Box::pin(authenticate::session(app, authorization)).await {
                Ok(session) => Some(Arc::new(session)),
                Err(error) => return Err(not_let_in(&error)),
            },
            Some(_) => return Err(Close::forbidden()),
        };
        let user = session.as_ref().map(|session| session.viewer.user_id);
        let holder = Holder::of(user, self.edge.address);
        let seat = self.edge.sockets.take_seat(holder, &app.config.realtime);
        let seat = seat.ok_or_else(|| Close::too_many(holder.too_many()))?;
        let _ = self.seat.set(seat);
        let _ = self.session.set(session);
        self.begun.notify_one();
        self.outbound.send(message::connection_ack()).await;
        Ok(())
    }

    async fn subscribe(&self, id: String, payload: Value, tasks: &mut JoinSet<()>) -> Result<(), Close> {
        let session = self.session.get().ok_or_else(Close::unauthorized)?.clone();
        let lane = self.outbound.lane();
        let max = self.edge.app.config.realtime.operations_per_socket_max;
        match self.running.start(&id, &lane.cancelled, max) {
            Start::Started => {}
            Start::Taken => return Err(Close::duplicate(&id)),
            Start::Full => {
                let refusal = Refusal::new(Code::RateLimited, format!("A socket runs at most {max} operations; complete one first."));
                self.outbound.send(message::error(&id, &Answer::refused(refusal, &RequestId::generate()))).await;
                return Ok(());
            }
        }
        let cancelled = lane.cancelled.clone();
        let (edge, running, closing) = (self.edge.clone(), self.running.clone(), self.closing.clone());
        let operation = Operation { edge, id: id.clone(), session, lane, running, closing };
        let task = tasks.spawn(operation.run(payload));
        if let Some(live) = self.running.map().get_mut(&id).filter(|live| Arc::ptr_eq(&live.cancelled, &cancelled)) {
            live.task = Some(task);
        }
        Ok(())
    }

    /// Pings, and gives up on a client that is silent for too long.
    async fn keep_alive(&self, interval: Duration) -> Close {
        let mut ticks = tokio::time::interval_at(Instant::now() + interval, interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if self.pings_missed.fetch_add(1, Ordering::Relaxed) >= PINGS_MISSED_MAX {
                return Close::silent();
            }
            self.outbound.send(message::ping()).await;
        }
    }

    /// Resolves when the session has ended and something runs; an idle socket is looked at by its next operation, unless its token has
    /// expired.
    async fn watch_session(&self) -> Close {
        let app = &self.edge.app;
        self.begun.notified().await;
        let Some(Some(session)) = self.session.get() else { return std::future::pending().await };
        self.edge.watch.hold(app, session).ended().await;
        while self.running.is_idle() && app.clock.now() < session.viewer.token_expires_at {
            tokio::time::sleep(app.config.auth.session_cache_ttl).await;
        }
        Close::forbidden()
    }
}

fn not_let_in(error: &Error) -> Close {
    match error.code() {
        Code::Unauthenticated | Code::Forbidden | Code::BadUserInput => Close::forbidden(),
        _ => Close::unavailable(),
    }
}

/// Frames that are too large or no frames at all are the client's mistake, and final: it would send them again. A connection that
/// broke needs no words. The library's errors are another version's than ours could name, so their words tell them apart.
fn broken(error: &axum::Error) -> Option<Close> {
    let text = error.to_string();
    if text.starts_with("Space limit exceeded") {
        return Some(Close::unreadable("The message is larger than 256 KiB"));
    }
    if text.starts_with("UTF-8") {
        return Some(Close::unreadable("The message is not UTF-8"));
    }
    let mistake = text.strip_prefix("WebSocket protocol error: ")?;
    (!mistake.starts_with("Connection reset")).then(|| Close::unreadable(mistake))
}

/// Lets the library's answer to the client's close frame leave; without it the client takes the end for a cut.
async fn answer_close(sink: &mut SplitSink<WebSocket, Message>) {
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, sink.close()).await;
}

/// Sends the frame and waits a little for the client's own, so that the reason is not lost with the connection.
async fn close(sink: &mut SplitSink<WebSocket, Message>, stream: &mut SplitStream<WebSocket>, end: Close) {
    tracing::debug!(code = end.code, reason = end.reason, "closing a socket");
    let farewell = async {
        if sink.send(Message::Close(Some(CloseFrame { code: end.code, reason: end.reason.into() }))).await.is_ok() {
            while let Some(Ok(_)) = stream.next().await {}
            if end.is_unreadable {
                // The rest cannot be read away, and a connection that ends over unread bytes takes the frame with it on some networks.
                std::future::pending::<()>().await;
            }
        }
    };
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, farewell).await;
}
