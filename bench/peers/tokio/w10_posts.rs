// SPDX-License-Identifier: MIT
//! w10_posts.rs: tokio's runtime of one thread: posts by an unbounded channel to a task there, and by spawn() from
//! outside; timers that are tasks which sleep, of which every second one is aborted.
#[path = "../../util/bench.rs"]
mod bench;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc::unbounded_channel, oneshot};

fn by_channel(handle: &Handle, n: usize) -> f64 {
    let (sender, mut receiver) = unbounded_channel();
    let receiving = handle.spawn(async move {
        let mut count = 0;
        while count < n {
            count += receiver.recv().await.unwrap();
        }
    });
    let start = Instant::now();
    for _ in 0..n {
        sender.send(1usize).unwrap();
    }
    futures::executor::block_on(receiving).unwrap();
    bench::each(start, n)
}

fn by_spawn(handle: &Handle, n: usize) -> f64 {
    let (done, finished) = oneshot::channel();
    let (left, done) = (Arc::new(AtomicUsize::new(n)), Arc::new(std::sync::Mutex::new(Some(done))));
    let start = Instant::now();
    for _ in 0..n {
        let (left, done) = (left.clone(), done.clone());
        handle.spawn(async move {
            if left.fetch_sub(1, Ordering::Relaxed) == 1 {
                done.lock().unwrap().take().unwrap().send(()).unwrap();
            }
        });
    }
    futures::executor::block_on(finished).unwrap();
    bench::each(start, n)
}

async fn timers(n: usize) -> f64 {
    let before = bench::thread_cpu();
    let begin = tokio::time::Instant::now();
    let mut state = 1;
    let tasks: Vec<_> = (0..n)
        .map(|_| {
            let ms = 1 + bench::random(&mut state) % 1000;
            tokio::spawn(tokio::time::sleep_until(begin + Duration::from_millis(ms as u64)))
        })
        .collect();
    tokio::task::yield_now().await; // they begin, and are there
    for task in tasks.iter().skip(1).step_by(2) {
        task.abort();
    }
    for task in tasks.into_iter().step_by(2) {
        task.await.unwrap();
    }
    (bench::thread_cpu() - before) / n as f64
}

fn main() {
    let n = bench::begin(1000000);
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let handle = runtime.handle().clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = std::thread::spawn(move || runtime.block_on(stopped));
    by_channel(&handle, n); // warm
    bench::show("post_ns", by_channel(&handle, n), "ns", "channel to a task");
    by_spawn(&handle, n); // warm
    bench::show("post_ns", by_spawn(&handle, n), "ns", "spawn");
    let timing = handle.spawn(timers(n));
    let each = futures::executor::block_on(timing).unwrap();
    bench::show("timer_ns", each, "ns", "tasks that sleep");
    stop.send(()).unwrap();
    thread.join().unwrap().unwrap();
}
