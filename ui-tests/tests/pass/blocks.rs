//! A block is linted as if nothing stood above it.

#![deny(warnings, unused, unused_qualifications, unreachable_pub, missing_docs, unused_results)]
#![forbid(unsafe_code)]

mod store {
    //! The attributes are named by their whole path, or imported for one method only.

    use resilience::{Rejected, presets::DATABASE, resilient};

    pub(crate) struct Store;

    #[::resilience::resilient(DATABASE, name = "store")]
    impl Store {
        pub(crate) async fn get(&self, key: u32) -> Result<u32, Rejected> {
            Ok(key)
        }

        #[resilient(skip)]
        pub(crate) fn len(&self) -> Result<usize, Rejected> {
            Ok(1)
        }
    }
}

mod feed {
    use resilience::{Rejected, presets::CACHE, resilient, retry};

    pub(crate) struct Feed;

    #[resilient(CACHE)]
    impl Feed {
        #[retry(attempts = 2)]
        pub(crate) async fn next(&mut self) -> Result<u32, Rejected> {
            Ok(1)
        }
    }
}

fn main() {
    let _ = store::Store.get(1);
    let _ = store::Store.len();
    let _ = feed::Feed.next();
}
