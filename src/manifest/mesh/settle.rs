//! Which settings are in effect: the user's flags, then what the input says, then Istio's defaults.

use super::{Installation, Mesh, MeshConfig, Outbound};
use crate::config::{PathNormalization, Settings};
use crate::finding::codes::platform::{MESH_CONFIG_USED, MESH_SETTINGS_UNCLEAR};
use crate::finding::{Direction, Finding, ObjectRef};
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// Istio's own defaults (`pkg/config/mesh/mesh.go`, `DefaultMeshConfig`).
const ROOT_NAMESPACE: &str = "istio-system";
const TRUST_DOMAIN: &str = "cluster.local";

/// A setting that a document states.
struct Stated<'a> {
    by: &'a ObjectRef,
    at: Leaf<String>,
}

impl Mesh {
    /// The settings of a run with what the input says of the mesh. The user's flags win. Applying it twice
    /// changes nothing.
    #[must_use]
    pub fn applied(&self, settings: &Settings) -> Settings {
        let mut settings = settings.clone();
        let asked = settings.asked;
        if let Some(stated) = self.stated(root_namespace).into_iter().next().filter(|_| !asked.root_namespace)
        {
            settings.root_namespace = stated.at.value;
        }
        if let Some(stated) = self.stated(trust_domain).into_iter().next().filter(|_| !asked.trust_domain) {
            settings.trust_domain = stated.at.value;
        }
        let aliases = self.configs.iter().flat_map(|config| &config.trust_domain_aliases);
        settings.trust_domain_aliases.extend(aliases.map(|leaf| leaf.value.clone()));
        settings.trust_domain_aliases.remove(&settings.trust_domain);
        let paths = self.configs.iter().filter_map(|config| config.path_normalization.as_ref());
        let unusual = paths.map(|leaf| leaf.value).find(|value| *value != PathNormalization::Base);
        settings.path_normalization = unusual.unwrap_or(settings.path_normalization);
        settings
    }

    /// The root namespace that the input states, where that counts: unless the user named one.
    #[must_use]
    pub fn stated_root_namespace(&self) -> Option<Leaf<String>> {
        self.stated(root_namespace).into_iter().next().map(|stated| stated.at)
    }

    /// The trust domain that the input states, where that counts: unless the user named one.
    #[must_use]
    pub fn stated_trust_domain(&self) -> Option<Leaf<String>> {
        self.stated(trust_domain).into_iter().next().map(|stated| stated.at)
    }

    /// Whether documents state different root namespaces or trust domains.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        [self.stated(root_namespace), self.stated(trust_domain)].iter().any(|stated| {
            stated.windows(2).any(|two| matches!(two, [one, other] if one.at.value != other.at.value))
        })
    }

    fn stated<'s>(&'s self, which: fn(&MeshConfig) -> Option<Leaf<String>>) -> Vec<Stated<'s>> {
        let stated = |config: &'s MeshConfig| Some(Stated { by: &config.reference, at: which(config)? });
        self.configs.iter().filter_map(stated).collect()
    }
}

fn root_namespace(config: &MeshConfig) -> Option<Leaf<String>> {
    config.root_namespace.clone().or_else(|| default(config, ROOT_NAMESPACE))
}

fn trust_domain(config: &MeshConfig) -> Option<Leaf<String>> {
    config.trust_domain.clone().or_else(|| default(config, TRUST_DOMAIN))
}

/// What a whole MeshConfig leaves out has its default.
fn default(config: &MeshConfig, value: &str) -> Option<Leaf<String>> {
    config.complete.then(|| config.at.clone().map(|()| value.to_string()))
}

/// What there is to say of the settings: where they come from, and where documents disagree.
pub(in crate::manifest) fn findings(mesh: &Mesh, settings: &Settings) -> Vec<Finding> {
    let mut found = Vec::new();
    let asked = settings.asked;
    let roots = mesh.stated(root_namespace);
    let domains = mesh.stated(trust_domain);
    let rows = [
        ("root namespace", "--root-namespace", asked.root_namespace, &settings.root_namespace, roots),
        ("trust domain", "--trust-domain", asked.trust_domain, &settings.trust_domain, domains),
    ];
    for (what, flag, asked, used, stated) in rows {
        if asked {
            found.extend(stated.iter().filter(|stated| stated.at.value != *used).map(|stated| {
                let message =
                    format!("`{used}` is used as the {what}, though it is `{}` here", stated.at.value);
                used_finding(stated.by, &stated.at, message)
                    .help(format!("leave `{flag}` out, or its key in unmesh.toml, to take what stands here"))
            }));
        } else {
            found.extend(disagree(what, flag, &stated));
        }
    }
    found.extend(aliases_disagree(mesh));
    let settled = !found.iter().any(|finding| finding.code.id == MESH_SETTINGS_UNCLEAR.id);
    found.extend(mesh.configs.iter().filter(|_| settled).map(|config| taken(config, mesh, settings)));
    found.extend(mesh.installations.iter().map(installed));
    found
}

fn used_finding<T>(by: &ObjectRef, at: &Leaf<T>, message: String) -> Finding {
    Finding::new(&MESH_CONFIG_USED, Direction::None, message).on(by).at(at.span).field(at.field.clone())
}

/// Documents of several meshes or revisions: which one the policies are for, nobody can know.
fn disagree(what: &str, flag: &str, stated: &[Stated<'_>]) -> Option<Finding> {
    let (first, rest) = stated.split_first()?;
    let other = rest.iter().find(|other| other.at.value != first.at.value)?;
    let message = format!(
        "the {what} is `{}` here and `{}` in `{}`: policies mean different things in each mesh",
        other.at.value, first.at.value, first.by
    );
    let finding = Finding::new(&MESH_SETTINGS_UNCLEAR, Direction::Widens, message)
        .on(other.by)
        .at(other.at.span)
        .field(other.at.field.clone())
        .related(format!("`{}` here", first.at.value), first.at.span);
    Some(finding.help(format!(
        "say which one it is: `{flag} NAME`; translate each revision by itself where both are in use"
    )))
}

/// Aliases have no flag: the documents that are not of this mesh have to go.
fn aliases_disagree(mesh: &Mesh) -> Option<Finding> {
    let set = |config: &MeshConfig| -> BTreeSet<String> {
        config.trust_domain_aliases.iter().map(|leaf| leaf.value.clone()).collect()
    };
    let stating = |config: &&MeshConfig| config.complete || !config.trust_domain_aliases.is_empty();
    let mut stating = mesh.configs.iter().filter(stating);
    let first = stating.next()?;
    let other = stating.find(|other| set(other) != set(first))?;
    let place = |config: &MeshConfig| {
        let first = config.trust_domain_aliases.first();
        first.map_or_else(|| config.at.clone(), |leaf| leaf.clone().map(drop))
    };
    let (at, of_first) = (place(other), place(first));
    let message = format!(
        "`trustDomainAliases` are others here than in `{}`: policies mean different things in each mesh",
        first.reference
    );
    let finding = Finding::new(&MESH_SETTINGS_UNCLEAR, Direction::Widens, message)
        .on(&other.reference)
        .at(at.span)
        .field(at.field)
        .related("the other ones", of_first.span);
    Some(finding.help("translate each revision by itself, with its own MeshConfig alone"))
}

/// What is taken from a document, in one line.
fn taken(config: &MeshConfig, mesh: &Mesh, settings: &Settings) -> Finding {
    let settings = mesh.applied(settings);
    let names: Vec<&str> = settings.trust_domain_aliases.iter().map(String::as_str).collect();
    let aliases = match names.as_slice() {
        [] => String::new(),
        names => format!(" with the aliases `{}`", names.join("`, `")),
    };
    let outbound = match config.outbound.as_ref().map(|leaf| leaf.value) {
        None => "",
        Some(Outbound::RegistryOnly) => ", outbound traffic REGISTRY_ONLY",
        Some(Outbound::AllowAny) => ", outbound traffic ALLOW_ANY",
        Some(Outbound::AllowAnyDynamicDns) => ", outbound traffic ALLOW_ANY_DYNAMIC_DNS",
    };
    let message = format!(
        "mesh settings in effect: root namespace `{}`, trust domain `{}`{aliases}{outbound}",
        settings.root_namespace, settings.trust_domain
    );
    used_finding(&config.reference, &config.at, message)
}

/// What installs the mesh goes with it.
fn installed(installation: &Installation) -> Finding {
    let Installation { reference, span, profile, gateways } = installation;
    let profile = profile.as_ref().map(|profile| format!(" (profile `{}`)", profile.value));
    let gateways = match gateways.as_slice() {
        [] => String::new(),
        names => format!(": so do its gateways `{}`", names.join("`, `")),
    };
    let profile = profile.unwrap_or_default();
    let message = format!("this installs the mesh, and goes with it{profile}{gateways}");
    let at = Leaf { value: (), span: *span, field: "metadata.name".to_string() };
    used_finding(reference, &at, message).help(
        "uninstall the mesh last, when the policies are in force and nothing is routed through its gateways",
    )
}
