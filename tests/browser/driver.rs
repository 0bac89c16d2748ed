use std::{
    env,
    io::{BufRead, BufReader, Error, Read, Result, Write},
    net::{Ipv4Addr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

/// A running `chromedriver`, which ends with this.
#[derive(Debug)]
pub struct Driver {
    process: Child,
    port: u16,
}

/// The program of this name on `PATH`.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

impl Driver {
    /// Starts it on a port of its own choice.
    ///
    /// # Errors
    ///
    /// It cannot be started, or does not say where it listens.
    pub fn start() -> Result<Self> {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut said = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut line = String::new();
        while said.read_line(&mut line)? > 0 {
            if let Some((_, port)) =
                line.trim_end().trim_end_matches('.').rsplit_once("successfully on port ")
            {
                let port = port.parse().map_err(|_| Error::other(line.clone()))?;
                // What it says later must go somewhere, or it stands still when the pipe is full.
                std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
                return Ok(Self { process, port });
            }
            line.clear();
        }
        let _ = process.wait();
        Err(Error::other("chromedriver did not say on which port it listens"))
    }

    /// One command: its answer's `value`.
    ///
    /// # Errors
    ///
    /// The driver is gone, or says that the command failed.
    pub fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        let body = if method == "POST" { body.to_string() } else { String::new() };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        )?;
        let mut stream = BufReader::new(stream);
        let (mut length, mut line) = (0, String::new());
        while stream.read_line(&mut line)? > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(Error::other)?;
            }
            line.clear();
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer)?;
        let mut answer: Value = serde_json::from_slice(&answer)?;
        let value = answer["value"].take();
        match value.get("error") {
            Some(error) => Err(Error::other(format!("{path}: {error}: {}", value["message"]))),
            None => Ok(value),
        }
    }

    /// Opens a Chromium that keeps its profile in `profile`, and tells no server that it runs. Its session's path.
    ///
    /// # Errors
    ///
    /// As [`command`](Self::command).
    pub(crate) fn open(&self, profile: &str) -> Result<String> {
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-quic",
            &format!("--user-data-dir={profile}"),
        ];
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": on_path("chromium"), "args": arguments},
        }}});
        let session = self.command("POST", "/session", &capabilities)?;
        Ok(format!("/session/{}", session["sessionId"].as_str().unwrap_or_default()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
