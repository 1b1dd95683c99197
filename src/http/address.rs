//! Where a request comes from, for the limits an address has: the peer, or what the trusted proxies in front of us say.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};

use super::listen::{Connection, Place};
use crate::auth::ClientAddress;

/// The extension that handlers take; empty where a request came on no connection.
#[derive(Clone, Default)]
pub(super) struct CameFrom {
    pub address: Option<ClientAddress>,
    pub place: Option<Place>,
}

pub(super) async fn of_client(State(trusted_proxies): State<usize>, mut request: Request, next: Next) -> Response {
    let from = request.extensions_mut().remove::<Connection>().map(|Connection { peer, place }| CameFrom {
        address: Some(ClientAddress(client(peer.ip(), request.headers(), trusted_proxies))),
        place: Some(place),
    });
    request.extensions_mut().insert(from.unwrap_or_default());
    next.run(request).await
}

/// Each proxy adds the address it was called from at the right; what stands left of ours, anybody may have written.
fn client(peer: IpAddr, headers: &HeaderMap, trusted_proxies: usize) -> IpAddr {
    let Some(place) = trusted_proxies.checked_sub(1) else { return peer };
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let joined = lines.join(",");
    joined.rsplit(',').nth(place).and_then(|address| address.trim().parse().ok()).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_own_proxies_wrote_is_believed() {
        let peer = IpAddr::from([10, 0, 0, 1]);
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 203.0.113.7".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.2".parse().unwrap());
        assert_eq!(client(peer, &headers, 0), peer);
        assert_eq!(client(peer, &headers, 1), IpAddr::from([10, 0, 0, 2]));
        assert_eq!(client(peer, &headers, 2), IpAddr::from([203, 0, 113, 7]));
        assert_eq!(client(peer, &headers, 9), peer);
        assert_eq!(client(peer, &HeaderMap::new(), 1), peer);
    }
}
