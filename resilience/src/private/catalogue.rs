//! What the expansions tell the catalogue. Without the feature it is nothing: not an instruction, not a byte.

/// A guarded function, of which its layers then speak: an item beside its body, under a name that nobody else uses.
#[cfg(feature = "catalogue")]
#[doc(hidden)]
#[macro_export]
macro_rules! __resilience_function {
    ($source:expr) => {
        static __RESILIENCE_FUNCTION: $crate::__private::Source = $source;
    };
}

/// One layer of it, from inside the block of its site. The outermost has the index 0.
#[cfg(feature = "catalogue")]
#[doc(hidden)]
#[macro_export]
macro_rules! __resilience_layer {
    ($index:literal, $site:expr, $($written:tt)*) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Entry::new(
                &__RESILIENCE_FUNCTION,
                $index,
                &$site,
                $crate::__private::Written { $($written)* },
            )
        }
    };
}

#[cfg(not(feature = "catalogue"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __resilience_function {
    ($($function:tt)*) => {};
}

#[cfg(not(feature = "catalogue"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __resilience_layer {
    ($($layer:tt)*) => {};
}

pub use crate::{__resilience_function as function, __resilience_layer as layer};

#[cfg(feature = "catalogue")]
pub(crate) use listed::join_all;
#[cfg(feature = "catalogue")]
pub use listed::{Entry, Listed, Written, inventory};

#[cfg(feature = "catalogue")]
mod listed {
    pub use inventory;

    use crate::{
        Registry, Service,
        catalogue::{Function, Layer},
        config::Valued,
        private::{OptionalSite, ServiceSite, Site, Source},
    };

    /// One layer of a guarded function.
    pub struct Entry {
        pub(crate) function: &'static Source,
        pub(crate) index: usize,
        pub(crate) site: &'static dyn Listed,
        pub(crate) written: Written,
    }

    inventory::collect!(Entry);

    impl Entry {
        /// Called in constants.
        #[must_use]
        pub const fn new(
            function: &'static Source,
            index: usize,
            site: &'static dyn Listed,
            written: Written,
        ) -> Self {
            Self { function, index, site, written }
        }
    }

    /// What only the attribute knows: the rest is in its config.
    pub struct Written {
        /// The preset under the settings, if there is one.
        pub preset: &'static str,
        /// The settings that the attribute gives itself.
        pub keys: &'static [&'static str],
        /// Patterns, closures and tiers.
        pub code: &'static [(&'static str, &'static str)],
    }

    /// A site that can say what it is.
    pub trait Listed: Sync {
        /// Adds what it is to its function: nothing, if only a preset could have given it and did not.
        fn list(&'static self, written: &Written, registry: &Registry, function: &mut Function);

        /// Joins its policy, or makes it, before the first call does.
        fn join(&'static self, registry: &Registry);
    }

    /// Joins the policies of every guarded function of the program.
    pub(crate) fn join_all(registry: &Registry) {
        inventory::iter::<Entry>.into_iter().for_each(|entry| entry.site.join(registry));
    }

    impl<C: Valued> Listed for Site<C> {
        fn list(&'static self, written: &Written, registry: &Registry, function: &mut Function) {
            function.layers.push(Layer::of(self, written, registry));
        }

        fn join(&'static self, registry: &Registry) {
            registry.join(self);
        }
    }

    impl<C: Valued> Listed for OptionalSite<C> {
        fn list(&'static self, written: &Written, registry: &Registry, function: &mut Function) {
            function.layers.extend(self.site().map(|site| Layer::of(site, written, registry)));
        }

        fn join(&'static self, registry: &Registry) {
            if let Some(site) = self.site() {
                registry.join(site);
            }
        }
    }

    impl Listed for ServiceSite {
        fn list(&'static self, _: &Written, registry: &Registry, function: &mut Function) {
            let service = registry.service(self.name());
            let member = self.membership(service.as_ref().is_some_and(Service::is_registered));
            function.service = Some(member);
            if let Some(service) = service {
                let is_called = service.has_operation(member.operation);
                let layers = service.pipeline().policies().iter();
                function.layers.extend(layers.map(|layer| Layer::of_service(layer, &member, is_called)));
            }
        }

        /// Its first call does: a service that is not registered by then is made with a warning, and now is too early for that.
        fn join(&'static self, _: &Registry) {}
    }
}
