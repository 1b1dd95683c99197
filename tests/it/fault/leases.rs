//! Looks at the rows all the time: how long after the end of its lease a run still counts as held by a worker that is gone.
//! The time begins with the newer of the lease's end and the start of a server that could put it back.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, RunQueryDsl};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};
use weak_to_strong::db::Conn;

const LOOK_EVERY: Duration = Duration::from_millis(100);
const ANSWER: Duration = Duration::from_secs(1);

pub struct Watch {
    stop: oneshot::Sender<()>,
    watching: JoinHandle<Found>,
}

/// What was seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    looks: usize,
    /// Leases that were over at a look.
    expired: usize,
    worst: Duration,
}

#[expect(clippy::disallowed_methods, reason = "the test ends it and takes what it has found")]
pub fn watch(database_url: String, server: SocketAddr) -> Watch {
    let (stop, stopped) = oneshot::channel();
    Watch { stop, watching: tokio::spawn(look_until(database_url, server, stopped)) }
}

impl Watch {
    pub async fn end(self) -> Found {
        drop(self.stop);
        self.watching.await.unwrap()
    }
}

impl Found {
    pub fn report(&self, ms_max: Option<u128>) {
        let worst = self.worst.as_millis();
        println!("{} looks met {} expired leases, the longest for {worst} ms with a server to see it", self.looks, self.expired);
        if let Some(ms_max) = ms_max {
            assert!(worst <= ms_max, "a run was held by the dead for {worst} ms");
        }
    }
}

async fn look_until(database_url: String, server: SocketAddr, mut stopped: oneshot::Receiver<()>) -> Found {
    let http = reqwest::Client::builder().timeout(ANSWER).build().unwrap();
    let (mut found, mut up_since, mut conn) = (Found::default(), None::<Instant>, None::<Conn>);
    let mut pace = interval(LOOK_EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = &mut stopped => return found,
            _ = pace.tick() => {}
        }
        let up = http.get(format!("http://{server}/health/live")).send().await.is_ok_and(|answer| answer.status().is_success());
        let overdue = overdue_ms(&mut conn, &database_url).await;
        let (Some(overdue), true) = (overdue, up) else {
            up_since = None;
            continue;
        };
        found.looks += 1;
        let up_for = up_since.get_or_insert_with(Instant::now).elapsed();
        if let Some(ms) = overdue {
            found.expired += 1;
            found.worst = found.worst.max(Duration::from_millis(ms).min(up_for));
        }
    }
}

/// How long the oldest lease has been over, if one is; None without a database.
async fn overdue_ms(conn: &mut Option<Conn>, database_url: &str) -> Option<Option<u64>> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        ms: i64,
    }
    if conn.is_none() {
        *conn = timeout(ANSWER, Conn::establish(database_url)).await.ok()?.ok();
    }
    let statement = "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - lease_until) * 1000), 0)::bigint AS ms \
                     FROM submissions WHERE status = 'RUNNING' AND lease_until < clock_timestamp()";
    let asked = timeout(ANSWER, diesel::sql_query(statement).get_result::<Row>(conn.as_mut()?)).await;
    let Ok(Ok(Row { ms })) = asked else {
        *conn = None;
        return None;
    };
    Some((ms > 0).then(|| u64::try_from(ms).unwrap()))
}
