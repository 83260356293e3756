//! Logs, metrics, traces.

use crate::config::Config;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// What has to live as long as the program.
pub struct Telemetry {
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Sends what is still waiting.
    pub fn flush(self) {
        if let Some(traces) = self.traces
            && let Err(e) = traces.shutdown()
        {
            eprintln!("traces could not be sent: {e}");
        }
    }
}

/// Sets up logs, metrics and, where an endpoint is named, traces.
pub fn start(config: &Config) -> Result<Telemetry, String> {
    let filter = EnvFilter::try_new(&config.log.filter).map_err(|e| format!("log.filter: {e}"))?;
    let lines = if config.log.format == "json" {
        fmt::layer().json().with_writer(std::io::stderr).boxed()
    } else {
        // Colours are for terminals; files and journals keep the text alone.
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        fmt::layer().with_target(false).with_ansi(terminal).with_writer(std::io::stderr).boxed()
    };
    let endpoint = &config.telemetry.otlp_endpoint;
    let traces = if endpoint.is_empty() {
        None
    } else {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(endpoint)
            .build()
            .map_err(|e| format!("telemetry.otlp_endpoint: {e}"))?;
        let resource = opentelemetry_sdk::Resource::builder().with_service_name("yunfang").build();
        // The exporter's HTTP client needs a runtime under it, which the thread of the plain batch
        // processor does not have.
        let batches = BatchSpanProcessor::builder(exporter, opentelemetry_sdk::runtime::Tokio).build();
        Some(SdkTracerProvider::builder().with_span_processor(batches).with_resource(resource).build())
    };
    let spans = traces.as_ref().map(|t| tracing_opentelemetry::layer().with_tracer(t.tracer("yunfang")));
    tracing_subscriber::registry().with(filter).with(lines).with(spans).try_init().map_err(|e| e.to_string())?;
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(
            Matcher::Suffix("duration_seconds".into()),
            &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0],
        )
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|e| e.to_string())?;
    Ok(Telemetry { metrics, traces })
}
