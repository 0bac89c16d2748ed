//! What the runtime must know of the attributes to explain a file: the one list of such words is here.

use proc_macro2::TokenStream;
use quote::quote;

use crate::policy::{FOREIGN, KEYS, Policy};

// Output: (
//             &[("circuit_breaker", "failure_threshold", "`threshold = 5` for consecutive failures, .."), ..],
//             &[("circuit_breaker", "failure_if"), ..],
//         )
//
// The names of settings elsewhere and ours; and the keys that belong to a function.
pub(crate) fn tables() -> TokenStream {
    let foreign = FOREIGN.iter().map(|(policy, theirs, ours)| {
        let policy = policy.name();
        quote!((#policy, #theirs, #ours))
    });
    let of_functions = KEYS.iter().filter(|key| key.kind.is_of_a_function()).flat_map(|key| {
        let of = key.of.iter().filter(|policy| **policy != Policy::Resilient);
        of.map(|policy| {
            let (policy, key) = (policy.name(), key.name);
            quote!((#policy, #key))
        })
    });
    quote!((&[#(#foreign),*], &[#(#of_functions),*]))
}
