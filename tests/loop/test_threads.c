/* SPDX-License-Identifier: MIT */
/* test_threads.c: which threads may do what with a loop; nothing that comes from others is lost. */
#include "loop/loops.h"
#include "loop/posters.h"
#include "support/scale.h"
#include "support/suite.h"

/* What a stranger is answered. */
typedef struct answers {
	creel_loop *loop;
	creel_status soon, later, at, slow, threadsafe;
	int created; /* the code of creel_create_task() */
	creel_loop *current;
} answers;

static void
never(creel_loop *loop, creel_duration took, void *ctx)
{
	(void)loop, (void)took, (void)ctx;
}

static void *
ask_all(void *arg)
{
	answers *a = arg;
	creel_future *task = creel_create_task(same, NULL);

	a->created = creel_future_error(task) != NULL ? creel_future_error(task)->code : 0;
	creel_future_unref(task);
	a->current = creel_current_loop();
	a->soon = creel_call_soon(a->loop, note, NULL, NULL);
	a->later = creel_call_later(a->loop, 0, note, NULL, NULL);
	a->at = creel_call_at(a->loop, 0, note, NULL, NULL);
	a->slow = creel_loop_on_slow(a->loop, 0, never, NULL);
	a->threadsafe = creel_call_soon_threadsafe(a->loop, note, pointer_of('x'), NULL);
	return NULL;
}

static void
assert_refused(const answers *a)
{
	ck_assert_int_eq(a->soon, CREEL_EWRONGTHREAD);
	ck_assert_int_eq(a->later, CREEL_EWRONGTHREAD);
	ck_assert_int_eq(a->at, CREEL_EWRONGTHREAD);
	ck_assert_int_eq(a->slow, CREEL_EWRONGTHREAD);
	ck_assert_int_eq(a->threadsafe, CREEL_OK);
}

/* 1.12 "wrong thread": always answered, from threads, workers and other loops */
/* 3.15 "check_thread": the wrong thread is detected, always */
/* 5 "D6": always */
START_TEST(the_wrong_thread_is_told)
{
	creel_loop *loop = loop_with_thread(), *other = loop_with_thread();
	creel_pool *pool = pool_of(1);
	answers a = {.loop = loop};

	ask_all(&a);
	assert_refused(&a);
	ck_assert_int_eq(a.created, CREEL_EWRONGTHREAD);
	ck_assert_ptr_null(a.current);
	ck_assert_int_eq(creel_pool_run(pool, ask_all, &a, NULL), CREEL_OK);
	assert_refused(&a);
	ck_assert_int_eq(a.created, CREEL_EWRONGTHREAD);
	ck_assert_ptr_null(a.current);
	ck_assert_int_eq(creel_take(creel_loop_submit(other, ask_all, &a), NULL), CREEL_OK);
	assert_refused(&a);
	ck_assert_int_eq(a.created, 0); /* on its own loop */
	ck_assert_ptr_eq(a.current, other);
	settle_loop(loop);
	ck_assert_str_eq(noted, "xxx");
	creel_pool_destroy(pool);
	creel_loop_destroy(other);
	creel_loop_destroy(loop);
}
END_TEST

/* The owner of a loop without a thread is on it, though it does not run; nobody else is. */
START_TEST(the_owner_may)
{
	answers a = {.loop = loop_without_thread()};
	creel_pool *pool = pool_of(1);

	on_a_thread(ask_all, &a);
	assert_refused(&a);
	ck_assert_int_eq(creel_pool_run(pool, ask_all, &a, NULL), CREEL_OK);
	assert_refused(&a);
	ask_all(&a);
	ck_assert_int_eq(a.soon, CREEL_OK);
	ck_assert_int_eq(a.later, CREEL_OK);
	ck_assert_int_eq(a.at, CREEL_OK);
	ck_assert_int_eq(a.slow, CREEL_OK);
	ck_assert_ptr_null(a.current);
	creel_pool_destroy(pool);
	creel_loop_destroy(a.loop);
}
END_TEST

static void *
mix_paths(void *arg)
{
	creel_loop *loop = creel_current_loop();

	for (int i = 'a'; i <= 'h'; i++)
		if (i % 2 == 0)
			creel_call_soon(loop, note, pointer_of(i), NULL);
		else
			creel_call_soon_threadsafe(loop, note, pointer_of(i), NULL);
	return arg;
}

/* 3.15 "call_soon_threadsafe_same_thread": one order across the two paths */
START_TEST(both_paths_have_one_order)
{
	creel_loop *loop = loop_without_thread();

	creel_future_unref(creel_loop_submit(loop, mix_paths, NULL));
	run_out(loop);
	ck_assert_str_eq(noted, "abcdefgh");
	creel_loop_destroy(loop);
}
END_TEST

/* 3.15 "call_soon_threadsafe": what each thread posts is called in its order, all of it */
START_TEST(posts_of_a_thread_keep_their_order)
{
	const int n = SCALE_TIMES(125000);
	creel_loop *loop = loop_with_thread();
	gate start = GATE_INIT;

	ck_assert(posters_start(loop, &start, n));
	posters_join();
	settle_loop(loop);
	for (int i = 0; i < POSTERS; i++) {
		ck_assert_int_eq(posters[i].accepted, n);
		ck_assert_int_eq(posters[i].called, n);
		ck_assert(posters[i].in_order);
	}
	creel_loop_destroy(loop);
}
END_TEST

/* Close it when the first posts have come, and see that what was accepted was called, and no more. */
static void
close_under_fire(uint32_t flags)
{
	creel_loop *loop = loop_with(flags);
	gate start = GATE_INIT;

	ck_assert(posters_start(loop, &start, 30000));
	if (flags & CREEL_LOOP_NO_THREAD)
		ck_assert_int_eq(creel_loop_run_once(loop, CREEL_FOREVER), CREEL_OK);
	else
		settle_loop(loop);
	ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
	posters_join();
	for (int i = 0; i < POSTERS; i++) {
		ck_assert_int_eq(posters[i].called, posters[i].accepted);
		ck_assert(posters[i].in_order);
		if (posters[i].accepted < posters[i].wanted)
			ck_assert_int_eq(posters[i].refusal, CREEL_ECLOSED);
	}
	creel_loop_destroy(loop);
}

/* 1.12 "closed loop": a post is called, or refused with ECLOSED, and nothing is lost in between */
/* 3.16 "9. loop close vs 8 posting threads": what was accepted is called, the rest was refused */
/* 4 "T4": the post and the check are one */
START_TEST(closing_loses_nothing)
{
	for (int i = 0; i < SCALE_TIMES(60); i++)
		close_under_fire(i % 2 == 0 ? 0 : CREEL_LOOP_NO_THREAD);
}
END_TEST

static void *
post_one_by_one(void *arg)
{
	creel_loop *loop = arg;
	atomic_int called = 0;

	for (int i = 0; i < SCALE_TIMES(3000); i++) {
		creel_call_soon_threadsafe(loop, add_one, &called, NULL);
		spin_until(&called, i + 1);
	}
	return NULL;
}

/* 3.16 "10. eventfd coalescing": a loop that is about to sleep hears every post */
START_TEST(no_wakeup_is_lost)
{
	creel_loop *loop = loop_with_thread();

	on_a_thread(post_one_by_one, loop);
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.loop.threads", the_wrong_thread_is_told, the_owner_may,
	both_paths_have_one_order, posts_of_a_thread_keep_their_order, closing_loses_nothing,
	no_wakeup_is_lost)
