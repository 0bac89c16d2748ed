use crate::{Clock, event::Origin};

/// What a policy is born with: the clock that it follows, and the registry that hears of it.
#[derive(Clone)]
pub struct Home {
    pub(crate) clock: Clock,
    pub(crate) origin: Origin,
}

impl Home {
    /// That of a policy outside every registry.
    pub(crate) const fn none(clock: Clock) -> Self {
        Self { clock, origin: Origin::NONE }
    }
}
