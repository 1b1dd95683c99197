//! Runs an admitted request and seals the answer: every error gets a code and the request id, a panic and a time-out
//! become errors like others, and an answer to a request that was never executed has no `data` key.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_graphql::{ObjectType, Request, Response, Schema, ServerError, SubscriptionType, Value, futures_util::stream::BoxStream};
use async_trait::async_trait;
use futures_util::FutureExt;
use serde::Serialize;

use super::{COST_MAX, admit::Admitted, batches::Batches, loaders::loader, price, refusal::Refusal};
use crate::{
    app::App,
    auth::{ClientAddress, Viewer},
    budget::{Purse, Reserved},
    error::{Code, Error},
    telemetry::{Kind, Span},
};

/// The library's words for an operation beyond its limit.
const TOO_COMPLEX: &str = "Query is too complex.";
/// Bytes of the largest answer; what is larger is refused instead of sent.
pub const ANSWER_BYTES_MAX: usize = 15 * 1024 * 1024;
/// Mistakes of one document that are told; who mends these is told of the next.
const MISTAKES_MAX: usize = 20;
/// Bytes of an error's message; some repeat what the client sent.
const MESSAGE_BYTES_MAX: usize = 1_000;

/// Names one operation in answers and logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

impl RequestId {
    #[must_use]
    pub fn generate() -> Self {
        Self(uuid::Uuid::now_v7().to_string().into())
    }

    /// Takes over an id of the caller when it is short and plain.
    #[must_use]
    pub fn adopt(text: &str) -> Option<Self> {
        let sane = (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        sane.then(|| Self(text.into()))
    }
}

/// A schema whose roots the protocols need not know.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// What it costs to run, without running it; the response that says what is wrong with it when it cannot be run. One whose
    /// document is known was validated before.
    async fn price(&self, request: Request, is_known: bool) -> Result<u64, Box<Response>>;
    async fn execute(&self, request: Request) -> Response;
    fn execute_stream(&self, request: Request) -> BoxStream<'static, Response>;
    fn sdl(&self) -> String;
}

#[async_trait]
impl<Q, M, S> Engine for Schema<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    /// A schema alone validates when it runs.
    async fn price(&self, _request: Request, _is_known: bool) -> Result<u64, Box<Response>> {
        Ok(1)
    }

    async fn execute(&self, request: Request) -> Response {
        Schema::execute(self, request).await
    }

    fn execute_stream(&self, request: Request) -> BoxStream<'static, Response> {
        Schema::execute_stream(self, request)
    }

    fn sdl(&self) -> String {
        Schema::sdl(self)
    }
}

/// The platform's own: a schema that validates and prices, one that prices what the first has validated, and one that runs it.
pub struct Platform {
    pub(super) validates: super::Schema,
    pub(super) prices: super::Schema,
    pub(super) runs: super::Schema,
}

#[async_trait]
impl Engine for Platform {
    async fn price(&self, request: Request, is_known: bool) -> Result<u64, Box<Response>> {
        let schema = if is_known { &self.prices } else { &self.validates };
        price::cost_of(schema.execute(request).await)
    }

    async fn execute(&self, request: Request) -> Response {
        self.runs.execute(request).await
    }

    fn execute_stream(&self, request: Request) -> BoxStream<'static, Response> {
        self.runs.execute_stream(request)
    }

    fn sdl(&self) -> String {
        super::sdl(&self.runs)
    }
}

/// How an operation ended, for status codes and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    /// Executed, and some fields failed.
    Failed,
    /// Not executed, or not to its end; the answer has no `data` key.
    Refused,
}

impl Outcome {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }
}

/// What goes to the client.
#[derive(Debug, Serialize)]
pub struct Answer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ServerError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub extensions: std::collections::BTreeMap<String, Value>,
}

impl Answer {
    fn new(errors: Vec<ServerError>, data: Option<Value>) -> Self {
        Self { errors, data, extensions: std::collections::BTreeMap::new() }
    }

    #[must_use]
    pub fn refused(refusal: Refusal, request_id: &RequestId) -> Self {
        let mut answer = Self::new(vec![refusal.into_server_error()], None);
        answer.sign(request_id);
        answer
    }

    /// What the library returns gets the codes it does not know of.
    #[must_use]
    pub fn seal(response: Response, request_id: &RequestId) -> Self {
        // Errors of executed fields have a path; what validation says has none and comes without data.
        let executed =
            response.errors.is_empty() || response.data != Value::Null || response.errors.iter().any(|error| !error.path.is_empty());
        let mut answer = Self { extensions: response.extensions, ..Self::new(response.errors, executed.then_some(response.data)) };
        if !executed {
            answer.errors.truncate(MISTAKES_MAX);
        }
        answer.sign(request_id);
        answer
    }

    fn sign(&mut self, request_id: &RequestId) {
        for error in &mut self.errors {
            if error.message.len() > MESSAGE_BYTES_MAX {
                error.message.truncate(error.message.floor_char_boundary(MESSAGE_BYTES_MAX));
                error.message.push_str("...");
            }
            // Ours all have a code. Without one and at a field, it is the library refusing an argument's value.
            let fallback = match error.message.as_str() {
                TOO_COMPLEX => Code::CostExceeded,
                _ if error.path.is_empty() => Code::GraphqlValidationFailed,
                _ => Code::BadUserInput,
            };
            if fallback == Code::CostExceeded {
                error.message = format!("The operation costs more than {COST_MAX}; ask for smaller pages or fewer fields at a time.");
            }
            let extensions = error.extensions.get_or_insert_default();
            if extensions.get("code").is_none() {
                extensions.set("code", fallback.as_str());
            }
            extensions.set("requestId", request_id.0.as_ref());
        }
    }

    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match (&self.data, self.errors.is_empty()) {
            (None, _) => Outcome::Refused,
            (Some(_), true) => Outcome::Ok,
            (Some(_), false) => Outcome::Failed,
        }
    }

    /// The code of each error.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.errors.iter().filter_map(|error| match error.extensions.as_ref()?.get("code") {
            Some(Value::String(code)) => Some(code.as_str()),
            _ => None,
        })
    }

    /// Seconds, when an error says that coming back later helps.
    #[must_use]
    pub fn retry_after(&self) -> Option<String> {
        self.errors.iter().find_map(|error| match error.extensions.as_ref()?.get("retryAfter") {
            Some(Value::Number(seconds)) => Some(seconds.to_string()),
            _ => None,
        })
    }

    /// An event that could not be read for a reason that passes, such as a database that is away: the stream ends before it, so that whoever
    /// resumes from the event before loses nothing.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        matches!(self.data, None | Some(Value::Null)) && self.retry_after().is_some()
    }

    /// JSON. An answer of more than [`ANSWER_BYTES_MAX`] is PAYLOAD_TOO_LARGE; one that cannot be written is a fault; both say so.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Bounded(Vec::new());
        match serde_json::to_writer(&mut json, self) {
            Ok(()) => String::from_utf8(json.0).unwrap_or_default(),
            Err(error) if error.is_io() => {
                r#"{"errors":[{"message":"The answer has more than 15 MiB; ask for less at a time.","extensions":{"code":"PAYLOAD_TOO_LARGE"}}]}"#
                    .to_owned()
            }
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                r#"{"errors":[{"message":"The answer could not be written.","extensions":{"code":"INTERNAL"}}]}"#.to_owned()
            }
        }
    }
}

/// Takes no more than an answer may have.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > ANSWER_BYTES_MAX {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Who runs an operation and under which name.
#[derive(Clone)]
pub struct Caller {
    pub viewer: Option<Viewer>,
    pub address: Option<ClientAddress>,
    pub request_id: RequestId,
}

/// The request with what its resolvers ask for, and where its loaders run.
pub(super) fn prepared(app: &App, request: Request, caller: &Caller) -> (Request, Batches) {
    let batches = Batches::default();
    let request = request.data(caller.viewer.clone()).data(loader(app.clone(), caller.viewer.clone(), &batches));
    let request = request.data(caller.request_id.clone());
    let request = match caller.address {
        Some(address) => request.data(address),
        None => request,
    };
    (request, batches)
}

pub(super) fn panicked() -> Refusal {
    Error::broken("a resolver panicked").into()
}

/// What a document that cannot be run costs.
const INVALID_COST: u64 = 10;

/// Validates, prices and reserves; the answer when that fails.
pub(super) async fn reserve(app: &App, engine: &dyn Engine, admitted: &mut Admitted, caller: &Caller) -> Result<Reserved, Answer> {
    let refused = |error: Error| Answer::refused(error.into(), &caller.request_id);
    let purse = Purse::of(caller.viewer.as_ref(), caller.address);
    let introspection = admitted.introspection_cost();
    let shape = price::shape(&admitted.variables);
    let known = if admitted.is_known { admitted.document.costs.of(shape.as_deref()) } else { None };
    let priced = if let Some(cost) = known {
        Ok(cost)
    } else {
        engine.price(admitted.asked(), admitted.is_known).await.inspect(|cost| admitted.document.costs.keep(shape, *cost))
    };
    match priced {
        Ok(cost) => {
            if let Some((id, documents)) = admitted.unknown.take() {
                documents.remember(id, admitted.document.clone());
            }
            app.budget.reserve(purse, (cost.max(1) + introspection).min(COST_MAX as u64), app.clock.now()).await.map_err(refused)
        }
        Err(response) => {
            let _spent = app.budget.reserve(purse, INVALID_COST, app.clock.now()).await.map_err(refused)?;
            app.metrics.spent(admitted.kind_name(), INVALID_COST);
            Err(Answer::seal(*response, &caller.request_id))
        }
    }
}

/// Says which operation it is, and nothing of what it was given.
pub(super) fn span_of(app: &App, admitted: &Admitted) -> Span {
    let mut span = app.traces.span(admitted.kind_name(), Kind::Server).begin();
    span.word("graphql.operation.type", admitted.kind_name());
    if let Some(name) = &admitted.operation_name {
        span.name("graphql.operation.name", name);
    }
    if let Some((id, _)) = &admitted.document.trusted {
        span.digest("graphql.document.hash", &id.0);
    }
    span
}

pub(super) fn end(mut span: Span, answer: &Answer) {
    match answer.codes().next() {
        None => {}
        Some(code @ ("INTERNAL" | "TIMEOUT" | "UNAVAILABLE")) => {
            span.failed(code);
        }
        Some(code) => {
            span.refused(code);
        }
    }
}

/// Runs a query or a mutation to its end, at most for `time_limit`. Dropping this frees what the operation holds.
pub async fn execute(app: &App, engine: &dyn Engine, mut admitted: Admitted, caller: &Caller, time_limit: Duration) -> Answer {
    let (kind, started) = (admitted.kind_name(), tokio::time::Instant::now());
    let document = admitted.document.clone();
    let span = span_of(app, &admitted);
    let running = async {
        let _place = app.admission.enter().await.map_err(|error| Answer::refused(error.into(), &caller.request_id))?;
        let reserved = reserve(app, engine, &mut admitted, caller).await?;
        let mut answer = run(app, engine, admitted, caller, time_limit).await;
        bill(app, &mut answer, reserved, kind);
        Ok::<_, Answer>(answer)
    };
    let answer = span.around(running).await.unwrap_or_else(|refused| refused);
    end(span, &answer);
    let name = document.trusted.as_ref().map_or("other", |(_, name)| name);
    app.metrics.operation((kind, name), answer.outcome().as_str(), started.elapsed());
    answer.codes().for_each(|code| app.metrics.error(code));
    answer
}

/// Says on the answer what it cost. A mutation is charged in full; a query for what it gave.
fn bill(app: &App, answer: &mut Answer, reserved: Reserved, kind: &str) {
    let requested = reserved.requested;
    let given = answer.data.as_ref().map_or(0, price::actual);
    let actual = if kind == "mutation" { requested } else { given.clamp(1, requested) };
    app.metrics.spent(kind, actual);
    let remaining = app.budget.settle(reserved, actual, app.clock.now());
    let cost = [("requested", requested), ("actual", actual), ("remaining", remaining), ("restoreRate", app.budget.restore_rate())];
    let cost = cost.into_iter().map(|(name, value)| (async_graphql::Name::new(name), Value::from(value))).collect();
    answer.extensions.insert("cost".to_owned(), Value::Object(cost));
}

async fn run(app: &App, engine: &dyn Engine, admitted: Admitted, caller: &Caller, time_limit: Duration) -> Answer {
    let (request, batches) = prepared(app, admitted.priced().request(), caller);
    let running = AssertUnwindSafe(batches.beside(engine.execute(request))).catch_unwind();
    match tokio::time::timeout(time_limit, running).await {
        Ok(Ok(response)) => Answer::seal(response, &caller.request_id),
        Ok(Err(_)) => {
            let mut answer = Answer::refused(panicked(), &caller.request_id);
            answer.data = Some(Value::Null);
            answer
        }
        Err(_) => {
            let message = format!("The operation took longer than {} ms and was stopped.", time_limit.as_millis());
            Answer::refused(Refusal::new(Code::Timeout, message), &caller.request_id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_too_large_is_refused_in_words() {
        let answer = |bytes| Answer::new(Vec::new(), Some(Value::String("x".repeat(bytes))));
        assert!(answer(1_000).to_json().contains("xxx"));
        let refused = answer(ANSWER_BYTES_MAX).to_json();
        assert!(refused.contains("PAYLOAD_TOO_LARGE") && refused.len() < 1_000, "{refused}");
    }

    #[test]
    fn mistakes_are_told_within_bounds() {
        let mistake = || ServerError::new("ü".repeat(5_000), None);
        let answer = Answer::seal(Response::from_errors((0..500).map(|_| mistake()).collect()), &RequestId("id".into()));
        assert_eq!(answer.errors.len(), MISTAKES_MAX);
        assert!(answer.errors.iter().all(|error| error.message.len() <= MESSAGE_BYTES_MAX + 3));
    }

    #[test]
    fn foreign_request_ids_are_taken_over_only_when_sane() {
        assert!(RequestId::adopt("abc-DEF_1.9").is_some());
        let long = "a".repeat(65);
        for bad in ["", "short", "with space", "line\nbreak", "ünïcode-id", long.as_str()] {
            assert!(RequestId::adopt(bad).is_none(), "{bad:?}");
        }
    }
}
