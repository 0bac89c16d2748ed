//! Runs the cases on the one compiler whose words are written down.

use std::{env, process::Command};

#[test]
fn the_compiler_says_what_is_written_down() {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(compiler).arg("--version").output().expect("a compiler runs these tests");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let expected = format!("rustc {}.", resilience_ui_tests::COMPILER);
    if !version.starts_with(&expected) {
        assert!(env::var_os("CI").is_none(), "these tests need {expected}x, this is {version}");
        eprintln!("skipped: the messages are those of {expected}x, this is {version}");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pass/*.rs");
    cases.compile_fail("tests/fail/*.rs");
}
