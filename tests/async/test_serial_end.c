/* SPDX-License-Identifier: MIT */
/* test_serial_end.c: what becomes of the tasks of a serial when its pool is shut down. */
#include "pool/counted.h"
#include "support/scale.h"
#include "support/suite.h"

#include <pthread.h>

enum { QUEUED = 5 };

static atomic_int ran;

static void *
count(void *arg)
{
	atomic_fetch_add(&ran, 1);
	return arg;
}

/* A serial whose first task waits at a gate, on the pool's only worker, or has not begun. */
typedef struct busy {
	gate g;
	creel_pool *pool;
	creel_serial *serial;
	creel_future *first, *queued[QUEUED];
} busy;

static void
begin(busy *b, bool begun)
{
	*b = (busy){.g = GATE_INIT, .pool = pool_of(1)};
	atomic_store(&ran, 0);
	b->serial = creel_serial_create(b->pool);
	if (begun) {
		b->first = creel_serial_submit(b->serial, (creel_fn *)gate_task, &b->g);
		gate_await_arrivals(&b->g, 1);
	} else {
		b->first = creel_submit(b->pool, (creel_fn *)gate_task, &b->g);
		gate_await_arrivals(&b->g, 1);
	}
	for (int i = 0; i < QUEUED; i++)
		b->queued[i] = creel_serial_submit(b->serial, count, NULL);
}

static void
end(busy *b, creel_status as)
{
	ck_assert_int_eq(
		creel_pool_shutdown(b->pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	for (int i = 0; i < QUEUED; i++)
		ck_assert_int_eq(creel_take(b->queued[i], NULL), as);
	ck_assert_int_eq(creel_take(b->first, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&ran), as == CREEL_OK ? QUEUED : 0);
	creel_pool_destroy(b->pool);
	/* It outlives the pool. */
	ck_assert_int_eq(creel_serial_post(b->serial, count, NULL), CREEL_ECLOSED);
	ck_assert_int_eq(
		creel_take(creel_serial_submit(b->serial, count, NULL), NULL), CREEL_EFAILED);
	creel_serial_destroy(b->serial);
}

START_TEST(drained)
{
	for (int begun = 0; begun < 2; begun++) {
		busy b;

		begin(&b, begun);
		ck_assert_int_eq(
			creel_pool_shutdown(b.pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT);
		ck_assert_int_eq(creel_serial_post(b.serial, count, NULL), CREEL_ECLOSED);
		gate_open(&b.g);
		end(&b, CREEL_OK);
	}
}
END_TEST

START_TEST(cancelled)
{
	for (int i = 0; i < 4; i++) {
		const creel_shutdown_mode mode =
			i % 2 ? CREEL_SHUTDOWN_CANCEL_ALL : CREEL_SHUTDOWN_CANCEL_QUEUED;
		busy b;

		begin(&b, i / 2);
		ck_assert_int_eq(creel_pool_shutdown(b.pool, mode, 0), CREEL_ETIMEDOUT);
		if (i / 2 == 0) /* at once; else when the one that runs has ended */
			ck_assert_int_eq(creel_await(b.queued[QUEUED - 1], NULL), CREEL_ECANCELLED);
		gate_open(&b.g);
		end(&b, CREEL_ECANCELLED);
	}
}
END_TEST

/* A task of the pool goes on to submit while the pool drains. */
static void *
submit_while_draining(void *arg)
{
	busy *b = arg;

	gate_pass(&b->g);
	b->queued[0] = creel_serial_submit(b->serial, count, NULL);
	return creel_serial_post(b->serial, count, NULL) == CREEL_OK ? arg : NULL;
}

START_TEST(while_it_drains_its_own_tasks_may_submit)
{
	busy b = {.g = GATE_INIT, .pool = pool_of(1)};
	creel_future *own = creel_submit(b.pool, submit_while_draining, &b);
	void *value = NULL;

	atomic_store(&ran, 0);
	b.serial = creel_serial_create(b.pool);
	gate_await_arrivals(&b.g, 1);
	ck_assert_int_eq(creel_pool_shutdown(b.pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT);
	gate_open(&b.g);
	ck_assert_int_eq(
		creel_pool_shutdown(b.pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_take(own, &value), CREEL_OK);
	ck_assert_ptr_eq(value, &b);
	ck_assert_int_eq(creel_take(b.queued[0], NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&ran), 2);
	creel_pool_destroy(b.pool);
	creel_serial_destroy(b.serial);
}
END_TEST

/* What several threads submit runs as long as it is accepted, whatever comes to an end meanwhile. */
typedef struct submitter {
	creel_serial *serial;
	atomic_int *accepted;
} submitter;

static void *
submit_until_closed(void *arg)
{
	submitter *s = arg;

	while (creel_serial_post(s->serial, count, NULL) == CREEL_OK)
		atomic_fetch_add(s->accepted, 1);
	return NULL;
}

START_TEST(submissions_race_with_a_shutdown)
{
	for (int round = 0; round < SCALE_TIMES(100); round++) {
		creel_pool *pool = pool_of(2);
		atomic_int accepted = 0;
		submitter s[2];
		pthread_t threads[2];

		atomic_store(&ran, 0);
		for (int i = 0; i < 2; i++) {
			s[i] = (submitter){creel_serial_create(pool), &accepted};
			ck_assert_int_eq(
				pthread_create(&threads[i], NULL, submit_until_closed, &s[i]), 0);
		}
		spin_until(&accepted, 10);
		ck_assert_int_eq(
			creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER), CREEL_OK);
		for (int i = 0; i < 2; i++) {
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
			creel_serial_destroy(s[i].serial);
		}
		ck_assert_int_eq(atomic_load(&ran), atomic_load(&accepted));
		creel_pool_destroy(pool);
	}
}
END_TEST

CREEL_SUITE("creel.async.serial_end", drained, cancelled, while_it_drains_its_own_tasks_may_submit,
	submissions_race_with_a_shutdown)
