/* SPDX-License-Identifier: MIT */
/*
 * places.h: one scene, played by a task of a pool, by a task of a loop and by a plain thread, with the fake clock.
 *
 *     EVERYWHERE (PLACES, time_out, &s)
 *             ck_assert_int_eq(s.left[0], CREEL_ETIMEDOUT);
 *
 * Whenever somebody sleeps time passes, maybe more than he wanted: what is to expire in a scene does so soon, other
 * times are LONG.
 */
#ifndef CREEL_TEST_TASK_PLACES_H
#define CREEL_TEST_TASK_PLACES_H

#include "support/fake_clock.h"
#include "support/pools.h"

#include "base/clock.h"
#include "sync/parker.h"

#include <check.h>
#include <creel/creel.h>
#include <pthread.h>

#define MS CREEL_MILLISECONDS(1)
#define LONG CREEL_SECONDS(1000000)

/* What a scene found: its waits, and its scopes, the outermost first. */
typedef struct scene {
	creel_scope scopes[3];
	creel_status waited[3], left[3];
	creel_pool *pool; /* of another one */
	void *value;
	int code;
} scene;

static creel_fn *playing;
static atomic_bool over;

static inline void *
play_it(void *arg)
{
	void *value = playing(arg);

	atomic_store(&over, true);
	return value;
}

/* Until the scene is over. */
static inline void
let_time_pass(void)
{
	while (!atomic_load(&over))
		if (crl_parker_sleepers() > 0)
			fake_clock_step(10 * MS);
		else
			sched_yield();
}

static inline void
in_a_pool(scene *s)
{
	creel_pool *pool = pool_of(1);
	creel_future *task = creel_submit(pool, play_it, s);

	let_time_pass();
	ck_assert_int_eq(creel_take(task, &s->value), CREEL_OK);
	creel_pool_destroy(pool);
}

static inline void
on_a_loop(scene *s)
{
	creel_loop *loop = creel_loop_create(NULL);
	creel_future *task = creel_loop_submit(loop, play_it, s);

	let_time_pass();
	ck_assert_int_eq(creel_take(task, &s->value), CREEL_OK);
	creel_loop_destroy(loop);
}

static inline void
on_a_thread(scene *s)
{
	pthread_t thread;

	pthread_create(&thread, NULL, play_it, s);
	let_time_pass();
	pthread_join(thread, &s->value);
}

static void (*const places[])(scene *) = {in_a_pool, on_a_loop, on_a_thread};
enum { TASKS = 2, PLACES = 3 };

static inline bool
play_at(int i, int n, creel_fn *play, scene *s)
{
	*s = (scene){
		.scopes = {CREEL_SCOPE_INIT, CREEL_SCOPE_INIT, CREEL_SCOPE_INIT},
		.pool = s->pool,
	};
	playing = play;
	atomic_store(&over, false);
	if (i < n)
		places[i](s);
	return i < n;
}

/* What follows looks at the scene, after it was played at each of the first n places. */
#define EVERYWHERE(n, play, s) for (int i_ = 0; play_at(i_, (n), (play), (s)); i_++)

#endif
