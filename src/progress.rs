//! How far a run is: counts that long stages raise, and that whoever shows them reads.
//!
//! Nothing depends on what they say. This module must not know who counts, nor how it is shown.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Pieces of work of the stage at hand.
#[derive(Default, Debug)]
pub struct Progress {
    done: AtomicUsize,
    all: AtomicUsize,
}

impl Progress {
    /// A stage begins that has so many pieces.
    pub fn begin(&self, all: usize) {
        self.done.store(0, Ordering::Relaxed);
        self.all.store(all, Ordering::Relaxed);
    }

    /// A piece is done.
    pub fn advance(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// How many pieces are done, and of how many: 0 where the stage does not say.
    #[must_use]
    pub fn so_far(&self) -> (usize, usize) {
        (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed))
    }
}
