//! The edge: one page of routes, and how the server starts and stops. Protocols only; what a request means is decided
//! in `graphql`. Never reads a table, never knows a domain. Start at [`router`]; a request enters at `graphql.rs`,
//! a socket at `websocket/`.

mod address;
mod authenticate;
mod body;
mod certificates;
mod documents;
mod graphiql;
mod graphql;
mod listen;
mod negotiate;
mod operations;
mod public;
mod request;
mod sockets;
mod sse;
mod watch;
mod websocket;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method, header},
    middleware,
    routing::get,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, cors::CorsLayer};

use crate::{
    app::App,
    auth::ClientAddress,
    error::Result,
    graphql::{Documents, Engine},
};

pub use authenticate::authenticate;
pub use body::BODY_BYTES_MAX;

/// What every handler is given. Small, since every open connection has some.
#[derive(Clone)]
struct Edge {
    server: Arc<Server>,
    /// Whether the request at hand came with cookies.
    cookies: bool,
    /// Of the request at hand; None before there is one.
    address: Option<ClientAddress>,
    /// Of its connection; held for as long as a socket lives on it.
    #[expect(dead_code, reason = "held, never looked at")]
    place: Option<listen::Place>,
}

/// The same for all requests.
struct Server {
    app: App,
    engine: Arc<dyn Engine>,
    documents: Arc<Documents>,
    sockets: Arc<sockets::Sockets>,
    watch: Arc<watch::Watch>,
}

impl std::ops::Deref for Edge {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Edge {
    fn new(app: App, schema: impl Engine) -> Result<Self> {
        let documents = Documents::new(&schema.sdl(), app.config.http.trusted_only)?;
        let (sockets, watch) = (Arc::default(), Arc::default());
        let server = Arc::new(Server { app, engine: Arc::new(schema), documents, sockets, watch });
        Ok(Self { server, cookies: false, address: None, place: None })
    }
}

/// Every route of the server.
pub fn router(app: App, schema: impl Engine) -> Result<Router> {
    Edge::new(app, schema).map(routes)
}

/// What those who run a process ask of it, whatever its role.
fn operations_routes() -> Router<Edge> {
    Router::new()
        .route("/health/live", get(operations::live))
        .route("/health/ready", get(operations::ready))
        .route("/metrics", get(operations::metrics))
}

fn routes(edge: Edge) -> Router {
    let routes = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post).fallback(graphql::method_not_allowed))
        .route("/graphql/schema.graphql", get(operations::schema))
        .route("/graphiql", get(graphiql::page))
        .route("/graphiql/assets/{*path}", get(graphiql::asset))
        .route("/certificates/keys.json", get(certificates::keys))
        .route("/certificates/{code}", get(certificates::show))
        .route("/documents/{name}", get(documents::show));
    layered(routes.merge(operations_routes()), edge)
}

fn layered(routes: Router<Edge>, edge: Edge) -> Router {
    let scheme = if edge.app.config.http.public_url.starts_with("https://") { "https" } else { "http" };
    let telling = request::Telling { traces: edge.app.traces.clone(), scheme };
    routes
        .layer(CompressionLayer::new())
        .layer(cors(&edge.app.config.http.allowed_origins))
        .layer(CatchPanicLayer::custom(request::panicked))
        .layer(middleware::from_fn_with_state(edge.app.config.http.trusted_proxies, address::of_client))
        .layer(middleware::from_fn_with_state(telling, request::identify))
        .with_state(edge)
}

/// Browsers on other origins may call from where the settings say, and from nowhere else.
fn cors(allowed_origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = allowed_origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return CorsLayer::new();
    }
    let allowed = [
        "accept",
        "apollo-require-preflight",
        "authorization",
        "content-type",
        "graphql-require-preflight",
        "if-none-match",
        "last-event-id",
        "x-request-id",
    ];
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(allowed.map(HeaderName::from_static))
        .expose_headers([request::X_REQUEST_ID, header::RETRY_AFTER, header::ETAG])
        .max_age(std::time::Duration::from_hours(1))
}

/// Serves until `shutdown` is cancelled, then drains: no new connections, sockets told to reconnect elsewhere, running
/// requests awaited for at most `config.http.drain`.
pub async fn serve(app: App, listener: TcpListener, shutdown: CancellationToken) -> Result<()> {
    let schema = crate::graphql::platform(&app);
    serve_schema(app, schema, listener, shutdown).await
}

/// [`serve`] for another schema; the protocol's tests bring their own.
pub async fn serve_schema(app: App, schema: impl Engine, listener: TcpListener, shutdown: CancellationToken) -> Result<()> {
    serve_routes(app, schema, routes, listener, shutdown).await
}

/// Health and metrics alone, for a process that serves no API.
pub async fn serve_operations(app: App, listener: TcpListener, shutdown: CancellationToken) -> Result<()> {
    let schema = crate::graphql::schema(None);
    serve_routes(app, schema, |edge| layered(operations_routes(), edge), listener, shutdown).await
}

async fn serve_routes(
    app: App,
    schema: impl Engine,
    routes: impl FnOnce(Edge) -> Router,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<()> {
    let (health, drain) = (app.health.clone(), app.config.http.drain);
    operations::register_database_probe(&app);
    let edge = Edge::new(app, schema)?;
    let sockets = edge.sockets.clone();
    let limits = edge.app.config.http.clone();
    let stopping = shutdown.clone();
    let serving = async {
        let told = async {
            stopping.cancelled().await;
            health.drain();
        };
        tokio::join!(listen::serve(listener, routes(edge), &limits, stopping.clone()), told);
        sockets.closed().await;
    };
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        () = serving => {}
        () = overdue => tracing::warn!(seconds = drain.as_secs(), "stopped with requests still running"),
    }
    Ok(())
}
