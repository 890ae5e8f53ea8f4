//! A server on this machine that gives one answer, whatever it is asked.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// So long it waits for a client that neither reads nor hangs up.
const PATIENCE: Duration = Duration::from_secs(10);

const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Answers until it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to answer with these headers, each on a line, and this body; with 404 where a harvest asks for its rules
    /// or for what it is that answers.
    pub(super) fn start(headers: &str, body: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
        let answer = [head.as_bytes(), body].concat();
        let is_over = Arc::new(AtomicBool::new(false));
        let is_over_there = Arc::clone(&is_over);
        let thread = thread::spawn(move || serve(&listener, &answer, &is_over_there));
        Self { address, is_over, thread: Some(thread) }
    }

    /// An address that it answers.
    pub(super) fn address(&self) -> String {
        format!("http://{}/answer", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes it up; if that fails, it is awake already.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(listener: &TcpListener, answer: &[u8], is_over: &AtomicBool) {
    for stream in listener.incoming() {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        // Whoever has had enough hangs up, and that is no fault of anybody.
        drop(stream.and_then(|stream| reply(&stream, answer)));
    }
}

fn reply(mut stream: &TcpStream, answer: &[u8]) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    let mut reader = BufReader::new(stream);
    // The head of a request ends with a line of nothing but its end.
    while reader.read_line(&mut request)? > "\r\n".len() {}
    let is_asked_before = request.starts_with("GET /robots.txt") || request.contains("verb=Identify");
    stream.write_all(if is_asked_before { NOT_FOUND } else { answer })
}
