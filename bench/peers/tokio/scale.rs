// SPDX-License-Identifier: MIT
//! scale.rs: tokio: spawn() and await of one task; and waking tasks that wait for one Notify. See scale.h.
#[path = "../../util/bench.rs"]
mod bench;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

const PASSES: usize = 9;

fn open(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).build().unwrap()
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn print(metric: &str, value: f64, at: usize) {
    bench::show(metric, value, "ns", &format!("at {at}"));
}

fn submit(runtime: &Runtime, n: usize) {
    let tasks: Vec<_> = (0..n).map(|_| runtime.spawn(async {})).collect();
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
}

fn tasks(runtime: &Runtime, n: usize) -> f64 {
    let passes = if n > 1000000 { 1 } else { PASSES };
    submit(runtime, n); // warm
    let time = |_| {
        let start = Instant::now();
        submit(runtime, n);
        bench::each(start, n)
    };
    median((0..passes).map(time).collect())
}

fn producers(runtime: &Arc<Runtime>, n: usize, count: usize) -> f64 {
    let time = |_| {
        let runtime = runtime.clone();
        bench::produce(n, count, move |share| submit(&runtime, share))
    };
    median((0..3).map(time).collect())
}

fn wake(runtime: &Runtime, count: usize) -> f64 {
    let event = Arc::new(Notify::new());
    let pending = Arc::new(AtomicUsize::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let (event, pending) = (event.clone(), pending.clone());
            runtime.spawn(async move {
                let notified = event.notified();
                pending.fetch_sub(1, Ordering::Relaxed);
                notified.await
            })
        })
        .collect();
    while pending.load(Ordering::Relaxed) > 0 {
        std::thread::sleep(Duration::from_micros(100));
    }
    std::thread::sleep(Duration::from_millis(1)); // the last ones are about to wait
    let start = Instant::now();
    event.notify_waiters();
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    bench::each(start, count)
}

fn main() {
    let n = bench::begin(10000000);
    let runtime = Arc::new(open(bench::WORKERS));
    let powers = |most| (0..).map(|power| 10usize.pow(power)).take_while(move |&x| x <= most);
    for at in powers(n).filter(|&at| at >= 1000) {
        print("tasks_ns", tasks(&runtime, at), at);
    }
    for at in [1, 2, 4, 8, 16] {
        print("producers_ns", producers(&runtime, n / 10 + 1, at), at);
    }
    for at in powers(n / 100) {
        print("waiters_ns", median((0..PASSES).map(|_| wake(&runtime, at)).collect()), at);
    }
    for at in [1, 2, 4, 8, 16, 32, 64] {
        print("workers_ns", tasks(&open(at), n / 10 + 1), at);
    }
}
