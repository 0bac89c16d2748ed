use resilience::{Rejected, presets::DATABASE, resilient};

struct Store;

struct NoFrom;

struct NoClone;

#[resilient(DATABASE)]
impl Store {
    async fn moved(self) -> Result<u32, Rejected> {
        Ok(1)
    }

    async fn kept(&self) -> Result<u32, Rejected> {
        Ok(1)
    }

    fn blocking(&self) -> Result<u32, Rejected> {
        Ok(1)
    }

    async fn cannot_be_refused(&self) -> Result<u32, NoFrom> {
        Ok(1)
    }

    async fn cannot_be_repeated(&self, argument: NoClone) -> Result<u32, Rejected> {
        Ok(1)
    }

    #[resilient(DATABASE, attempts = 3)]
    async fn mistaken(&self) -> Result<u32, Rejected> {
        Ok(1)
    }
}

struct Value;

#[resilient(DATABASE, retry(attempts = 0))]
impl Value {
    async fn get(&self) -> Result<u32, Rejected> {
        Ok(1)
    }

    #[resilience::circuit_breaker(threshold = 0)]
    async fn put(&self) -> Result<u32, Rejected> {
        Ok(1)
    }
}

fn main() {}
