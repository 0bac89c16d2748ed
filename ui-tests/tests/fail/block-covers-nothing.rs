use resilience::{Rejected, presets::DATABASE, resilient};

struct Store;

type Answer = Result<u32, Rejected>;

#[resilient(DATABASE)]
impl Store {
    const fn constant() -> Result<u32, Rejected> {
        Ok(1)
    }

    fn no_result(&self) -> u32 {
        1
    }

    fn another_name(&self) -> Answer {
        Ok(1)
    }
}

struct Skipping;

#[resilient(DATABASE)]
impl Skipping {
    #[resilient(skip)]
    fn skipped(&self) -> Result<u32, Rejected> {
        Ok(1)
    }

    #[resilient(retry(attempts = 2))]
    fn own(&self) -> Result<u32, Rejected> {
        Ok(1)
    }
}

#[resilient(DATABASE)]
impl Clone for Skipping {
    fn clone(&self) -> Self {
        Self
    }
}

fn main() {
    // The blocks are still there.
    let _ = (Store::constant(), Store.no_result(), Store.another_name(), Skipping.skipped(), Skipping.own(), Skipping.clone());
}
