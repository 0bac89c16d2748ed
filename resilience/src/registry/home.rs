use crate::{Clock, event::Origin};

/// What a policy is born with: the clock that it follows, the registry that hears of it, and, if it is the instance of one
/// key, that key.
#[derive(Clone)]
pub struct Home {
    pub(crate) clock: Clock,
    pub(crate) origin: Origin,
    pub(crate) key: Option<Box<str>>,
}

impl Home {
    /// That of a policy outside every registry.
    pub(crate) const fn none(clock: Clock) -> Self {
        Self { clock, origin: Origin::NONE, key: None }
    }
}
