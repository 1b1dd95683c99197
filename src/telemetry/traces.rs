//! Spans: how they begin, what they may say, and how one finds its parent, within a task or across processes.

use std::{borrow::Cow, sync::Arc, time::Duration};

use opentelemetry::{
    Context, KeyValue,
    propagation::{Extractor, TextMapPropagator},
    trace::{Link, Span as _, SpanBuilder, SpanContext, Status, TraceContextExt, TracerProvider},
};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    resource::EnvResourceDetector,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use prometheus::IntCounterVec;
use uuid::Uuid;

pub use opentelemetry::trace::SpanKind as Kind;

use super::export::Export;
use crate::{
    config,
    error::{Error, Result},
};

/// Characters of a name that stand in a span.
const NAME_CHARS_MAX: usize = 64;

tokio::task_local! {
    static CURRENT: Current;
}

/// The span that a task works in.
#[derive(Clone)]
struct Current {
    running: Arc<Running>,
    parent: Parent,
}

/// Starts spans. Off, it starts none, and all that follows costs nothing. Clones share everything.
#[derive(Clone, Default)]
pub struct Traces(Option<Arc<Running>>);

struct Running {
    tracer: SdkTracer,
    export: Export,
}

impl Traces {
    /// To be called on a runtime: it starts who exports. `spans` counts them by what became of them.
    pub fn start(settings: &config::Telemetry, spans: &IntCounterVec) -> Result<Self> {
        let Some(traces) = &settings.traces else { return Ok(Self::default()) };
        let resource = resource(settings.service_name.as_deref());
        let (export, queue) = Export::start(traces, &resource, spans)?;
        let ratio = Sampler::TraceIdRatioBased(traces.sampling.ratio);
        let sampler = if traces.sampling.follows_parent { Sampler::ParentBased(Box::new(ratio)) } else { ratio };
        let provider = SdkTracerProvider::builder().with_resource(resource).with_sampler(sampler).with_span_processor(queue).build();
        let running = Running { tracer: provider.tracer(env!("CARGO_PKG_NAME")), export };
        Ok(Self(Some(Arc::new(running))))
    }

    /// Under the span that the task works in; without one it begins a trace.
    pub fn span(&self, name: impl Into<Cow<'static, str>>, kind: Kind) -> Beginning {
        let under = current().map(|current| current.parent);
        Beginning { running: self.0.clone(), name: name.into(), kind, ago: Duration::ZERO, under, link: None }
    }

    /// Exports what has ended so far, within a bound, and nothing after that.
    pub async fn stop(&self) {
        if let Some(running) = &self.0 {
            running.export.stop().await;
        }
    }
}

/// Who is it that tells. Attributes of the deployment come from `OTEL_RESOURCE_ATTRIBUTES`, which the library reads.
fn resource(service_name: Option<&str>) -> Resource {
    let own =
        [KeyValue::new("service.version", env!("CARGO_PKG_VERSION")), KeyValue::new("service.instance.id", Uuid::new_v4().to_string())];
    let resource = Resource::builder_empty()
        .with_service_name(env!("CARGO_PKG_NAME"))
        .with_attributes(own)
        .with_detector(Box::new(EnvResourceDetector::new()));
    match service_name {
        Some(name) => resource.with_service_name(name.to_owned()),
        None => resource,
    }
    .build()
}

fn current() -> Option<Current> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Under the span that the task works in; none where there is no such span.
pub fn span(name: impl Into<Cow<'static, str>>, kind: Kind) -> Beginning {
    let (running, under) = current().map(|current| (current.running, current.parent)).unzip();
    Beginning { running, name: name.into(), kind, ago: Duration::ZERO, under, link: None }
}

/// A span that is about to begin.
#[must_use]
pub struct Beginning {
    running: Option<Arc<Running>>,
    name: Cow<'static, str>,
    kind: Kind,
    ago: Duration,
    under: Option<Parent>,
    link: Option<Parent>,
}

impl Beginning {
    /// Of this parent, when there is one.
    pub fn under(mut self, parent: Option<Parent>) -> Self {
        self.under = parent.or(self.under);
        self
    }

    /// Points at a span of another trace.
    pub fn linked(mut self, to: Option<Parent>) -> Self {
        self.link = to;
        self
    }

    /// It began some time before now.
    pub fn ago(mut self, ago: Duration) -> Self {
        self.ago = ago;
        self
    }

    #[must_use]
    pub fn begin(self) -> Span {
        let Some(running) = self.running else { return Span(None) };
        let context = self.under.map_or_else(Context::new, |Parent(parent)| Context::new().with_remote_span_context(parent));
        let mut builder = SpanBuilder::from_name(self.name).with_kind(self.kind);
        if !self.ago.is_zero() {
            builder = builder.with_start_time(opentelemetry::time::now() - self.ago);
        }
        if let Some(Parent(link)) = self.link {
            builder = builder.with_links(vec![Link::with_context(link)]);
        }
        let span = builder.start_with_context(&running.tracer, &context);
        Span(Some((span, running)))
    }
}

/// Where a span stands in a trace, for those that begin under it, here or elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Parent(SpanContext);

/// A carrier of one header. A `tracestate` is not carried on: it holds what others wrote.
struct Header<'a>(&'a str);

impl Extractor for Header<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

impl Parent {
    /// From a `traceparent` as W3C writes it; None for what is none.
    #[must_use]
    pub fn parse(traceparent: &str) -> Option<Self> {
        let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &Header(traceparent));
        let found = context.span().span_context().clone();
        found.is_valid().then_some(Self(found))
    }

    /// As W3C writes it.
    #[must_use]
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-{:02x}", self.0.trace_id(), self.0.span_id(), self.0.trace_flags())
    }

    /// Whether anybody will see it.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.0.is_sampled()
    }

    /// In hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.0.trace_id().to_string()
    }
}

/// A piece of work. It ends when dropped.
#[derive(Default)]
pub struct Span(Option<(opentelemetry_sdk::trace::Span, Arc<Running>)>);

impl Span {
    fn set(&mut self, key: &'static str, value: impl Into<opentelemetry::Value>) -> &mut Self {
        if let Some((span, _)) = &mut self.0 {
            span.set_attribute(KeyValue::new(key, value.into()));
        }
        self
    }

    pub fn word(&mut self, key: &'static str, value: &'static str) -> &mut Self {
        self.set(key, value)
    }

    pub fn number(&mut self, key: &'static str, value: i64) -> &mut Self {
        self.set(key, value)
    }

    pub fn id(&mut self, key: &'static str, value: Uuid) -> &mut Self {
        self.set(key, value.to_string())
    }

    pub fn digest(&mut self, key: &'static str, value: &[u8]) -> &mut Self {
        if self.0.is_some() {
            self.set(key, hex::encode(value));
        }
        self
    }

    /// A name in the grammar of GraphQL; other characters, and what is too long, are left out.
    pub fn name(&mut self, key: &'static str, value: &str) -> &mut Self {
        if self.0.is_some() {
            self.set(key, plain(value));
        }
        self
    }

    /// A pattern of paths, as it is written here.
    pub fn route(&mut self, pattern: &str) -> &mut Self {
        self.set("http.route", pattern.to_owned())
    }

    /// The status of an answer over HTTP.
    pub fn answered(&mut self, status: u16) -> &mut Self {
        self.number("http.response.status_code", i64::from(status));
        if status >= 500 {
            self.failed(&status.to_string());
        }
        self
    }

    /// A message of a queue or a stream.
    pub fn message(&mut self, system: &'static str, destination: &'static str, operation: &'static str, id: Uuid) -> &mut Self {
        self.word("messaging.system", system)
            .word("messaging.destination.name", destination)
            .word("messaging.operation.name", operation)
            .word("messaging.operation.type", operation)
            .id("messaging.message.id", id)
    }

    /// It ended otherwise than asked for, and not by a fault of ours.
    pub fn refused(&mut self, kind: &str) -> &mut Self {
        self.name("error.type", kind)
    }

    /// It ended with a fault of ours.
    pub fn failed(&mut self, kind: &str) -> &mut Self {
        self.refused(kind);
        if let Some((span, _)) = &mut self.0 {
            span.set_status(Status::error(""));
        }
        self
    }

    /// It ended some time before now.
    pub fn end_ago(mut self, ago: Duration) {
        if let Some((span, _)) = &mut self.0 {
            span.end_with_timestamp(opentelemetry::time::now() - ago);
        }
    }

    /// What begins under it.
    #[must_use]
    pub fn parent(&self) -> Option<Parent> {
        self.0.as_ref().map(|(span, _)| Parent(span.span_context().clone()))
    }

    /// Does the work in it: spans that begin there are its children.
    pub async fn around<T>(&self, work: impl Future<Output = T>) -> T {
        match &self.0 {
            None => work.await,
            Some((span, running)) => {
                let parent = Parent(span.span_context().clone());
                CURRENT.scope(Current { running: running.clone(), parent }, work).await
            }
        }
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|found| found.is_ascii_alphanumeric() || *found == '_').take(NAME_CHARS_MAX).collect()
}

impl Traces {
    /// What a malformed setting is told as.
    pub(super) fn malformed(error: impl std::fmt::Display) -> Error {
        Error::bad_input(format!("The settings of OpenTelemetry cannot be used: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_is_read_and_written_as_w3c_says() {
        let parent = Parent::parse(GIVEN).unwrap();
        assert_eq!((parent.traceparent().as_str(), parent.is_sampled()), (GIVEN, true));
        assert_eq!(parent.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        assert!(!Parent::parse(&GIVEN.replace("-01", "-00")).unwrap().is_sampled());
        // A later version may have more to say, which is not carried on.
        assert_eq!(Parent::parse(&format!("{}-more", GIVEN.replace("00-0", "01-0"))).unwrap().traceparent(), GIVEN);
    }

    #[test]
    fn what_is_no_traceparent_begins_a_trace() {
        let zero = "00-00000000000000000000000000000000-b7ad6b7169203331-01";
        for bad in ["", "00", "hello", zero, &GIVEN.to_uppercase(), &format!("{GIVEN}-more"), &GIVEN.replace("00-0", "ff-0"), "00-é-é-01"]
        {
            assert_eq!(Parent::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_are_plain() {
        assert_eq!(plain("SubmitSolution_2"), "SubmitSolution_2");
        assert_eq!(plain("a@example.org; DROP"), "aexampleorgDROP");
        assert_eq!(plain(&"x".repeat(100)).len(), NAME_CHARS_MAX);
    }

    #[tokio::test]
    async fn off_it_says_nothing() {
        let traces = Traces::default();
        let mut span = traces.span("work", Kind::Internal).begin();
        span.word("a", "b").number("c", 1).failed("D");
        assert_eq!(span.parent(), None);
        assert!(span.around(async { super::span("inner", Kind::Internal).begin().parent() }).await.is_none());
        traces.stop().await;
    }
}
