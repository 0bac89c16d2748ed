//! The server of its own.

use std::{io, net::SocketAddr};

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use tokio::net::{TcpListener, ToSocketAddrs};

use super::{Dashboard, answer::Refused, answer::add_headers, gate};

pub(super) async fn bind(address: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host(address).await?.collect();
    if let Some(foreign) = addresses.iter().find(|address| !address.ip().is_loopback()) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!(
                "the dashboard serves this computer only, and {} can be reached by others: serve it on 127.0.0.1, or mount it in your own server behind your own authentication, as in `Router::new().nest(\"/resilience\", Dashboard::new().router())`",
                foreign.ip()
            ),
        ));
    }
    TcpListener::bind(addresses.as_slice()).await
}

pub(super) async fn run(dashboard: Dashboard, listener: TcpListener) -> io::Result<()> {
    axum::serve(listener, dashboard.router().layer(from_fn(only_local))).await
}

/// Refuses what was sent to another name than one of this computer: a page whose name was made to point here could
/// otherwise read everything.
async fn only_local(request: Request, next: Next) -> Response {
    if gate::is_local(request.headers(), request.uri()) {
        return next.run(request).await;
    }
    let refused = Refused::new(
        StatusCode::FORBIDDEN,
        "foreign_host",
        "this dashboard answers to names of this computer only, as in `http://localhost:8080/`; mounted in your own server it answers to every name",
    );
    let mut response = refused.into_response();
    add_headers(response.headers_mut());
    response
}
