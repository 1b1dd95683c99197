//! What every event log promises, asked of each of them; and what only the shared one must bear.

mod shared;

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;
use weak_to_strong::{
    error::{Code, Error},
    events::{Appended, EVENTS_PER_TOPIC_MAX, EventLog, InProcess, LoggedEvent, RedisLog, Tail, Topic},
};

use crate::support::{app::DEADLINE, redis::Redis};

fn done<T>(result: Result<T, Error>) -> T {
    result.map_err(Error::into_anyhow).unwrap()
}

fn event(seq: u64) -> LoggedEvent {
    LoggedEvent { seq, payload: format!("{{\"seq\":{seq}}}").into() }
}

fn events(seqs: impl IntoIterator<Item = u64>) -> Vec<LoggedEvent> {
    seqs.into_iter().map(event).collect()
}

fn topic(name: &str, epoch: u64) -> Topic {
    Topic { name: name.to_owned(), epoch }
}

fn seqs(tail: Tail) -> Result<Vec<u64>, &'static str> {
    match tail {
        Tail::Events(events) => {
            assert!(events.iter().all(|found| found.payload == event(found.seq).payload), "an event came back otherwise");
            Ok(events.iter().map(|event| event.seq).collect())
        }
        Tail::Trimmed => Err("trimmed"),
        Tail::Unknown => Err("unknown"),
    }
}

async fn read(log: &dyn EventLog, topic: &Topic, after: u64, max: usize) -> Result<Vec<u64>, &'static str> {
    seqs(done(log.read_after(topic, after, max).await))
}

fn connect(redis: &Redis) -> Arc<dyn EventLog> {
    Arc::new(done(RedisLog::connect(&redis.url())))
}

/// Readers and writers are different processes' where processes share the log.
async fn keeps_its_promises(writer: &dyn EventLog, reader: &dyn EventLog) {
    a_reader_gets_what_is_newer_in_order_and_once(writer, reader).await;
    a_hole_is_told_and_mended(writer, reader).await;
    a_new_epoch_closes_the_old_one(writer, reader).await;
    trimming_is_no_silent_hole(writer, reader).await;
    watchers_are_rung(writer, reader).await;
    followers_see_everything_as_it_comes(writer, reader).await;
}

async fn a_reader_gets_what_is_newer_in_order_and_once(writer: &dyn EventLog, reader: &dyn EventLog) {
    let topic = topic("order", 1);
    assert_eq!(read(reader, &topic, 0, 10).await, Err("unknown"), "it has not begun");
    for batch in [events([1]), events([2]), events([2]), events([1, 2, 3, 4])] {
        assert_eq!(done(writer.append(&topic, &batch).await), Appended::Stored);
    }
    assert_eq!(done(writer.append(&topic, &[]).await), Appended::Stored);
    assert_eq!(read(reader, &topic, 0, 10).await, Ok(vec![1, 2, 3, 4]));
    assert_eq!(read(reader, &topic, 1, 2).await, Ok(vec![2, 3]));
    assert_eq!(read(reader, &topic, 4, 10).await, Ok(vec![]));
    assert_eq!(read(reader, &topic, 5, 10).await, Err("unknown"), "a place that it has not reached");
}

async fn a_hole_is_told_and_mended(writer: &dyn EventLog, reader: &dyn EventLog) {
    let topic = topic("hole", 3);
    assert_eq!(done(writer.append(&topic, &events([5])).await), Appended::Lost { last: 0 });
    assert_eq!(done(writer.append(&topic, &events([1, 2])).await), Appended::Stored);
    assert_eq!(done(writer.append(&topic, &events([4, 5])).await), Appended::Lost { last: 2 });
    assert_eq!(read(reader, &topic, 0, 10).await, Ok(vec![1, 2]));
    assert_eq!(done(writer.append(&topic, &events(3..=5)).await), Appended::Stored);
    assert_eq!(read(reader, &topic, 1, 10).await, Ok(vec![2, 3, 4, 5]));
}

async fn a_new_epoch_closes_the_old_one(writer: &dyn EventLog, reader: &dyn EventLog) {
    let (old, new) = (topic("epoch", 1), topic("epoch", 2));
    assert_eq!(done(writer.append(&old, &events(1..=3)).await), Appended::Stored);
    assert_eq!(done(writer.append(&new, &events([2])).await), Appended::Lost { last: 0 });
    assert_eq!(read(reader, &old, 0, 10).await, Ok(vec![1, 2, 3]), "what was not stored closes nothing");
    assert_eq!(done(writer.append(&new, &events([1])).await), Appended::Stored);
    assert!(writer.append(&old, &events([4])).await.is_err(), "its generation is over");
    assert_eq!(read(reader, &old, 0, 10).await, Err("unknown"));
    assert_eq!(read(reader, &new, 0, 10).await, Ok(vec![1]));
}

async fn trimming_is_no_silent_hole(writer: &dyn EventLog, reader: &dyn EventLog) {
    let topic = topic("trim", 1);
    // A shared log trims whole nodes of a stream, and so a little later.
    let last = EVENTS_PER_TOPIC_MAX as u64 + 500;
    for first in (1..=last).step_by(500) {
        assert_eq!(done(writer.append(&topic, &events(first..=(first + 499).min(last))).await), Appended::Stored);
    }
    assert_eq!(read(reader, &topic, 0, 1).await, Err("trimmed"));
    assert_eq!(read(reader, &topic, last - 2, 10).await, Ok(vec![last - 1, last]));
    let kept = read(reader, &topic, last - EVENTS_PER_TOPIC_MAX as u64, usize::MAX).await.unwrap();
    assert_eq!(kept, (last - EVENTS_PER_TOPIC_MAX as u64 + 1..=last).collect::<Vec<_>>());
}

async fn watchers_are_rung(writer: &dyn EventLog, reader: &dyn EventLog) {
    let mut bells = [reader.watch("rung"), writer.watch("rung")];
    for round in 1..=2 {
        for bell in &mut bells {
            bell.mark_unchanged();
        }
        match round {
            1 => assert_eq!(done(writer.append(&topic("rung", 7), &events([1])).await), Appended::Stored),
            _ => writer.ring("rung"),
        }
        for bell in &mut bells {
            timeout(DEADLINE, bell.changed()).await.expect("nobody rang").unwrap();
        }
    }
}

/// Twenty read as fast as it is written: each gets all of it, once and in order.
async fn followers_see_everything_as_it_comes(writer: &dyn EventLog, reader: &dyn EventLog) {
    const LAST: u64 = 300;
    let topic = topic("follow", 1);
    let write = async {
        for seq in 1..=LAST {
            assert_eq!(done(writer.append(&topic, &[event(seq)]).await), Appended::Stored);
        }
    };
    let followers = futures_util::future::join_all((0..20).map(|_| follow(reader, &topic, LAST)));
    let all = futures_util::future::join(write, followers);
    timeout(DEADLINE, all).await.expect("a follower stands still");
}

async fn follow(reader: &dyn EventLog, topic: &Topic, last: u64) {
    let mut bell = reader.watch(&topic.name);
    let mut place = 0;
    while place < last {
        bell.mark_unchanged();
        let newer = read(reader, topic, place, 7).await.unwrap_or_default();
        assert_eq!(newer, (place + 1..=place + newer.len() as u64).collect::<Vec<_>>());
        place += newer.len() as u64;
        if newer.is_empty() {
            // A ring is a hint: who misses one looks by itself.
            let _rung_or_due = timeout(Duration::from_secs(1), bell.changed()).await;
        }
    }
}

#[tokio::test]
async fn the_log_of_one_process_keeps_its_promises() {
    let log = InProcess::default();
    keeps_its_promises(&log, &log).await;
}

#[tokio::test]
async fn the_shared_log_keeps_its_promises() {
    let redis = Redis::start().await;
    let log = connect(&redis);
    keeps_its_promises(log.as_ref(), log.as_ref()).await;
}

#[tokio::test]
async fn the_shared_log_keeps_its_promises_between_processes() {
    let redis = Redis::start().await;
    let (writer, reader) = (connect(&redis), connect(&redis));
    // Its listener rings everybody as soon as it hears.
    let mut heard = reader.watch("heard");
    writer.ring("heard");
    timeout(DEADLINE, heard.changed()).await.unwrap().unwrap();
    keeps_its_promises(writer.as_ref(), reader.as_ref()).await;
}

/// UNAVAILABLE while it is away, and everything again when it is back: the writer appends what was lost.
#[tokio::test]
async fn a_shared_log_that_was_away_and_has_forgotten_is_written_again() {
    let mut redis = Redis::start().await;
    let (writer, reader) = (connect(&redis), connect(&redis));
    let topic = topic("lost", 1);
    assert_eq!(done(writer.append(&topic, &events(1..=3)).await), Appended::Stored);
    let mut bell = reader.watch(&topic.name);
    assert_eq!(read(reader.as_ref(), &topic, 0, 10).await, Ok(vec![1, 2, 3]));
    redis.kill().await;
    assert_eq!(writer.append(&topic, &events([4])).await.unwrap_err().code(), Code::Unavailable);
    bell.mark_unchanged();
    redis.start_again().await;
    timeout(DEADLINE, bell.changed()).await.expect("nobody was rung when it came back").unwrap();
    let again = async {
        loop {
            match writer.append(&topic, &events([4])).await {
                Err(error) if error.code() == Code::Unavailable => tokio::time::sleep(Duration::from_millis(50)).await,
                appended => break done(appended),
            }
        }
    };
    assert_eq!(timeout(DEADLINE, again).await.unwrap(), Appended::Lost { last: 0 });
    assert_eq!(done(writer.append(&topic, &events(1..=4)).await), Appended::Stored);
    assert_eq!(read(reader.as_ref(), &topic, 3, 10).await, Ok(vec![4]));
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let refused = RedisLog::connect("http://example.org").err().map(|error| error.code());
    assert_eq!(refused, Some(Code::BadUserInput));
}
