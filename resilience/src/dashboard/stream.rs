//! The two streams.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;

use super::{answer::Refused, board::Board, ring::Reader};

/// How long a browser waits before it opens the stream again.
const AGAIN: Duration = Duration::from_secs(2);

/// The events after a number, if one is given, and all that follow.
pub(super) fn events(board: &Arc<Board>, headers: &HeaderMap, after: Option<u64>) -> Response {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let first = format!("retry: {}\n\n", AGAIN.as_millis());
    board.enter(last.or(after)).map_or_else(too_many, |reader| stream(first.into(), reader))
}

/// What a Hystrix dashboard reads.
pub(super) fn hystrix(board: &Arc<Board>) -> Response {
    // Its own servers say this while they have nothing to say.
    board.enter_hystrix().map_or_else(too_many, |reader| stream("ping: \n\n".into(), reader))
}

fn too_many() -> Response {
    Refused::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too_many_streams",
        "4096 streams are open, and there are no more: close one",
    )
    .into_response()
}

fn stream(first: Bytes, reader: Reader) -> Response {
    let next = |(first, mut reader): (Option<Bytes>, Reader)| async move {
        let text = match first {
            Some(text) => text,
            None => reader.next().await?,
        };
        Some((Ok::<_, Infallible>(text), (None, reader)))
    };
    answer(Body::from_stream(stream::unfold((Some(first), reader), next)))
}

fn answer(body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Nginx would keep it until it has a page full.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
