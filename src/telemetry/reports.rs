//! Errors for Sentry: a layer of the log that tells of our own lines at error level, panics among them. A report is the line's words,
//! its place in the code, the request's id and a few fields of ours; never the text of an error, which may hold what somebody wrote.

use std::{
    collections::BTreeMap,
    panic::{self, PanicHookInfo},
    sync::{Arc, Once},
    time::Duration,
};

use anyhow::Context as _;
use sentry::{
    Client, ClientOptions, Transport, TransportFactory, TransportOptions, protocol::Event, transports::ReqwestHttpTransportOptions,
};
use tracing::{
    Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{
    Layer,
    filter::{FilterFn, Filtered, filter_fn},
    layer::Context,
    registry::LookupSpan,
};

use crate::config::Config;

/// How long one report may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the end of a process may wait for its last reports.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);
/// Fields of a line that are told: words of ours, names of kinds, and ids that only the database can read.
const FIELDS: [&str; 8] = ["cause", "place", "kind", "runtime", "verdict", "submission", "job", "cell"];
const FIELD_CHARS_MAX: usize = 200;
/// Whose lines are told.
const OURS: &str = "weak_to_strong";

/// Tells Sentry until it is dropped, which waits a little for what is on its way.
pub struct Reports(Arc<Client>);

impl Reports {
    /// None where the settings name no Sentry.
    pub fn start(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(dsn) = &config.telemetry.sentry_dsn else { return Ok(None) };
        let mut options = ClientOptions::new();
        options.dsn = Some(dsn.parse().context("SENTRY_DSN is no address of a Sentry project")?);
        options.release = Some(concat!(env!("CARGO_PKG_NAME"), "@", env!("CARGO_PKG_VERSION")).into());
        options.environment = Some(if config.development { "development" } else { "production" }.into());
        options.default_integrations = false;
        options.send_default_pii = false;
        options.shutdown_timeout = STOP_TIMEOUT;
        let client = reqwest::Client::builder().timeout(SEND_TIMEOUT).build()?;
        options.transport = Some(Arc::new(Http(client)));
        Ok(Some(Self(Arc::new(Client::with_options(options)))))
    }

    /// To be added to the log.
    pub fn layer<S>(&self) -> Filtered<Reporting, FilterFn, S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        Reporting(self.0.clone()).with_filter(filter_fn(is_told as fn(&Metadata<'_>) -> bool))
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        self.0.close(None);
    }
}

/// Over the client of ours, with its time-out and the one TLS of this program.
struct Http(reqwest::Client);

impl TransportFactory for Http {
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        Arc::new(ReqwestHttpTransportOptions::from(options).with_client(self.0.clone()).build())
    }
}

/// Our errors, and the spans that say in which request they are.
fn is_told(of: &Metadata<'_>) -> bool {
    of.target().starts_with(OURS) && (of.is_span() || *of.level() == Level::ERROR)
}

pub struct Reporting(Arc<Client>);

/// The id of the request that a span is of.
struct RequestName(String);

impl<S> Layer<S> for Reporting
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut found = Found::default();
        attributes.record(&mut found);
        if let (Some(name), Some(span)) = (found.id, context.span(id)) {
            span.extensions_mut().insert(RequestName(name));
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let (mut found, of) = (Found::default(), event.metadata());
        event.record(&mut found);
        let mut scope = context.event_scope(event).into_iter().flatten();
        if let Some(name) = scope.find_map(|span| span.extensions().get::<RequestName>().map(|name| name.0.clone())) {
            found.tags.insert("request_id".to_owned(), name);
        }
        let place = format!("{}:{}", of.file().unwrap_or_default(), of.line().unwrap_or_default());
        // One issue for each line and cause.
        let fingerprint = [place.clone(), found.tags.get("cause").cloned().unwrap_or_default()];
        found.tags.insert("line".to_owned(), place);
        let report = Event {
            message: Some(found.message),
            logger: Some(of.target().to_owned()),
            fingerprint: fingerprint.into_iter().map(Into::into).collect::<Vec<_>>().into(),
            tags: found.tags,
            ..Event::default()
        };
        self.0.capture_event(report, None);
    }
}

#[derive(Default)]
struct Found {
    message: String,
    id: Option<String>,
    tags: BTreeMap<String, String>,
}

impl Found {
    fn note(&mut self, field: &Field, text: String) {
        match field.name() {
            "message" => self.message = text,
            "id" => self.id = Some(text),
            name if FIELDS.contains(&name) => {
                self.tags.insert(name.to_owned(), text.chars().take(FIELD_CHARS_MAX).collect());
            }
            _ => {}
        }
    }
}

impl Visit for Found {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.note(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field, value.to_owned());
    }
}

/// From now on a panic is a line of the log as well, so that it is told of like other errors. A second call does nothing.
pub fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            tracing::error!(place = place(panicked), cause = words(panicked), "a panic");
            usual(panicked);
        }));
    });
}

fn place(panicked: &PanicHookInfo<'_>) -> String {
    panicked.location().map(ToString::to_string).unwrap_or_default()
}

/// What it says, if that was written into the code; what was put together may hold anything.
fn words(panicked: &PanicHookInfo<'_>) -> &'static str {
    panicked.payload().downcast_ref::<&'static str>().copied().unwrap_or("a message that was put together")
}
