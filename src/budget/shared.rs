//! The buckets that all servers share, each a hash in Redis with an end of its own.

use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::{RedisError, Script, aio::ConnectionManager};
use tokio::{sync::mpsc, task::JoinSet, time::timeout};

use super::{Level, Measure, Purse};
use crate::{error::Result, events::redis_connection};

/// How long an operation waits for its bucket before this server counts for itself.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);
const KEY_PREFIX: &str = "weak-to-strong:budget:";
/// What waits to be given back; more than that is kept by the house.
const REFUNDS_BUFFERED: usize = 4096;

/// KEYS: the bucket. ARGV: its capacity, what it gets a second, milliseconds of now, what is taken (less than 0: given back). Answers
/// whether it was taken, what is left, and milliseconds to wait.
const TAKE: &str = r"
local capacity, rate, now, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(held[1]) or capacity, tonumber(held[2]) or now
if now > at then
    level, at = math.min(capacity, level + (now - at) * rate / 1000), now
end
if cost > level then return {0, math.floor(level), math.ceil((cost - level) * 1000 / rate)} end
level = math.min(capacity, level - cost)
redis.call('HSET', KEYS[1], 'level', tostring(level), 'at', string.format('%d', at))
redis.call('PEXPIRE', KEYS[1], math.ceil(capacity * 1000 / rate) + 1000)
return {1, math.floor(level), 0}
";

pub(super) struct Shared {
    manager: ConnectionManager,
    take: Script,
    refunds: mpsc::Sender<(Measure, Purse, u64, DateTime<Utc>)>,
    /// Who gives back; it ends with this.
    _tasks: JoinSet<()>,
}

impl Shared {
    /// To be called on a runtime: it starts who gives back.
    pub(super) fn connect(url: &str) -> Result<Self> {
        let (_, manager) = redis_connection(url)?;
        let (refunds, mut waiting) = mpsc::channel(REFUNDS_BUFFERED);
        let giving = manager.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let take = Script::new(TAKE);
            while let Some((measure, purse, unused, now)) = waiting.recv().await {
                let unused = i64::try_from(unused).unwrap_or(i64::MAX);
                // What cannot be given back comes back by itself, a little later.
                let _given = timeout(ANSWER_TIMEOUT, run((&take, &giving), (measure, &purse), -unused, now)).await;
            }
        });
        Ok(Self { manager, take: Script::new(TAKE), refunds, _tasks: tasks })
    }

    /// None when it does not answer.
    pub(super) async fn take(&self, measure: Measure, purse: &Purse, cost: u64, now: DateTime<Utc>) -> Option<Level> {
        let cost = i64::try_from(cost).unwrap_or(i64::MAX);
        let asked = timeout(ANSWER_TIMEOUT, run((&self.take, &self.manager), (measure, purse), cost, now));
        let (taken, remaining, wait) = asked.await.ok()?.inspect_err(|error| tracing::debug!(%error, "a bucket does not answer")).ok()?;
        Some(if taken { Level::Taken(remaining) } else { Level::Short(Duration::from_millis(wait)) })
    }

    pub(super) fn give_back(&self, measure: Measure, purse: &Purse, unused: u64, now: DateTime<Utc>) {
        let _sent_or_kept = self.refunds.try_send((measure, purse.clone(), unused, now));
    }
}

async fn run(
    (take, manager): (&Script, &ConnectionManager),
    (measure, purse): (Measure, &Purse),
    cost: i64,
    now: DateTime<Utc>,
) -> Result<(bool, u64, u64), RedisError> {
    let mut asked = take.key(format!("{KEY_PREFIX}{}", purse.0));
    asked.arg(measure.capacity).arg(measure.per_second).arg(now.timestamp_millis()).arg(cost);
    asked.invoke_async(&mut manager.clone()).await
}
