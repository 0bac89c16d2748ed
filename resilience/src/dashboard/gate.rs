//! Who may change something.

use axum::http::{HeaderMap, StatusCode, Uri, header};

use super::{answer::Refused, board::Board, token::Look};

/// Looks at everything that a request must have that changes something: that no foreign page sends it, that it says what it
/// is, and the token.
pub(super) async fn check(board: &Board, headers: &HeaderMap) -> Result<(), Refused> {
    check_origin(headers, &board.options.origins)?;
    let Some(token) = &board.options.token else {
        return Err(Refused::new(
            StatusCode::FORBIDDEN,
            "no_token_configured",
            "actions are off: give the dashboard a token, with `Dashboard::token(..)`, or with `Dashboard::token_from_environment()` and the variable `RESILIENCE_DASHBOARD_TOKEN`",
        ));
    };
    if !is_json(headers) {
        return Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json",
            "send `Content-Type: application/json`",
        ));
    }
    let given = headers.get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
    match token.look(given).await {
        Look::Right => Ok(()),
        Look::Wrong if given.is_none() => Err(wrong("no token: send `Authorization: Bearer TOKEN`")),
        Look::Wrong => Err(wrong("this is not the dashboard's token")),
        Look::Busy => Err(Refused::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_attempts",
            "this is not the dashboard's token, and too many others that are not either wait for their answer",
        )),
    }
}

fn wrong(message: &str) -> Refused {
    Refused::new(StatusCode::UNAUTHORIZED, "wrong_token", message)
}

fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    // What is no text is nothing that we allow.
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// A browser says which page sends a request, and no page can keep it from doing so.
fn check_origin(headers: &HeaderMap, allowed: &[String]) -> Result<(), Refused> {
    let origin = text(headers, header::ORIGIN);
    let is_allowed = origin.is_some_and(|origin| allowed.iter().any(|known| known == origin));
    let is_own = origin.is_none_or(|origin| is_own(origin, text(headers, header::HOST)));
    let site = text(headers, "sec-fetch-site");
    let is_foreign_site = site.is_some_and(|site| site != "same-origin" && site != "none");
    if headers.get_all(header::ORIGIN).iter().count() > 1 || !is_allowed && (!is_own || is_foreign_site) {
        return Err(Refused::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "another page sent this: use the dashboard's own page, or name the address under which its users see it with `Dashboard::origin(..)`",
        ));
    }
    Ok(())
}

/// Whether an origin is this server, as the request itself calls it.
fn is_own(origin: &str, host: Option<&str>) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let Some(host) = host else { return false };
    let plain = |text: &str| {
        let text = text.to_ascii_lowercase();
        let port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
        text.strip_suffix(port).map(str::to_owned).unwrap_or(text)
    };
    plain(authority) == plain(host)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(content_type) = text(headers, header::CONTENT_TYPE) else { return false };
    let essence = content_type.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Whether a request was sent to a name of this computer. A page that makes its own name point here has not.
pub(super) fn is_local(headers: &HeaderMap, uri: &Uri) -> bool {
    let host = uri.authority().map(axum::http::uri::Authority::as_str).or(text(headers, header::HOST));
    let Some(host) = host else { return false };
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let is_address = name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    is_address || name.trim_end_matches('.').eq_ignore_ascii_case("localhost")
}
