// SPDX-License-Identifier: MIT
//! w03_producers.rs: tokio: four threads spawn their share, and await it.
#[path = "../../util/bench.rs"]
mod bench;

use tokio::runtime::{Builder, Handle};

fn each(handle: &Handle, n: usize) -> f64 {
    let handle = handle.clone();
    bench::produce(n, 4, move |share| {
        let tasks: Vec<_> = (0..share).map(|_| handle.spawn(async {})).collect();
        handle.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
    })
}

fn main() {
    let n = bench::begin(1000000);
    let runtime = Builder::new_multi_thread().worker_threads(bench::WORKERS).build().unwrap();
    each(runtime.handle(), n); // warm
    bench::show("producers_ns", each(runtime.handle(), n), "ns", "");
}
