//! Figures for the recorder of the `metrics` crate.

use std::{
    io,
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

use ::metrics::{Key, KeyName, Label, Level, Metadata, Unit as TheirUnit, with_recorder};

use super::{Family, Instrument, Names, Sample, Unit, Value};
use crate::Registry;

/// Hands the figures of a registry's policies to the recorder of the `metrics` crate, whichever it is.
///
/// Counters are set to the policies' own totals, so they agree with every other reader, and a recorder that comes late
/// misses nothing. Nothing is done per call: call [`report`](Self::report) before each scrape or every few seconds, or
/// let [`report_every`](Self::report_every) do it.
///
/// ```
/// use resilience::{metrics::facade::Bridge, registry};
///
/// Bridge::new(registry()).report();
/// ```
#[derive(Clone, Debug)]
pub struct Bridge {
    registry: Registry,
    names: Names,
}

impl Bridge {
    /// Hands on the policies of `registry` under our names.
    #[must_use]
    pub const fn new(registry: Registry) -> Self {
        Self::with_names(registry, Names::new())
    }

    /// Hands on the policies of `registry` under these names.
    #[must_use]
    pub const fn with_names(registry: Registry, names: Names) -> Self {
        Self { registry, names }
    }

    /// Hands every figure on, as it is now, to the recorder in force.
    pub fn report(&self) {
        let samples = self.names.samples(&self.registry);
        with_recorder(|recorder| {
            for family in samples.chunk_by(|one, next| std::ptr::eq(one.family, next.family)) {
                report_family(recorder, family, &self.names);
            }
        });
    }

    /// Reports at once and then every `time`, on a thread of its own, until what is returned is dropped.
    ///
    /// # Errors
    ///
    /// The system has no further thread.
    pub fn report_every(self, time: Duration) -> io::Result<Reporting> {
        let (stop, stopped) = channel();
        let report = move || {
            loop {
                self.report();
                match stopped.recv_timeout(time) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        };
        thread::Builder::new().name("resilience-metrics".into()).spawn(report)?;
        Ok(Reporting { _stop: stop })
    }
}

/// A thread reports while this lives.
#[derive(Debug)]
#[must_use = "reporting ends when this is dropped"]
pub struct Reporting {
    _stop: Sender<()>,
}

fn report_family(recorder: &dyn ::metrics::Recorder, samples: &[Sample], names: &Names) {
    static METADATA: Metadata<'static> = Metadata::new("resilience", Level::INFO, None);

    let Some(family) = samples.first().map(|sample| sample.family) else { return };
    let name = KeyName::from(family.prometheus_name(names.prefix()));
    describe(recorder, family, name.clone());
    for sample in samples {
        let labels: Vec<_> =
            sample.labels.iter().map(|(key, value)| Label::from_static_parts(key, value)).collect();
        let key = Key::from_parts(name.clone(), labels);
        match sample.value {
            Value::Count(count) => recorder.register_counter(&key, &METADATA).absolute(count),
            Value::Level(level) => recorder.register_gauge(&key, &METADATA).set(level),
        }
    }
}

fn describe(recorder: &dyn ::metrics::Recorder, family: &Family, name: KeyName) {
    let unit = match family.unit {
        Some(Unit::Seconds) => Some(TheirUnit::Seconds),
        Some(Unit::Ratio) => None,
        None => Some(TheirUnit::Count),
    };
    match family.instrument {
        Instrument::Counter => recorder.describe_counter(name, unit, family.help.into()),
        Instrument::Gauge => recorder.describe_gauge(name, unit, family.help.into()),
    }
}
