//! How many submissions a second are judged, from the queue to the stored verdict: first a queue that is full, then arrivals at seventy in a
//! hundred of the rate that gave. Times are those the platform stored.

use std::time::{Duration, Instant};

use anyhow::ensure;
use diesel::sql_types::{BigInt, Double, Text};
use diesel_async::{AsyncConnection, RunQueryDsl};
use serde_json::json;
use tokio::time::{sleep, sleep_until};
use weak_to_strong::db::Conn;

use super::{Bench, Figures, SUBMIT, client, setting, solution};

const LEARNERS: usize = 100;
/// Of what the full queue gave, in a hundred.
const LOAD_PERCENT: f64 = 70.0;
const CHALLENGE_RUNS: &str = "kind = 'SUBMISSION' AND client_request_id LIKE $1";

#[derive(diesel::QueryableByName)]
struct Judged {
    #[diesel(sql_type = Double)]
    queued_ms: f64,
    #[diesel(sql_type = Double)]
    claimed_ms: f64,
    #[diesel(sql_type = Double)]
    finished_ms: f64,
    #[diesel(sql_type = Text)]
    verdict: String,
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Bench {
    pub(super) async fn backlog(&mut self) -> anyhow::Result<()> {
        let mut learners = Vec::new();
        for number in 0..LEARNERS {
            learners.push(self.learner(&format!("crowd-{number}")).await?);
        }
        let mut conn = Conn::establish(&self.platform.start_database().await.url("weak_to_strong")).await?;
        let (mut rates, rounds) = (Vec::new(), setting("BENCH_ROUNDS", 5));
        for round in 0..rounds {
            // Handing in takes a tenth of the time of judging, and is counted with it.
            for (number, token) in learners.iter().enumerate() {
                self.submit(token, &format!("full-{round}-{number}")).await?;
            }
            let judged = self.all_judged(&mut conn, &format!("full-{round}-%"), LEARNERS).await?;
            let first = judged.iter().map(|each| each.claimed_ms).fold(f64::INFINITY, f64::min);
            let last = judged.iter().map(|each| each.finished_ms).fold(0.0, f64::max);
            rates.push(LEARNERS as f64 * 1_000.0 / (last - first));
        }
        rates.sort_by(f64::total_cmp);
        let rate = rates[rates.len() / 2];
        self.sheet.number("a full queue of attempts: judged a second", rate, "runs/s");
        self.steady(&learners, &mut conn, rate * LOAD_PERCENT / 100.0).await
    }

    /// Arrivals are spread like those of strangers: exponentially, from a fixed seed.
    async fn steady(&mut self, learners: &[String], conn: &mut Conn, rate: f64) -> anyhow::Result<()> {
        let (seconds, mut seed) = (setting("BENCH_SECONDS", 20) * 2, 7_u64);
        let (mut due, began, mut count) = (0.0, Instant::now(), 0);
        while due < seconds as f64 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            due -= (1.0 - (seed >> 11) as f64 / (1_u64 << 53) as f64).ln() / rate;
            sleep_until((began + Duration::from_secs_f64(due)).into()).await;
            self.submit(&learners[count % learners.len()], &format!("steady-{count}")).await?;
            count += 1;
        }
        let judged = self.all_judged(conn, "steady-%", count).await?;
        let took = |from: fn(&Judged) -> f64| Figures::of(judged.iter().map(|each| each.finished_ms - from(each)).collect());
        self.sheet.number("arrivals at 70 % of it", count as f64 / seconds as f64, "runs/s");
        self.sheet.figures("at that load: claim -> verdict", &took(|each| each.claimed_ms));
        self.sheet.figures("at that load: queue -> verdict", &took(|each| each.queued_ms));
        Ok(())
    }

    async fn submit(&self, token: &str, request_id: &str) -> anyhow::Result<()> {
        let body = json!({"query": SUBMIT, "variables": {"input": solution(request_id)?}});
        let data = client::ask(&self.http, &self.platform.url(), Some(token), &body).await?;
        ensure!(data["sent"]["submission"]["id"].is_string(), "refused: {data}");
        Ok(())
    }

    async fn all_judged(&self, conn: &mut Conn, like: &str, wanted: usize) -> anyhow::Result<Vec<Judged>> {
        let unfinished = format!("SELECT count(*) FROM submissions WHERE {CHALLENGE_RUNS} AND status <> 'FINISHED'");
        loop {
            let open: Count = diesel::sql_query(&unfinished).bind::<Text, _>(like).get_result(conn).await?;
            if open.count == 0 {
                break;
            }
            sleep(Duration::from_millis(200)).await;
        }
        let all = format!(
            "SELECT extract(epoch FROM queued_at)::float8 * 1000 AS queued_ms, extract(epoch FROM started_at)::float8 * 1000 AS claimed_ms,
                    extract(epoch FROM finished_at)::float8 * 1000 AS finished_ms, verdict
             FROM submissions WHERE {CHALLENGE_RUNS}"
        );
        let judged: Vec<Judged> = diesel::sql_query(&all).bind::<Text, _>(like).load(conn).await?;
        ensure!(judged.len() == wanted, "{} of {wanted} are there", judged.len());
        ensure!(judged.iter().all(|each| each.verdict == "ACCEPTED"), "not all were accepted");
        Ok(judged)
    }
}
