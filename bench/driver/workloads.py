# SPDX-License-Identifier: MIT
"""
workloads.py: what the workloads are called, what their figures mean, and what creel is to reach. A
workload that is not described here is run all the same; its figures then have no words and no targets.
"""

from typing import NamedTuple, Optional


class Metric(NamedTuple):
    """
    One figure; less is better. The target is at most `most`; or, with `floor`, at most `most` times the
    floor of that remark in the same run; or, with `of_best`, at most `most` times the best peer's. With
    `axis` it is taken at several places along that, which the remarks tell; see curves.py.
    """
    text: str
    most: Optional[float] = None
    floor: Optional[str] = None
    of_best: bool = False
    axis: Optional[str] = None


class Workload(NamedTuple):
    title: str
    quick: int  # n of a quick run
    metrics: dict
    by_name: bool = False  # only run when it is asked for


WORKLOADS = {
    "basics": Workload("what creel's own pieces cost; without peers", 20, {
        "pool_us": Metric("a pool of two workers, made and destroyed", 150),
        "nested_ns": Metric("a task awaits a task that it has submitted, on one worker"),
        "parked_ns": Metric("a task of many that are suspended at once, from submit to end"),
    }),
    "w01_fib": Workload("recursive fib without a cutoff, by fork and join", 20, {
        "one_ns": Metric("one fork, on one thread", 5),
        "two_ns": Metric("one fork, on two threads", 2.6),
        "typed_one_ns": Metric("one fork by typed macros, on one thread", 2),
        "typed_two_ns": Metric("one fork by typed macros, on two threads", 1.1),
    }),
    "w02_submit": Workload("one outside thread submits n empty tasks, then takes each result", 20000, {
        "submit_ns": Metric("submit and take, one task", 80),
        "many_ns": Metric("submit_many and take, one task", 25),
        "bytes": Metric("heap of a task that waits for a worker", 128),
    }),
    "w03_producers": Workload("four outside threads submit n empty tasks, then take each", 20000, {
        "producers_ns": Metric("submit and take, one task", 40),
        "many_ns": Metric("submit_many, 256 at a time, and take, one task"),
    }),
    "w04_tree": Workload("a tree of tasks with n leaves, spawned inside two workers", 4096, {
        "node_ns": Metric("one node, where each spawns both of its children", 15),
        "onward_ns": Metric("one node, where each spawns one child and goes on with the other"),
    }),
    "w04_fork": Workload("the same tree by fork and join", 4096, {
        "fork_ns": Metric("one node", 1.5),
    }),
    "w05_round_trip": Workload("submit, block for the result; median", 500, {
        "back_us": Metric("back to back", 1.5),
        "gap100_us": Metric("after sleeping 100 us", 1.1, "condvar"),
        "gap1000_us": Metric("after sleeping 1 ms", 1.1, "condvar"),
        "pinned_us": Metric("back to back, the process on one CPU", 4.4),
    }),
    "w06_gather": Workload("gather of n futures: make, gather, complete, await, free", 20000, {
        "promise_ns": Metric("promises completed by one other thread, each", 100),
        "promise_bytes": Metric("peak of heap, for each", 128),
        "task_ns": Metric("submitted tasks, each", 130),
        "task_bytes": Metric("peak of heap, for each", 160),
    }),
    "w07_as_completed": Workload("n tasks of 0 to 5 us, each result taken as it completes", 5000, {
        "over_ideal": Metric("wall time over ideal", 1.10),
    }),
    "w08_wait": Workload("wait for the first of n, until none is left", 500, {
        "queue_ms": Metric("all n by a completion queue", 0.6),
        "wait_ms": Metric("all n by wait(FIRST_COMPLETED)", 50),
        "queue_small_ns": Metric("one by the queue, where there are n / 10"),
        "queue_large_ns": Metric("one by the queue, where there are 10 n"),
        "queue_huge_ns": Metric("one by the queue, where there are 100 n"),
        "queue_growth": Metric("one where there are 100 n, over one of n: linear?", 2),
    }),
    "w09_mandelbrot": Workload("the rows of a Mandelbrot set on two threads", 128, {
        "over_half": Metric("wall time over half of one thread's", 1.01, of_best=True),
    }),
    "w10_posts": Workload("an event loop: posts from another thread; timers", 20000, {
        "post_ns": Metric("one post, until all have run", 60),
        "timer_ns": Metric("CPU of one timer; half are cancelled, half fire", 300),
    }),
    "w11_await": Workload("tasks that wait for one pending future, on one worker", 5000, {
        "await_ns": Metric("one task: submit, begin, suspend, resume, end, take", 120),
        "plain_ns": Metric("one task that does not wait", 45),
        "switch_ns": Metric("one switch between two tasks", 10),
        "bytes": Metric("memory of one that waits, on a stack of 64 KiB", 4700),
        "refused": Metric("of n tasks at once, how many could not wait", 0),
    }),
    "w12_idle": Workload("CPU time of a pool and a loop that are idle for 3 s", 300, {
        "idle_ms": Metric("CPU time of the process", 0.1),
    }),
    "w13_hash": Workload("SHA-256 of n files on two workers", 500, {
        "hash_ms": Metric("all files", 1.0, of_best=True),
    }),
    "w14_hog": Workload("8 workers beside a CPU hog on two CPUs; a tree with n leaves", 1 << 14, {
        "slowdown": Metric("wall time over that of 2 workers alone", 1.25),
    }),
    "real_compress": Workload("zlib over n blocks of 128 KiB on two workers", 8, {
        "compress_ms": Metric("all blocks", 1.0, of_best=True),
    }),
    "streams": Workload("n items from a source through two threads to a consumer, at most 256 at once", 20000, {
        "ordered_ns": Metric("one empty item, in the order of the source"),
        "completed_ns": Metric("one empty item, as completed"),
        "over_ideal": Metric("n / 10 items of 0 to 5 us, in order: wall time over ideal", 1.10),
    }),
    "requests": Workload("n requests over HTTP at once, by 100 connections, from one thread", 100, {
        "request_us": Metric("one request", 1.0, of_best=True),
    }),
    "scale": Workload("how the cost of one empty task grows", 100000, {
        "tasks_ns": Metric("submit and take, two workers", axis="tasks"),
        "workers_ns": Metric("submit and take", axis="workers"),
        "producers_ns": Metric("submit and take, two workers", axis="outside threads"),
        "waiters_ns": Metric("from the completion until all have ended", axis="tasks that await one future"),
    }, by_name=True),
}


def number(name):
    """W2 for w02_submit; the name itself where there is none."""
    head = name.split("_")[0]
    if head[:1] == "w" and head[1:].isdigit():
        return f"W{int(head[1:])}"
    return name


def describe(name):
    return WORKLOADS.get(name, Workload(name, 1000, {}))


def select(names, wanted):
    """
    Those of the names that are wanted, by name or number, or "all"; without wishes those that need not be
    asked for. ValueError for one that is not there.
    """
    chosen = []
    for want in wanted:
        found = [name for name in names if want.lower() in ("all", name, number(name).lower())]
        if not found:
            known = ", ".join(f"{number(n)} ({n})" if number(n) != n else n for n in names)
            raise ValueError(f"there is no workload {want}; there are: {known}")
        chosen += found
    if not wanted:
        return [name for name in names if not describe(name).by_name]
    return [name for name in names if name in chosen]
