use resilience::{Rejected, circuit_breaker, retry};

#[retry(attempts = missing::LIMIT)]
fn unknown() -> Result<(), Rejected> {
    Ok(())
}

#[retry(attempts = TREE)]
fn slip() -> Result<(), Rejected> {
    Ok(())
}

const THREE: u32 = 3;

#[retry(attempts = attempts)]
fn argument(attempts: u32) -> Result<(), Rejected> {
    Ok(())
}

#[retry(attempts = N)]
fn generic<const N: u32>() -> Result<(), Rejected> {
    Ok(())
}

struct Client<const N: u32>;

impl<const N: u32> Client<N> {
    const LIMIT: u32 = N;

    #[circuit_breaker("a", threshold = Self::LIMIT)]
    fn own(&self) -> Result<(), Rejected> {
        Ok(())
    }
}

fn main() {}
