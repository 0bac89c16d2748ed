//! Figures for Prometheus: as text, and for a registry of `prometheus-client`.

use std::fmt;

use prometheus_client::{
    collector::Collector as Collects,
    encoding::{DescriptorEncoder, NoLabelSet, text},
    metrics::MetricType,
    registry,
};

use super::{Instrument, Names, Sample, Unit, Value};
use crate::Registry;

/// What an HTTP answer with [`text`](Collector::text) says of itself.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Shows the figures of a registry's policies to Prometheus.
///
/// They are read from the policies' own counters at each scrape; nothing is pushed, and a call pays nothing for it.
/// Either take the text, or register this with the registry of `prometheus-client` beside your own metrics.
///
/// ```
/// use resilience::{circuit_breaker::Config, metrics::prometheus::Collector, registry};
///
/// registry().add_circuit_breaker("scraped", Config::new())?;
/// let collector = Collector::new(registry());
/// assert!(collector.text().contains(r#"resilience_circuit_breaker_state{name="scraped",state="closed"} 1.0"#));
///
/// let mut yours = prometheus_client::registry::Registry::default();
/// yours.register_collector(Box::new(collector));
/// # Ok::<(), resilience::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Collector {
    registry: Registry,
    names: Names,
}

impl Collector {
    /// Shows the policies of `registry` under our names.
    #[must_use]
    pub const fn new(registry: Registry) -> Self {
        Self::with_names(registry, Names::new())
    }

    /// Shows the policies of `registry` under these names.
    #[must_use]
    pub const fn with_names(registry: Registry, names: Names) -> Self {
        Self { registry, names }
    }

    /// The figures at this moment in the text format of `OpenMetrics`; see [`CONTENT_TYPE`].
    #[must_use]
    pub fn text(&self) -> String {
        let mut registry = registry::Registry::default();
        registry.register_collector(Box::new(self.clone()));
        let mut answer = String::new();
        // A string takes everything.
        let _ = text::encode(&mut answer, &registry);
        answer
    }
}

impl Collects for Collector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let samples = self.names.samples(&self.registry);
        for family in samples.chunk_by(|one, next| std::ptr::eq(one.family, next.family)) {
            encode_family(&mut encoder, family, &self.names)?;
        }
        Ok(())
    }
}

fn encode_family(encoder: &mut DescriptorEncoder, samples: &[Sample], names: &Names) -> fmt::Result {
    let Some(family) = samples.first().map(|sample| sample.family) else { return Ok(()) };
    let unit = family.unit.map(|unit| match unit {
        Unit::Seconds => registry::Unit::Seconds,
        Unit::Ratio => registry::Unit::Other("ratio".to_owned()),
    });
    let kind = match family.instrument {
        Instrument::Counter => MetricType::Counter,
        Instrument::Gauge => MetricType::Gauge,
    };
    // The encoder adds unit and ending itself.
    let name = family.plain_name(names.prefix());
    let mut encoder = encoder.encode_descriptor(&name, family.help, unit.as_ref(), kind)?;
    for sample in samples {
        let mut sample_encoder = encoder.encode_family(&sample.labels)?;
        match sample.value {
            Value::Count(count) => sample_encoder.encode_counter::<NoLabelSet, _, u64>(&count, None)?,
            Value::Level(level) => sample_encoder.encode_gauge(&level)?,
        }
    }
    Ok(())
}
