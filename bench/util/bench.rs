// SPDX-License-Identifier: MIT
//! bench.rs: bench.h's part of the bargain, for programs in Rust, which include it as a module.
#![allow(dead_code)]

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

pub const WORKERS: usize = 2;

#[repr(C)]
struct MallInfo2 {
    arena: usize,
    ordblks: usize,
    smblks: usize,
    hblks: usize,
    hblkhd: usize,
    usmblks: usize,
    fsmblks: usize,
    uordblks: usize,
    fordblks: usize,
    keepcost: usize,
}

#[repr(C)]
struct TimeSpec {
    seconds: i64,
    ns: i64,
}

const M_TRIM_THRESHOLD: i32 = -1;
const M_MMAP_THRESHOLD: i32 = -3;
const PROCESS_CPU: i32 = 2;
const THREAD_CPU: i32 = 3;

extern "C" {
    fn dlsym(library: *mut u8, name: *const u8) -> *const u8; // a library of null: any
    fn mallinfo2() -> MallInfo2;
    fn mallopt(what: i32, value: i32) -> i32;
    fn clock_gettime(clock: i32, time: *mut TimeSpec) -> i32;
    fn fork() -> i32;
    fn waitpid(child: i32, status: *mut i32, options: i32) -> i32;
    fn _exit(status: i32) -> !;
    fn sched_getaffinity(pid: i32, size: usize, set: *mut u64) -> i32;
    fn sched_setaffinity(pid: i32, size: usize, set: *const u64) -> i32;
}

/// The program's only argument, n: "--n N" or "N". What is freed stays with malloc.
pub fn begin(by_default: usize) -> usize {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--n").collect();
    unsafe {
        mallopt(M_TRIM_THRESHOLD, i32::MAX);
        mallopt(M_MMAP_THRESHOLD, 1 << 30);
    }
    match words.len() {
        0 => by_default,
        _ => words[0].parse().expect("usage: [--n] N"),
    }
}

/// Four digits are enough.
pub fn show(metric: &str, value: f64, unit: &str, remark: &str) {
    println!("{}", format!("{metric} {value:.4} {unit} {remark}").trim_end());
}

/// The time since the start, in ns for each of n.
pub fn each(start: Instant, n: usize) -> f64 {
    start.elapsed().as_nanos() as f64 / n as f64
}

type MallCtl = extern "C" fn(*const u8, *mut u64, *mut usize, *mut u64, usize) -> i32;

fn jemalloc(mallctl: MallCtl) -> usize {
    let (mut epoch, mut bytes, mut size) = (1, 0, 8);
    mallctl(b"epoch\0".as_ptr(), std::ptr::null_mut(), std::ptr::null_mut(), &mut epoch, 8);
    mallctl(b"stats.allocated\0".as_ptr(), &mut bytes, &mut size, std::ptr::null_mut(), 0);
    bytes as usize
}

/// Bytes that malloc has handed out, with what it needs itself.
pub fn heap() -> usize {
    let mallctl = unsafe { dlsym(std::ptr::null_mut(), b"mallctl\0".as_ptr()) };
    if !mallctl.is_null() {
        return jemalloc(unsafe { std::mem::transmute(mallctl) }); // it is there
    }
    let info = unsafe { mallinfo2() };
    info.uordblks + info.hblkhd
}

fn lines_of(path: &str, names: &[&str]) -> usize {
    let text = std::fs::read_to_string(path).expect("no /proc");
    text.lines()
        .filter(|line| names.iter().any(|name| line.starts_with(name)))
        .map(|line| line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024)
        .sum()
}

/// Bytes of resident memory, with the page tables that it takes.
pub fn resident() -> usize {
    lines_of("/proc/self/status", &["VmRSS:", "VmPTE:"])
}

fn cpu(clock: i32) -> f64 {
    let mut time = TimeSpec { seconds: 0, ns: 0 };
    unsafe { clock_gettime(clock, &mut time) };
    time.seconds as f64 * 1e9 + time.ns as f64
}

/// CPU time in ns.
pub fn process_cpu() -> f64 {
    cpu(PROCESS_CPU)
}

/// CPU time of the calling thread in ns.
pub fn thread_cpu() -> f64 {
    cpu(THREAD_CPU)
}

/// Runs f in a child process, before there are any threads.
pub fn in_child(f: impl FnOnce()) {
    let mut status = 0;
    unsafe {
        let child = fork();
        if child == 0 {
            f();
            _exit(0);
        }
        if child < 0 || waitpid(child, &mut status, 0) < 0 || status != 0 {
            panic!("a child failed");
        }
    }
}

/// This thread, and those that it starts from now on, run on the first so many CPUs that it may use.
pub fn pin(count: usize) {
    let mut set = [0u64; 128];
    let mut left = count;
    unsafe {
        assert!(sched_getaffinity(0, 1024, set.as_mut_ptr()) >= 0);
        for word in set.iter_mut() {
            for bit in 0..64 {
                if *word >> bit & 1 == 1 {
                    if left == 0 {
                        *word &= !(1 << bit);
                    }
                    left = left.saturating_sub(1);
                }
            }
        }
        assert!(sched_setaffinity(0, 1024, set.as_ptr()) == 0);
    }
}

fn median_trip(trip: &mut dyn FnMut(), n: usize, gap: u64) -> f64 {
    let mut samples: Vec<f64> = (0..n)
        .map(|_| {
            if gap > 0 {
                std::thread::sleep(Duration::from_micros(gap));
            }
            let start = Instant::now();
            trip();
            start.elapsed().as_nanos() as f64 / 1e3
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[n / 2]
}

/// W5; make() starts the threads, and returns the function that is one trip. See round_trip.h.
pub fn round_trip<T: FnMut()>(make: impl Fn() -> T, n: usize, remark: &str) {
    in_child(|| {
        pin(1);
        let mut trip = make();
        median_trip(&mut trip, n / 10 + 1, 0);
        show("pinned_us", median_trip(&mut trip, n, 0), "us", remark);
    });
    let mut trip = make();
    median_trip(&mut trip, n / 10 + 1, 0);
    show("back_us", median_trip(&mut trip, n, 0), "us", remark);
    show("gap100_us", median_trip(&mut trip, n / 20 + 1, 100), "us", remark);
    show("gap1000_us", median_trip(&mut trip, n / 50 + 1, 1000), "us", remark);
}

/// W12.
pub fn idle(ms: usize, remark: &str) {
    std::thread::sleep(Duration::from_millis(200));
    let before = process_cpu();
    std::thread::sleep(Duration::from_millis(ms as u64));
    show("idle_ms", (process_cpu() - before) / 1e6, "ms", remark);
}

/// The same pseudo-random numbers as everybody's.
pub fn random(state: &mut u64) -> u32 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*state >> 33) as u32
}

/// Busy work: a chain of multiplications; see work.h.
pub fn work(rounds: u32) -> u64 {
    let mut x = rounds as u64;
    for _ in 0..rounds {
        x = x.wrapping_mul(6364136223846793005).wrapping_add(1);
        unsafe { std::arch::asm!("/* {0} */", inout(reg) x, options(nomem, nostack)) }; // not to be folded
    }
    x
}

/// ns of one round.
pub fn calibrate() -> f64 {
    const ROUNDS: u32 = 200000;
    (0..50)
        .map(|_| {
            let start = Instant::now();
            work(ROUNDS);
            each(start, ROUNDS as usize)
        })
        .fold(f64::MAX, f64::min)
}

/// W7's tasks of 0 to 5 us: the rounds of each, and the ns that WORKERS need for all.
pub fn durations(n: usize) -> (Vec<u32>, f64) {
    let round = calibrate();
    let mut state = 1;
    let rounds: Vec<u32> =
        (0..n).map(|_| (5000.0 * random(&mut state) as f64 / 2147483648.0 / round) as u32).collect();
    let sum: f64 = rounds.iter().map(|&r| r as f64 * round).sum();
    (rounds, sum / WORKERS as f64)
}

/// W3: so many threads begin together and do their share each; ns of one.
pub fn produce(n: usize, producers: usize, share: impl Fn(usize) + Send + Sync + 'static) -> f64 {
    let barrier = Arc::new(Barrier::new(producers + 1));
    let share = Arc::new(share);
    let threads: Vec<_> = (0..producers)
        .map(|i| {
            let (barrier, share) = (barrier.clone(), share.clone());
            std::thread::spawn(move || {
                barrier.wait();
                share(n * (i + 1) / producers - n * i / producers);
            })
        })
        .collect();
    let start = Instant::now();
    barrier.wait();
    for thread in threads {
        thread.join().unwrap();
    }
    each(start, n)
}

/// The depth of W4's tree of at most n leaves, and its nodes.
pub fn tree(n: usize) -> (usize, usize) {
    let depth = (usize::BITS - 1 - n.leading_zeros()) as usize;
    (depth, (2 << depth) - 1)
}
