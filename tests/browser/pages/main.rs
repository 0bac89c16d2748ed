//! The dashboard's page in a real browser: what its user sees and does.
//!
//! Needs `chromium` and `chromedriver`; without them each test says that it is skipped, and fails where `CI` is set.

mod contrast;
mod crowd;
mod example;
mod hostile;
mod keyboard;
mod layout;
mod live;
mod scenes;
mod stand;
mod steering;
