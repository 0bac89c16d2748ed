use resilience::{Rejected, fallback};

fn cached() -> Result<u8, Rejected> {
    Ok(1)
}

#[fallback(cashed)]
fn slip() -> Result<u8, Rejected> {
    cached()
}

struct Client;

impl Client {
    #[fallback(Self::cashed)]
    fn method(&self) -> Result<u8, Rejected> {
        Ok(1)
    }

    #[fallback(cached_here)]
    fn without_self(&self) -> Result<u8, Rejected> {
        Ok(1)
    }

    fn cached_here(&self) -> Result<u8, Rejected> {
        Ok(1)
    }
}

fn main() {}
