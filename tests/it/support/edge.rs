//! The real server around a small schema of the tests' own, with no database behind it: enough for the protocols.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::{Context, Object, Schema, SimpleObject, Subscription};
use futures_util::{Stream, StreamExt, stream};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;
use weak_to_strong::{app::App, clock::Clock, config::Config, error::Error, graphql::Engine, http};

/// How long anything may take before the test fails.
const DEADLINE: Duration = Duration::from_secs(15);

/// Counts what is alive in the schema, so that tests can wait for it to be gone.
#[derive(Clone, Default)]
pub struct Alive(pub Arc<AtomicUsize>);

struct One(Alive);

impl One {
    fn new(alive: &Alive) -> Self {
        alive.0.fetch_add(1, Ordering::SeqCst);
        Self(alive.clone())
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

pub struct Query;

#[Object]
impl Query {
    async fn hello(&self) -> &str {
        "hello"
    }

    async fn double(&self, number: i32) -> i32 {
        number * 2
    }

    async fn doubles(&self, numbers: Vec<i32>) -> Vec<i32> {
        numbers.iter().map(|number| number * 2).collect()
    }

    async fn fails(&self) -> Option<Result<i32, Error>> {
        Some(Err(Error::forbidden("Not you.")))
    }

    async fn faults(&self) -> Option<Result<i32, Error>> {
        Some(Err(Error::broken("the secret cause")))
    }

    async fn panics(&self) -> i32 {
        [1].iter().copied().find(|number| *number == 2).expect("the secret panic")
    }

    /// Never answers.
    async fn hangs(&self, ctx: &Context<'_>) -> i32 {
        let _one = One::new(ctx.data_unchecked::<Alive>());
        std::future::pending().await
    }

    async fn text(&self, bytes: usize) -> String {
        "x".repeat(bytes)
    }
}

pub struct Mutation;

#[Object]
impl Mutation {
    async fn touch(&self) -> bool {
        true
    }

    /// One step more for `steps`; how many there are now.
    async fn step(&self, ctx: &Context<'_>) -> i32 {
        let Steps(steps) = ctx.data_unchecked();
        steps.send_modify(|taken| *taken += 1);
        *steps.borrow()
    }
}

/// How many steps were taken.
struct Steps(watch::Sender<i32>);

#[derive(SimpleObject)]
pub struct Tick {
    cursor: String,
    seq: i32,
}

pub struct Ticks;

#[Subscription]
impl Ticks {
    /// 1 to `to`, then the end.
    async fn count(&self, to: i32, after: Option<String>) -> impl Stream<Item = Tick> {
        let after: i32 = after.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        stream::iter(after + 1..=to).map(|seq| Tick { cursor: seq.to_string(), seq })
    }

    /// The steps behind `after`, those taken and then those to come, up to `to`.
    async fn steps(&self, ctx: &Context<'_>, to: i32, after: Option<String>) -> impl Stream<Item = Tick> {
        let taken = ctx.data_unchecked::<Steps>().0.subscribe();
        let after: i32 = after.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        let one = One::new(ctx.data_unchecked::<Alive>());
        stream::iter(after + 1..=to).then(move |seq| {
            let mut taken = taken.clone();
            let _ = &one;
            async move {
                let _ = taken.wait_for(|taken| *taken >= seq).await;
                Tick { cursor: seq.to_string(), seq }
            }
        })
    }

    /// One tick, then silence.
    async fn quiet(&self, ctx: &Context<'_>) -> impl Stream<Item = Tick> {
        let one = One::new(ctx.data_unchecked::<Alive>());
        stream::once(async { Tick { cursor: "1".to_owned(), seq: 1 } }).chain(stream::pending()).map(move |tick| {
            let _ = &one;
            tick
        })
    }

    /// As many and as large as the client takes.
    async fn flood(&self, bytes: usize) -> impl Stream<Item = String> {
        stream::repeat_with(move || "x".repeat(bytes)).then(|text| async {
            tokio::task::yield_now().await;
            text
        })
    }

    async fn refused(&self) -> Result<stream::Pending<i32>, Error> {
        Err(Error::not_found("stream"))
    }

    /// The second cannot be read at the moment.
    async fn falters(&self) -> impl Stream<Item = Result<i32, Error>> {
        stream::iter(1..).map(|number| if number == 2 { Err(Error::unavailable("Not now.")) } else { Ok(number) })
    }

    async fn breaks(&self) -> impl Stream<Item = i32> {
        stream::iter(1..).map(|number| if number == 2 { panic!("the secret panic") } else { number })
    }
}

/// An app with no database behind it, and its folder.
fn app(change: impl FnOnce(&mut Config)) -> (App, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let mut config = Config::from_env().unwrap();
    data.path().clone_into(&mut config.data_dir);
    config.auth.signing_key = Some("a key of the tests, at least 32 bytes long".to_owned());
    change(&mut config);
    // Nothing listens on port 1: a checkout fails at once.
    (App::build(config, "postgres://nobody@127.0.0.1:1/none", Clock::system()).unwrap(), data)
}

/// A running server; stopped when dropped.
pub struct Edge {
    pub address: SocketAddr,
    pub app: App,
    pub alive: Alive,
    pub shutdown: CancellationToken,
    server: JoinSet<()>,
    pub client: reqwest::Client,
    #[expect(dead_code, reason = "the folder lives as long as the server")]
    data: Option<tempfile::TempDir>,
}

impl Edge {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other limits than the shipped ones.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let (app, data) = app(change);
        Self { data: Some(data), ..Self::over(app).await }
    }

    /// With another schema, that needs nothing.
    pub async fn start_serving(schema: impl Engine) -> Self {
        let (app, data) = app(|_| {});
        Self { data: Some(data), ..Self::serving(app, schema).await }
    }

    /// With accounts: the small schema beside the real server of a [`super::TestApp`], over the same database and clock.
    pub async fn over(app: App) -> Self {
        let alive = Alive::default();
        let schema =
            Schema::build(Query, Mutation, Ticks).data(app.clone()).data(alive.clone()).data(Steps(watch::Sender::new(0))).finish();
        Self { alive, ..Self::serving(app, schema).await }
    }

    async fn serving(app: App, schema: impl Engine) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let serving = http::serve_schema(app.clone(), schema, listener, shutdown.clone());
        let mut server = JoinSet::new();
        server.spawn(async move { serving.await.map_err(Error::into_anyhow).unwrap() });
        let client = reqwest::Client::builder().timeout(DEADLINE).build().unwrap();
        Self { address, app, alive: Alive::default(), shutdown, server, client, data: None }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(self.url(path))
    }

    /// A POST to `/graphql` with this JSON.
    pub fn post(&self, body: &serde_json::Value) -> reqwest::RequestBuilder {
        self.client.post(self.url("/graphql")).json(body)
    }

    /// Waits until every socket is gone, as the metrics tell.
    pub async fn no_sockets(&self) {
        let gone = async { while !self.get("/metrics").send().await.unwrap().text().await.unwrap().contains("graphql_sockets 0") {} };
        tokio::time::timeout(DEADLINE, gone).await.expect("sockets stay open");
    }

    /// Waits until the server has ended by itself.
    pub async fn stopped(&mut self) {
        tokio::time::timeout(DEADLINE, self.server.join_next()).await.expect("the server does not stop");
    }

    /// Waits until so many of the schema's hanging fields and quiet streams are alive.
    pub async fn alive(&self, count: usize) {
        let reached = async {
            while self.alive.0.load(Ordering::SeqCst) != count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(DEADLINE, reached).await.expect("the schema's fields are not let go");
    }
}
