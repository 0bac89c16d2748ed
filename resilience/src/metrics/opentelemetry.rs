//! Figures as observable instruments of OpenTelemetry.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use ::opentelemetry::{KeyValue, metrics::Meter};

use super::{Family, Instrument, Names, Sample, Unit};
use crate::Registry;

/// Registers an observable instrument for every family with `meter`: `resilience.circuit_breaker.calls` and so on.
///
/// The instruments read the policies' own counters whenever the meter's reader collects; a call pays nothing for it.
///
/// ```
/// resilience::metrics::opentelemetry::register(
///     &opentelemetry::global::meter("resilience"),
///     &resilience::registry(),
/// );
/// ```
pub fn register(meter: &Meter, registry: &Registry) {
    register_with_names(meter, registry, &Names::new());
}

/// The same with another prefix.
pub fn register_with_names(meter: &Meter, registry: &Registry, names: &Names) {
    let round = Arc::new(Round { registry: registry.clone(), names: names.clone(), state: Mutex::default() });
    for family in names.families() {
        let name = family.opentelemetry_name(names.prefix());
        let unit = match family.unit {
            Some(Unit::Seconds) => "s",
            Some(Unit::Ratio) => "1",
            None => "{count}",
        };
        let round = Arc::clone(&round);
        match family.instrument {
            Instrument::Counter => {
                let observe = move |sample: &Sample| sample.value.as_u64();
                let builder =
                    meter.u64_observable_counter(name).with_description(family.help).with_unit(unit);
                let _ = builder
                    .with_callback(move |observer| {
                        round.each(family, |sample, labels| observer.observe(observe(sample), labels));
                    })
                    .build();
            }
            Instrument::Gauge => {
                let builder = meter.f64_observable_gauge(name).with_description(family.help).with_unit(unit);
                let _ = builder
                    .with_callback(move |observer| {
                        round.each(family, |sample, labels| observer.observe(sample.value.as_f64(), labels));
                    })
                    .build();
            }
        }
    }
}

/// One look at the registry for all instruments of one collection: a family that asks again begins the next.
struct Round {
    registry: Registry,
    names: Names,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    samples: Arc<Vec<Sample>>,
    asked: HashSet<&'static str>,
    begun: bool,
}

impl Round {
    fn each(&self, family: &'static Family, mut observe: impl FnMut(&Sample, &[KeyValue])) {
        let samples = self.samples(family);
        for sample in samples.iter().filter(|sample| std::ptr::eq(sample.family, family)) {
            let labels: Vec<_> =
                sample.labels.iter().map(|(key, value)| KeyValue::new(*key, *value)).collect();
            observe(sample, &labels);
        }
    }

    fn samples(&self, family: &'static Family) -> Arc<Vec<Sample>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let key = family.help;
        if !state.begun || !state.asked.insert(key) {
            state.begun = true;
            state.asked = HashSet::from([key]);
            state.samples = Arc::new(self.names.samples(&self.registry));
        }
        Arc::clone(&state.samples)
    }
}
