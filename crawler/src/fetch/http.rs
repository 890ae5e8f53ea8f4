//! How is a page fetched politely and safely? The order of the rules, and redirects followed by hand.
//!
//! For every hop: the address guard, robots.txt of that host, its turn, and only then a request. Each rule lives in its
//! own file; this one only calls them, in the one order in which they protect.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use tokio::time::Instant;
use url::Url;

use super::address::{self, GuardedResolver};
use super::error::{FetchError, shown};
use super::exchange::{Answer, Exchange};
use super::limits::{CONNECT, CONNECTIONS_PER_HOST, FetchLimits};
use super::politeness::Politeness;
use super::robots::{self, Rules, RulesOfHosts};
use super::{Access, Fetch, FetchRequest, Fetched, Oversize, Validators};

/// Messages quote this much of what was not an address.
const QUOTED_CHARACTERS: usize = 200;

/// How the fetcher introduces itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpFetcherConfig {
    /// The product token, by which robots.txt addresses us: `SignpostBot`.
    pub user_agent_product: String,
    /// The version behind the token: `0.1`.
    pub version: String,
    /// A page that says who we are, what we fetch, and how to reach us.
    pub contact_url: String,
}

impl HttpFetcherConfig {
    /// Introduces this version of Signpost, with the given page of contact.
    pub fn new(contact_url: impl Into<String>) -> Self {
        let version = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
        Self {
            user_agent_product: "SignpostBot".to_owned(),
            version: version.to_owned(),
            contact_url: contact_url.into(),
        }
    }

    /// Returns the `User-Agent` header: `SignpostBot/0.1 (+https://example.org/bot)`.
    pub fn user_agent(&self) -> String {
        format!("{}/{} (+{})", self.user_agent_product, self.version, self.contact_url)
    }
}

/// Fetches over HTTP. One for all sources, so that they share the pace of a host and the rules it gave.
pub struct HttpFetcher {
    /// Its resolver gives only global addresses.
    public_client: Client,
    /// For sources that may be private.
    open_client: Client,
    robot: String,
    rules: RulesOfHosts,
    politeness: Politeness,
}

impl HttpFetcher {
    /// Sets up the connections.
    ///
    /// # Errors
    ///
    /// Fails when the introduction cannot stand in a header, and when the system offers no root certificates.
    pub fn new(config: HttpFetcherConfig) -> Result<Self, FetchError> {
        let user_agent = config.user_agent();
        let public = client_builder(&user_agent).dns_resolver(GuardedResolver::default());
        let open = client_builder(&user_agent);
        Ok(Self {
            public_client: public.build().map_err(|source| FetchError::Setup { source })?,
            open_client: open.build().map_err(|source| FetchError::Setup { source })?,
            robot: config.user_agent_product,
            rules: RulesOfHosts::default(),
            politeness: Politeness::default(),
        })
    }

    /// A fetcher of public addresses for which a test says what names stand for. It cannot leave this machine: the system
    /// sends nothing from a loopback address to anywhere else.
    #[cfg(test)]
    pub(super) fn with_lookup(config: HttpFetcherConfig, lookup: Arc<dyn address::Lookup>) -> Result<Self, FetchError> {
        let public = client_builder(&config.user_agent())
            .dns_resolver(GuardedResolver::over(lookup))
            .local_address(std::net::IpAddr::from([127, 0, 0, 1]));
        let public_client = public.build().map_err(|source| FetchError::Setup { source })?;
        Ok(Self { public_client, ..Self::new(config)? })
    }

    fn client(&self, access: Access) -> &Client {
        match access {
            Access::PublicOnly => &self.public_client,
            Access::AllowPrivate => &self.open_client,
        }
    }

    /// Returns the rules of the host of an address, asking for them when they are unknown.
    async fn rules_for(&self, page: &Url, access: Access, limits: &FetchLimits) -> Result<Arc<Rules>, FetchError> {
        let slot = self.rules.slot(page, Instant::now());
        let mut remembered = slot.lock().await;
        if let Some(rules) = remembered.fresh(Instant::now()) {
            return Ok(rules);
        }
        let answer = self.fetch_robots(page, access, limits).await;
        let rules = Rules::understand(answer, &self.robot)?;
        Ok(remembered.keep(rules, Instant::now()))
    }

    /// Fetches robots.txt. Its redirects are followed wherever the guard lets us, and not subject to other rules.
    async fn fetch_robots(&self, page: &Url, access: Access, limits: &FetchLimits) -> Result<Vec<u8>, FetchError> {
        let home = robots::location(page)?;
        let limits = robots::limits(limits);
        let mut url = home.clone();
        for _hop in 0..=limits.redirects {
            let access = access.at(&home, &url);
            address::check_url(&url, access)?;
            let exchange = Exchange {
                client: self.client(access),
                url: &url,
                validators: &Validators::default(),
                limits: &limits,
                oversize: Oversize::Cut,
            };
            let mut turn = self.politeness.turn(&url, limits.delay).await;
            let answer = exchange.run(&mut turn).await?;
            // The next hop may be on the same host, and needs the turn.
            drop(turn);
            url = match answer {
                Answer::Content(content) => return Ok(content.body),
                Answer::Redirect { location, .. } => next_hop(&url, &location)?,
            };
        }
        Err(FetchError::TooManyRedirects { url: shown(&home), limit: limits.redirects })
    }
}

#[async_trait]
impl Fetch for HttpFetcher {
    async fn fetch(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        let limits = &request.limits;
        let mut url = request.url.clone();
        let mut moved_to = None;
        let mut only_for_good = true;
        for _hop in 0..=limits.redirects {
            let access = request.access.at(&request.url, &url);
            address::check_url(&url, access)?;
            let rules = self.rules_for(&url, access, limits).await?;
            rules.check(&url)?;
            let exchange = Exchange {
                client: self.client(access),
                url: &url,
                validators: &request.validators,
                limits,
                oversize: request.oversize,
            };
            let mut turn = self.politeness.turn(&url, limits.delay.max(rules.crawl_delay())).await;
            let answer = exchange.run(&mut turn).await?;
            // The next hop may be on the same host, and needs the turn.
            drop(turn);
            url = match answer {
                Answer::Redirect { location, for_good } => {
                    let next = next_hop(&url, &location)?;
                    only_for_good &= for_good;
                    if only_for_good {
                        moved_to = Some(next.clone());
                    }
                    next
                }
                Answer::Content(content) => {
                    return Ok(Fetched {
                        requested_url: request.url.clone(),
                        final_url: url,
                        status: content.status,
                        content_type: content.content_type,
                        body: content.body,
                        validators: content.validators,
                        not_modified: content.not_modified,
                        links: content.links,
                        moved_to,
                    });
                }
            };
        }
        Err(FetchError::TooManyRedirects { url: shown(&request.url), limit: limits.redirects })
    }
}

/// What both clients share: nothing happens behind our back.
fn client_builder(user_agent: &str) -> ClientBuilder {
    Client::builder()
        .user_agent(user_agent)
        // A proxy would look names up by itself, past the guard.
        .no_proxy()
        // Redirects are followed here, each hop through guard, robots.txt and pace.
        .redirect(Policy::none())
        .referer(false)
        // So are retries.
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(CONNECTIONS_PER_HOST)
}

/// Returns where a redirect leads. Whether that place may be asked is for the guard to say.
fn next_hop(from: &Url, location: &str) -> Result<Url, FetchError> {
    let to = from.join(location).map_err(|error| FetchError::BadUrl {
        url: location.chars().take(QUOTED_CHARACTERS).collect(),
        reason: error.to_string(),
    })?;
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(FetchError::InsecureRedirect { from: shown(from), to: shown(&to) });
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(from: &str, location: &str) -> Result<Url, FetchError> {
        next_hop(&Url::parse(from).expect("a good address"), location)
    }

    #[test]
    fn a_redirect_may_be_relative() {
        let to = hop("https://example.org/a/b?c", "../d").expect("it leads somewhere");
        assert_eq!(to.as_str(), "https://example.org/d");
    }

    #[test]
    fn a_redirect_may_take_up_https_but_not_give_it_up() {
        assert!(hop("http://example.org/", "https://example.org/").is_ok());
        let refused = hop("https://example.org/", "http://example.org/");
        assert!(matches!(refused, Err(FetchError::InsecureRedirect { .. })));
    }

    #[test]
    fn a_redirect_to_no_address_is_an_error() {
        let refused = hop("https://example.org/", "http://1.2.3.4.5/");
        assert!(matches!(refused, Err(FetchError::BadUrl { .. })));
    }

    #[test]
    fn the_introduction_names_product_version_and_contact() {
        let user_agent = HttpFetcherConfig::new("https://example.org/bot").user_agent();
        let version =
            user_agent.strip_prefix("SignpostBot/").and_then(|rest| rest.strip_suffix(" (+https://example.org/bot)"));
        assert!(version.is_some_and(|version| version.contains('.')));
    }
}
