//! The transports: HTTP, event streams, websockets, and the doors for those who run the server.
//!
//! How a socket ends, and where that is held; `clients.rs` says of each what the stock client makes of it.
//!
//! | code | when | held in |
//! |---|---|---|
//! | 4400 | no message of the protocol, or no frame, or more than 256 KiB | `messages`, `frames` |
//! | 4401 | an operation before the acknowledgement | `messages` |
//! | 4403 | a token that is none or has ended, a log-out, a suspension, a role that was taken | `websocket`, `sessions` |
//! | 4406 | another subprotocol | `frames` |
//! | 4408 | no init in time | `websocket`, `messages` |
//! | 4409 | an id that is in use | `websocket` |
//! | 4429 | a second init | `websocket`, `messages` |
//! | 1012 | the server stops | `websocket` |
//! | 1013 | too many sockets, too slow, silent, or who comes cannot be checked now | `connections`, `sessions`, `websocket`, `frames` |
//! | its own | the client's close frame is answered with the same code | `frames` |

mod budget;
mod clients;
mod connections;
mod differential;
mod documents;
mod event_stream;
mod frames;
mod hostile;
mod http;
mod limits;
mod messages;
mod operations;
mod sessions;
mod websocket;
