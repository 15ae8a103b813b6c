// SPDX-License-Identifier: MIT
//! w02_submit.rs: tokio's runtime of two workers: spawn() from outside, then block_on() that awaits each.
#[path = "../../util/bench.rs"]
mod bench;

use std::sync::{Arc, Barrier};
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

fn submit(runtime: &Runtime, tasks: &mut Vec<JoinHandle<()>>, n: usize) {
    for _ in 0..n {
        tasks.push(runtime.spawn(async {}));
    }
}

fn take(runtime: &Runtime, tasks: &mut Vec<JoinHandle<()>>) {
    runtime.block_on(async {
        for task in tasks.drain(..) {
            task.await.unwrap();
        }
    });
}

fn bytes(runtime: &Runtime, tasks: &mut Vec<JoinHandle<()>>, n: usize) -> f64 {
    let gate = Arc::new(Barrier::new(bench::WORKERS + 1));
    for _ in 0..bench::WORKERS {
        let gate = gate.clone();
        runtime.spawn(async move {
            gate.wait();
            gate.wait();
        });
    }
    gate.wait();
    let before = bench::heap();
    submit(runtime, tasks, n);
    let grown = bench::heap() - before;
    gate.wait();
    take(runtime, tasks);
    grown as f64 / n as f64
}

fn each(runtime: &Runtime, tasks: &mut Vec<JoinHandle<()>>, n: usize) -> f64 {
    let start = Instant::now();
    submit(runtime, tasks, n);
    take(runtime, tasks);
    bench::each(start, n)
}

fn main() {
    let n = bench::begin(1000000);
    let runtime = Builder::new_multi_thread().worker_threads(bench::WORKERS).build().unwrap();
    let mut tasks = Vec::with_capacity(n);
    bench::show("bytes", bytes(&runtime, &mut tasks, n / 10 + 1), "B", "");
    each(&runtime, &mut tasks, n); // warm
    bench::show("submit_ns", each(&runtime, &mut tasks, n), "ns", "");
}
