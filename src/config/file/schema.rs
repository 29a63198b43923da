//! The shape of the configuration as a JSON Schema, for editors.
