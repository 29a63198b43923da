//! A bar on the terminal, for runs that last.
//!
//! Nothing is shown in the first second, and nothing stays when the work is done. A thread watches the
//! counts; the work does not wait for it.

use super::streams;
use crate::progress::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long nothing is shown.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked.
const INTERVAL: Duration = Duration::from_millis(100);

/// The counts of a run, and who shows them until it is dropped.
pub(super) struct Watched {
    pub(super) progress: Arc<Progress>,
    /// Dropped to say that the work is done.
    end: Option<Sender<()>>,
    watcher: Option<JoinHandle<()>>,
}

impl Watched {
    /// Begins to watch; where nobody sits at a terminal, nothing is ever shown.
    pub(super) fn start(what: &'static str, quiet: bool) -> Self {
        let progress = Arc::new(Progress::default());
        if quiet || !streams::is_terminal() {
            return Self { progress, end: None, watcher: None };
        }
        let (end, ended) = channel();
        let counts = Arc::clone(&progress);
        let watcher = std::thread::spawn(move || watch(what, &counts, &ended));
        Self { progress, end: Some(end), watcher: Some(watcher) }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(watcher) = self.watcher.take() {
            // A watcher that failed has nothing to say.
            let _ = watcher.join();
        }
    }
}

fn watch(what: &'static str, counts: &Progress, ended: &Receiver<()>) {
    if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let bar = ProgressBar::new(0).with_message(what);
    while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let (done, all) = counts.so_far();
        let template = if all == 0 { "{spinner} {msg}" } else { "{spinner} {msg} {wide_bar} {pos}/{len}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        bar.tick();
    }
    bar.finish_and_clear();
}
