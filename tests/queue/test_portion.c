/* SPDX-License-Identifier: MIT */
/* test_portion.c: a portion is taken in order, each job once, by its owner and by others. */
#include "queue/portion.h"

#include "support/suite.h"

#include <pthread.h>

#define JOBS 20000

static struct item {
	crl_job job;
	int taken;
} items[JOBS];
static crl_portion portion;
static crl_atomic(bool) over;

/* Fill in the items [from, to); what lies behind them is not for this portion. */
static void
fill(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		items[i].job.letter.next = &items[(i + 1) % JOBS].job.letter;
	crl_portion_fill(&portion, &items[from].job.letter, to - from);
}

START_TEST(nothing_comes_out_of_an_empty_one)
{
	ck_assert(!crl_portion_has_any(&portion));
	ck_assert_ptr_null(crl_portion_take(&portion));
}
END_TEST

START_TEST(so_many_come_in_order)
{
	for (size_t n = 1; n < 4; n++) {
		fill(n, 2 * n);
		for (size_t i = n; i < 2 * n; i++) {
			ck_assert(crl_portion_has_any(&portion));
			ck_assert_ptr_eq(crl_portion_take(&portion), &items[i].job);
		}
		ck_assert(!crl_portion_has_any(&portion));
		ck_assert_ptr_null(crl_portion_take(&portion));
	}
}
END_TEST

static void
take_one(void)
{
	crl_job *job = crl_portion_take(&portion);

	if (job != NULL)
		CRL_CONTAINER_OF(job, struct item, job)->taken++;
}

static void *
thief(void *arg)
{
	while (!crl_load(&over, acquire))
		take_one();
	return arg;
}

START_TEST(each_is_taken_once)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, thief, NULL), 0);
	for (size_t i = 0; i < JOBS; i += 20) {
		fill(i, i + 20);
		while (crl_portion_has_any(&portion))
			take_one();
	}
	crl_store(&over, true, release);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < JOBS; i++)
		ck_assert_int_eq(items[i].taken, 1);
}
END_TEST

CREEL_SUITE("creel.queue.portion", nothing_comes_out_of_an_empty_one, so_many_come_in_order,
	each_is_taken_once)
