//! The dashboard's server, over HTTP: where no socket is needed, by handing it requests.

mod acting;
mod client;
mod hostile;
mod hystrix;
mod reading;
mod serving;
mod streaming;
