//! A client that does not give up: what it may not have heard the answer to is asked again.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::{Interval, MissedTickBehavior, interval};

pub const PASSWORD: &str = "a keel of quiet lanterns";
/// Between two tries, as a client waits.
const PACE: Duration = Duration::from_millis(250);
/// What a client may be told while processes die, and asks again after.
const TRANSIENT: [&str; 3] = ["UNAVAILABLE", "INTERNAL", "TIMEOUT"];

const REGISTER: &str = "mutation R($input: RegisterInput!) { register(input: $input) { __typename ... on RegisterSuccess { accessToken viewer { id } } ... on UserError { code message } } }";

/// How often each obstacle was met.
pub type Tally = Arc<Mutex<BTreeMap<String, usize>>>;

#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    /// The next is asked when one gave no answer.
    urls: Arc<Vec<String>>,
    turn: Arc<AtomicUsize>,
    pub token: Option<String>,
    pub tally: Tally,
}

pub fn pace() -> Interval {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

impl Api {
    pub fn new(urls: Vec<String>) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        Self { http, urls: Arc::new(urls), turn: Arc::default(), token: None, tally: Tally::default() }
    }

    fn note(&self, obstacle: &str) {
        *self.tally.lock().unwrap().entry(obstacle.to_owned()).or_default() += 1;
    }

    /// The data, or None when nobody can say whether it was done. Panics when the request itself is refused.
    pub async fn once(&self, document: &str, variables: &Value) -> Option<Value> {
        let url = &self.urls[self.turn.load(Ordering::Relaxed) % self.urls.len()];
        let mut request = self.http.post(url).json(&json!({"query": document, "variables": variables}));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = match request.send().await {
            Ok(response) => response.json::<Value>().await,
            Err(error) => Err(error),
        };
        let Ok(mut body) = answer else {
            self.note("no answer");
            self.turn.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let Some(errors) = body.get("errors") else { return Some(body["data"].take()) };
        let code = errors[0]["extensions"]["code"].as_str().unwrap_or("no code").to_owned();
        assert!(TRANSIENT.contains(&code.as_str()), "{document}\n{variables}\n{body:#}");
        self.note(&code);
        None
    }

    /// Asks until there is an answer.
    pub async fn ask(&self, document: &str, variables: Value) -> Value {
        let mut pace = pace();
        loop {
            pace.tick().await;
            if let Some(data) = self.once(document, &variables).await {
                return data;
            }
        }
    }

    /// Somebody new, while nothing breaks.
    pub async fn register(&self, number: usize) -> Self {
        let email = format!("learner-{number}@example.org");
        let input = json!({"email": email, "password": PASSWORD, "displayName": format!("Learner {number}"), "timeZone": "Europe/Berlin"});
        let data = self.ask(REGISTER, json!({"input": input})).await;
        let token = data["register"]["accessToken"].as_str().unwrap_or_else(|| panic!("not registered: {data}")).to_owned();
        Self { token: Some(token), ..self.clone() }
    }
}
