//! The edge: one page of routes. Protocols only; what a request means is decided in `graphql`.
