//! The settings of traces and error reports, under the names that OpenTelemetry and Sentry gave them.

use std::time::Duration;

use anyhow::bail;

use super::{env, env_number};

#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// None: named after the program and its role.
    pub service_name: Option<String>,
    /// None: no spans are made.
    pub traces: Option<Traces>,
    /// Where errors are told; None: nowhere.
    pub sentry_dsn: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Traces {
    /// The collector's address for traces, whole.
    pub endpoint: String,
    pub sampling: Sampling,
    /// How long one export may take, tries included.
    pub timeout: Duration,
    /// Spans that wait to be exported; more are dropped.
    pub queue_max: usize,
    /// Spans of one export.
    pub batch_max: usize,
    /// How long a span waits for others to go with it.
    pub delay: Duration,
}

/// Which traces are exported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Whoever began a trace elsewhere has decided.
    pub follows_parent: bool,
    /// Of the others, this part: 0 to 1.
    pub ratio: f64,
}

impl Telemetry {
    pub(super) fn from_env() -> anyhow::Result<Self> {
        let service_name = env("OTEL_SERVICE_NAME").or_else(|| {
            let attributes = env("OTEL_RESOURCE_ATTRIBUTES")?;
            attributes.split(',').find_map(|pair| pair.trim().strip_prefix("service.name=").map(str::to_owned))
        });
        Ok(Self { service_name, traces: Traces::from_env()?, sentry_dsn: env("SENTRY_DSN") })
    }
}

impl Traces {
    fn from_env() -> anyhow::Result<Option<Self>> {
        let whole = env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
        let endpoint = whole.or_else(|| env("OTEL_EXPORTER_OTLP_ENDPOINT").map(|base| format!("{}/v1/traces", base.trim_end_matches('/'))));
        let is_off = env_number("OTEL_SDK_DISABLED", false)?;
        let Some(endpoint) = endpoint.filter(|_| !is_off) else { return Ok(None) };
        match env("OTEL_TRACES_EXPORTER").as_deref() {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(other) => bail!("OTEL_TRACES_EXPORTER is {other:?}; it is \"otlp\" or \"none\""),
        }
        let protocol = env("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL").or_else(|| env("OTEL_EXPORTER_OTLP_PROTOCOL"));
        if let Some(other) = protocol.filter(|protocol| protocol != "http/protobuf") {
            bail!("OTEL_EXPORTER_OTLP_PROTOCOL is {other:?}; \"http/protobuf\" is spoken here");
        }
        if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
            bail!("OTEL_EXPORTER_OTLP_ENDPOINT is {endpoint:?}, which is no address of HTTP");
        }
        let timeout = env_number("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", env_number("OTEL_EXPORTER_OTLP_TIMEOUT", 10_000)?)?;
        let (queue_max, batch_max) = (env_number("OTEL_BSP_MAX_QUEUE_SIZE", 2048)?, env_number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512)?);
        if queue_max == 0 || batch_max == 0 {
            bail!("OTEL_BSP_MAX_QUEUE_SIZE and OTEL_BSP_MAX_EXPORT_BATCH_SIZE are at least 1");
        }
        let delay = Duration::from_millis(env_number("OTEL_BSP_SCHEDULE_DELAY", 5_000)?);
        let (sampling, timeout) = (Sampling::from_env()?, Duration::from_millis(timeout));
        Ok(Some(Self { endpoint, sampling, timeout, queue_max, batch_max, delay }))
    }
}

impl Sampling {
    fn from_env() -> anyhow::Result<Self> {
        let name = env("OTEL_TRACES_SAMPLER").unwrap_or_else(|| "parentbased_always_on".to_owned());
        let argument = env_number("OTEL_TRACES_SAMPLER_ARG", 1.0)?;
        Self::named(&name, argument)
    }

    fn named(name: &str, argument: f64) -> anyhow::Result<Self> {
        let alone = name.strip_prefix("parentbased_");
        let ratio = match alone.unwrap_or(name) {
            "always_on" => 1.0,
            "always_off" => 0.0,
            "traceidratio" if (0.0..=1.0).contains(&argument) => argument,
            "traceidratio" => bail!("OTEL_TRACES_SAMPLER_ARG is {argument}; it is the part of the traces that is exported, 0 to 1"),
            _ => bail!("OTEL_TRACES_SAMPLER is {name:?}; it is always_on, always_off or traceidratio, or one of these after parentbased_"),
        };
        Ok(Self { follows_parent: alone.is_some(), ratio })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samplers_have_their_standard_names() {
        let named = |name, argument| Sampling::named(name, argument).ok().map(|found| (found.follows_parent, found.ratio));
        assert_eq!(named("always_on", 0.5), Some((false, 1.0)));
        assert_eq!(named("always_off", 0.5), Some((false, 0.0)));
        assert_eq!(named("traceidratio", 0.5), Some((false, 0.5)));
        assert_eq!(named("parentbased_always_on", 0.5), Some((true, 1.0)));
        assert_eq!(named("parentbased_always_off", 0.5), Some((true, 0.0)));
        assert_eq!(named("parentbased_traceidratio", 0.25), Some((true, 0.25)));
        for (name, argument) in
            [("traceidratio", 1.5), ("traceidratio", -0.1), ("traceidratio", f64::NAN), ("jaeger_remote", 1.0), ("", 1.0)]
        {
            assert_eq!(named(name, argument), None, "{name} {argument}");
        }
    }
}
