// SPDX-License-Identifier: MIT
//! w02_submit.rs: Rayon, which has no futures: spawn(), with a oneshot channel for what comes back.
#[path = "../../util/bench.rs"]
mod bench;

use futures::channel::oneshot::{channel, Receiver};
use futures::executor::block_on;
use std::sync::{Arc, Barrier};
use std::time::Instant;

fn submit(pool: &rayon::ThreadPool, results: &mut Vec<Receiver<()>>, n: usize) {
    for _ in 0..n {
        let (sender, receiver) = channel();
        pool.spawn(move || drop(sender.send(())));
        results.push(receiver);
    }
}

fn take(results: &mut Vec<Receiver<()>>) {
    for result in results.drain(..) {
        block_on(result).unwrap();
    }
}

fn bytes(pool: &rayon::ThreadPool, results: &mut Vec<Receiver<()>>, n: usize) -> f64 {
    let gate = Arc::new(Barrier::new(bench::WORKERS + 1));
    for _ in 0..bench::WORKERS {
        let gate = gate.clone();
        pool.spawn(move || {
            gate.wait();
            gate.wait();
        });
    }
    gate.wait();
    let before = bench::heap();
    submit(pool, results, n);
    let grown = bench::heap() - before;
    gate.wait();
    take(results);
    grown as f64 / n as f64
}

fn each(pool: &rayon::ThreadPool, results: &mut Vec<Receiver<()>>, n: usize) -> f64 {
    let start = Instant::now();
    submit(pool, results, n);
    take(results);
    bench::each(start, n)
}

fn main() {
    let n = bench::begin(1000000);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(bench::WORKERS).build().unwrap();
    let mut results = Vec::with_capacity(n);
    bench::show("bytes", bytes(&pool, &mut results, n / 10 + 1), "B", "spawn, oneshot");
    each(&pool, &mut results, n); // warm
    bench::show("submit_ns", each(&pool, &mut results, n), "ns", "spawn, oneshot");
}
