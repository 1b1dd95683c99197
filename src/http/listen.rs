//! Accepts connections, as `axum::serve` does, with what that lacks: a time-out for the head of a request and a cap on how many
//! connections are open at once. At the cap nothing more is accepted, so that clients wait and nobody is cut off.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::config;

/// How long accepting rests after it failed for want of something, such as open files.
const REST: Duration = Duration::from_secs(1);

/// The connection that a request came on, among its extensions.
#[derive(Clone)]
pub(super) struct Connection {
    pub peer: SocketAddr,
    /// Its place among those that may be open; whoever goes on with the connection after an upgrade keeps it.
    pub place: Place,
}

pub(super) type Place = Arc<OwnedSemaphorePermit>;

/// Serves until `stopping`, and then until the requests at hand are answered.
pub(super) async fn serve(listener: TcpListener, routes: Router, limits: &config::Http, stopping: CancellationToken) {
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(limits.header_timeout);
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let connections = TaskTracker::new();
    let accepting = async {
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let (stream, peer) = accept(&listener).await;
            let connection = Connection { peer, place: Arc::new(place) };
            connections.spawn(converse(protocol.clone(), stream, routes.clone(), connection, stopping.clone()));
        }
    };
    stopping.run_until_cancelled(accepting).await;
    // Nobody new may wait in a line that is not served any more.
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Small answers and events must not wait for more bytes.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) => {
                use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
                if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
                    tracing::error!(%error, "no connection can be accepted");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
}

async fn converse(protocol: http1::Builder, stream: TcpStream, routes: Router, connection: Connection, stopping: CancellationToken) {
    let routes = routes.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(connection.clone());
        request
    });
    let conversation = protocol.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes)).with_upgrades();
    let mut conversation = pin!(conversation);
    let end = tokio::select! {
        end = conversation.as_mut() => end,
        () = stopping.cancelled() => {
            conversation.as_mut().graceful_shutdown();
            conversation.await
        }
    };
    if let Err(error) = end {
        tracing::trace!(%error, "a connection broke off");
    }
}
