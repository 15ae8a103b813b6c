// SPDX-License-Identifier: MIT
//! w12_idle.rs: Rayon's workers with nothing to do; there is no loop.
#[path = "../../util/bench.rs"]
mod bench;

fn main() {
    let ms = bench::begin(3000);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(bench::WORKERS).build().unwrap();
    for _ in 0..10000 {
        pool.spawn(|| ());
    }
    bench::idle(ms, "pool only");
}
