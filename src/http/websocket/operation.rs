//! One running operation of a socket, from `subscribe` to its last message.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use futures_util::StreamExt;
use serde_json::Value;
use tracing::Instrument;

use super::{
    connection::Running,
    message::{self, Close, Closing},
    outbound::Lane,
};
use crate::{
    error::{Code, Error},
    graphql::{Admitted, Answer, Brings, Caller, Outcome, Params, RequestId, Told, admit, execute, subscribe},
    http::{
        Edge,
        authenticate::{Session, authenticate},
    },
};

/// What an operation needs of its socket.
pub(super) struct Operation {
    pub edge: Edge,
    pub id: String,
    pub session: Option<Arc<Session>>,
    pub lane: Lane,
    pub running: Running,
    /// Ends the whole socket.
    pub closing: Arc<Closing>,
}

impl Operation {
    /// Runs to the end. The id is free again before the client can know that it ended.
    pub(super) async fn run(self, payload: Value) {
        let request_id = RequestId::generate();
        let span = tracing::info_span!("operation", id = %request_id.0);
        let farewell = self.messages(payload, request_id).instrument(span).await;
        self.running.remove(&self.id, &self.lane.cancelled);
        if let Some(text) = farewell {
            self.lane.send(text).await;
        }
    }

    /// Sends all but the last message, and returns that.
    async fn messages(&self, payload: Value, request_id: RequestId) -> Option<String> {
        let app = &self.edge.app;
        let caller = match self.viewer().await {
            Ok(viewer) => Caller { viewer, address: self.edge.address, request_id },
            Err(error) if error.code() == Code::Unauthenticated => {
                self.closing.close(Close::forbidden());
                return None;
            }
            Err(error) => return Some(message::error(&self.id, &Answer::refused(error.into(), &request_id))),
        };
        let brings = Brings { cookies: self.edge.cookies, token: self.session.is_some() };
        let admitted = match Params::from_json(payload).and_then(|params| admit(&self.edge.documents, params, brings)) {
            Ok(admitted) => Box::new(admitted),
            Err(refusal) => {
                app.metrics.error(refusal.code.as_str());
                return Some(message::error(&self.id, &Answer::refused(refusal, &caller.request_id)));
            }
        };
        tracing::debug!(kind = admitted.kind_name(), operation = admitted.operation_name, "executing");
        if admitted.kind == OperationType::Subscription {
            return self.follow(admitted, &caller).await;
        }
        // On the heap, like every part that has passed when an operation lives long.
        let running = execute(app, self.edge.engine.as_ref(), *admitted, &caller, app.config.http.operation_timeout);
        let answer = Box::pin(running).await;
        self.last(&answer).await
    }

    /// The account as it is now: roles may have changed and the session may have ended since the socket was opened.
    async fn viewer(&self) -> Result<Option<crate::auth::Viewer>, Error> {
        let Some(session) = &self.session else { return Ok(None) };
        Box::pin(authenticate(&self.edge.app, &session.bearer)).await.map(Some)
    }

    async fn follow(&self, admitted: Box<Admitted>, caller: &Caller) -> Option<String> {
        let answers = match Box::pin(subscribe(&self.edge.app, &self.edge.engine, *admitted, caller)).await {
            Ok(answers) => answers,
            Err(answer) => return Some(message::error(&self.id, &answer)),
        };
        let head = message::head(&self.id);
        let mut answers = std::pin::pin!(answers);
        while let Some(Told { frame, delivery }) = answers.next().await {
            // Clients repeat what ended with `error`, and not what was completed.
            if let Some(refused) = &frame.refused {
                return Some(message::error(&self.id, refused));
            }
            self.lane.deliver(message::next(&head, &frame.json), delivery).await;
        }
        Some(message::complete(&self.id))
    }

    /// A query's or mutation's one answer.
    async fn last(&self, answer: &Answer) -> Option<String> {
        if answer.outcome() == Outcome::Refused {
            return Some(message::error(&self.id, answer));
        }
        self.lane.send(message::next(&message::head(&self.id), &answer.to_json())).await;
        Some(message::complete(&self.id))
    }
}
