// SPDX-License-Identifier: MIT
//! w08_wait.rs: futures' FuturesUnordered over tokio's oneshot channels, and select_all() in a loop.
#[path = "../../util/bench.rs"]
mod bench;

use futures::future::select_all;
use futures::stream::{FuturesUnordered, StreamExt};
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot::{channel, Receiver, Sender};

type Promises = (Vec<Sender<()>>, Vec<Receiver<()>>);

fn make(n: usize) -> Promises {
    (0..n).map(|_| channel()).unzip()
}

/// In ns.
fn by_queue(runtime: &Runtime, n: usize) -> f64 {
    let (senders, receivers) = make(n);
    let start = Instant::now();
    runtime.block_on(async {
        let mut queue: FuturesUnordered<_> = receivers.into_iter().collect();
        for sender in senders {
            sender.send(()).unwrap();
            queue.next().await.unwrap().unwrap();
        }
    });
    start.elapsed().as_nanos() as f64
}

fn by_select(runtime: &Runtime, n: usize) -> f64 {
    let (senders, mut receivers) = make(n);
    let start = Instant::now();
    runtime.block_on(async {
        for sender in senders {
            sender.send(()).unwrap();
            receivers = select_all(receivers).await.2;
        }
    });
    start.elapsed().as_nanos() as f64
}

/// Of one, in ns; the median of some passes.
fn each(runtime: &Runtime, n: usize) -> f64 {
    let mut passes: Vec<f64> = (0..5).map(|_| by_queue(runtime, n) / n as f64).collect();
    passes.sort_by(f64::total_cmp);
    passes[2]
}

fn main() {
    let n = bench::begin(10000);
    let runtime = Builder::new_current_thread().build().unwrap();
    by_queue(&runtime, n); // warm
    let one = each(&runtime, n);
    bench::show("queue_ms", one * n as f64 / 1e6, "ms", "FuturesUnordered");
    bench::show("wait_ms", by_select(&runtime, n) / 1e6, "ms", "select_all");
    by_queue(&runtime, n * 100); // warm
    bench::show("queue_small_ns", each(&runtime, n / 10 + 1), "ns", "FuturesUnordered");
    bench::show("queue_large_ns", each(&runtime, n * 10), "ns", "FuturesUnordered");
    let many = each(&runtime, n * 100);
    bench::show("queue_huge_ns", many, "ns", "FuturesUnordered");
    bench::show("queue_growth", many / one, "x", "FuturesUnordered");
}
