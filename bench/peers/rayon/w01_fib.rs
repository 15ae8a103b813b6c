// SPDX-License-Identifier: MIT
//! w01_fib.rs: Rayon: join() of both calls.
#[path = "../../util/bench.rs"]
mod bench;

use std::time::Instant;

fn fib(n: usize) -> u64 {
    if n < 2 {
        return n as u64;
    }
    let (a, b) = rayon::join(|| fib(n - 1), || fib(n - 2));
    a + b
}

fn plain(n: usize) -> u64 {
    (0..n).fold((0, 1), |(a, b), _| (b, a + b)).0
}

fn print(threads: usize, n: usize, metric: &str) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let mut best = f64::MAX;
    pool.install(|| fib(n / 2));
    for _ in 0..3 {
        let start = Instant::now();
        let result = pool.install(|| fib(n));
        best = best.min(bench::each(start, plain(n + 1) as usize - 1));
        assert_eq!(result, plain(n));
    }
    bench::show(metric, best, "ns", "join");
}

fn main() {
    let n = bench::begin(34);
    print(1, n, "one_ns");
    print(bench::WORKERS, n, "two_ns");
}
