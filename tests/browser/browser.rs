use std::{
    env, fs,
    path::PathBuf,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};

use crate::{Driver, driver::on_path};

/// How many seconds a condition may take; only a failing test waits for them.
const LONG: u32 = 20;
/// Far more than any condition may take.
const SCRIPT_MS: u32 = 180_000;

/// How wide the window is, and which colours the system asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// `prefers-color-scheme: dark`.
    pub dark: bool,
}

impl Look {
    /// A desk's screen.
    pub const DESK: Self = Self { width: 1280, height: 860, dark: false };
    /// A small phone.
    pub const PHONE: Self = Self { width: 360, height: 740, dark: false };

    /// The same in dark colours.
    #[must_use]
    pub const fn in_the_dark(self) -> Self {
        Self { dark: true, ..self }
    }
}

/// A Chromium with one page, which is closed with this. What goes wrong in it panics: it is for tests.
#[derive(Debug)]
pub struct Browser {
    driver: Driver,
    session: String,
    profile: PathBuf,
}

impl Browser {
    /// A new browser, or `None`, with a word of why, where Chromium or its driver is missing.
    ///
    /// # Panics
    ///
    /// One of them is missing and `CI` is set, or they cannot be started.
    pub fn start() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);

        if let Some(missing) =
            ["chromium", "chromedriver"].into_iter().find(|program| on_path(program).is_none())
        {
            assert!(
                env::var_os("CI").is_none(),
                "`{missing}` is not on PATH, and CI must not skip the tests of the page"
            );
            println!(
                "SKIPPED: `{missing}` is not on PATH; Debian has both in `chromium` and `chromium-driver`"
            );
            return None;
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let profile = env::temp_dir().join(format!("resilience-browser-{}-{number}", process::id()));
        let driver = Driver::start().expect("chromedriver starts");
        let session = driver.open(&profile.to_string_lossy()).expect("chromium starts");
        let browser = Self { driver, session, profile };
        browser.post("/timeouts", &json!({"script": SCRIPT_MS}));
        browser.look(Look::DESK);
        Some(browser)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        match self.driver.command("POST", &format!("{}{path}", self.session), body) {
            Ok(value) => value,
            Err(error) => panic!("the browser refuses {path}: {error}"),
        }
    }

    /// Opens an address.
    pub fn open(&self, address: &str) {
        self.post("/url", &json!({"url": address}));
    }

    /// A command of Chromium's own protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// Gives the window a size and its colours.
    pub fn look(&self, Look { width, height, dark }: Look) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// Runs a script in the page; what it returns.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until an expression is true in the page, which looks at every change of the document and a few times a second.
    ///
    /// # Panics
    ///
    /// It stays untrue for 20 s.
    pub fn wait(&self, condition: &str) {
        assert!(self.wait_for(LONG, condition), "never true: {condition}\n{}", self.text());
    }

    /// The same for so many seconds, and whether it came true.
    #[must_use]
    pub fn wait_for(&self, seconds: u32, condition: &str) -> bool {
        let script = format!(
            "const done = arguments[0], since = performance.now();
             const look = () => {{
               let value = null;
               try {{ value = ({condition}); }} catch (error) {{ value = null; }}
               if (!value && performance.now() - since < {seconds}000) return;
               watcher.disconnect();
               clearInterval(timer);
               done(Boolean(value));
             }};
             const watcher = new MutationObserver(look);
             watcher.observe(document, {{subtree: true, childList: true, attributes: true, characterData: true}});
             const timer = setInterval(look, 100);
             look();"
        );
        self.post("/execute/async", &json!({"script": script, "args": []})) == json!(true)
    }

    /// Clicks the first element that a selector finds, as a pointer does.
    pub fn click(&self, selector: &str) {
        let found = self.post("/element", &json!({"using": "css selector", "value": selector}));
        let id = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
        self.post(&format!("/element/{}/click", id.unwrap_or_default()), &json!({}));
    }

    /// Presses keys one after the other on what has the focus: characters, or the codes of [`Browser::TAB`] and its
    /// like.
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}));
    }

    /// The tabulator.
    pub const TAB: &str = "\u{e004}";
    /// Enter.
    pub const ENTER: &str = "\u{e007}";
    /// Escape.
    pub const ESCAPE: &str = "\u{e00c}";
    /// The arrow downwards.
    pub const DOWN: &str = "\u{e015}";

    /// What the console was told since the last time: errors, and breaches of the content security policy.
    #[must_use]
    pub fn console(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"}));
        let entries = log.as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// A picture of the window, as a PNG.
    #[must_use]
    pub fn picture(&self) -> Vec<u8> {
        let answer = self.driver.command("GET", &format!("{}/screenshot", self.session), &Value::Null);
        bytes(answer.expect("a picture").as_str().unwrap_or_default())
    }

    /// Everything that can be read in the page now.
    #[must_use]
    pub fn text(&self) -> String {
        self.run("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closes Chromium, which would outlive its driver otherwise.
        let _ = self.driver.command("DELETE", &self.session, &Value::Null);
        let _ = fs::remove_dir_all(&self.profile);
    }
}

/// What a text in base64 stands for.
fn bytes(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_usize, 0);
    for value in text.bytes().filter_map(|byte| LETTERS.iter().position(|letter| *letter == byte)) {
        held = (held << 6 | value) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).unwrap_or_default());
        }
    }
    bytes
}
