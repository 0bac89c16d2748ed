//! The server of its own, over real sockets.

use std::{env, io::ErrorKind, net::Ipv4Addr, process::Command};

use resilience::{circuit_breaker::Config, dashboard::Dashboard, testing::Scope};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused_with_what_to_do_instead() {
    let scope = Scope::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.7:0", "[2001:db8::1]:0"] {
        let error = Dashboard::of(&scope.registry()).serve(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{address}");
        let text = error.to_string();
        assert!(
            text.contains("127.0.0.1") && text.contains(".nest(") && text.contains("authentication"),
            "{text}"
        );
    }
}

/// Serves a dashboard on a port of its own.
async fn serve(scope: &Scope) -> u16 {
    // A port that is free now; nobody else here asks for one by number.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap().port();
    let dashboard = Dashboard::of(&scope.registry());
    tokio::spawn(async move { dashboard.serve((Ipv4Addr::LOCALHOST, port)).await });
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
        tokio::task::yield_now().await;
    }
    port
}

/// The answer to a request that is sent as it is.
async fn ask(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn only_names_of_this_computer_are_answered() {
    let scope = Scope::new();
    scope.registry().add_circuit_breaker("secret-name", Config::new()).unwrap();
    let port = serve(&scope).await;
    let get = async |target: &str, host: &str| {
        ask(port, &format!("GET {target} HTTP/1.1\r\n{host}Connection: close\r\n\r\n")).await
    };
    for host in ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.1.2.3", "[::1]"] {
        for host in [host.to_owned(), format!("{host}:{port}")] {
            let answer = get("/api/v1/status", &format!("Host: {host}\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("secret-name"), "{host}: {answer}");
        }
    }
    let hosts = [
        "Host: evil.example.com\r\n",
        "Host: localhost.evil.example.com\r\n",
        "Host: 127.0.0.1.evil.example.com\r\n",
        "Host: 127.0.0.1@evil.example.com\r\n",
        "Host: evil.example.com:80\r\n",
        "Host: 192.0.2.7\r\n",
        "Host: [::2]\r\n",
        "Host: \r\n",
    ];
    for host in hosts {
        for target in ["/api/v1/status", "/", "/events", "/livez"] {
            let answer = get(target, host).await;
            assert!(answer.starts_with("HTTP/1.1 4"), "{host}{target}: {answer}");
            assert!(!answer.contains("secret-name"));
        }
    }
    let answer = get("/", "Host: evil.example.com\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("foreign_host"), "{answer}");
    assert!(answer.contains("content-security-policy"));
    let answer = get("http://evil.example.com/api/v1/status", "Host: localhost\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

#[tokio::test]
async fn a_stream_comes_over_a_socket_and_ends_with_it() {
    let scope = Scope::new();
    let breaker = scope.registry().add_circuit_breaker("quotes", Config::new()).unwrap();
    let port = serve(&scope).await;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    stream.write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut text = String::new();
    let mut bytes = [0; 4096];
    while !text.contains("closed -> forced_open") {
        let read = stream.read(&mut bytes).await.unwrap();
        assert!(read > 0, "{text}");
        text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        if text.contains("retry: 2000") {
            breaker.force_open();
        }
    }
    assert!(text.contains("content-type: text/event-stream"));
    assert!(text.contains("cache-control: no-store"));
}

/// Runs itself again for each case, since a process does not change its own environment.
#[test]
fn the_token_may_come_from_the_environment() {
    const EXPECTED: &str = "DASHBOARD_TEST_EXPECTS";
    const TOKEN: &str = "RESILIENCE_DASHBOARD_TOKEN";
    if let Ok(expected) = env::var(EXPECTED) {
        let scope = Scope::new();
        let found = match Dashboard::of(&scope.registry()).token_from_environment() {
            Ok(dashboard) => format!("{dashboard:?}"),
            Err(error) => error.to_string(),
        };
        assert!(found.contains(&expected), "{found}");
        return;
    }
    let cases = [
        (None, "actions: false"),
        (Some("sixteen-letters!"), "actions: true"),
        (Some(""), "is empty"),
        (Some("secret"), "is too short"),
    ];
    for (token, expected) in cases {
        let mut again = Command::new(env::current_exe().unwrap());
        again.args(["--exact", "serving::the_token_may_come_from_the_environment"]).env(EXPECTED, expected);
        match token {
            Some(token) => again.env(TOKEN, token),
            None => again.env_remove(TOKEN),
        };
        let output = again.output().unwrap();
        assert!(output.status.success(), "{token:?}: {}", String::from_utf8_lossy(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    }
}
