//! Leaderboards among many: the time of a page, of a rank look-up and of an award, with a million learners and twenty million entries of
//! the ledger in a private Postgres that waits for its disk as a real one does.
//!
//!     make bench-boards          BENCH_LEARNERS=1000000 BENCH_ENTRIES=20000000 BENCH_ASKS=1000
//!
//! Loading takes minutes and is kept below the target directory: a second start goes on where the first was stopped.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::ensure;
use chrono::{DateTime, Utc};
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use uuid::Uuid;
use weak_to_strong::{
    auth::{Admin, Role, Viewer, policy},
    boards::{self, Ask, Key, Period, Scope},
    clock::Clock,
    db::{
        self, Conn, Db,
        embedded::Embedded,
        ids::{SessionId, TypedId, UserId},
    },
    error::Error,
    progress::corrections::{self, Correction},
};

/// Entries that are loaded in one statement.
const CHUNK: i64 = 1_000_000;

#[expect(clippy::disallowed_methods, reason = "how much is the caller's of the bench, not the program's")]
fn setting(name: &str, default: i64) -> i64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The same learner for the same number, here and in SQL.
fn learner(number: i64) -> UserId {
    UserId::from_uuid(Uuid::from_u128(u128::from(number.unsigned_abs())))
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

struct Loader {
    conn: Conn,
}

impl Loader {
    /// Runs a stage that has not been run in this database.
    async fn stage(&mut self, name: &str, statement: &str) -> anyhow::Result<()> {
        let known = diesel::sql_query(format!("SELECT count(*) FROM bench_stages WHERE name = '{name}'"));
        if known.get_result::<Count>(&mut self.conn).await?.count > 0 {
            return Ok(());
        }
        let began = Instant::now();
        self.conn.batch_execute(&format!("BEGIN; {statement}; INSERT INTO bench_stages VALUES ('{name}'); COMMIT")).await?;
        println!("loaded: {name} ({:.1} s)", began.elapsed().as_secs_f64());
        Ok(())
    }

    async fn fill(&mut self, learners: i64, entries: i64, now: DateTime<Utc>) -> anyhow::Result<()> {
        self.conn.batch_execute("CREATE TABLE IF NOT EXISTS bench_stages (name text PRIMARY KEY); SET synchronous_commit = off").await?;
        self.conn.batch_execute("SET maintenance_work_mem = '512MB'; SET work_mem = '128MB'").await?;
        let id = |number: &str| format!("lpad(to_hex({number}), 32, '0')::uuid");
        let track = "'00000000-0000-7000-8000-000000000001'";
        self.stage(
            "learners",
            &format!(
                "ALTER TABLE xp_entries DISABLE TRIGGER ALL; ALTER TABLE board_scores DISABLE TRIGGER ALL;
                 INSERT INTO tracks (id, slug, title, summary, position) VALUES ({track}, 'web', 'Web', '', 1);
                 INSERT INTO users (id, email, display_name, time_zone, created_at)
                 SELECT {}, n || '@example.org', 'Learner ' || n, 'UTC', now() - interval '2 years' FROM generate_series(1::bigint, {learners}) n",
                id("n")
            ),
        )
        .await?;
        // Skewed as learners are: most have a few entries, some have hundreds.
        for from in (1..=entries).step_by(usize::try_from(CHUNK)?) {
            let to = (from + CHUNK - 1).min(entries);
            let statement = format!(
                "INSERT INTO xp_entries (id, user_id, kind, source_id, revision, amount, reason, created_at, track_id)
                 SELECT {}, {}, 'CHALLENGE', n::text, 1, 5 * (2 + (n * 7919) % 19), 'A challenge passed',
                        '{now}'::timestamptz - make_interval(secs => ((n * 104729) % 63072000)::double precision),
                        CASE WHEN n % 2 = 0 THEN {track}::uuid END
                 FROM (SELECT n, 1 + floor({learners} * power(((n * 48271) % 2147483647)::float8 / 2147483647::float8, 1.6::float8))::bigint AS who
                       FROM generate_series({from}::bigint, {to}) n) AS entry",
                id("n"),
                id("who")
            );
            self.stage(&format!("entries to {to}"), &statement).await?;
        }
        self.boards(now, track).await?;
        self.stage("counters", COUNTERS).await?;
        self.stage("triggers", "ALTER TABLE xp_entries ENABLE TRIGGER ALL; ALTER TABLE board_scores ENABLE TRIGGER ALL").await?;
        let known = diesel::sql_query("SELECT count(*) FROM bench_stages WHERE name = 'analysed'");
        if known.get_result::<Count>(&mut self.conn).await?.count == 0 {
            for table in ["users", "xp_entries", "board_scores", "board_counts"] {
                self.conn.batch_execute(&format!("VACUUM ANALYZE {table}")).await?;
            }
            self.conn.batch_execute("INSERT INTO bench_stages VALUES ('analysed'); CHECKPOINT").await?;
        }
        Ok(())
    }

    /// Each board as the ledger gives it.
    async fn boards(&mut self, now: DateTime<Utc>, track: &str) -> anyhow::Result<()> {
        for period in [Period::AllTime, Period::Month, Period::Week] {
            for of_track in [false, true] {
                let (name, start) = (period.as_str(), period.starts_on(now));
                let track_id = if of_track { format!("{track}::uuid") } else { "NULL".to_owned() };
                let filter = if of_track { format!("AND track_id = {track}") } else { String::new() };
                let statement = format!(
                    "INSERT INTO boards (track_id, period, starts_on) VALUES ({track_id}, '{name}', '{start}');
                     INSERT INTO board_scores (board_id, user_id, xp, reached_at, listed)
                     SELECT currval(pg_get_serial_sequence('boards', 'id')), user_id, sum(amount), max(created_at), true FROM xp_entries
                     WHERE created_at >= '{start}' {filter} GROUP BY user_id"
                );
                self.stage(&format!("board {name} {start} of {}", if of_track { "a track" } else { "everyone" }), &statement).await?;
            }
        }
        Ok(())
    }
}

const COUNTERS: &str = "INSERT INTO board_counts (board_id, level, bucket, learners)
    SELECT board_id, 2, xp >> 8, count(*) FROM board_scores GROUP BY 1, 3
    UNION ALL SELECT board_id, 1, xp, count(*) FROM board_scores GROUP BY 1, 3
    UNION ALL SELECT board_id, 0, (xp << 24) | (floor(extract(epoch FROM reached_at))::bigint >> 16), count(*) FROM board_scores GROUP BY 1, 3";

/// Sorted, and told.
fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!("{what:<44} p50 {:>7.2} ms   p95 {:>7.2}   p99 {:>7.2}   ({} times)", at(50), at(95), at(99), times.len());
}

struct Bench {
    db: Db,
    learners: i64,
    asks: i64,
    now: DateTime<Utc>,
}

impl Bench {
    /// Someone, in no order, and the same at each start.
    fn someone(&self, ask: i64) -> UserId {
        learner(1 + (ask * 7_368_787 + 11) % self.learners)
    }

    async fn ranks(&self) -> anyhow::Result<()> {
        let (mut times, mut ranked) = (Vec::new(), 0);
        let mut conn = self.db.conn().await.map_err(Error::into_anyhow)?;
        for ask in 0..self.asks {
            let began = Instant::now();
            let rank = boards::overall_rank(&mut conn, self.someone(ask)).await.map_err(Error::into_anyhow)?;
            times.push(began.elapsed());
            ranked += i64::from(rank.is_some());
        }
        ensure!(ranked > 0, "nobody has a rank");
        tell("a rank among all, of all time", times);
        Ok(())
    }

    /// Counters say what counting says.
    async fn check(&self) -> anyhow::Result<()> {
        let mut conn = self.db.conn().await.map_err(Error::into_anyhow)?;
        for ask in 0..3 {
            let who = self.someone(ask);
            let told = boards::overall_rank(&mut conn, who).await.map_err(Error::into_anyhow)?;
            let counted = diesel::sql_query(
                "SELECT 1 + count(*) AS count FROM board_scores s JOIN board_scores o ON o.board_id = s.board_id AND o.listed AND o.xp > 0
                 WHERE s.board_id = (SELECT id FROM boards WHERE track_id IS NULL AND period = 'ALL_TIME') AND s.user_id = $1
                   AND (o.xp > s.xp OR (o.xp = s.xp AND (o.reached_at, o.user_id) < (s.reached_at, s.user_id)))",
            );
            let counted = counted.bind::<diesel::sql_types::Uuid, _>(who).get_result::<Count>(&mut *conn).await?.count;
            ensure!(told.is_none_or(|told| told == counted), "rank {told:?}, and counting gives {counted}");
        }
        Ok(())
    }

    async fn pages(&self, what: &str, period: Period, anywhere: bool) -> anyhow::Result<()> {
        let mut times = Vec::new();
        let mut conn = self.db.conn().await.map_err(Error::into_anyhow)?;
        let mut past: Option<Key> = None;
        for ask in 0..self.asks / 2 {
            let (viewer, asked) = (self.someone(ask), Ask { scope: Scope::Everyone, period, past, limit: 51 });
            let began = Instant::now();
            let view = boards::view(&mut conn, self.now, viewer, asked).await.map_err(Error::into_anyhow)?;
            times.push(began.elapsed());
            ensure!(!view.entries.is_empty(), "an empty page");
            past = view.own.filter(|_| anywhere).map(|own| own.key);
        }
        tell(what, times);
        Ok(())
    }

    async fn awards(&self, admin: Admin) -> anyhow::Result<()> {
        let mut times = Vec::new();
        for ask in 0..self.asks {
            let correction = Correction {
                user_id: self.someone(ask + 1_000_000),
                amount: 25,
                reason: "A bench.".to_owned(),
                request_id: format!("{}-{ask}", self.now.timestamp_micros()),
            };
            let began = Instant::now();
            let given = corrections::correct(&self.db, Clock::system().now(), admin, correction).await.map_err(Error::into_anyhow)?;
            times.push(began.elapsed());
            ensure!(given.is_ok(), "a correction was refused");
        }
        tell("an award, with all that it causes", times);
        Ok(())
    }

    /// The boards' part of an award alone, with its commit.
    async fn shifts(&self) -> anyhow::Result<()> {
        let mut times = Vec::new();
        let mut conn = self.db.conn().await.map_err(Error::into_anyhow)?;
        for ask in 0..self.asks {
            let (who, gained) = (self.someone(ask + 2_000_000), [(None, 25)].into());
            let began = Instant::now();
            let moved = db::transaction(&mut conn, async |conn| boards::award(conn, Clock::system().now(), who, &gained).await).await;
            times.push(began.elapsed());
            moved.map_err(Error::into_anyhow)?;
        }
        tell("the boards' part of an award alone", times);
        Ok(())
    }
}

fn admin() -> anyhow::Result<Admin> {
    let viewer = Viewer {
        user_id: learner(1),
        session_id: SessionId::generate(),
        roles: [Role::Admin].into(),
        plan: "free".to_owned(),
        token_expires_at: DateTime::<Utc>::MAX_UTC,
    };
    policy::admin(Some(&viewer)).map_err(Error::into_anyhow)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (learners, entries, asks) =
        (setting("BENCH_LEARNERS", 1_000_000), setting("BENCH_ENTRIES", 20_000_000), setting("BENCH_ASKS", 1_000));
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-boards");
    let embedded = Embedded::start(&dir).await?;
    let name = format!("boards_{learners}_{entries}");
    embedded.ensure_database(&name).await?;
    let url = embedded.url(&name);
    db::migrate(&url).await.map_err(Error::into_anyhow)?;
    let now = Clock::system().now();
    let mut loader = Loader { conn: Conn::establish(&url).await? };
    loader.fill(learners, entries, now).await?;
    drop(loader);
    println!("{learners} learners, {entries} entries");
    let bench = Bench { db: Db::connect(&url, 4).map_err(Error::into_anyhow)?, learners, asks, now };
    bench.ranks().await?;
    bench.pages("the first page, with the own place and its row", Period::AllTime, false).await?;
    bench.pages("a page anywhere, with the own place", Period::AllTime, true).await?;
    bench.pages("a page of the week", Period::Week, true).await?;
    bench.shifts().await?;
    bench.awards(admin()?).await?;
    bench.check().await?;
    bench.db.close();
    if embedded.started_here {
        embedded.stop().await?;
    }
    Ok(())
}
