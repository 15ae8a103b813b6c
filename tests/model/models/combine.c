/* SPDX-License-Identifier: MIT */
/* combine.c: gather, wait and shield over promises that other threads end. */
#include "future/future.h"
#include "models/models.h"

#include <creel/creel.h>

static creel_future *promises[2], *whole;
static int values[2];
static creel_status ends[2];

static void
make_promises(void)
{
	for (int i = 0; i < 2; i++)
		promises[i] = creel_future_create();
}

static void
unref_promises(void)
{
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
fail_second(void *arg)
{
	ends[1] = creel_future_set_error(promises[1], 5, "five");
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

/* Both members end at the same time: the gather has both outcomes. */
void
model_gather_all(void)
{
	void *value = NULL;
	creel_outcome *outcomes;
	int threads[2];

	make_promises();
	run_two(set_first, set_second, threads);
	whole = creel_gather(promises, 2, 0);
	MODEL_CHECK(creel_take(whole, &value) == CREEL_OK);
	outcomes = value;
	for (int i = 0; i < 2; i++)
		MODEL_CHECK(outcomes[i].status == CREEL_OK && outcomes[i].value == &values[i]);
	creel_free(outcomes);
	join_two(threads);
	unref_promises();
}

/* One fails while the other ends: the gather fails, and can be let go of before the other has ended. */
void
model_gather_fail(void)
{
	int threads[2];

	make_promises();
	run_two(set_first, fail_second, threads);
	whole = creel_gather(promises, 2, 0);
	MODEL_CHECK(creel_await(whole, NULL) == CREEL_EFAILED);
	MODEL_CHECK(creel_future_error(whole)->code == 5);
	creel_future_unref(whole);
	join_two(threads);
	unref_promises();
}

/* One fails while the gather is made: that cancels the other, which may not be linked yet. */
void
model_gather_early(void)
{
	int thread;

	make_promises();
	thread = model_go(fail_second, NULL);
	whole = creel_gather(promises, 2, CREEL_CANCEL_ON_ERROR);
	MODEL_CHECK(creel_await(whole, NULL) == CREEL_EFAILED);
	MODEL_CHECK(creel_future_status(promises[0]) == CREEL_ECANCELLED);
	creel_future_unref(whole);
	model_join(thread);
	unref_promises();
}

static creel_cancel_result answer;

static void *
cancel_whole(void *arg)
{
	answer = creel_future_cancel(whole);
	return arg;
}

/* A cancel against two members that end: it reached one, and the gather is cancelled, or none. */
void
model_gather_cancel(void)
{
	int threads[2];
	creel_status status;

	make_promises();
	whole = creel_gather(promises, 2, 0);
	run_two(set_first, cancel_whole, threads);
	ends[1] = creel_future_set_result(promises[1], &values[1]);
	status = creel_await(whole, NULL);
	join_two(threads);
	if (answer == CREEL_CANCEL_REQUESTED)
		MODEL_CHECK(
			status == CREEL_ECANCELLED && (ends[0] != CREEL_OK || ends[1] != CREEL_OK));
	else
		MODEL_CHECK(status == CREEL_OK && ends[0] == CREEL_OK && ends[1] == CREEL_OK);
	creel_future_unref(whole);
	unref_promises();
}

static void *
cancel_too(void *arg)
{
	creel_future_cancel(whole);
	return arg;
}

/* Two cancel a gather of gathers, deeper than they go in one go. */
void
model_gather_deep(void)
{
	creel_future *inner;
	int threads[2];

	make_promises();
	inner = creel_gather(promises, 1, 0);
	whole = creel_gather(&inner, 1, 0);
	run_two(cancel_too, cancel_whole, threads);
	join_two(threads);
	MODEL_CHECK(creel_future_status(promises[0]) == CREEL_ECANCELLED);
	MODEL_CHECK(creel_future_status(inner) == CREEL_ECANCELLED);
	MODEL_CHECK(creel_future_status(whole) == CREEL_ECANCELLED);
	creel_future_unref(whole);
	creel_future_unref(inner);
	unref_promises();
}

/* A member that nobody can cancel. */
static creel_cancel_result
refuse(creel_future *future, const char *reason)
{
	(void)reason;
	(void)future;
	return CREEL_CANCEL_TOO_LATE;
}

static void
keep(creel_future *future)
{
	(void)future;
}

/* A cancel that reaches nobody against a member that fails: the gather fails, though another member has
 * not ended. */
void
model_gather_refused(void)
{
	static const crl_future_ops ops = {.cancel = refuse, .destroy = keep};
	creel_future stubborn, *members[2] = {&stubborn};
	int threads[2];

	make_promises();
	members[1] = promises[1];
	crl_future_init(&stubborn, &ops, CRL_RUNNING, 1);
	whole = creel_gather(members, 2, 0);
	creel_future_cancel(promises[0]);
	run_two(cancel_whole, fail_second, threads);
	join_two(threads);
	if (answer == CREEL_CANCEL_TOO_LATE)
		MODEL_CHECK(creel_future_status(whole) == CREEL_EFAILED);
	crl_future_complete(&stubborn, CRL_VALUE, NULL);
	MODEL_CHECK(creel_future_done(whole));
	creel_future_error(promises[1]); /* has been looked at */
	creel_future_unref(whole);
	creel_future_unref(&stubborn);
	unref_promises();
}

static void *
wait_for_first(void *arg)
{
	creel_future *both[2] = {promises[0], promises[1]};
	size_t ndone = 9;
	const creel_status status =
		creel_wait(both, 2, CREEL_FIRST_COMPLETED, CREEL_SECONDS(1), &ndone);

	MODEL_CHECK(status == CREEL_OK ? ndone >= 1 : status == CREEL_ETIMEDOUT);
	MODEL_CHECK(ndone <= 2);
	for (size_t i = 0; i < ndone; i++)
		MODEL_CHECK(creel_future_done(both[i]));
	return arg;
}

/* A wait for the first of two that end at the same time, or time out. */
void
model_wait_first(void)
{
	int threads[2];

	make_promises();
	run_two(set_first, wait_for_first, threads);
	ends[1] = creel_future_set_result(promises[1], &values[1]);
	join_two(threads);
	unref_promises();
}

static void *
wait_for_all(void *arg)
{
	creel_future *both[2] = {promises[0], promises[1]};
	size_t ndone = 9;

	MODEL_CHECK(creel_wait(both, 2, CREEL_ALL_COMPLETED, CREEL_FOREVER, &ndone) == CREEL_OK);
	MODEL_CHECK(ndone == 2 && both[0] == promises[0] && both[1] == promises[1]);
	return arg;
}

void
model_wait_all(void)
{
	int threads[2];

	make_promises();
	run_two(set_first, wait_for_all, threads);
	ends[1] = creel_future_set_error(promises[1], 5, "five");
	creel_future_error(promises[1]);
	join_two(threads);
	unref_promises();
}

/* What is behind a shield ends, while the shield is cancelled and awaited. */
void
model_shield(void)
{
	void *value = NULL;
	creel_status status;
	int threads[2];

	make_promises();
	whole = creel_shield(promises[0]);
	run_two(set_first, cancel_whole, threads);
	status = creel_await(whole, &value);
	join_two(threads);
	MODEL_CHECK(ends[0] == CREEL_OK);
	if (answer == CREEL_CANCEL_NOW)
		MODEL_CHECK(status == CREEL_ECANCELLED);
	else
		MODEL_CHECK(status == CREEL_OK && value == &values[0]);
	creel_future_unref(whole);
	unref_promises();
}
