//! Who may read the figures of the service.

/// `metrics` in `[server]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetricsAccess {
    /// Whoever can reach the service.
    Open,
    /// Who asks from this machine, and not through a proxy. The default: the figures tell how much a service is used and
    /// when it is in trouble.
    #[default]
    Loopback,
    /// Nobody.
    Off,
}

impl MetricsAccess {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Loopback, Self::Off];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Loopback => "loopback",
            Self::Off => "off",
        }
    }

    /// What is written under the key, with the default where nothing is.
    pub(super) fn read(written: Option<&str>, place: &str, mistakes: &mut Vec<String>) -> Self {
        let Some(written) = written else {
            return Self::default();
        };
        let found = Self::ALL.into_iter().find(|access| access.name() == written);
        found.unwrap_or_else(|| {
            let allowed = Self::ALL.map(Self::name).join(", ");
            mistakes.push(format!("{place}: `{written}`: expected one of {allowed}"));
            Self::default()
        })
    }
}
