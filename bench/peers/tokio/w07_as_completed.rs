// SPDX-License-Identifier: MIT
//! w07_as_completed.rs: tokio: a JoinSet, from which results are taken as they complete; and an unbounded channel.
#[path = "../../util/bench.rs"]
mod bench;

use std::time::Instant;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

fn by_set(runtime: &Runtime, rounds: &[u32]) {
    runtime.block_on(async {
        let mut set = JoinSet::new();
        for &each in rounds {
            set.spawn(async move { bench::work(each) });
        }
        while set.join_next().await.is_some() {}
    });
}

fn by_channel(runtime: &Runtime, rounds: &[u32]) {
    let (sender, mut receiver) = unbounded_channel();
    for &each in rounds {
        let sender = sender.clone();
        runtime.spawn(async move { drop(sender.send(bench::work(each))) });
    }
    drop(sender);
    runtime.block_on(async { while receiver.recv().await.is_some() {} });
}

fn main() {
    let n = bench::begin(100000);
    let (rounds, ideal) = bench::durations(n);
    let runtime = Builder::new_multi_thread().worker_threads(bench::WORKERS).build().unwrap();
    let ways: [(fn(&Runtime, &[u32]), &str); 2] = [(by_set, "JoinSet"), (by_channel, "channel")];
    for (run, remark) in ways {
        run(&runtime, &rounds[..n / 10 + 1]); // warm
        let start = Instant::now();
        run(&runtime, &rounds);
        bench::show("over_ideal", start.elapsed().as_nanos() as f64 / ideal, "x", remark);
    }
}
