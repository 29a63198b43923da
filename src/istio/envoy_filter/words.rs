//! The closed lists of words in an EnvoyFilter.

/// `applyTo`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApplyTo {
    /// `INVALID`, which Istio refuses.
    Invalid,
    /// A listener.
    Listener,
    /// One of a listener's chains of filters.
    FilterChain,
    /// A filter of connections.
    NetworkFilter,
    /// A filter of requests, within the HTTP connection manager.
    HttpFilter,
    /// All routes of a listener.
    RouteConfiguration,
    /// The routes of some hosts.
    VirtualHost,
    /// One route.
    HttpRoute,
    /// What requests are sent to.
    Cluster,
    /// A filter's configuration that others refer to.
    ExtensionConfig,
    /// What the proxy starts with.
    Bootstrap,
    /// A filter that looks at a connection before a chain is chosen.
    ListenerFilter,
}

/// `match.context`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PatchContext {
    /// Sidecars in both directions, and gateways.
    Any,
    /// What comes in at sidecars.
    SidecarInbound,
    /// What goes out of sidecars.
    SidecarOutbound,
    /// Gateways.
    Gateway,
    /// Waypoints.
    Waypoint,
}

/// `patch.operation`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// `INVALID`, which Istio refuses.
    Invalid,
    /// Fields are set over those that stand.
    Merge,
    /// Put at the end, or where `filterClass` says.
    Add,
    /// Taken out.
    Remove,
    /// Put before what matches.
    InsertBefore,
    /// Put after what matches.
    InsertAfter,
    /// Put first.
    InsertFirst,
    /// Put in place of what matches.
    Replace,
    /// As `MERGE`, lists replaced and not joined.
    MergeAndReplaceList,
}

/// `patch.filterClass`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilterClass {
    /// Wherever the operation says.
    Unspecified,
    /// After Istio's authentication.
    Authn,
    /// After Istio's authorization.
    Authz,
    /// Before Istio's statistics.
    Stats,
}

pub(super) const APPLY_TO: &[(&str, ApplyTo)] = &[
    ("INVALID", ApplyTo::Invalid),
    ("LISTENER", ApplyTo::Listener),
    ("FILTER_CHAIN", ApplyTo::FilterChain),
    ("NETWORK_FILTER", ApplyTo::NetworkFilter),
    ("HTTP_FILTER", ApplyTo::HttpFilter),
    ("ROUTE_CONFIGURATION", ApplyTo::RouteConfiguration),
    ("VIRTUAL_HOST", ApplyTo::VirtualHost),
    ("HTTP_ROUTE", ApplyTo::HttpRoute),
    ("CLUSTER", ApplyTo::Cluster),
    ("EXTENSION_CONFIG", ApplyTo::ExtensionConfig),
    ("BOOTSTRAP", ApplyTo::Bootstrap),
    ("LISTENER_FILTER", ApplyTo::ListenerFilter),
];

pub(super) const CONTEXT: &[(&str, PatchContext)] = &[
    ("ANY", PatchContext::Any),
    ("SIDECAR_INBOUND", PatchContext::SidecarInbound),
    ("SIDECAR_OUTBOUND", PatchContext::SidecarOutbound),
    ("GATEWAY", PatchContext::Gateway),
    ("WAYPOINT", PatchContext::Waypoint),
];

pub(super) const OPERATION: &[(&str, Operation)] = &[
    ("INVALID", Operation::Invalid),
    ("MERGE", Operation::Merge),
    ("ADD", Operation::Add),
    ("REMOVE", Operation::Remove),
    ("INSERT_BEFORE", Operation::InsertBefore),
    ("INSERT_AFTER", Operation::InsertAfter),
    ("INSERT_FIRST", Operation::InsertFirst),
    ("REPLACE", Operation::Replace),
    ("MERGE_AND_REPLACE_LIST", Operation::MergeAndReplaceList),
];

pub(super) const FILTER_CLASS: &[(&str, FilterClass)] = &[
    ("UNSPECIFIED", FilterClass::Unspecified),
    ("AUTHN", FilterClass::Authn),
    ("AUTHZ", FilterClass::Authz),
    ("STATS", FilterClass::Stats),
];

fn word_of<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, of)| of == value).map_or("", |(word, _)| *word)
}

impl ApplyTo {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        word_of(APPLY_TO, &self)
    }
}

impl Operation {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        word_of(OPERATION, &self)
    }

    /// Whether fields are set over those that stand.
    #[must_use]
    pub fn merges(self) -> bool {
        matches!(self, Self::Merge | Self::MergeAndReplaceList)
    }
}

impl FilterClass {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        word_of(FILTER_CLASS, &self)
    }
}
