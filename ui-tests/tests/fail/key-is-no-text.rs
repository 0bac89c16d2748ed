use resilience::{Rejected, bulkhead, circuit_breaker, rate_limit, retry};

struct Tenant {
    name: Option<String>,
}

#[circuit_breaker("a", key = tenant)]
fn no_display(tenant: &Tenant) -> Result<(), Rejected> {
    Ok(())
}

#[bulkhead("b", key = tenant.name)]
async fn optional(tenant: &Tenant) -> Result<(), Rejected> {
    Ok(())
}

#[retry]
#[rate_limit("c", 1 / 1s, key = (host, port))]
async fn pair(host: &str, port: u16) -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("d", key = id)]
fn generic<T>(id: T) -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("f", key = |host| host)]
fn closure(host: &str) -> Result<(), Rejected> {
    Ok(())
}

#[circuit_breaker("g", key)]
fn no_value(host: &str) -> Result<(), Rejected> {
    Ok(())
}

fn main() {}
