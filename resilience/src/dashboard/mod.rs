//! A dashboard in the browser: see every policy and steer it while the program runs. Needs the feature `dashboard`.
//!
//! One line serves it on this computer:
//!
//! ```no_run
//! # async fn serve() -> std::io::Result<()> {
//! use resilience::dashboard::Dashboard;
//!
//! Dashboard::new().serve("127.0.0.1:8080").await
//! # }
//! ```
//!
//! Or a service mounts it in a server of its own, behind its own authentication:
//!
//! ```
//! use axum::Router;
//! use resilience::dashboard::Dashboard;
//!
//! let app: Router = Router::new().nest("/resilience", Dashboard::new().title("shop").router());
//! ```
//!
//! # Who may do what
//!
//! Whoever reaches the dashboard can read it: names, places in the source, settings and figures, and never an error's text or
//! a call's arguments. Changing something needs a token, without which all actions are off:
//!
//! ```
//! use resilience::dashboard::Dashboard;
//!
//! let dashboard = Dashboard::new().token_from_environment()?; // RESILIENCE_DASHBOARD_TOKEN
//! let problem = Dashboard::new().token("secret").unwrap_err();
//! assert!(problem.to_string().contains("at least 16 characters"));
//! # Ok::<(), resilience::ConfigError>(())
//! ```
//!
//! The token is sent as `Authorization: Bearer TOKEN`, never as a cookie, and compared in constant time; wrong ones are
//! slowed. A request that another page sends is refused whatever it carries, and no page but the dashboard's own script may
//! run in it. [`serve`](Dashboard::serve) takes loopback addresses only, and refuses requests whose `Host` is not a name of
//! this computer.
//!
//! # What it costs
//!
//! Nothing while nobody looks. While somebody does, a task of the runtime looks at all policies once a second, writes down
//! once what has changed, and everybody is sent the same bytes. Calls that succeed do not notice; a refusal or a repeat costs
//! its event, as with every [reader](crate::Events). Reading changes nothing: no state moves, and no window is emptied.
//!
//! A browser that does not read holds what the server's connection has room for, and nothing else: the pieces that it has
//! not read are those of everybody, at most 32 and 4 MiB.
//!
//! # What lasts
//!
//! A setting that is changed here is a layer of the run time, as with [`Registry::set`], and an event tells of it. It is lost
//! when the process ends, as is a state that was forced. The page says so, and has the lines for `resilience.toml` that keep
//! the settings.
//!
#![doc = include_str!("api.md")]

mod actions;
mod address;
mod answer;
mod board;
mod figures;
mod gate;
mod hystrix;
mod ring;
mod routes;
mod row;
mod serve;
mod sight;
mod stream;
mod telling;
mod token;
mod track;
mod view;

use std::{env, fmt, io, sync::Arc};

use axum::Router;
use tokio::net::ToSocketAddrs;

use self::{board::Board, token::Token};
use crate::{ConfigError, Registry, registry};

/// The variable that holds the token.
const TOKEN: &str = "RESILIENCE_DASHBOARD_TOKEN";

/// A dashboard over the policies of a registry; see the [module](self).
#[must_use = "a dashboard is seen when it is served, or its router is"]
pub struct Dashboard {
    options: Options,
}

/// What the builder was told.
struct Options {
    registry: Registry,
    title: String,
    token: Option<Token>,
    origins: Vec<String>,
}

impl Default for Dashboard {
    fn default() -> Self {
        Self::new()
    }
}

impl Dashboard {
    /// Over the [registry](registry()) in force, with actions off.
    pub fn new() -> Self {
        Self::of(&registry())
    }

    /// Over this registry.
    pub fn of(registry: &Registry) -> Self {
        let options = Options {
            registry: registry.clone(),
            title: "resilience".to_owned(),
            token: None,
            origins: Vec::new(),
        };
        Self { options }
    }

    /// What stands above the page; `resilience`.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.options.title = title.into();
        self
    }

    /// Switches actions on, for whoever has this token.
    ///
    /// # Errors
    ///
    /// A token that is empty, shorter than 16 or longer than 1,024 characters, or has others than letters, digits and
    /// punctuation of ASCII.
    pub fn token(mut self, token: impl AsRef<str>) -> Result<Self, ConfigError> {
        self.options.token = Some(Token::new(token.as_ref())?);
        Ok(self)
    }

    /// Switches actions on for whoever has the token in `RESILIENCE_DASHBOARD_TOKEN`. Without that variable they stay off.
    ///
    /// # Errors
    ///
    /// As [`token`](Self::token).
    pub fn token_from_environment(self) -> Result<Self, ConfigError> {
        match env::var_os(TOKEN) {
            None => Ok(self),
            // What is no text has a character that cannot be.
            Some(token) => self.token(token.to_string_lossy()),
        }
    }

    /// Takes actions from a page under this origin as well, `https://ops.example.com`: for a proxy that hands requests on
    /// with another `Host` than the browser's.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.options.origins.push(origin.into());
        self
    }

    /// The routes, to be mounted behind whatever the program puts before them: with [`Router::nest`] under `/resilience`,
    /// with [`Router::nest_service`] under `/resilience/` too, with [`Router::merge`] at the root.
    pub fn router(self) -> Router {
        routes::router(Arc::new(Board::new(self.options)))
    }

    /// Serves it on an address of this computer, as long as the future lives.
    ///
    /// # Errors
    ///
    /// An address that others can reach, with what to do instead; one that cannot be bound; the errors of the listener.
    pub async fn serve(self, address: impl ToSocketAddrs) -> io::Result<()> {
        let listener = serve::bind(address).await?;
        serve::run(self, listener).await
    }
}

impl fmt::Debug for Dashboard {
    // Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dashboard")
            .field("title", &self.options.title)
            .field("actions", &self.options.token.is_some())
            .finish_non_exhaustive()
    }
}
