//! What the command line says of a run, as tests write it down.

use unmesh::config::{Identity, L7, Layout, Settings, Target};
use unmesh::finding::{Acceptance, Rules, find};
use unmesh::object::calico::versions::default_layout;

/// Settings and rules of a run, as far as tests need them.
#[derive(Clone, Default)]
pub(crate) struct Run {
    pub(crate) settings: Settings,
    pub(crate) rules: Rules,
}

impl Run {
    /// Reads arguments as the command line takes them, separated by white space.
    pub(crate) fn parse(args: &str) -> Self {
        let mut run = Self::default();
        let words: Vec<&str> = args.split_whitespace().collect();
        let valued: Vec<&str> = words.iter().copied().filter(|word| *word != "--staged").collect();
        for pair in valued.chunks(2) {
            let [option, value] = pair else { panic!("`{args}`: an option without a value") };
            run.set(option, value);
        }
        run.lay_out(&words);
        run
    }

    /// What depends on target and layout together.
    fn lay_out(&mut self, words: &[&str]) {
        let Target::Calico(calico) = &mut self.settings.target else { return };
        let layout = words.iter().skip_while(|word| **word != "--layout").nth(1);
        calico.layout = match layout.copied() {
            Some("portable") => Layout::Portable,
            Some("tiers") => Layout::Tiers,
            Some(other) => panic!("`{other}` is no layout"),
            None => default_layout(calico.version),
        };
        calico.staged = words.contains(&"--staged");
    }

    fn set(&mut self, option: &str, value: &str) {
        let names = || value.split(',').map(str::to_string).collect();
        let settings = &mut self.settings;
        match option {
            "--target" => settings.target = target(value),
            "--layout" => {}
            "--l7" => settings.l7 = if value == "none" { L7::None } else { L7::Dikastes },
            "--root-namespace" => {
                settings.root_namespace = value.to_string();
                settings.asked.root_namespace = true;
            }
            "--trust-domain" => {
                settings.trust_domain = value.to_string();
                settings.asked.trust_domain = true;
            }
            "--mesh-namespaces" => settings.mesh_namespaces = Some(names()),
            "--system-namespaces" => settings.system_namespaces = names(),
            "--map-identity" => {
                let (old, new) = value.split_once('=').expect("OLD=NEW");
                settings.map_identity.push((identity(old), identity(new)));
            }
            "--accept" => {
                let code = find(value).expect("a code");
                self.rules.accepted.push(Acceptance::of(code));
            }
            other => panic!("these tests know no `{other}`"),
        }
    }
}

fn target(value: &str) -> Target {
    value.parse().expect("a target")
}

fn identity(text: &str) -> Identity {
    let (namespace, account) = text.split_once('/').expect("NAMESPACE/ACCOUNT");
    Identity { namespace: namespace.to_string(), account: account.to_string() }
}
