// SPDX-License-Identifier: MIT
//! w04_tree.rs: Rayon: all nodes are spawned in one scope.
#[path = "../../util/bench.rs"]
mod bench;

use rayon::Scope;
use std::time::Instant;

fn node<'s>(scope: &Scope<'s>, depth: usize) {
    if depth > 0 {
        scope.spawn(move |scope| node(scope, depth - 1));
        scope.spawn(move |scope| node(scope, depth - 1));
    }
}

fn onward<'s>(scope: &Scope<'s>, depth: usize) {
    for below in (0..depth).rev() {
        scope.spawn(move |scope| onward(scope, below));
    }
}

fn print(pool: &rayon::ThreadPool, run: fn(&Scope<'_>, usize), n: usize, metric: &str) {
    let (depth, nodes) = bench::tree(n);
    pool.scope(|scope| run(scope, depth)); // warm
    let start = Instant::now();
    pool.scope(|scope| run(scope, depth));
    bench::show(metric, bench::each(start, nodes), "ns", "scope, spawn");
}

fn main() {
    let n = bench::begin(1 << 20);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(bench::WORKERS).build().unwrap();
    print(&pool, node, n, "node_ns");
    print(&pool, onward, n, "onward_ns");
}
