use resilience::{Rejected, bulkhead, presets::DATABASE, resilient, retry, timeout};

struct Store;

#[resilient(DATABASE, retry(atempts = 2), treshold = 3)]
impl Store {
    #[resilient(skip)]
    fn skipped(&self) -> Result<u32, Rejected> {
        Ok(1)
    }

    #[retry(attempts = 0)]
    fn get(&self) -> Result<u32, Rejected> {
        Ok(1)
    }
}

struct Twice;

#[resilient(DATABASE)]
#[resilient(DATABASE)]
#[bulkhead(max_concurrent = 3)]
impl Twice {
    fn get(&self) -> Result<u32, Rejected> {
        Ok(1)
    }
}

struct Bare;

#[resilient]
impl Bare {
    fn get(&self) -> Result<u32, Rejected> {
        Ok(1)
    }
}

struct Skipped;

#[resilient(skip)]
impl Skipped {
    fn get(&self) -> Result<u32, Rejected> {
        Ok(1)
    }
}

struct Stack;

#[resilient(DATABASE)]
impl Stack {
    #[timeout(5s)]
    #[retry]
    #[timeout(1s)]
    async fn get(&self) -> Result<u32, Rejected> {
        Ok(1)
    }
}

fn main() {
    let _ = (Store.skipped(), Store.get(), Twice.get(), Bare.get(), Skipped.get(), Stack.get());
}
