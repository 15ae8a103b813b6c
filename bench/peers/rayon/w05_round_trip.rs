// SPDX-License-Identifier: MIT
//! w05_round_trip.rs: Rayon: install() from outside runs a function on a worker, and blocks until it is done.
#[path = "../../util/bench.rs"]
mod bench;

fn make() -> impl FnMut() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(bench::WORKERS).build().unwrap();
    move || pool.install(|| ())
}

fn main() {
    bench::round_trip(make, bench::begin(20000), "install");
}
