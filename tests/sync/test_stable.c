/* SPDX-License-Identifier: MIT */
/* test_stable.c: memory that is recycled and never freed. */
#include "sync/stable.h"

#include "base/atomic.h"
#include "base/attr.h"
#include "support/child.h"
#include "support/faults.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 10 /* seconds, for a child that hangs */

typedef struct thing {
	crl_stable stable;
	crl_atomic(int) holder; /* 0: none */
	int visits;
	char rest[100];
} thing;

static crl_stable_cache cache, other_cache;

static _Thread_local int was_made;

static void
note_made(void *object)
{
	(void)object;
	was_made = 1;
}

/* One from the cache, and whether it is new. */
static void *
get_telling(crl_stable_cache *from, size_t size, int *fresh)
{
	void *object;

	was_made = 0;
	object = crl_stable_get(from, size, note_made);
	*fresh = was_made;
	return object;
}

static thing *
get_from(crl_stable_cache *from, int expect_fresh)
{
	int fresh = -1;
	thing *object = get_telling(from, sizeof *object, &fresh);

	ck_assert_ptr_nonnull(object);
	ck_assert_int_eq(fresh, expect_fresh);
	return object;
}

START_TEST(a_new_one_is_zeroed_on_a_line_of_its_own)
{
	for (int i = 0; i < 10; i++) {
		static const char zeros[sizeof(((thing *)0)->rest)];
		thing *object = get_from(&cache, 1);

		ck_assert_uint_eq((uintptr_t)object % CRL_CACHE_LINE, 0);
		ck_assert_mem_eq(object->rest, zeros, sizeof zeros);
		ck_assert_int_eq(object->visits, 0);
		memset(object->rest, 0xff, sizeof object->rest);
	}
}
END_TEST

START_TEST(comes_back_as_it_was_left)
{
	thing *object = get_from(&cache, 1);

	strcpy(object->rest, "left here");
	crl_stable_put(&cache, object);
	ck_assert_ptr_eq(get_from(&cache, 0), object);
	ck_assert_str_eq(object->rest, "left here");
}
END_TEST

/* The one that was used last is warmest. */
START_TEST(last_put_is_first_got)
{
	thing *a = get_from(&cache, 1), *b = get_from(&cache, 1), *c = get_from(&cache, 1);

	crl_stable_put(&cache, b);
	crl_stable_put(&cache, a);
	ck_assert_ptr_eq(get_from(&cache, 0), a);
	crl_stable_put(&cache, c);
	ck_assert_ptr_eq(get_from(&cache, 0), c);
	ck_assert_ptr_eq(get_from(&cache, 0), b);
	ck_assert_ptr_ne(get_from(&cache, 1), NULL);
}
END_TEST

START_TEST(caches_are_apart)
{
	thing *object = get_from(&cache, 1);

	crl_stable_put(&cache, object);
	ck_assert_ptr_ne(get_from(&other_cache, 1), object);
	ck_assert_ptr_eq(get_from(&cache, 0), object);
}
END_TEST

static void
visit(void *object)
{
	((thing *)object)->visits++;
}

START_TEST(each_visits_all_that_were_made)
{
	thing *things[5], *foreign = get_from(&other_cache, 1);

	crl_stable_each(&cache, visit); /* none */
	for (int i = 0; i < 5; i++)
		things[i] = get_from(&cache, 1);
	crl_stable_put(&cache, things[1]);
	crl_stable_put(&cache, things[3]);
	crl_stable_each(&cache, visit);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(things[i]->visits, 1);
	ck_assert_int_eq(foreign->visits, 0);
	get_from(&cache, 0);
	crl_stable_each(&cache, visit); /* got again is not made again */
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(things[i]->visits, 2);
}
END_TEST

/* 3.16 "26. allocation-failure injection": NULL, and the cache is as before */
START_TEST(no_memory)
{
	thing *object = get_from(&cache, 1), *none;
	int fresh;

	fault_arm(FAULT_MALLOC, 1, true);
	none = get_telling(&cache, sizeof *object, &fresh);
	fault_disarm();
	ck_assert_ptr_null(none);
	crl_stable_put(&cache, object);
	fault_arm(FAULT_MALLOC, 1, true); /* what is there needs none */
	none = get_telling(&cache, sizeof *object, &fresh);
	fault_disarm();
	ck_assert_ptr_eq(none, object);
	ck_assert_int_eq(fresh, 0);
	crl_stable_each(&cache, visit);
	ck_assert_int_eq(object->visits, 1);
}
END_TEST

#define THREADS 4
#define EACH 3
#define ROUNDS SCALE_TIMES(20000)

typedef struct user {
	int number;
	int shared; /* how often an object had another holder */
	int none;
} user;

static gate start = GATE_INIT;

static void
use_some(user *self)
{
	thing *things[EACH];
	int fresh;

	for (int i = 0; i < EACH; i++) {
		things[i] = get_telling(&cache, sizeof *things[i], &fresh);
		if (things[i] == NULL)
			self->none++;
		else if (crl_exchange(&things[i]->holder, self->number, relaxed) != 0)
			self->shared++;
	}
	for (int i = 0; i < EACH; i++) {
		if (things[i] == NULL)
			continue;
		if (crl_exchange(&things[i]->holder, 0, relaxed) != self->number)
			self->shared++;
		things[i]->visits++; /* its own, handed on by the cache's lock */
		crl_stable_put(&cache, things[i]);
	}
}

static void *
use(void *arg)
{
	gate_pass(&start);
	for (int i = 0; i < ROUNDS; i++)
		use_some(arg);
	return NULL;
}

static int made, visits;

static void
add_up(void *object)
{
	made++;
	visits += ((thing *)object)->visits;
}

START_TEST(one_holder_at_a_time)
{
	user users[THREADS];
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		users[i] = (user){.number = i + 1};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use, &users[i]), 0);
	}
	gate_await_arrivals(&start, THREADS);
	gate_open(&start);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(users[i].shared, 0);
		ck_assert_int_eq(users[i].none, 0);
	}
	crl_stable_each(&cache, add_up);
	ck_assert_int_ge(made, EACH);
	ck_assert_int_le(made, THREADS * EACH);
	ck_assert_int_eq(visits, THREADS * EACH * ROUNDS);
}
END_TEST

static void
take_none_of_the_parents(void *object)
{
	void *fresh_one;
	int fresh;

	signal(SIGALRM, SIG_DFL); /* not what Check does with it */
	alarm(PATIENCE);
	fresh_one = get_telling(&cache, sizeof(thing), &fresh);
	child_expect(fresh_one != NULL && fresh_one != object && fresh == 1);
	crl_stable_put(&cache, fresh_one);
	crl_stable_put(&cache, object); /* which the parent's thread had, and the child's has */
	child_expect(get_telling(&cache, sizeof(thing), &fresh) == fresh_one && fresh == 0);
}

/* Whoever was inside of them is gone, and they are as that left them. */
START_TEST(a_child_makes_its_own)
{
	thing *object = get_from(&cache, 1), *in_use = get_from(&cache, 1);

	crl_stable_put(&cache, object);
	ck_assert(child_exited_with(child_run(take_none_of_the_parents, in_use), 0));
	ck_assert_ptr_eq(get_from(&cache, 0), object);
}
END_TEST

CREEL_SUITE("creel.sync.stable", a_new_one_is_zeroed_on_a_line_of_its_own,
	comes_back_as_it_was_left, last_put_is_first_got, caches_are_apart,
	each_visits_all_that_were_made, no_memory, one_holder_at_a_time, a_child_makes_its_own)
