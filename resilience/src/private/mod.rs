//! What expansions call. Nothing here is for people, and nothing here is stable.

mod body;
mod bounds;
mod bulkhead_site;
mod catalogue;
mod config;
mod gates;
mod optional_site;
mod preset_sites;
mod probe;
mod retry_site;
mod service_site;
mod site;
mod tier;
mod timeout_site;

pub use ::core::{
    self,
    option::Option::{None, Some},
    result::Result::{Err, Ok},
};

pub use crate::{
    Failure, Rejected, Verdict,
    bulkhead::Answer as Asked,
    circuit_breaker::{AsyncPermit, Blame, Permit, blame},
    keyed::{AsText, KeyOf, KeyText},
    timeout::Deadline,
};
pub(crate) use body::Permits;
pub use body::{
    Body, Early, Running, Shielded, Until, body, early, once, running, shielded, unlikely, until, watch,
};
pub use bounds::*;
pub use bulkhead_site::SiteLater;
pub use catalogue::*;
pub use config::*;
pub use gates::{Entering, Gate, Gates, Guard, ask_again, enter, enter_after, entering};
pub use optional_site::{Maybe, MaybeAsync, MaybeLater, MaybeQueueing, OptionalSite};
pub use preset_sites::{PresetGates, PresetSites};
pub use probe::{DebugNo, DebugYes, Probe};
pub use resilience_macros::__preset;
pub use service_site::{Joined, ServiceSite};
pub(crate) use site::Policy;
pub use site::{Site, Source};
pub use tier::*;
pub use timeout_site::Timing;
