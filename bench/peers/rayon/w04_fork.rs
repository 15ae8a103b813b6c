// SPDX-License-Identifier: MIT
//! w04_fork.rs: Rayon: the tree by join() of both children.
#[path = "../../util/bench.rs"]
mod bench;

use std::time::Instant;

fn node(depth: usize) {
    if depth > 0 {
        rayon::join(|| node(depth - 1), || node(depth - 1));
    }
}

fn main() {
    let (depth, nodes) = bench::tree(bench::begin(1 << 20));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(bench::WORKERS).build().unwrap();
    pool.install(|| node(depth)); // warm
    let start = Instant::now();
    pool.install(|| node(depth));
    bench::show("fork_ns", bench::each(start, nodes), "ns", "join");
}
