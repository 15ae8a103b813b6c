// SPDX-License-Identifier: MIT
//! w11_await.rs: tokio's runtime of one thread: tasks that all await one Notify; the same without waiting; two tasks
//! that yield in turn; and the memory of tasks that wait, which have no stacks.
#[path = "../../util/bench.rs"]
mod bench;

use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Notify;
use tokio::task::{spawn, yield_now, JoinHandle};

const BATCH: usize = 1000;

async fn waiting(count: usize) {
    let event = Arc::new(Notify::new());
    for _ in 0..count {
        let mut tasks = Vec::with_capacity(BATCH);
        for _ in 0..BATCH {
            let event = event.clone();
            tasks.push(spawn(async move { event.notified().await }));
        }
        let last = event.clone();
        spawn(async move { last.notify_waiters() }); // when all the others wait
        for task in tasks {
            task.await.unwrap();
        }
    }
}

async fn plain(count: usize) {
    for _ in 0..count {
        let tasks: Vec<_> = (0..BATCH).map(|_| spawn(async {})).collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
}

async fn switches(n: usize) {
    let yields = move || async move {
        for _ in 0..n {
            yield_now().await;
        }
    };
    let (one, other) = (spawn(yields()), spawn(yields()));
    one.await.unwrap();
    other.await.unwrap();
}

async fn parked(n: usize) -> f64 {
    let event = Arc::new(Notify::new());
    let mut tasks: Vec<JoinHandle<()>> = Vec::with_capacity(n);
    tasks.extend((0..n.min(BATCH)).map(|_| spawn(async {}))); // touches the beginning
    for task in tasks.drain(..) {
        task.await.unwrap();
    }
    let before = bench::resident();
    for i in 0..n {
        let event = event.clone();
        drop(spawn(async move { event.notified().await }));
        if i % BATCH == BATCH - 1 {
            yield_now().await;
        }
    }
    yield_now().await;
    let grown = bench::resident() - before;
    event.notify_waiters();
    yield_now().await;
    grown as f64 / n as f64
}

fn main() {
    let n = bench::begin(1000000);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let count = n / BATCH + 1;
    runtime.block_on(async {
        let grown = spawn(parked(n)).await.unwrap();
        bench::show("bytes", grown, "B", "no stack");
        spawn(waiting(2)).await.unwrap();
        let start = Instant::now();
        spawn(waiting(count)).await.unwrap();
        bench::show("await_ns", bench::each(start, count * BATCH), "ns", "Notify");
        let start = Instant::now();
        spawn(plain(count)).await.unwrap();
        bench::show("plain_ns", bench::each(start, count * BATCH), "ns", "");
        let start = Instant::now();
        switches(n).await;
        bench::show("switch_ns", bench::each(start, 2 * n), "ns", "yield_now");
    });
}
