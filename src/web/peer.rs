//! `Peer`: who asks, as far as the network tells. In comes a request, out comes what its limit is counted by.
//!
//! A peer lives in memory only, for as long as its bucket is not full. It is stored nowhere, and it does not print.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Once;

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use ipnet::IpNet;

/// The header in which a proxy writes for whom it asks. De facto; RFC 7239 tells of it.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// One address of IPv4, or the 64 bits of IPv6 that one household or school has.
///
/// A whole /24 is not taken as one: schools next to each other would share a bucket.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer(IpAddr);

impl Peer {
    /// Who sent a request, seen through these proxies and no others.
    pub fn of(request: &Request, trusted_proxies: &[IpNet]) -> Self {
        let socket = request.extensions().get::<ConnectInfo<SocketAddr>>();
        // Without a socket, as in a test, all are one.
        let socket = socket.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
        Self::behind(socket, request.headers(), trusted_proxies)
    }

    /// Who has opened a connection from this address.
    pub(super) fn of_socket(address: IpAddr) -> Self {
        Self(counted_as(address.to_canonical()))
    }

    fn behind(socket: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpNet]) -> Self {
        Self(counted_as(asking_address(socket.to_canonical(), headers, trusted_proxies)))
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peer")
    }
}

/// A proxy of ours that does not stand in the configuration makes all who come through it one, who is soon refused. Told
/// once; and only of one that is near, for anybody else may send the header.
fn tell_of_proxy(proxy: IpAddr) {
    static TOLD: Once = Once::new();
    let is_near = match proxy {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    if is_near {
        TOLD.call_once(|| {
            tracing::warn!(
                "requests come through a proxy at {proxy} that is not among `limits.trusted_proxies`: all who ask \
                 through it count as one caller"
            );
        });
    }
}

/// The last address, as proxies have written them down one after the other, that is none of our proxies. Whatever
/// stands before it may have been made up by the one who asks. Where nothing can be believed it is the proxy itself.
fn asking_address(proxy: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted_proxies.iter().any(|net| net.contains(address));
    if !is_trusted(&proxy) {
        if headers.contains_key(FORWARDED_FOR) {
            tell_of_proxy(proxy);
        }
        return proxy;
    }
    // RFC 9110, 5.3: several lines of one header are one list.
    for line in headers.get_all(FORWARDED_FOR).iter().rev() {
        let Ok(line) = line.to_str() else {
            return proxy;
        };
        for hop in line.rsplit(',') {
            match read_hop(hop.trim()) {
                None => return proxy,
                Some(address) if is_trusted(&address) => {}
                Some(address) => return address,
            }
        }
    }
    proxy
}

/// An address, with a port where a proxy writes one: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn read_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

fn counted_as(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The peer of this socket that sends these lines of `X-Forwarded-For`, where `10.0.0.0/8` and `::1` are our proxies.
    pub(in crate::web) fn peer(socket: &str, lines: &[&str]) -> Peer {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "::1/128"].iter().map(|net| net.parse().expect("a prefix")).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).expect("a header"));
        }
        Peer::behind(socket.parse().expect("an address"), &headers, &trusted)
    }

    fn plain(address: &str) -> Peer {
        Peer(address.parse().expect("an address"))
    }

    #[test]
    fn of_a_proxy_that_is_trusted_the_last_address_that_is_none_of_ours_is_believed() {
        for (lines, expected) in [
            (&["192.0.2.1"][..], "192.0.2.1"),
            (&["198.51.100.9, 192.0.2.1"], "192.0.2.1"),
            (&["198.51.100.9", "192.0.2.1, 10.1.1.1"], "192.0.2.1"),
            (&["192.0.2.1:4711"], "192.0.2.1"),
            (&["::ffff:192.0.2.1"], "192.0.2.1"),
            (&["[2001:db8:1:2:3:4:5:6]:443"], "2001:db8:1:2::"),
            (&["2001:db8:1:2::7"], "2001:db8:1:2::"),
            (&["[2001:db8:1:2::7]"], "2001:db8:1:2::"),
        ] {
            assert_eq!(peer("10.0.0.7", lines), plain(expected), "{lines:?}");
            assert_eq!(peer("::1", lines), plain(expected), "{lines:?} over IPv6");
        }
    }

    #[test]
    fn where_nothing_can_be_believed_the_proxy_itself_asks() {
        for lines in [&[""][..], &[], &["unknown"], &["192.0.2.1, "], &["192.0.2.1, x"], &["10.0.0.9"], &["é"]] {
            assert_eq!(peer("10.0.0.7", lines), plain("10.0.0.7"), "{lines:?}");
        }
    }

    #[test]
    fn what_is_no_proxy_of_ours_is_never_believed() {
        for lines in [&["192.0.2.1"][..], &["10.0.0.9"], &["192.0.2.1", "10.0.0.9"], &["é"]] {
            assert_eq!(peer("203.0.113.5", lines), plain("203.0.113.5"), "{lines:?}");
            assert_eq!(peer("::ffff:203.0.113.5", lines), plain("203.0.113.5"), "{lines:?}");
        }
    }

    #[test]
    fn a_peer_does_not_print() {
        assert_eq!(format!("{:?}", plain("203.0.113.5")), "Peer");
    }
}
