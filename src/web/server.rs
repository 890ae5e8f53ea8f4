//! The connections: who is let in, how long each is waited for, and how all end when the word to stop is given.
//!
//! Ours and not axum's `serve`, because that one waits for ever: for the head of a request, for whoever takes an answer a
//! byte at a time, and for as many of them as come. What a request may be is bounded in `pace`, what is answered
//! in [`super::layers`]; here stands what is about the connection.
//!
//! HTTP/1.1 only. Browsers speak HTTP/2 over TLS alone, which is the proxy's, and proxies ask us in HTTP/1.1: without TLS
//! there is nobody to speak it with, and every one of its own ways to be slow would have to be bounded too.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep, timeout};

use super::patience::Patience;
use super::peer::Peer;
use crate::config::{LimitsConfig, ServerLimits};

/// Files that the store, the index and harvests have open, with room to spare; the rest may be connections.
const OTHER_FILES: u64 = 256;
/// The system has no connection to give now, for want of files or memory. It has one again when another was closed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Those who find no room are told so; so many at once, and the others are closed without a word.
const TOLD_AT_ONCE: usize = 64;
/// …and each is given so long to hear it.
const TOLD_WITHIN: Duration = Duration::from_secs(1);
/// What they are told. Source: RFC 9110, 15.6.4.
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
/// When we stop, a connection that was just opened is given so long to send its request, which is on its way already.
const FIRST_REQUEST: Duration = Duration::from_secs(1);
/// Connections that the system took for us before we stopped to listen are there within so long of each other…
const BACKLOG_PAUSE: Duration = Duration::from_millis(2);
/// …and these are as many as a system keeps waiting; whoever comes later is refused, and asks another node. Source:
/// listen(2), `SOMAXCONN`.
const BACKLOG: usize = 4_096;
/// All of them are taken within so long, however many still come.
const BACKLOG_TOTAL: Duration = Duration::from_millis(100);
/// Whoever is still sending when it is refused has to read the answer first: for so long what comes is thrown away, and
/// so much of it. Source: RFC 9112, 9.6.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 8 << 20;
/// Less than this within the time that an answer waits, and whoever takes it only pretends to.
const LEAST_TAKEN_BYTES: u64 = 1_024;

/// Answers all who connect, until the future ends; then what is running is answered, as far as the time for it goes.
///
/// Handlers find the other end of the connection as `ConnectInfo<SocketAddr>`.
pub async fn serve_connections(
    listener: TcpListener,
    router: Router,
    limits: &LimitsConfig,
    stop: impl Future<Output = ()>,
) {
    let (stopping, stopped) = watch::channel(false);
    let server = Server::new(router, limits, stopped).await;
    let mut open = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => server.receive(&mut open, accepted).await,
            // Those that have ended are forgotten as they do.
            Some(_) = open.join_next() => {}
        }
    }
    stopping.send_replace(true);
    // Requests of these are on their way: the system has told the other end that it is connected.
    let take_waiting = async {
        for _ in 0..BACKLOG {
            let Ok(accepted) = timeout(BACKLOG_PAUSE, listener.accept()).await else {
                break;
            };
            server.receive(&mut open, accepted).await;
        }
    };
    // What is cut off here came after the word to stop.
    let _ = timeout(BACKLOG_TOTAL, take_waiting).await;
    drop(listener);
    let all = async { while open.join_next().await.is_some() {} };
    if timeout(limits.server.stop_wait, all).await.is_err() {
        tracing::warn!(connections = open.len(), "some requests were still open at the end of the time for them");
    }
}

/// What all connections share.
#[derive(Clone)]
struct Server {
    http: http1::Builder,
    service: TowerToHyperService<Router>,
    write_wait: Duration,
    door: Arc<Door>,
    stopped: watch::Receiver<bool>,
}

impl Server {
    async fn new(router: Router, limits: &LimitsConfig, stopped: watch::Receiver<bool>) -> Self {
        let bounds = &limits.server;
        let mut http = http1::Builder::new();
        // Without a timer the wait for a head would have no end, and nothing would say so.
        http.timer(TokioTimer::new())
            .header_read_timeout(bounds.header_read)
            .max_header_size(usize::try_from(bounds.header_bytes).unwrap_or(usize::MAX));
        let door = Arc::new(Door::new(bounds, &limits.trusted_proxies, file_limit().await));
        let service = TowerToHyperService::new(router);
        Self { http, service, write_wait: bounds.write_wait, door, stopped }
    }

    /// Lets in who has connected, or tells them that there is no room.
    async fn receive(&self, open: &mut JoinSet<()>, accepted: io::Result<(TcpStream, SocketAddr)>) {
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one(&error) => return,
            Err(error) => {
                tracing::error!(error = %error, "no connection can be taken");
                return sleep(ACCEPT_PAUSE).await;
            }
        };
        match self.door.let_in(address.ip()) {
            Ok(place) => {
                open.spawn(self.clone().answer(stream, address, place));
            }
            Err(Some(turn)) => {
                open.spawn(tell_busy(stream, turn));
            }
            Err(None) => {}
        }
    }

    /// Answers what comes over one connection.
    async fn answer(mut self, stream: TcpStream, address: SocketAddr, _place: Place) {
        // An answer is written at once and whole, so waiting for more of it would only make it late.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = %error, "a connection was gone before it was answered");
            return;
        }
        let begun = Arc::new(Notify::new());
        let service = {
            let (begun, router, stopped) = (Arc::clone(&begun), self.service.clone(), self.stopped.clone());
            service_fn(move |mut request: Request<Incoming>| {
                begun.notify_one();
                request.extensions_mut().insert(ConnectInfo(address));
                let (answering, stopped) = (router.call(request), stopped.clone());
                async move {
                    let mut response = answering.await?;
                    // Whoever is told so sends its next request to somebody else.
                    if *stopped.borrow() {
                        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                    }
                    Ok::<_, Infallible>(response)
                }
            })
        };
        let io = TokioIo::new(Patient::new(stream, self.write_wait));
        let mut connection = pin!(self.http.serve_connection(io, service));
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = told(&mut self.stopped) => None,
        };
        let ended = match ended {
            Some(ended) => Some(ended),
            // Where a request was made before this is over at once.
            None => tokio::select! {
                ended = connection.as_mut() => Some(ended),
                _ = timeout(FIRST_REQUEST, begun.notified()) => None,
            },
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(error = %error, "a connection broke off");
        }
    }
}

/// Ends when the word to stop was given.
async fn told(stopped: &mut watch::Receiver<bool>) {
    // It fails when nobody is left to give the word, which is as good.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Whether the error is of the one connection that was to be taken, and not of the taking.
fn is_of_one(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}

/// Says that there is no room now, to who may have begun to send.
async fn tell_busy(mut stream: TcpStream, _turn: OwnedSemaphorePermit) {
    let telling = async {
        stream.write_all(BUSY).await?;
        stream.shutdown().await?;
        let mut thrown_away = [0; 4_096];
        while stream.read(&mut thrown_away).await? > 0 {}
        io::Result::Ok(())
    };
    // Who does not hear it is closed all the same.
    let _ = timeout(TOLD_WITHIN, telling).await;
}

/// How many are inside of each peer.
type OfEach = Arc<Mutex<HashMap<Peer, u64>>>;

/// How many may be inside at once, in all and from one address.
struct Door {
    places: Arc<Semaphore>,
    tellers: Arc<Semaphore>,
    of_each: OfEach,
    most_of_one: u64,
    trusted_proxies: Vec<IpNet>,
}

/// A place inside; it is free again when this is dropped.
struct Place {
    _permit: OwnedSemaphorePermit,
    /// By whom it is counted, and where.
    counted: Option<(Peer, OfEach)>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((peer, of_each)) = self.counted.take() else {
            return;
        };
        let mut of_each = of_each.lock().expect("nobody panics while holding this lock");
        if let Some(held) = of_each.get_mut(&peer) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                of_each.remove(&peer);
            }
        }
    }
}

impl Door {
    fn new(limits: &ServerLimits, trusted_proxies: &[IpNet], file_limit: Option<u64>) -> Self {
        let files = file_limit.map_or(u64::MAX, |files| files.saturating_sub(OTHER_FILES).max(files / 2).max(1));
        if files < limits.connections {
            tracing::warn!(
                connections = files,
                "the system lets this program open fewer files than `limits.connections` asks for; raise its limit \
                 (LimitNOFILE of systemd, ulimit -n)"
            );
        }
        let places = usize::try_from(limits.connections.min(files)).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            tellers: Arc::new(Semaphore::new(TOLD_AT_ONCE)),
            of_each: Arc::default(),
            most_of_one: limits.connections_per_address,
            trusted_proxies: trusted_proxies.to_vec(),
        }
    }

    /// A place for one from this address. Where there is none: a turn to be told so, if there is one.
    fn let_in(&self, address: IpAddr) -> Result<Place, Option<OwnedSemaphorePermit>> {
        let turn = || Arc::clone(&self.tellers).try_acquire_owned().ok();
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| turn())?;
        let address = address.to_canonical();
        // Behind a proxy of ours are many; and who is on this machine has no need of connections to do us harm.
        if address.is_loopback() || self.trusted_proxies.iter().any(|net| net.contains(&address)) {
            return Ok(Place { _permit: permit, counted: None });
        }
        let peer = Peer::of_socket(address);
        let mut of_each = self.of_each.lock().expect("nobody panics while holding this lock");
        let held = of_each.entry(peer).or_insert(0);
        if *held >= self.most_of_one {
            return Err(turn());
        }
        *held += 1;
        Ok(Place { _permit: permit, counted: Some((peer, Arc::clone(&self.of_each))) })
    }
}

/// How many files this program may have open, where the system says so.
async fn file_limit() -> Option<u64> {
    read_file_limit(&tokio::fs::read_to_string("/proc/self/limits").await.ok()?)
}

/// Source: proc(5), `/proc/pid/limits`: the name, the soft limit, the hard limit, the unit.
fn read_file_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A connection that does not wait for ever for the other end to take what is written, and that lets it read the last
/// answer before it is gone.
struct Patient {
    stream: TcpStream,
    patience: Patience,
    /// While it is being closed: until when, and how much was thrown away.
    closing: Option<(Pin<Box<Sleep>>, usize)>,
}

impl Patient {
    fn new(stream: TcpStream, wait: Duration) -> Self {
        Self { stream, patience: Patience::new(wait, LEAST_TAKEN_BYTES), closing: None }
    }

    fn judge(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.patience.come(bytes);
                Poll::Ready(Ok(bytes))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                ready!(self.patience.poll_end(context));
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the other end takes no more")))
            }
        }
    }

    /// Throws away what still comes, until the other end has closed too or it has had long enough to.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some((until, thrown_away)) = &mut self.closing else {
            return Poll::Ready(());
        };
        let mut space = [0; 4_096];
        while *thrown_away < LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => *thrown_away += buffer.filled().len(),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return until.as_mut().poll(context),
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.judge(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closing.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.closing = Some((Box::pin(sleep(LINGER)), 0));
        }
        ready!(self.poll_linger(context));
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(connections: u64, of_one: u64, files: Option<u64>) -> Door {
        let limits = ServerLimits { connections, connections_per_address: of_one, ..ServerLimits::default() };
        Door::new(&limits, &["10.0.0.0/8".parse().expect("a prefix")], files)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_address_takes_no_more_places_than_it_may_and_gives_them_back() {
        let door = door(100, 2, None);
        let places: Vec<Place> = (0..2).map(|_| door.let_in(address("192.0.2.1")).expect("a place")).collect();
        assert!(door.let_in(address("192.0.2.1")).is_err());
        assert!(door.let_in(address("::ffff:192.0.2.1")).is_err(), "the same, written otherwise");
        assert!(door.let_in(address("192.0.2.2")).is_ok());
        drop(places);
        assert!(door.let_in(address("192.0.2.1")).is_ok());
        assert!(door.of_each.lock().expect("the lock").is_empty(), "who has left is forgotten");
    }

    #[test]
    fn a_household_of_many_addresses_is_one_and_proxies_and_loopback_are_not_counted() {
        let door = door(100, 1, None);
        let _first = door.let_in(address("2001:db8::1")).expect("a place");
        assert!(door.let_in(address("2001:db8::2")).is_err());
        for free in ["127.0.0.1", "::1", "10.1.2.3"] {
            let places: Vec<_> = (0..3).map(|_| door.let_in(address(free))).collect();
            assert!(places.iter().all(Result::is_ok), "{free}");
        }
    }

    #[test]
    fn when_all_places_are_taken_some_are_told_so() {
        let door = door(1, 10, None);
        let _inside = door.let_in(address("127.0.0.1")).expect("a place");
        let turns: Vec<_> = (0..=TOLD_AT_ONCE).map(|_| door.let_in(address("127.0.0.1")).err()).collect();
        let told = turns.iter().filter(|turn| matches!(turn, Some(Some(_)))).count();
        assert_eq!((told, turns.len()), (TOLD_AT_ONCE, TOLD_AT_ONCE + 1));
    }

    #[test]
    fn there_are_no_more_places_than_files() {
        for (files, places) in [(None, 4_096), (Some(1_024), 768), (Some(100), 50), (Some(100_000), 4_096)] {
            assert_eq!(door(4_096, 10, files).places.available_permits(), places, "{files:?}");
        }
        let told = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max open files            1024                 524288               files     \n";
        assert_eq!(read_file_limit(told), Some(1_024));
        assert_eq!(read_file_limit("Max open files            unlimited            unlimited            files"), None);
    }
}
