//! The program itself, as people start it: its exit code, what it prints, and what is left when it is killed.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A call of the program.
pub(crate) struct Program(Command);

/// A `signpost serve` in a process of its own. Killed when it goes out of scope.
pub(crate) struct Server {
    child: Child,
    pub(crate) origin: String,
}

/// How long a server may take until it answers, in a debug build with everything harvested anew.
const START_LIMIT: Duration = Duration::from_mins(1);

impl Program {
    /// The program over this data directory. Nothing of the caller's environment is seen by it.
    pub(crate) fn new(data_dir: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signpost"));
        command.env_clear().env("SIGNPOST_DATA_DIR", data_dir).current_dir(data_dir.parent().expect("a parent"));
        Self(command)
    }

    /// Adds arguments.
    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.0.args(args);
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Output {
        self.0.output().expect("the program starts")
    }

    /// Starts it and leaves it running.
    pub(crate) fn spawn(mut self) -> Child {
        self.0.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// Starts it and leaves it running; what it prints can be read once it has ended. For commands that print little.
    pub(crate) fn spawn_piped(mut self) -> Child {
        let command = self.0.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    }

    /// Starts `serve` on a free port and waits until it answers.
    pub(crate) async fn serve(self) -> Server {
        let port = free_port();
        let child = self.args(&["serve", "--listen", &format!("127.0.0.1:{port}")]).spawn();
        let mut server = Server { child, origin: format!("http://127.0.0.1:{port}") };
        server.wait_until_ready().await;
        server
    }
}

/// A port that nobody listens on right now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

impl Server {
    async fn wait_until_ready(&mut self) {
        let started = Instant::now();
        let client = client();
        loop {
            if let Some(status) = self.child.try_wait().expect("the state of the process") {
                panic!("the server ended with {status} before it answered");
            }
            let answer = client.get(format!("{}/readyz", self.origin)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(started.elapsed() < START_LIMIT, "the server does not answer");
            tokio::task::yield_now().await;
        }
    }

    /// GET as JSON.
    pub(crate) async fn json(&self, path: &str) -> serde_json::Value {
        let answer = client().get(format!("{}{path}", self.origin)).send().await.expect("an answer");
        let body = answer.text().await.expect("a body");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }

    /// Kills it at once, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}
