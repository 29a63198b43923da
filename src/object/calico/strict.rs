//! Mappings read field by field, where the first thing amiss ends the reading.
//!
//! Unlike `yaml::fields`, which reports to users what is wrong with their input, this reads what
//! the program wrote itself: whatever the types cannot hold is an error with its path.

use crate::yaml::{Node, Resolved, Value, resolve};

/// A value and its path in the object.
#[derive(Clone)]
pub(super) struct Item<'a> {
    /// The path, for errors (`spec.ingress[0].action`).
    pub(super) path: String,
    node: &'a Node,
}

/// A mapping whose fields are taken one by one.
pub(super) struct Fields<'a> {
    path: String,
    node: &'a Node,
    asked: Vec<&'static str>,
}

impl<'a> Item<'a> {
    /// The root of an object.
    pub(super) fn root(node: &'a Node) -> Self {
        Self { path: String::new(), node }
    }

    /// An error at this place.
    pub(super) fn error<T>(&self, what: &str) -> Result<T, String> {
        let path = if self.path.is_empty() { "the document" } else { &self.path };
        Err(format!("`{path}` {what}"))
    }

    /// A string.
    pub(super) fn text(&self) -> Result<&'a str, String> {
        self.node.as_str().map_or_else(|| self.error("has to be a string"), Ok)
    }

    /// A whole number, or a string.
    pub(super) fn number_or_text(&self) -> Result<NumberOrText<'a>, String> {
        let Value::Scalar(scalar) = &self.node.value else {
            return self.error("has to be a number or a string");
        };
        let resolved = resolve(scalar);
        if let Resolved::Int(number) = resolved {
            return Ok(NumberOrText::Number(number));
        }
        if resolved == Resolved::String {
            return Ok(NumberOrText::Text(&scalar.text));
        }
        self.error("has to be a whole number or a string")
    }

    /// A whole number from 0 to 65535.
    pub(super) fn u16(&self) -> Result<u16, String> {
        let number = match self.number_or_text()? {
            NumberOrText::Number(number) => u16::try_from(number).ok(),
            NumberOrText::Text(_) => None,
        };
        number.map_or_else(|| self.error("has to be a whole number from 0 to 65535"), Ok)
    }

    /// A whole number, below zero too.
    pub(super) fn i64(&self) -> Result<i64, String> {
        let number = match self.number_or_text()? {
            NumberOrText::Number(number) => i64::try_from(number).ok(),
            NumberOrText::Text(_) => None,
        };
        number.map_or_else(|| self.error("has to be a whole number"), Ok)
    }

    /// The items of a list.
    pub(super) fn list(&self) -> Result<Vec<Item<'a>>, String> {
        let Value::Sequence(items) = &self.node.value else {
            return self.error("has to be a list");
        };
        let item = |(index, node)| Item { path: format!("{}[{index}]", self.path), node };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// The fields of a mapping.
    pub(super) fn fields(&self) -> Result<Fields<'a>, String> {
        match &self.node.value {
            Value::Mapping(_) => Ok(Fields { path: self.path.clone(), node: self.node, asked: Vec::new() }),
            Value::Scalar(_) | Value::Sequence(_) => self.error("has to be a mapping"),
        }
    }
}

/// What a port can be.
pub(super) enum NumberOrText<'a> {
    /// A whole number.
    Number(i128),
    /// A string.
    Text(&'a str),
}

impl<'a> Fields<'a> {
    /// A field that may be absent; null is absent, as Kubernetes has it.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Item<'a>> {
        self.asked.push(name);
        let node = self.node.get(name).filter(|node| !node.is_null())?;
        Some(Item { path: self.path_of(name), node })
    }

    /// A field that has to be there.
    pub(super) fn need(&mut self, name: &'static str) -> Result<Item<'a>, String> {
        let path = self.path_of(name);
        self.take(name).ok_or_else(|| format!("`{path}` is missing"))
    }

    /// A string that may be absent.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<String>, String> {
        self.take(name).map(|item| item.text().map(str::to_string)).transpose()
    }

    /// A list whose items are read one by one; absent is empty.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&Item<'a>) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let items = self.take(name).map_or_else(|| Ok(Vec::new()), |item| item.list())?;
        items.iter().map(read).collect()
    }

    /// Refuses each field that nobody asked for.
    pub(super) fn finish(self) -> Result<(), String> {
        match self.node.entries().iter().find(|entry| !self.asked.contains(&entry.key.as_str())) {
            Some(entry) => Err(format!("`{}` is nothing that can be read here", self.path_of(&entry.key))),
            None => Ok(()),
        }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) }
    }
}
