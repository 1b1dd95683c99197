//! The transports: HTTP, event streams, websockets, and the doors for those who run the server.

mod budget;
mod connections;
mod documents;
mod event_stream;
mod http;
mod limits;
mod operations;
mod sessions;
mod websocket;
