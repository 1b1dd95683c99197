//! The log that many processes share, in Redis: a stream for each topic with ids `<epoch>-<seq>`, so that the newest id says which
//! generation writes and how far it is. Wake-ups come by Pub/Sub over one connection a process, on one channel for all topics.
//!
//! Redis is never the truth. What it lost, the writer appends again from its memory; readers who ask while it does not answer are
//! told so and wait. Readers of one topic share one read of it for each ring ([`window`]).

mod window;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::StreamExt;
use moka::future::Cache;
use redis::{
    Client, FromRedisValue, IntoConnectionInfo, RedisError, Script, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
};
use tokio::{
    sync::{Mutex, mpsc, watch},
    task::JoinSet,
    time::{interval, sleep, timeout},
};
use window::Window;

use super::{Appended, EVENTS_PER_TOPIC_MAX, EventLog, LoggedEvent, Tail, Topic, bells::Bells};
use crate::error::{Code, Error, Result};

/// The channel of all rings; a message is `<process> <topic>`.
const CHANNEL: &str = "weak-to-strong:bells";
const KEY_PREFIX: &str = "weak-to-strong:log:";
/// How long a log is kept after its last event.
const KEPT: Duration = Duration::from_secs(3600);
/// How long a command may take; also a connection.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// The same with a connection that must be made first.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(3);
/// When an idle connection is asked for a sign of life, and how soon again.
const ASK_IDLE_AFTER: Duration = Duration::from_secs(5);
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How long to wait before the bells are listened to again.
const LISTEN_AGAIN_AFTER: Duration = Duration::from_millis(250);
/// How often a connection that only listens is asked whether it still lives.
const PING_EVERY: Duration = Duration::from_secs(5);
/// Rings that wait to be sent; more than these are dropped, since who waits looks by itself in a while.
const RINGS_BUFFERED: usize = 4096;
const RINGS_AT_ONCE: usize = 256;
/// Topics whose newest events are kept here for their readers.
const WINDOWS_MAX: u64 = 1024;
const WINDOW_IDLE: Duration = Duration::from_secs(60);

/// KEYS: the log. ARGV: epoch, number of the first event, events kept, seconds kept, channel, ring, then the events.
const APPEND: &str = r"
local epoch, first, last = tonumber(ARGV[1]), tonumber(ARGV[2]), 0
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if newest then
    local held, seq = string.match(newest[1], '^(%d+)%-(%d+)$')
    if tonumber(held) > epoch then return {'deposed', 0} end
    if tonumber(held) == epoch then last = tonumber(seq) end
end
if first > last + 1 then return {'lost', last} end
if newest and last == 0 then redis.call('DEL', KEYS[1]) end
for i = 7, #ARGV do
    local seq = first + i - 7
    if seq > last then
        redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], string.format('%d-%d', epoch, seq), 'event', ARGV[i])
    end
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[6])
return {'stored', 0}
";

/// KEYS: the log. ARGV: epoch, number of the first event asked for, how many at most. Answers the ids of the oldest and the newest
/// event, then id and text of each found; nothing when there is no such log.
const READ: &str = r"
local low, high = ARGV[1] .. '-0', ARGV[1] .. '-18446744073709551615'
local newest = redis.call('XREVRANGE', KEYS[1], high, low, 'COUNT', 1)[1]
if not newest then return {} end
local answer = {redis.call('XRANGE', KEYS[1], low, high, 'COUNT', 1)[1][1], newest[1]}
for _, event in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1] .. '-' .. ARGV[2], high, 'COUNT', ARGV[3])) do
    answer[#answer + 1] = event[1]
    answer[#answer + 1] = event[2][2]
end
return answer
";

pub struct RedisLog {
    bells: Arc<Bells>,
    manager: ConnectionManager,
    append: Script,
    read: Script,
    rings: mpsc::Sender<String>,
    /// Names this process in rings, so that it does not hear its own twice.
    process: String,
    windows: Cache<String, Arc<Mutex<Window>>>,
    /// Who listens and who rings; they end with this.
    _tasks: JoinSet<()>,
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn away(error: RedisError) -> Error {
    if error.kind() == redis::ErrorKind::AuthenticationFailed || error.code().is_some() {
        // It answers, and refuses: nothing that waiting mends.
        tracing::error!(%error, "Redis refuses a command");
    } else {
        tracing::debug!(%error, "Redis does not answer");
    }
    Error::unavailable("The event log does not answer; try again in a moment.")
}

/// A connection that is made when it is first used, and again whenever it was lost. BAD_USER_INPUT for an address that is none.
pub fn connection(url: &str) -> Result<(Client, ConnectionManager)> {
    let malformed = |error: RedisError| Error::bad_input(format!("REDIS_URL is no address of a Redis: {error}"));
    // A command without an answer does not make the client give up its connection. Its kernel does, when nothing is acknowledged: by
    // itself it would take a quarter of an hour where a host is gone without a word.
    let alive = TcpKeepalive::new().with_time(ASK_IDLE_AFTER).with_interval(ASK_AGAIN_AFTER);
    let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(alive).set_user_timeout(ANSWER_TIMEOUT);
    let address = url.into_connection_info().map_err(malformed)?.set_tcp_settings(tcp);
    let client = Client::open(address).map_err(malformed)?;
    let settings = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(ANSWER_TIMEOUT))
        .set_response_timeout(Some(ANSWER_TIMEOUT))
        .set_number_of_retries(1)
        .set_min_delay(Duration::from_millis(50))
        .set_max_delay(Duration::from_millis(500))
        .set_pipeline_buffer_size(1024);
    let manager = ConnectionManager::new_lazy_with_config(client.clone(), settings).map_err(malformed)?;
    Ok((client, manager))
}

impl RedisLog {
    /// Connects when it is first used, and again whenever the connection was lost. BAD_USER_INPUT for an address that is none. To be
    /// called on a runtime: it starts who listens and who rings.
    pub fn connect(url: &str) -> Result<Self> {
        let (client, manager) = connection(url)?;
        let (rings, to_ring) = mpsc::channel(RINGS_BUFFERED);
        let (bells, process) = (Arc::new(Bells::default()), format!("{:016x}", rand::random::<u64>()));
        let mut tasks = JoinSet::new();
        tasks.spawn(listen(client, Arc::clone(&bells), process.clone()));
        tasks.spawn(ring_elsewhere(manager.clone(), to_ring, process.clone()));
        let windows = Cache::builder().max_capacity(WINDOWS_MAX).time_to_idle(WINDOW_IDLE).build();
        let (append, read) = (Script::new(APPEND), Script::new(READ));
        Ok(Self { bells, manager, append, read, rings, process, windows, _tasks: tasks })
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<()> {
        let mut manager = self.manager.clone();
        in_time(async { redis::cmd("PING").query_async::<()>(&mut manager).await }).await
    }

    /// Asked once more where the connection was found broken: each of ours may be done twice.
    async fn ask<T: FromRedisValue>(&self, invocation: &ScriptInvocation<'_>) -> Result<T> {
        let mut manager = self.manager.clone();
        let asking = async {
            match invocation.invoke_async(&mut manager).await {
                Err(error) if error.is_connection_dropped() || error.is_unrecoverable_error() => {
                    invocation.invoke_async(&mut manager).await
                }
                answer => answer,
            }
        };
        in_time(asking).await
    }

    async fn fetch(&self, topic: &Topic, after: u64, max: usize) -> Result<Tail> {
        let max = max.clamp(1, EVENTS_PER_TOPIC_MAX * 2);
        let mut asked = self.read.key(key(topic));
        asked.arg(topic.epoch).arg(after.saturating_add(1)).arg(max);
        let found: Vec<String> = self.ask(&asked).await?;
        let mut found = found.into_iter();
        let (Some(oldest), Some(newest)) = (found.next(), found.next()) else { return Ok(Tail::Unknown) };
        if after > seq(&newest)? {
            return Ok(Tail::Unknown);
        }
        if after + 1 < seq(&oldest)? {
            return Ok(Tail::Trimmed);
        }
        let mut events = Vec::with_capacity(found.len() / 2);
        while let (Some(id), Some(payload)) = (found.next(), found.next()) {
            events.push(LoggedEvent { seq: seq(&id)?, payload: payload.into() });
        }
        Ok(Tail::Events(events))
    }
}

fn key(topic: &Topic) -> String {
    format!("{KEY_PREFIX}{}", topic.name)
}

fn seq(id: &str) -> Result<u64> {
    let seq = id.rsplit_once('-').and_then(|(_, seq)| seq.parse().ok());
    seq.ok_or_else(|| Error::broken("an id in the event log is not ours"))
}

async fn in_time<T>(asked: impl Future<Output = Result<T, RedisError>>) -> Result<T> {
    match timeout(WHOLE_TIMEOUT, asked).await {
        Ok(answer) => answer.map_err(away),
        Err(_) => Err(Error::unavailable("The event log does not answer; try again in a moment.")),
    }
}

/// Hears what other processes ring. After each time in which it was deaf, everybody is rung.
async fn listen(client: Client, bells: Arc<Bells>, process: String) {
    let mut heard = true;
    loop {
        let why = listen_once(&client, &bells, &process, &mut heard).await;
        if std::mem::take(&mut heard) {
            tracing::warn!(why, "the rings of other processes are not heard; who waits looks by itself until they are");
        }
        sleep(LISTEN_AGAIN_AFTER).await;
    }
}

/// Returns why it ended.
async fn listen_once(client: &Client, bells: &Bells, process: &str, heard: &mut bool) -> String {
    let listening = async {
        let (mut sink, stream) = client.get_async_pubsub().await?.split();
        sink.subscribe(CHANNEL).await?;
        Ok::<_, RedisError>((sink, stream))
    };
    let (mut sink, mut stream) = match timeout(ANSWER_TIMEOUT, listening).await {
        Ok(Ok(listening)) => listening,
        Ok(Err(error)) => return error.to_string(),
        Err(_) => return "no answer".to_owned(),
    };
    if !std::mem::replace(heard, true) {
        tracing::info!("the rings of other processes are heard again");
    }
    bells.ring_all();
    let mut pings = interval(PING_EVERY);
    loop {
        tokio::select! {
            message = stream.next() => {
                let Some(message) = message else { return "the connection was closed".to_owned() };
                let Ok(text) = message.get_payload::<String>() else { continue };
                if let Some((_, topic_name)) = text.split_once(' ').filter(|(from, _)| *from != process) {
                    bells.ring(topic_name);
                }
            }
            _ = pings.tick() => {
                if !timeout(ANSWER_TIMEOUT, sink.ping::<redis::Value>()).await.is_ok_and(|answer| answer.is_ok()) {
                    return "no answer to a ping".to_owned();
                }
            }
        }
    }
}

/// Tells other processes of rings, each topic once a round.
async fn ring_elsewhere(mut manager: ConnectionManager, mut to_ring: mpsc::Receiver<String>, process: String) {
    let mut names = Vec::with_capacity(RINGS_AT_ONCE);
    while to_ring.recv_many(&mut names, RINGS_AT_ONCE).await > 0 {
        let mut round = redis::pipe();
        for name in names.drain(..).collect::<BTreeSet<_>>() {
            round.cmd("PUBLISH").arg(CHANNEL).arg(format!("{process} {name}")).ignore();
        }
        // A ring that is lost costs a moment: who waits looks by itself.
        let _rung = in_time(async { round.query_async::<()>(&mut manager).await }).await;
    }
}

#[async_trait]
impl EventLog for RedisLog {
    async fn append(&self, topic: &Topic, events: &[LoggedEvent]) -> Result<Appended> {
        let Some(first) = events.first() else { return Ok(Appended::Stored) };
        let mut asked = self.append.key(key(topic));
        asked.arg(topic.epoch).arg(first.seq).arg(EVENTS_PER_TOPIC_MAX).arg(KEPT.as_secs());
        asked.arg(CHANNEL).arg(format!("{} {}", self.process, topic.name));
        for event in events {
            asked.arg(event.payload.as_ref());
        }
        let (outcome, last): (String, u64) = self.ask(&asked).await?;
        match outcome.as_str() {
            "stored" => {
                self.bells.ring(&topic.name);
                Ok(Appended::Stored)
            }
            "lost" => Ok(Appended::Lost { last }),
            _ => Err(Error::broken("an event of a deposed generation was refused")),
        }
    }

    async fn read_after(&self, topic: &Topic, after: u64, max: usize) -> Result<Tail> {
        if self.bells.rung(&topic.name).is_none() {
            return self.fetch(topic, after, max).await;
        }
        let window = self.windows.get_with_by_ref(&topic.name, async { Arc::default() }).await;
        let mut window = window.lock().await;
        // Counted before the log is read, so that a ring in between makes the window stale.
        let rung = self.bells.rung(&topic.name).unwrap_or_default();
        if window.is_older_than(topic) {
            return self.fetch(topic, after, max).await;
        }
        window.refuse_while_away()?;
        let read = self.read_in(&mut window, topic, (after, max), rung).await;
        if read.as_ref().is_err_and(|error| error.code() == Code::Unavailable) {
            window.failed();
        }
        read
    }

    fn watch(&self, topic_name: &str) -> watch::Receiver<u64> {
        self.bells.watch(topic_name)
    }

    fn system(&self) -> &'static str {
        "redis"
    }

    fn ring(&self, topic_name: &str) {
        self.bells.ring(topic_name);
        let _sent_or_dropped = self.rings.try_send(topic_name.to_owned());
    }
}

impl RedisLog {
    async fn read_in(&self, window: &mut Window, topic: &Topic, (after, max): (u64, usize), rung: u64) -> Result<Tail> {
        if window.reaches_back_to(topic, after) {
            if window.is_fresh(rung, after) {
                return Ok(window.tail(after, max));
            }
            if let Tail::Events(newer) = self.fetch(topic, window.last(), window::EVENTS_MAX).await? {
                window.extend(newer, rung);
                if window.reaches_back_to(topic, after) {
                    return Ok(window.tail(after, max));
                }
            }
        }
        let tail = self.fetch(topic, after, max).await?;
        if let Tail::Events(events) = &tail {
            window.begin(topic, after, (events, events.len() < max), rung);
        }
        Ok(tail)
    }
}
