/// Figures that are summed over the keys of a policy, those that have left included. What each place counts, the policy
/// says.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals(pub(crate) [u64; 14]);

impl Totals {
    pub(crate) fn add(&mut self, figures: &[u64]) {
        for (total, figure) in self.0.iter_mut().zip(figures) {
            *total = total.wrapping_add(*figure);
        }
    }
}
