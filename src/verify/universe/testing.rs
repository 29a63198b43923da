//! Worlds from YAML text, for tests.

use super::World;
use crate::config::Settings;
use crate::istio::{self, Resources};
use crate::manifest::{Inventory, Manifest, collect, inventory};
use crate::object::calico::v3::{Document, Set};
use crate::source::{SourceFile, SourceMap};
use crate::yaml::{Limits, parse};
use std::path::PathBuf;

/// What a test's world is made of.
pub(super) struct Scene {
    resources: Resources,
    inventory: Inventory,
    settings: Settings,
    before: Set,
    after: Set,
}

fn manifest(text: &str, settings: &Settings) -> Manifest {
    let mut sources = SourceMap::default();
    let path = PathBuf::from("in.yaml");
    let file = sources.add(SourceFile::new("in.yaml".to_string(), Some(path.clone()), path, text));
    let documents = parse(file, sources.file(file), Limits::default()).documents;
    collect(documents, &sources, settings).manifest
}

fn set(manifest: &Manifest) -> Set {
    let documents = manifest.objects.iter().map(|object| Document {
        reference: &object.reference,
        api_version: &object.api_version,
        labels: &object.labels,
        span: object.name_span,
        root: &object.root,
    });
    let (set, problems) = Set::read(documents);
    assert!(problems.is_empty(), "{problems:?}");
    set
}

impl Scene {
    /// The input, and the Calico policies that stand in place of the mesh.
    pub(super) fn new(input: &str, after: &str, settings: Settings) -> Self {
        let manifest = manifest(input, &settings);
        let (inventory, _) = inventory(&manifest, &settings);
        let (resources, findings) = istio::read(&manifest);
        assert!(findings.is_empty(), "{findings:?}");
        let before = set(&manifest);
        let mut after = set(&self::manifest(after, &settings));
        after.policies.extend(before.policies.iter().cloned());
        Self { resources, inventory, settings, before, after }
    }

    pub(super) fn world(&self) -> World<'_> {
        let Self { resources, inventory, settings, before, after } = self;
        World { resources, inventory, settings, before, after }
    }
}
