// SPDX-License-Identifier: MIT
//! w05_round_trip.rs: tokio: spawn() on a runtime of two workers, and block_on() of the handle from outside.
#[path = "../../util/bench.rs"]
mod bench;

use tokio::runtime::Builder;

fn make() -> impl FnMut() {
    let runtime = Builder::new_multi_thread().worker_threads(bench::WORKERS).build().unwrap();
    move || runtime.block_on(runtime.spawn(async {})).unwrap()
}

fn main() {
    bench::round_trip(make, bench::begin(20000), "spawn, block_on");
}
