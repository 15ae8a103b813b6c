// SPDX-License-Identifier: MIT
//! w06_gather.rs: join_all() of n oneshot channels that another thread sends into, and of n spawned tasks.
#[path = "../../util/bench.rs"]
mod bench;

use futures::future::join_all;
use std::sync::Barrier;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

/// (ns, peak of bytes) of one. The array of senders is the caller's, and is not counted.
fn promises(runtime: &Runtime, n: usize) -> (f64, f64) {
    let mut senders = Vec::with_capacity(n);
    let mut receivers = Vec::with_capacity(n);
    let ready = Barrier::new(2);
    let before = bench::heap();
    let mut most = 0;
    let start = Instant::now();
    for _ in 0..n {
        let (sender, receiver) = oneshot::channel::<()>();
        senders.push(sender);
        receivers.push(receiver);
    }
    std::thread::scope(|scope| {
        scope.spawn(|| {
            ready.wait();
            for sender in senders {
                sender.send(()).unwrap();
            }
        });
        let all = join_all(receivers);
        most = most.max(bench::heap() - before);
        ready.wait();
        let results = runtime.block_on(all);
        most = most.max(bench::heap().saturating_sub(before));
        drop(results);
    });
    (bench::each(start, n), most as f64 / n as f64)
}

fn tasks(runtime: &Runtime, n: usize) -> (f64, f64) {
    let before = bench::heap();
    let mut most = 0;
    let start = Instant::now();
    let all = join_all((0..n).map(|_| runtime.spawn(async {})));
    most = most.max(bench::heap() - before);
    drop(runtime.block_on(all));
    (bench::each(start, n), most as f64 / n as f64)
}

fn print(measure: fn(&Runtime, usize) -> (f64, f64), runtime: &Runtime, n: usize, what: &str) {
    let (_, bytes) = measure(runtime, n); // warms, too
    bench::show(&format!("{what}_bytes"), bytes, "B", "join_all");
    bench::show(&format!("{what}_ns"), measure(runtime, n).0, "ns", "join_all");
}

fn main() {
    let n = bench::begin(1000000);
    let runtime = Builder::new_multi_thread().worker_threads(bench::WORKERS).build().unwrap();
    print(promises, &runtime, n, "promise");
    print(tasks, &runtime, n, "task");
}
