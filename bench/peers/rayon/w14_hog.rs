// SPDX-License-Identifier: MIT
//! w14_hog.rs: Rayon: the tree by join(); see hog.h.
#[path = "../../util/bench.rs"]
mod bench;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Instant;

fn node(depth: usize, rounds: u32) {
    if depth > 0 {
        rayon::join(|| node(depth - 1, rounds), || node(depth - 1, rounds));
    } else {
        bench::work(rounds);
    }
}

fn time(workers: usize, depth: usize, rounds: u32) -> f64 {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().unwrap();
    pool.install(|| node(depth / 2, rounds)); // warm
    let mut passes: Vec<f64> = (0..3)
        .map(|_| {
            let start = Instant::now();
            pool.install(|| node(depth, rounds));
            start.elapsed().as_nanos() as f64
        })
        .collect();
    passes.sort_by(f64::total_cmp);
    passes[1]
}

fn main() {
    let (depth, _) = bench::tree(bench::begin(1 << 19));
    bench::pin(2);
    let rounds = (1000.0 / bench::calibrate()) as u32;
    let alone = time(2, depth, rounds);
    let stop = Arc::new(AtomicBool::new(false));
    let seen = stop.clone();
    let hog = std::thread::spawn(move || {
        while !seen.load(Ordering::Relaxed) {
            bench::work(1000);
        }
    });
    let beside = time(8, depth, rounds);
    stop.store(true, Ordering::Relaxed);
    hog.join().unwrap();
    bench::show("slowdown", beside / alone, "x", "join");
}
