//! A shop with a dashboard: `cargo run --example dashboard --features dashboard`.
//!
//! Its suppliers get into trouble and out of it again ([`suppliers`]), its functions are guarded by a line or more above each
//! ([`shop`]), and customers keep it busy. Open the address that it prints, and give the page the token to act: force a
//! circuit open, change a setting, and see the next calls obey.

mod shop;
mod suppliers;

use std::{
    env,
    error::Error,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use resilience::{dashboard::Dashboard, registry};
use shop::{Shop, ShopError};
use tokio::time::interval;

/// Makes a call every so often, whether or not the one before has ended.
fn customers<F>(every: Duration, call: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = Result<&'static str, ShopError>> + Send + 'static,
{
    tokio::spawn(async move {
        let mut ticks = interval(every);
        loop {
            ticks.tick().await;
            tokio::spawn(call());
        }
    });
}

/// A token for this run.
fn any_token() -> String {
    format!("{:016x}", RandomState::new().hash_one("dashboard"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let shop = Shop::open(suppliers::open().await?)?;
    registry().health().set_interval(Duration::from_secs(2))?;
    registry().health().start()?;
    let every = Duration::from_millis;
    customers(every(40), move || async move { shop.product().await });
    customers(every(70), move || async move { shop.pay().await });
    customers(every(50), move || async move { shop.stock().await });
    customers(every(60), move || async move { shop.delivery().await });
    customers(every(28), move || async move { shop.search().await });
    customers(every(150), move || async move { shop.reviews().await });

    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let token = env::var("RESILIENCE_DASHBOARD_TOKEN").unwrap_or_else(|_| any_token());
    println!("the dashboard is at http://{address}/");
    println!("actions take the token {token}");
    Dashboard::new().title("shop").token(token)?.serve(&address).await?;
    Ok(())
}
