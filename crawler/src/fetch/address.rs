//! May this address be reached? The guard against being led into somebody's own network.
//!
//! Two halves, because the HTTP client does not look up a host that is already an IP address: [`check_url`] judges
//! what is written in a URL, [`GuardedResolver`] judges what a name stands for and hands on only what it has judged,
//! so that no second lookup can answer differently. Each hop of a redirect goes through both again.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::Access;
use super::error::{FetchError, shown};

/// A network address and how many of its leading bits count.
type Network<A> = (A, u32);

/// IPv4 networks that are not somewhere on the public internet. Source: IANA IPv4 Special-Purpose Address Registry.
const NOT_GLOBAL_V4: [Network<Ipv4Addr>; 19] = [
    (Ipv4Addr::UNSPECIFIED, 8),            // RFC 791, 3.2: this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // RFC 1918: private use
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // RFC 6598: shared by providers
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // RFC 1122, 3.2.1.3: loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // no RFC: the platform address of a large cloud, public in form only
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // RFC 3927: link-local, and the metadata of most clouds
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // RFC 1918: private use
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // RFC 6890: protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // RFC 5737: documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24),  // RFC 7535: AS112 delegation
    (Ipv4Addr::new(192, 52, 193, 0), 24),  // RFC 7450: multicast tunnelling
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // RFC 7526: the former 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // RFC 1918: private use
    (Ipv4Addr::new(192, 175, 48, 0), 24),  // RFC 7534: AS112, answers for private names
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // RFC 2544: benchmarking
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // RFC 5737: documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // RFC 5737: documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // RFC 5771: multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // RFC 1112, 4: reserved; RFC 919: broadcast
];

/// IPv6 networks that are not somewhere on the public internet. Source: IANA IPv6 Special-Purpose Address Registry.
///
/// Networks that carry an IPv4 address inside are refused whole: nothing that may be harvested has only such an address.
/// `::ffff:0:0/96` is missing, because [`is_global`] looks at the IPv4 address itself.
const NOT_GLOBAL_V6: [Network<Ipv6Addr>; 15] = [
    (Ipv6Addr::UNSPECIFIED, 96), // RFC 4291, 2.5.2, 2.5.3, 2.5.5.1: unspecified, loopback, IPv4-compatible
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96), // RFC 6052: NAT64
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48), // RFC 8215: NAT64 of a local network
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64), // RFC 6666: discarded
    (Ipv6Addr::new(0x100, 0, 0, 1, 0, 0, 0, 0), 64), // RFC 9780: dummy prefix
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // RFC 2928: protocol assignments; RFC 4380: Teredo
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // RFC 3849: documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // RFC 3056: 6to4, IPv4 inside
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // RFC 7534: AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // RFC 9637: documentation
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16), // RFC 9602: segment routing
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7), // RFC 4193: unique local
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10), // RFC 4291, 2.5.6: link-local
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10), // RFC 3879: the former site-local
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8), // RFC 4291, 2.7: multicast
];

/// Returns whether an IP address is one that anybody on the internet can reach.
pub fn is_global(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_global_v4(ip),
        // RFC 4291, 2.5.5.2: the system dials an IPv4-mapped address as the IPv4 address it is.
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(mapped) => is_global_v4(mapped),
            None => !NOT_GLOBAL_V6.iter().any(|&(network, bits)| {
                let shift = u128::BITS - bits;
                ip.to_bits() >> shift == network.to_bits() >> shift
            }),
        },
    }
}

fn is_global_v4(ip: Ipv4Addr) -> bool {
    !NOT_GLOBAL_V4.iter().any(|&(network, bits)| {
        let shift = u32::BITS - bits;
        ip.to_bits() >> shift == network.to_bits() >> shift
    })
}

/// Checks what can be seen of an address before any lookup.
///
/// # Errors
///
/// Refuses anything but `http` and `https`, and credentials, for everybody; with [`Access::PublicOnly`] also IP
/// addresses that are not global, `localhost`, and ports other than 80 and 443. The `url` crate has already turned
/// decimal, hexadecimal, octal and full-width spellings of an IP address into the address.
pub fn check_url(url: &Url, access: Access) -> Result<(), FetchError> {
    let reason = match access {
        Access::AllowPrivate => unusable(url),
        Access::PublicOnly => unusable(url).or_else(|| not_public(url)),
    };
    match reason {
        None => Ok(()),
        Some(reason) => Err(FetchError::AddressRefused { url: shown(url), reason: reason.to_owned() }),
    }
}

fn unusable(url: &Url) -> Option<&'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Some("only http and https are fetched");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("it carries credentials");
    }
    if url.host().is_none() {
        return Some("it names no host");
    }
    None
}

fn not_public(url: &Url) -> Option<&'static str> {
    let is_private_host = match url.host()? {
        Host::Domain(domain) => !may_be_public(domain),
        Host::Ipv4(ip) => !is_global(IpAddr::V4(ip)),
        Host::Ipv6(ip) => !is_global(IpAddr::V6(ip)),
    };
    if is_private_host {
        return Some("it is not on the public internet, and its source does not allow private addresses");
    }
    if !matches!(url.port_or_known_default(), Some(80 | 443)) {
        return Some("its port is neither 80 nor 443, and its source does not allow private addresses");
    }
    None
}

/// Last labels of names that are looked up inside a network only. Source: RFC 6761, RFC 6762, RFC 7686, RFC 8375, the
/// reservation of `internal` by ICANN (2024), and what routers call their own networks.
const NOT_GLOBAL_NAMES: [&str; 10] =
    ["localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "onion", "arpa"];

/// Whether a name may be one of the public internet: it has a dot, letters that a host name has, and an end that anybody
/// can look up.
fn may_be_public(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.');
    let is_host_name = domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let last_label = domain.rsplit('.').next().unwrap_or(domain);
    is_host_name && domain.contains('.') && !NOT_GLOBAL_NAMES.iter().any(|name| last_label.eq_ignore_ascii_case(name))
}

/// RFC 6761, 6.3: `localhost` and every name below it mean this machine, with or without the final dot.
pub(super) fn is_localhost(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.');
    let last_label = domain.rsplit('.').next().unwrap_or(domain);
    last_label.eq_ignore_ascii_case("localhost")
}

/// Says which addresses a name stands for. Nothing is judged here: that is what [`GuardedResolver`] is for.
#[async_trait]
pub(super) trait Lookup: Send + Sync {
    /// Returns the addresses of a name, in the order in which they are to be dialled. Port 0 stands for that of the URL.
    ///
    /// # Errors
    /// When nobody knows the name, or nobody answers.
    async fn look_up(&self, host: &str) -> io::Result<Vec<SocketAddr>>;
}

/// Asks the operating system.
struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn look_up(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.collect())
    }
}

/// Looks names up and returns only global addresses, so that checking and dialling are one lookup.
#[derive(Clone)]
pub struct GuardedResolver {
    lookup: Arc<dyn Lookup>,
}

impl GuardedResolver {
    /// Judges what this lookup finds.
    pub(super) fn over(lookup: Arc<dyn Lookup>) -> Self {
        Self { lookup }
    }
}

impl Default for GuardedResolver {
    /// Judges what the operating system finds.
    fn default() -> Self {
        Self::over(Arc::new(SystemLookup))
    }
}

/// A name that stands for private addresses only.
#[derive(Debug, thiserror::Error)]
#[error("{host} has no address on the public internet")]
struct NoGlobalAddress {
    host: String,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(look_up_global(Arc::clone(&self.lookup), name.as_str().to_owned()))
    }
}

async fn look_up_global(
    lookup: Arc<dyn Lookup>,
    host: String,
) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    let mut addresses = lookup.look_up(&host).await?;
    addresses.retain(|address| is_global(address.ip()));
    if addresses.is_empty() {
        return Err(Box::new(NoGlobalAddress { host }));
    }
    Ok(Box::new(addresses.into_iter()))
}

/// Returns whether a failed request never left the machine because [`GuardedResolver`] refused its host.
pub(super) fn was_refused(error: &reqwest::Error) -> bool {
    let first: &(dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |error| error.source()).any(<dyn std::error::Error>::is::<NoGlobalAddress>)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::loopback("http://127.0.0.1/")]
    #[case::loopback_without_slashes("http:127.0.0.1/")]
    #[case::short("http://127.1/")]
    #[case::decimal("http://2130706433/")]
    #[case::hexadecimal("http://0x7f000001/")]
    #[case::hexadecimal_parts("http://0x7f.0x0.0x0.0x1/")]
    #[case::octal("http://0177.0.0.1/")]
    #[case::full_width("http://１２７.0.0.1/")]
    #[case::ideographic_stops("http://127。0。0。1/")]
    #[case::final_dot("http://169.254.169.254./")]
    #[case::unspecified("http://0.0.0.0/")]
    #[case::ten("http://10.0.0.1/")]
    #[case::one_seven_two("http://172.31.255.255/")]
    #[case::one_nine_two("http://192.168.1.1/")]
    #[case::shared("http://100.64.0.1/")]
    #[case::link_local("http://169.254.169.254/latest/meta-data/")]
    #[case::protocol_assignment("http://192.0.0.192/")]
    #[case::documentation("http://192.0.2.1/")]
    #[case::benchmarking("http://198.19.255.255/")]
    #[case::multicast("http://224.0.0.1/")]
    #[case::reserved("http://240.0.0.1/")]
    #[case::broadcast("http://255.255.255.255/")]
    #[case::v6_loopback("http://[::1]/")]
    #[case::v6_unspecified("http://[::]/")]
    #[case::v6_mapped("http://[::ffff:127.0.0.1]/")]
    #[case::v6_compatible("http://[::192.168.1.1]/")]
    #[case::v6_nat64("http://[64:ff9b::7f00:1]/")]
    #[case::v6_local_nat64("http://[64:ff9b:1::c0a8:101]/")]
    #[case::v6_6to4("http://[2002:7f00:1::]/")]
    #[case::v6_teredo("http://[2001::1]/")]
    #[case::v6_documentation("http://[2001:db8::1]/")]
    #[case::v6_unique_local("http://[fd00::1]/")]
    #[case::v6_link_local("http://[fe80::1]/")]
    #[case::v6_site_local("http://[fec0::1]/")]
    #[case::v6_multicast("http://[ff02::1]/")]
    #[case::localhost("http://localhost/")]
    #[case::localhost_in_capitals("http://LOCALHOST/")]
    #[case::localhost_with_a_dot("http://localhost./")]
    #[case::below_localhost("http://api.localhost/")]
    #[case::other_port("https://example.org:8443/")]
    #[case::credentials("https://user:secret@example.org/")]
    #[case::user_only("https://user@example.org/")]
    #[case::file("file:///etc/passwd")]
    #[case::gopher("gopher://example.org/")]
    #[case::data("data:text/html,hello")]
    fn an_address_that_is_not_public_is_refused(#[case] url: &str) {
        let url = Url::parse(url).expect("a good address");
        let refused = check_url(&url, Access::PublicOnly);
        assert!(matches!(refused, Err(FetchError::AddressRefused { .. })));
    }

    #[rstest]
    #[case::name("https://example.org/a?b#c")]
    #[case::v4("http://8.8.8.8/")]
    #[case::v6("https://[2606:4700:4700::1111]/")]
    #[case::mapped("http://[::ffff:8.8.8.8]/")]
    #[case::port_that_is_written_out("https://example.org:443/")]
    #[case::the_other_port("http://example.org:443/")]
    #[case::next_to_a_private_network("http://172.32.0.1/")]
    #[case::a_name_that_only_looks_local("https://localhost.example.org/")]
    fn a_public_address_is_allowed(#[case] url: &str) {
        let url = Url::parse(url).expect("a good address");
        assert!(check_url(&url, Access::PublicOnly).is_ok());
    }

    #[rstest]
    #[case::loopback("http://127.0.0.1:8080/", true)]
    #[case::private_name("http://intranet:81/", true)]
    #[case::credentials("http://user:secret@127.0.0.1/", false)]
    #[case::file("file:///etc/passwd", false)]
    fn a_private_source_still_may_not_leave_http(#[case] url: &str, #[case] allowed: bool) {
        let url = Url::parse(url).expect("a good address");
        assert_eq!(check_url(&url, Access::AllowPrivate).is_ok(), allowed);
    }

    #[rstest]
    #[case::same_place("http://10.0.0.1:8080/b", Access::AllowPrivate)]
    #[case::upgrade("https://10.0.0.1/", Access::AllowPrivate)]
    #[case::other_port("http://10.0.0.1:9090/", Access::PublicOnly)]
    #[case::other_host("http://10.0.0.2:8080/", Access::PublicOnly)]
    #[case::public_host("https://example.org/", Access::PublicOnly)]
    fn permission_for_one_place_is_none_for_the_next(#[case] to: &str, #[case] left: Access) {
        let granted_for = Url::parse("http://10.0.0.1:8080/a").expect("a good address");
        let target = Url::parse(to).expect("a good address");
        assert_eq!(Access::AllowPrivate.at(&granted_for, &target), left);
    }

    #[tokio::test]
    async fn a_name_that_stands_for_this_machine_is_not_resolved() {
        let name = "localhost".parse().expect("a good name");
        assert!(GuardedResolver::default().resolve(name).await.is_err());
    }
}
