/* SPDX-License-Identifier: MIT */
/*
 * floors.c: what the machine itself costs, so that the figures can be judged: the first argument tells
 * which floor, all others are as elsewhere.
 *
 *  w01_fib         the two calls of fib as plain calls of a void *(void *), not inlined
 *  w02_submit      a block of 128 B is allocated by one thread and freed by it later, n of them
 *  w05_round_trip  one thread wakes another and blocks until it is woken by it: by a mutex and a condition
 *                  variable each, signalled when the mutex was let go or while it is held; and by a
 *                  futex each
 *  w12_idle        a process that does nothing
 */
#include "util/fib.h"
#include "util/idle.h"
#include "util/round_trip.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>

/* One direction of a ping-pong. */
struct flag {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool raised;
	_Alignas(128) _Atomic uint32_t word;
};

static struct flag ping, pong;
static bool signal_held;

static void
raise_by_cond(struct flag *flag)
{
	pthread_mutex_lock(&flag->mutex);
	flag->raised = true;
	if (signal_held)
		pthread_cond_signal(&flag->cond);
	pthread_mutex_unlock(&flag->mutex);
	if (!signal_held)
		pthread_cond_signal(&flag->cond);
}

static void
await_by_cond(struct flag *flag)
{
	pthread_mutex_lock(&flag->mutex);
	while (!flag->raised)
		pthread_cond_wait(&flag->cond, &flag->mutex);
	flag->raised = false;
	pthread_mutex_unlock(&flag->mutex);
}

static void
raise_by_futex(struct flag *flag)
{
	atomic_store(&flag->word, 1);
	syscall(SYS_futex, &flag->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void
await_by_futex(struct flag *flag)
{
	while (atomic_exchange(&flag->word, 0) == 0)
		syscall(SYS_futex, &flag->word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void *
answer_by_cond(void *arg)
{
	for (;;) {
		await_by_cond(&ping);
		raise_by_cond(&pong);
	}
	return arg;
}

static void *
answer_by_futex(void *arg)
{
	for (;;) {
		await_by_futex(&ping);
		raise_by_futex(&pong);
	}
	return arg;
}

static void
start(void *(*answer)(void *))
{
	pthread_t thread;

	pthread_mutex_init(&ping.mutex, NULL);
	pthread_mutex_init(&pong.mutex, NULL);
	pthread_cond_init(&ping.cond, NULL);
	pthread_cond_init(&pong.cond, NULL);
	if (pthread_create(&thread, NULL, answer, NULL) != 0)
		bench_fail("no thread");
	pthread_detach(thread);
}

static void
open_cond(void)
{
	start(answer_by_cond);
}

static void
open_cond_held(void)
{
	signal_held = true;
	start(answer_by_cond);
}

static void
open_futex(void)
{
	start(answer_by_futex);
}

static void
trip_by_cond(void)
{
	raise_by_cond(&ping);
	await_by_cond(&pong);
}

static void
trip_by_futex(void)
{
	raise_by_futex(&ping);
	await_by_futex(&pong);
}

/* Never a loop, nor inlined into itself. */
static __attribute__((noinline)) void *
fib(void *arg)
{
	uintptr_t n = (uintptr_t)arg, a, b;

	if (n < 2)
		return arg;
	a = (uintptr_t)fib((void *)(n - 1));
	b = (uintptr_t)fib((void *)(n - 2));
	__asm__ volatile("" : "+r"(b)); /* a call that counts, and no loop with a sum */
	return (void *)(a + b);
}

static uint64_t
call_fib(size_t n)
{
	return (uintptr_t)fib((void *)n);
}

static void
blocks(size_t n)
{
	void **made = bench_array(n, sizeof(void *));
	double each = 0;

	for (int pass = 0; pass < 2; pass++) { /* the first one warms */
		int64_t begin = bench_now();

		for (size_t i = 0; i < n; i++)
			if ((made[i] = malloc(128)) != NULL)
				*(char *)made[i] = 1;
		for (size_t i = 0; i < n; i++)
			free(made[i]);
		each = bench_each(begin, n);
	}
	bench_print("submit_ns", each, "ns", "malloc and free of 128 B");
	free(made);
}

/* Each in a process of its own, since its threads never end. */
static void
round_trips(size_t n)
{
	const struct bench_round_trip_way ways[] = {
		{open_cond, trip_by_cond, "condvar"},
		{open_cond_held, trip_by_cond, "condvar, signalled under its mutex"},
		{open_futex, trip_by_futex, "futex"},
	};

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		pid_t child = fork();
		int status = 0;

		if (child == 0) {
			bench_round_trip(&ways[i], n);
			_exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
			bench_fail("a floor failed");
	}
}

int
main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "w01_fib") == 0)
		bench_fib_print(
			call_fib, bench_begin(argc - 1, argv + 1, 37), "one_ns", "call pair");
	else if (strcmp(what, "w02_submit") == 0)
		blocks(bench_begin(argc - 1, argv + 1, 1000000));
	else if (strcmp(what, "w05_round_trip") == 0)
		round_trips(bench_begin(argc - 1, argv + 1, 20000));
	else if (strcmp(what, "w12_idle") == 0)
		bench_idle(bench_begin(argc - 1, argv + 1, 3000), "a process that sleeps");
	else
		bench_fail("usage: floors w01_fib|w02_submit|w05_round_trip|w12_idle [[--n] N]");
	return 0;
}
