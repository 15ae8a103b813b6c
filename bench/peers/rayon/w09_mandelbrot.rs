// SPDX-License-Identifier: MIT
//! w09_mandelbrot.rs: Rayon: a parallel iterator over the rows; see mandelbrot.h.
#[path = "../../util/bench.rs"]
mod bench;

use rayon::prelude::*;
use std::time::Instant;

const MOST: u16 = 500;

fn row(n: usize, row: usize, points: &mut [u16]) {
    let y0 = 2.4 * row as f64 / n as f64 - 1.2;
    for (column, point) in points.iter_mut().enumerate() {
        let x0 = 3.0 * column as f64 / n as f64 - 2.2;
        let (mut x, mut y, mut xx, mut yy, mut steps) = (0.0, 0.0, 0.0, 0.0, 0);
        while steps < MOST && xx + yy <= 4.0 {
            y = 2.0 * x * y + y0;
            x = xx - yy + x0;
            xx = x * x;
            yy = y * y;
            steps += 1;
        }
        *point = steps;
    }
}

fn main() {
    let n = bench::begin(1024);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(bench::WORKERS).build().unwrap();
    let mut picture = vec![0u16; n * n];
    let all = |picture: &mut Vec<u16>| {
        pool.install(|| picture.par_chunks_mut(n).enumerate().for_each(|(i, points)| row(n, i, points)))
    };
    all(&mut picture); // warm
    let start = Instant::now();
    picture.chunks_mut(n).enumerate().for_each(|(i, points)| row(n, i, points));
    let alone = start.elapsed().as_nanos() as f64;
    let start = Instant::now();
    all(&mut picture);
    let together = start.elapsed().as_nanos() as f64;
    bench::show("over_half", together * bench::WORKERS as f64 / alone, "x", "par_chunks_mut");
}
