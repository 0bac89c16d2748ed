//! Files that change while the program runs.

use std::{fs, path::PathBuf, sync::mpsc, time::Duration};

use resilience::{
    Init, Registry,
    circuit_breaker::{Config, State},
};
use resilience_tests::recorded;

use super::registry;

/// A file of its own, in a folder that goes with it.
struct File(PathBuf);

impl File {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("resilience-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder.join("resilience.toml"))
    }

    fn write(&self, text: &str) {
        fs::write(&self.0, text).unwrap();
    }

    /// As editors do: another file that takes its name.
    fn rename_over(&self, text: &str) {
        let other = self.0.with_extension("new");
        fs::write(&other, text).unwrap();
        fs::rename(other, &self.0).unwrap();
    }

    fn init(&self) -> Init {
        Init::new().file(&self.0)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn threshold(registry: &Registry) -> Option<u32> {
    registry.circuit_breaker("quotes").unwrap().settings().threshold
}

fn quotes() -> Registry {
    let registry = registry();
    registry.add_circuit_breaker("quotes", Config::new()).unwrap();
    registry
}

#[test]
fn an_edited_file_is_in_force_after_one_look() {
    let (file, registry) = (File::new("edited"), quotes());
    file.write("[circuit_breaker.quotes]\nthreshold = 7");
    file.init().load_into(&registry).unwrap();
    assert_eq!(threshold(&registry), Some(7));
    assert_eq!(registry.reload_config(), Ok(false), "nothing new");
    registry.circuit_breaker("quotes").unwrap().force_open();
    file.write("[circuit_breaker.quotes]\nthreshold = 8");
    assert_eq!(registry.reload_config(), Ok(true));
    assert_eq!(threshold(&registry), Some(8));
    assert_eq!(registry.circuit_breaker("quotes").unwrap().state(), State::ForcedOpen);
    file.rename_over("[circuit_breaker.quotes]\nhalf_open = 8");
    assert_eq!(registry.reload_config(), Ok(true));
    assert_eq!(threshold(&registry), Some(5), "what is no longer written no longer holds");
    let status = registry.config_status();
    assert_eq!((status.loads, status.refused, status.path), (3, None, Some(file.0.clone())));
}

#[test]
fn a_bad_file_is_refused_whole_reported_once_and_kept() {
    let (file, registry) = (File::new("bad"), quotes());
    file.write("[circuit_breaker.quotes]\nthreshold = 7");
    file.init().load_into(&registry).unwrap();
    file.write("[circuit_breaker.quotes]\nthreshold = 8\ntreshold = 9");
    let mut refused = None;
    let events = recorded(|| refused = registry.reload_config().err());
    let refused = refused.expect("it is bad");
    assert_eq!(threshold(&registry), Some(7));
    assert_eq!(registry.config_status().refused.as_ref(), Some(&refused));
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].level, tracing::Level::ERROR);
    assert!(events[0].field("problems").contains("resilience.toml:3: circuit_breaker.quotes.treshold"));
    let again = recorded(|| assert_eq!(registry.reload_config().as_ref(), Err(&refused)));
    assert_eq!(again.len(), 0, "it was told");
    file.write("[circuit_breaker.quotes]\nthreshold = 8");
    assert_eq!(registry.reload_config(), Ok(true));
    assert_eq!((threshold(&registry), registry.config_status().refused), (Some(8), None));
}

#[test]
fn a_file_that_goes_away_changes_nothing_until_it_is_back() {
    let (file, registry) = (File::new("away"), quotes());
    file.write("[circuit_breaker.quotes]\nthreshold = 7");
    file.init().load_into(&registry).unwrap();
    fs::remove_file(&file.0).unwrap();
    let refused = registry.reload_config().unwrap_err().to_string();
    assert!(refused.contains("resilience.toml: cannot be read: "), "{refused}");
    assert_eq!(threshold(&registry), Some(7));
    file.write("[circuit_breaker.quotes]\nthreshold = 7");
    assert_eq!(registry.reload_config(), Ok(true));
    assert_eq!(registry.config_status().refused, None);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem() {
    let (file, registry) = (File::new("unreadable"), quotes());
    let refused = |registry: &Registry| file.init().load_into(registry).unwrap_err().to_string();
    assert!(refused(&registry).contains("cannot be read"), "there is none");
    file.write(&"#".repeat((1 << 20) + 1));
    assert!(refused(&registry).ends_with(": larger than 1 MiB"));
    fs::write(&file.0, b"[retry]\nattempts = 3\n# \xFF").unwrap();
    assert!(refused(&registry).ends_with(": line 3 is not valid UTF-8"));
    let folder = Init::new().file(file.0.parent().unwrap()).load_into(&registry).unwrap_err();
    assert!(folder.to_string().contains("cannot be read"), "{folder}");
    file.write(&"#".repeat(1 << 20));
    file.init().load_into(&registry).unwrap();
}

#[test]
fn the_environment_names_the_file_unless_the_program_does() {
    let (file, registry) = (File::new("named"), quotes());
    file.write("[circuit_breaker.quotes]\nthreshold = 7");
    let path = file.0.to_str().unwrap();
    Init::new().environment([("RESILIENCE_CONFIG", path)]).load_into(&registry).unwrap();
    assert_eq!(threshold(&registry), Some(7));
    let loaded = Init::new()
        .text("mine.toml", "[circuit_breaker.quotes]\nthreshold = 8")
        .environment([("RESILIENCE_CONFIG", path)])
        .load_into(&registry)
        .unwrap();
    assert_eq!(threshold(&registry), Some(8));
    assert_eq!(
        super::warnings(&loaded),
        ["RESILIENCE_CONFIG: not used, since the program names its own file"]
    );
    Init::new().environment([("RESILIENCE_CONFIG", "")]).load_into(&registry).unwrap();
    assert_eq!(threshold(&registry), Some(5), "an empty one means no file");
    let missing = Init::new().environment([("RESILIENCE_CONFIG", "/no/such/file")]).load_into(&registry);
    assert!(missing.unwrap_err().to_string().starts_with("/no/such/file: cannot be read"));
}

/// Waits until a thread that watches has brought a threshold into force.
fn wait_for(registry: &Registry, wanted: u32) {
    let (done, ended) = mpsc::channel();
    let registry = registry.clone();
    std::thread::spawn(move || {
        while threshold(&registry) != Some(wanted) {
            std::thread::yield_now();
        }
        let _ = done.send(());
    });
    ended.recv_timeout(Duration::from_mins(1)).expect("the watch has seen the change");
}

#[test]
fn a_watched_file_is_looked_at_again_also_when_it_was_bad_at_first() {
    let (file, registry) = (File::new("watched"), quotes());
    file.write("[circuit_breaker.quotes]\ntreshold = 7");
    assert!(file.init().watch(Duration::from_millis(1)).load_into(&registry).is_err());
    file.rename_over("[circuit_breaker.quotes]\nthreshold = 7");
    wait_for(&registry, 7);
    file.rename_over("[circuit_breaker.quotes]\nthreshold = 8");
    wait_for(&registry, 8);
}

#[test]
fn an_interval_that_cannot_be_is_refused() {
    let refused = Init::new().watch(Duration::ZERO).load_into(&registry()).unwrap_err();
    assert_eq!(refused.to_string(), "watch: the interval must be at least 1ms");
}
