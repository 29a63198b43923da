//! Calico: from the text of policies to who is let through, and by whom.

mod attributes;
mod dikastes;
mod invalid;
mod kubernetes;
mod order;
mod traps;
mod world;
