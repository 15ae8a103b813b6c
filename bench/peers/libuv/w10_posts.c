/* SPDX-License-Identifier: MIT */
/*
 * w10_posts.c: libuv's loop in a thread of its own. Posts: a queue made by hand (an array under a mutex,
 * taken whole by the loop) and one uv_async_t, sent when the queue was empty. Timers: uv_timer_t in
 * one array of the caller's.
 */
#include "util/bench.h"

#include <uv.h>

struct queue {
	void (**posts)(void);
	size_t count;
};

static uv_loop_t loop;
static uv_async_t async;
static uv_mutex_t mutex;
static struct queue filling, running; /* both of n; under the mutex, and the loop's */
static uv_timer_t *timers;
static size_t n, seen, expected;
static int64_t cpu;
static sem_t finished;

static void
count(void)
{
	if (++seen < expected)
		return;
	cpu = bench_thread_cpu() - cpu;
	sem_post(&finished);
}

static void
take(uv_async_t *of)
{
	struct queue taken;

	(void)of;
	uv_mutex_lock(&mutex);
	taken = filling;
	filling = running;
	uv_mutex_unlock(&mutex);
	for (size_t i = 0; i < taken.count; i++)
		taken.posts[i]();
	taken.count = 0;
	running = taken;
}

static void
post(void (*fn)(void))
{
	int was_empty;

	uv_mutex_lock(&mutex);
	was_empty = filling.count == 0;
	filling.posts[filling.count++] = fn;
	uv_mutex_unlock(&mutex);
	if (was_empty)
		uv_async_send(&async);
}

static double
posts(void)
{
	int64_t begin = bench_now();

	seen = 0;
	expected = n;
	for (size_t i = 0; i < n; i++)
		post(count);
	bench_sem_wait(&finished);
	return bench_each(begin, n);
}

static void
fired(uv_timer_t *timer)
{
	(void)timer;
	count();
}

static void
insert_timers(void)
{
	uint64_t state = 1;

	cpu = bench_thread_cpu();
	uv_update_time(&loop);
	seen = 0;
	expected = n - n / 2;
	for (size_t i = 0; i < n; i++) {
		uv_timer_init(&loop, &timers[i]);
		uv_timer_start(&timers[i], fired, 1 + bench_random(&state) % 1000, 0);
	}
	for (size_t i = 1; i < n; i += 2)
		uv_timer_stop(&timers[i]);
}

static void
run_loop(void *arg)
{
	(void)arg;
	uv_run(&loop, UV_RUN_DEFAULT);
}

int
main(int argc, char *argv[])
{
	uv_thread_t thread;

	n = bench_begin(argc, argv, 1000000);
	filling.posts = bench_array(n, sizeof *filling.posts);
	running.posts = bench_array(n, sizeof *running.posts);
	timers = bench_array(n, sizeof *timers);
	sem_init(&finished, 0, 0);
	uv_mutex_init(&mutex);
	uv_loop_init(&loop);
	uv_async_init(&loop, &async, take);
	uv_thread_create(&thread, run_loop, NULL);
	posts(); /* warm */
	bench_print("post_ns", posts(), "ns", "queue by hand, one uv_async_t");
	post(insert_timers);
	bench_sem_wait(&finished);
	bench_print("timer_ns", (double)cpu / (double)n, "ns", "uv_timer_t");
	return 0; /* the thread ends with the process */
}
