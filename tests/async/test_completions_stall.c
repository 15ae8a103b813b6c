/* SPDX-License-Identifier: MIT */
/*
 * test_completions_stall.c: the end of a queue, seen from a thread that is stopped.
 *
 * One thread is stopped when it has let go of its last mutex, for the first time, the second, and
 * so on up to the last, while another ends the queue behind its back. What it then does must not
 * touch what the other has freed: freed memory is overwritten, and kept until the end of the test,
 * so that it shows also without a sanitizer.
 */
#include "async/consumer.h"
#include "support/fake_clock.h"
#include "support/scale.h"
#include "support/suite.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LONG CREEL_SECONDS(1000)

static _Thread_local bool watched;
static _Thread_local int held; /* how many mutexes */
static atomic_int unlocks_left;
static atomic_bool stalled, released;

int __real_pthread_mutex_lock(pthread_mutex_t *);
int __wrap_pthread_mutex_lock(pthread_mutex_t *);
int __real_pthread_mutex_unlock(pthread_mutex_t *);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *);

int
__wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	held++;
	return __real_pthread_mutex_lock(mutex);
}

int
__wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	int error = __real_pthread_mutex_unlock(mutex);

	held--;
	if (watched && held == 0 && atomic_fetch_sub(&unlocks_left, 1) == 1) {
		atomic_store(&stalled, true);
		while (!atomic_load(&released))
			sched_yield();
	}
	return error;
}

/* Stop the watched thread when it has let go of all mutexes for the n-th time from now on. */
static void
stall_at(int n)
{
	atomic_store(&stalled, false);
	atomic_store(&released, false);
	atomic_store(&unlocks_left, n);
}

/* Let it go on; true if it was stopped. */
static bool
release(void)
{
	atomic_store(&unlocks_left, 0);
	atomic_store(&released, true);
	return atomic_load(&stalled);
}

/* The allocator that overwrites. */
typedef union block {
	struct {
		union block *next;
		size_t size;
	} head;
	max_align_t align;
} block;

static _Atomic(block *) freed;

static void *
hook_malloc(size_t size, void *ctx)
{
	block *b = malloc(sizeof *b + size);

	(void)ctx;
	if (b == NULL)
		return NULL;
	b->head.size = size;
	return b + 1;
}

static void *
hook_realloc(void *memory, size_t size, void *ctx)
{
	(void)memory, (void)size, (void)ctx;
	return NULL; /* the library does not use it */
}

static void
hook_free(void *memory, void *ctx)
{
	block *b = memory;

	(void)ctx;
	if (b == NULL)
		return;
	b--;
#if defined(SCALE_ASAN) || defined(SCALE_TSAN)
	free(b); /* the sanitizer sees more */
#else
	memset(memory, 0xdd, b->head.size);
	b->head.next = atomic_load(&freed);
	while (!atomic_compare_exchange_weak(&freed, &b->head.next, b))
		;
#endif
}

static void
start(void)
{
	static const creel_allocator hooks = {hook_malloc, hook_realloc, hook_free, NULL};

	atomic_store(&unlocks_left, 0);
	ck_assert_int_eq(creel_set_allocator(&hooks), CREEL_OK);
	fake_clock_start();
}

static void
end(void)
{
	for (block *b = atomic_exchange(&freed, NULL), *next; b != NULL; b = next) {
		next = b->head.next;
		free(b);
	}
}

/* A thread that does something and can be stopped. */
typedef struct actor {
	void (*act)(void *);
	void *arg;
	pthread_t thread;
	atomic_bool ended;
} actor;

static void *
run_actor(void *arg)
{
	actor *a = arg;

	watched = true;
	a->act(a->arg);
	watched = false;
	atomic_store(&a->ended, true);
	return NULL;
}

static void
actor_start(actor *a, void (*act)(void *), void *arg)
{
	a->act = act;
	a->arg = arg;
	atomic_init(&a->ended, false);
	pthread_create(&a->thread, NULL, run_actor, a);
}

/* Until it is stopped, or has ended. */
static void
actor_await_stall(actor *a)
{
	while (!atomic_load(&stalled) && !atomic_load(&a->ended))
		sched_yield();
}

static void
act_consume(void *arg)
{
	consume(arg);
}

static void
act_complete(void *arg)
{
	creel_future_set_result(arg, arg);
}

static void
act_destroy(void *arg)
{
	creel_completions_destroy(arg);
}

/* The queue of a case: over n promises, made in one piece or by adding. */
static creel_completions *
make_queue(creel_future *f[], size_t n, bool batch)
{
	creel_completions *queue;

	promises_make(f, n);
	if (batch)
		return creel_as_completed(f, n);
	queue = creel_completions_create();
	for (size_t i = 0; i < n; i++)
		creel_completions_add(queue, f[i], NULL);
	return queue;
}

/* A consumer has been given an item when the queue is destroyed. */
static bool
stop_consumer_with_item(int n, bool batch)
{
	creel_future *f;
	creel_completions *queue = make_queue(&f, 1, batch);
	consumer c = CONSUMER(queue, LONG);
	actor a;
	bool was_stalled;

	actor_start(&a, act_consume, &c);
	fake_clock_await_sleepers(1);
	stall_at(n);
	creel_future_set_result(f, NULL);
	actor_await_stall(&a);
	creel_completions_destroy(queue);
	was_stalled = release();
	pthread_join(a.thread, NULL);
	ck_assert_int_eq(c.status, CREEL_OK);
	ck_assert_ptr_eq(c.got.future, f);
	ck_assert_uint_eq(c.got.index, 0);
	creel_future_unref(c.got.future);
	creel_future_unref(f);
	return was_stalled;
}

/* A consumer has seen the end of the queue, or a timeout, when the queue is destroyed. */
static bool
stop_consumer_with_nothing(int n, bool closed)
{
	creel_future *f;
	creel_completions *queue = make_queue(&f, closed ? 0 : 1, false);
	consumer c = CONSUMER(queue, LONG);
	actor a;
	bool was_stalled;

	actor_start(&a, act_consume, &c);
	fake_clock_await_sleepers(1);
	stall_at(n);
	if (closed)
		creel_completions_close(queue);
	else
		fake_clock_step(LONG);
	actor_await_stall(&a);
	creel_completions_destroy(queue);
	was_stalled = release();
	pthread_join(a.thread, NULL);
	/* One that is told before it has seen the timeout may say so. */
	if (closed)
		ck_assert(c.status == CREEL_EEMPTY || c.status == CREEL_ECLOSED);
	else
		ck_assert(c.status == CREEL_ETIMEDOUT || c.status == CREEL_ECLOSED);
	if (!closed)
		creel_future_unref(f);
	return was_stalled;
}

/* The destroyer is stopped, and the consumers go on. */
static bool
stop_destroyer(int n, bool batch)
{
	creel_future *f[3];
	creel_completions *queue = make_queue(f, 3, batch);
	consumer c[2] = {CONSUMER(queue, LONG), CONSUMER(queue, LONG)};
	actor a;
	bool was_stalled;

	consumer_start(&c[0]);
	consumer_start(&c[1]);
	fake_clock_await_sleepers(2);
	creel_future_unref(f[2]);
	stall_at(n);
	actor_start(&a, act_destroy, queue);
	actor_await_stall(&a);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(consumer_join(&c[i]), CREEL_ECLOSED);
	was_stalled = release();
	pthread_join(a.thread, NULL);
	creel_futures_unref(f, 2);
	return was_stalled;
}

/* The completer is stopped after it has put the item in, or has given it to a consumer. */
static bool
stop_completer(int n, bool waiting)
{
	creel_future *f;
	creel_completions *queue = make_queue(&f, 1, true);
	consumer c = CONSUMER(queue, LONG);
	actor a;
	bool was_stalled;

	if (waiting) {
		consumer_start(&c);
		fake_clock_await_sleepers(1);
	}
	stall_at(n);
	actor_start(&a, act_complete, f);
	actor_await_stall(&a);
	if (waiting)
		consumer_join(&c);
	else
		consume(&c);
	ck_assert_int_eq(c.status, CREEL_OK);
	creel_completions_destroy(queue);
	was_stalled = release();
	pthread_join(a.thread, NULL);
	creel_future_unref(f);
	creel_future_unref(f);
	return was_stalled;
}

/* Stop at every point there is, and at least at one. */
static void
sweep(bool (*try)(int n, bool variant), bool variant)
{
	int n = 1;

	start();
	while (try(n, variant)) {
		n++;
		ck_assert_int_lt(n, 100);
	}
	ck_assert_int_gt(n, 1);
	end();
}

START_TEST(consumer_with_item_of_a_batch)
{
	sweep(stop_consumer_with_item, true);
}
END_TEST

START_TEST(consumer_with_item_that_was_added)
{
	sweep(stop_consumer_with_item, false);
}
END_TEST

START_TEST(consumer_after_the_end)
{
	sweep(stop_consumer_with_nothing, true);
}
END_TEST

START_TEST(consumer_after_a_timeout)
{
	sweep(stop_consumer_with_nothing, false);
}
END_TEST

START_TEST(destroyer_of_a_batch)
{
	sweep(stop_destroyer, true);
}
END_TEST

START_TEST(destroyer_of_what_was_added)
{
	sweep(stop_destroyer, false);
}
END_TEST

START_TEST(completer)
{
	sweep(stop_completer, false);
}
END_TEST

START_TEST(completer_that_gives)
{
	sweep(stop_completer, true);
}
END_TEST

CREEL_SUITE("creel.async.completions_stall", consumer_with_item_of_a_batch,
	consumer_with_item_that_was_added, consumer_after_the_end, consumer_after_a_timeout,
	destroyer_of_a_batch, destroyer_of_what_was_added, completer, completer_that_gives)
