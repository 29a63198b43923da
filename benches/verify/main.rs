//! How long `verify` takes on a cluster of the size of a real one, stage by stage.
//!
//! usage: `cargo bench --bench verify [-- SEED]`

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

mod cluster;
mod random;

fn main() {
    // cargo adds `--bench`.
    let seed = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(1);
    let cluster = cluster::cluster(seed);
    if let Some(path) = std::env::var_os("DUMP") {
        std::fs::write(path, &cluster.text).expect("x");
    }
    println!(
        "seed {seed}: {} workloads, {} policies, {} bytes",
        cluster.workloads,
        cluster.policies,
        cluster.text.len()
    );
}
