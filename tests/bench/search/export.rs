//! How long it takes to hand out everything, and what that needs in memory.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::figures::{anonymous_kb, per_second};
use crate::server::Server;

/// An export that takes longer has failed.
const TIMEOUT: Duration = Duration::from_mins(5);
/// Memory is looked at so often meanwhile.
const LOOK: Duration = Duration::from_millis(50);

/// Takes everything in both formats, and prints how long that took and by how much memory grew at most.
pub(crate) fn measure(server: &Server, resources: u64) -> anyhow::Result<()> {
    for format in ["ndjson", "csv"] {
        let before = anonymous_kb()?;
        let (most, done) = (Arc::new(AtomicU64::new(before)), Arc::new(AtomicBool::new(false)));
        let watching = std::thread::spawn({
            let (most, done) = (Arc::clone(&most), Arc::clone(&done));
            move || {
                while !done.load(Ordering::Relaxed) {
                    most.fetch_max(anonymous_kb().unwrap_or(0), Ordering::Relaxed);
                    std::thread::park_timeout(LOOK);
                }
            }
        });
        let started = Instant::now();
        let bytes = take(server, &format!("/v1/export.{format}"))?;
        let took = started.elapsed();
        done.store(true, Ordering::Relaxed);
        watching.join().map_err(|_| anyhow::anyhow!("the watch over memory broke off"))?;
        println!(
            "export:  {format}: {resources} resources, {} MB in {:.1} s: {:.0} resources/s; {} MB more in memory at most",
            bytes >> 20,
            took.as_secs_f64(),
            per_second(resources, took),
            most.load(Ordering::Relaxed).saturating_sub(before) / 1_024,
        );
    }
    Ok(())
}

/// How many bytes came, until the server closed the connection.
fn take(server: &Server, path: &str) -> anyhow::Result<u64> {
    let mut stream = TcpStream::connect(server.address).context("connecting")?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
    let mut buffer = vec![0; 64 << 10];
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    anyhow::ensure!(head.ends_with(b"200"), "the status line begins `{}`", String::from_utf8_lossy(&head));
    let mut bytes = 0;
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(bytes),
            read => bytes += read as u64,
        }
    }
}
