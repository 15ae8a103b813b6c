/* SPDX-License-Identifier: MIT */
/* first.c: first, any and race over promises that other threads end. */
#include "models/models.h"

#include <creel/creel.h>

static creel_future *promises[2], *whole;
static int values[2];
static creel_status ends[2];
static creel_cancel_result answer;

static void
make_promises(void)
{
	for (int i = 0; i < 2; i++)
		promises[i] = creel_future_create();
}

static void
unref_all(void)
{
	creel_future_unref(whole);
	creel_futures_unref(promises, 2);
	whole = NULL; /* what is known only here is no leak */
	promises[0] = promises[1] = NULL;
}

static void *
set_first(void *arg)
{
	ends[0] = creel_future_set_result(promises[0], &values[0]);
	return arg;
}

static void *
set_second(void *arg)
{
	ends[1] = creel_future_set_result(promises[1], &values[1]);
	return arg;
}

static void *
fail_first(void *arg)
{
	ends[0] = creel_future_set_error(promises[0], 1, "one");
	return arg;
}

static void *
fail_second(void *arg)
{
	ends[1] = creel_future_set_error(promises[1], 2, "two");
	return arg;
}

static void *
cancel_whole(void *arg)
{
	answer = creel_future_cancel(whole);
	return arg;
}

static void
run_two(void *(*first)(void *), void *(*second)(void *), int threads[2])
{
	threads[0] = model_go(first, NULL);
	threads[1] = model_go(second, NULL);
}

static void
join_two(const int threads[2])
{
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
}

static void
check_winner(const creel_winner *winner)
{
	MODEL_CHECK(winner->index < 2 && winner->outcome.status == CREEL_OK);
	MODEL_CHECK(winner->outcome.value == &values[winner->index]);
}

/* Both are to be among the first, and end at the same time: nobody sees one of them missing. */
void
model_first_two(void)
{
	void *value = NULL;
	const creel_winner *winners;
	int threads[2];

	make_promises();
	run_two(set_first, set_second, threads);
	whole = creel_first(promises, 2, 2, 0);
	MODEL_CHECK(creel_await(whole, &value) == CREEL_OK);
	winners = value;
	check_winner(&winners[0]);
	check_winner(&winners[1]);
	MODEL_CHECK(winners[0].index != winners[1].index);
	join_two(threads);
	unref_all();
}

/* One fails, one has a value, which is the first; it may be let go of before the other has ended. */
void
model_first_any(void)
{
	void *value = NULL;
	int threads[2];

	make_promises();
	run_two(set_first, fail_second, threads);
	whole = creel_any(promises, 2);
	MODEL_CHECK(creel_await(whole, &value) == CREEL_OK);
	check_winner(value);
	creel_future_unref(whole);
	whole = NULL;
	join_two(threads);
	unref_all();
}

/* Both fail: so does the whole, with both errors. */
void
model_first_none(void)
{
	const creel_error *error;
	int threads[2];

	make_promises();
	run_two(fail_first, fail_second, threads);
	whole = creel_any(promises, 2);
	MODEL_CHECK(creel_await(whole, NULL) == CREEL_EFAILED);
	error = creel_future_error(whole);
	MODEL_CHECK(error->cause != NULL && error->code + error->cause->code == 3);
	MODEL_CHECK(error->cause->cause == NULL);
	join_two(threads);
	unref_all();
}

/* Two race, while the race is made: the winner stays, and the other has ended, too. */
void
model_first_race(void)
{
	void *value = NULL;
	int threads[2];

	make_promises();
	run_two(set_first, set_second, threads);
	whole = creel_race(promises, 2);
	MODEL_CHECK(creel_await(whole, &value) == CREEL_OK);
	check_winner(value);
	MODEL_CHECK(creel_future_done(promises[0]) && creel_future_done(promises[1]));
	join_two(threads);
	MODEL_CHECK(ends[((const creel_winner *)value)->index] == CREEL_OK);
	unref_all();
}

/* A race is cancelled while one ends; the other does by this alone. */
void
model_first_cancel(void)
{
	void *value = NULL;
	creel_status status;
	int threads[2];

	make_promises();
	whole = creel_race(promises, 2);
	run_two(set_first, cancel_whole, threads);
	status = creel_await(whole, &value);
	MODEL_CHECK(creel_future_status(promises[1]) == CREEL_ECANCELLED);
	join_two(threads);
	if (answer == CREEL_CANCEL_REQUESTED) {
		MODEL_CHECK(status == CREEL_ECANCELLED);
	} else {
		MODEL_CHECK(status == CREEL_OK && ends[0] == CREEL_OK);
		check_winner(value);
	}
	unref_all();
}

/* The same of the first value, which leaves the other alone. */
void
model_first_cancel_any(void)
{
	void *value = NULL;
	creel_status status;
	int threads[2];

	make_promises();
	whole = creel_any(promises, 2);
	run_two(set_first, cancel_whole, threads);
	status = creel_await(whole, &value);
	join_two(threads);
	MODEL_CHECK((status == CREEL_ECANCELLED) == (answer == CREEL_CANCEL_REQUESTED));
	if (status == CREEL_OK) {
		check_winner(value);
		MODEL_CHECK(creel_future_status(promises[1]) == CREEL_EPENDING);
		creel_future_cancel(promises[1]);
	}
	unref_all();
}
