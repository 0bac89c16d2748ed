//! Settings from outside the program.
mod environment;
#[cfg(feature = "config")]
mod file;
mod init;
mod layers;
mod live;
mod load;
mod problem;
#[cfg(feature = "config")]
mod service;
mod sheet;
mod source;
mod suggestion;
pub(crate) mod value;
#[cfg(feature = "config")]
mod watch;
mod words;

pub use init::{Init, init};
pub(crate) use layers::{Effective, Layers, Overlay};
pub use live::{Identity, Status};
pub use load::Loaded;
pub(crate) use load::State;
pub use problem::{Problem, Problems};
#[cfg(feature = "config")]
pub use service::Service;
pub(crate) use sheet::problem_in;
pub(crate) use value::Wrong;
pub(crate) use words::explain;
