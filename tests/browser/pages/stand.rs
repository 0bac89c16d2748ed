//! A registry with a dashboard on a port of the loopback, and a browser that looks at it.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
};

use axum::{Router, body::Body, http::header::CONTENT_TYPE, routing::get};
use futures::{StreamExt, stream};
use resilience::{
    CircuitBreaker, Registry, bulkhead, circuit_breaker::Config, dashboard::Dashboard, fallback, rate_limit,
    retry, testing::Scope, timeout,
};
use resilience_browser_tests::Browser;
use tokio::{net::TcpListener, runtime::Runtime, task::JoinHandle};

pub(crate) const TOKEN: &str = "a-token-of-the-browser-tests";

/// What [`Registry::add_circuit_breaker`] of most tests takes.
pub(crate) const QUICK: Config = Config::new().threshold(3);

pub(crate) struct Stand {
    runtime: Runtime,
    scope: Scope,
    server: Option<JoinHandle<()>>,
    address: SocketAddr,
}

impl Stand {
    /// One that takes actions for [`TOKEN`].
    pub(crate) fn open() -> Self {
        Self::with(|dashboard| dashboard.token(TOKEN).expect("a good token"))
    }

    pub(crate) fn with(options: impl FnOnce(Dashboard) -> Dashboard) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let scope = Scope::new();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let mut stand = Self { runtime, scope, server: None, address };
        let dashboard = options(stand.dashboard());
        stand.serve(dashboard, listener);
        stand
    }

    fn dashboard(&self) -> Dashboard {
        Dashboard::of(&self.registry()).title("stand")
    }

    /// Serves at the root, and under a path.
    fn serve(&mut self, dashboard: Dashboard, listener: TcpListener) {
        let router = dashboard.router();
        let router = router.clone().nest_service("/ops/resilience", router);
        self.server = Some(self.runtime.spawn(async move { axum::serve(listener, router).await.unwrap() }));
    }

    /// Serves a page that hears nothing after the first word.
    pub(crate) fn mute() -> Self {
        let mut stand = Self::open();
        let listener =
            stand.runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        stand.address = listener.local_addr().expect("it is bound");
        let begin = || async {
            let word = stream::once(async { Ok::<_, Infallible>("retry: 2000\n\n") });
            ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(word.chain(stream::pending())))
        };
        let router = Router::new().route("/events", get(begin)).fallback_service(stand.dashboard().router());
        stand.server = Some(stand.runtime.spawn(async move { axum::serve(listener, router).await.unwrap() }));
        stand
    }

    /// Ends the server, and every connection with it.
    pub(crate) fn stop(&mut self) {
        self.server.take().expect("it runs").abort();
        // Connections are tasks of their own, which end with their runtime.
        let ended = std::mem::replace(&mut self.runtime, Runtime::new().expect("a runtime"));
        ended.shutdown_background();
    }

    /// Serves on the same address again.
    pub(crate) fn start_again(&mut self) {
        let listener =
            self.runtime.block_on(TcpListener::bind(self.address)).expect("the port is free again");
        self.serve(self.dashboard(), listener);
    }

    pub(crate) fn registry(&self) -> Registry {
        self.scope.registry()
    }

    pub(crate) fn breaker(&self, name: &str) -> CircuitBreaker {
        self.registry().add_circuit_breaker(name, QUICK).expect("a good name")
    }

    /// A policy of every kind, and a circuit in every state.
    pub(crate) fn furnish(&self) {
        let registry = self.registry();
        self.breaker("closed");
        open(&self.breaker("open"));
        self.breaker("forced").force_open();
        self.breaker("disabled").disable();
        self.breaker("metrics").metrics_only();
        registry.add_retry("closed", retry::Config::new()).unwrap();
        registry.add_bulkhead("closed", bulkhead::Config::new().max_concurrent(4)).unwrap();
        registry
            .add_timeout("closed", timeout::Config::new().limit(std::time::Duration::from_secs(1)))
            .unwrap();
        registry.add_fallback("closed", fallback::Config::new()).unwrap();
        let rate = rate_limit::Config::new().rate(100, std::time::Duration::from_secs(1));
        registry.add_rate_limit("shop::orders::place_an_order_with_a_long_name", rate).unwrap();
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// A browser with the page open and filled.
    pub(crate) fn visit(&self) -> Option<Browser> {
        let browser = Browser::start()?;
        browser.open(&self.address());
        self.settle(&browser);
        Some(browser)
    }

    /// Waits until the page shows what the server says.
    pub(crate) fn settle(&self, browser: &Browser) {
        browser.wait("document.getElementById('link').dataset.link === 'live'");
        if !self.registry().snapshot().policies.is_empty() {
            browser.wait("document.querySelectorAll('#rows .row').length > 0");
        }
    }
}

/// Fails until the circuit is open.
pub(crate) fn open(breaker: &CircuitBreaker) {
    for _ in 0..3 {
        let _ = breaker.call(|| Err::<(), _>("down"));
    }
}

/// The address within the page of a circuit breaker with a plain name.
pub(crate) fn path(name: &str) -> String {
    format!("api/v1/policies/circuit_breaker/{name}")
}

/// Waits for the detail of a policy to be open and complete.
pub(crate) fn wait_for_detail(browser: &Browser) {
    browser.wait(
        "document.getElementById('detail').open && document.querySelectorAll('#settings li').length > 0",
    );
}

/// Opens the detail of a policy by its address.
pub(crate) fn show_detail(browser: &Browser, path: &str) {
    browser.run(&format!("location.hash = {}", serde_json::json!(path)));
    wait_for_detail(browser);
}

/// Gives the page a token as a user does.
pub(crate) fn give_token(browser: &Browser, token: &str) {
    browser.wait("document.getElementById('token-dialog').open");
    browser.press(token);
    browser.press(Browser::ENTER);
}
