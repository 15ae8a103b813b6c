// SPDX-License-Identifier: MIT
//! w12_idle.rs: tokio's runtime of two workers, and one of a thread with timers, with nothing to do.
#[path = "../../util/bench.rs"]
mod bench;

use tokio::runtime::Builder;

fn main() {
    let ms = bench::begin(3000);
    let pool = Builder::new_multi_thread().worker_threads(bench::WORKERS).build().unwrap();
    let one = Builder::new_current_thread().enable_time().build().unwrap();
    let handle = one.handle().clone();
    std::thread::spawn(move || one.block_on(std::future::pending::<()>()));
    for _ in 0..10000 {
        pool.spawn(async {});
        handle.spawn(async {});
    }
    bench::idle(ms, "");
}
