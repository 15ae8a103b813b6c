/* SPDX-License-Identifier: MIT */
/*
 * future.c: a promise, its completer, and those who wait for it, give up, cancel, take, or let go. All
 * are plain threads; waiting fibers are in strand.c and cancel.c.
 */
#include "future/future.h"
#include "models/models.h"

#include <creel/creel.h>

static creel_future *promise;
static int value, calls[2];

/* Each of n threads has a reference, the first included. */
static void
make_promise(int n)
{
	promise = creel_future_create();
	model_name(promise, "promise");
	for (int i = 1; i < n; i++)
		creel_future_ref(promise);
}

/* What is left of it then is a leak. */
static void
join_and_forget(const int threads[2])
{
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	promise = NULL;
}

static void *
await_value(void *arg)
{
	void *result = NULL;

	MODEL_CHECK(creel_await(promise, &result) == CREEL_OK);
	MODEL_CHECK(result == &value && value == 7);
	creel_future_unref(promise);
	return arg;
}

/* Two threads await it, the first completes it; each lets go as soon as it can. */
void
model_future_await(void)
{
	int threads[2];

	make_promise(3);
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(await_value, NULL);
	value = 7;
	MODEL_CHECK(creel_future_set_result(promise, &value) == CREEL_OK);
	creel_future_unref(promise);
	join_and_forget(threads);
}

static creel_status waited, set;
static creel_cancel_result cancelled;

static void *
await_for_a_while(void *arg)
{
	void *result = NULL;

	waited = creel_await_for(promise, CREEL_SECONDS(1), &result);
	MODEL_CHECK((waited == CREEL_OK) == (result == &value));
	MODEL_CHECK(waited != CREEL_OK || value == 7);
	creel_future_unref(promise);
	return arg;
}

static void *
cancel_promise(void *arg)
{
	cancelled = creel_future_cancel(promise);
	creel_future_unref(promise);
	return arg;
}

/* One waits for a while, one cancels, one completes: the two agree on who won, and the waiter with them. */
void
model_future_end(void)
{
	int threads[2];

	make_promise(3);
	threads[0] = model_go(await_for_a_while, NULL);
	threads[1] = model_go(cancel_promise, NULL);
	value = 7;
	set = creel_future_set_result(promise, &value);
	creel_future_unref(promise);
	join_and_forget(threads);
	if (set == CREEL_OK)
		MODEL_CHECK(cancelled == CREEL_CANCEL_TOO_LATE && waited != CREEL_ECANCELLED);
	else
		MODEL_CHECK(
			set == CREEL_ESTATE && cancelled == CREEL_CANCEL_NOW && waited != CREEL_OK);
	MODEL_CHECK(waited == CREEL_OK || waited == CREEL_ECANCELLED || waited == CREEL_ETIMEDOUT);
}

static void
count_call(creel_future *future, void *arg)
{
	void *result = NULL;

	MODEL_CHECK(creel_future_result(future, &result) == CREEL_OK && result == &value);
	++*(int *)arg;
}

static void *
add_callback(void *arg)
{
	MODEL_CHECK(creel_future_on_done(promise, count_call, &calls[0]) == CREEL_OK);
	creel_future_unref(promise);
	return arg;
}

static void *
add_and_remove(void *arg)
{
	size_t removed;

	MODEL_CHECK(creel_future_on_done(promise, count_call, &calls[1]) == CREEL_OK);
	removed = creel_future_remove_on_done(promise, count_call, &calls[1]);
	MODEL_CHECK(removed <= 1);
	*(size_t *)arg = removed;
	creel_future_unref(promise);
	return NULL;
}

/* Callbacks are called once, or removed, whenever they come. */
void
model_future_callback(void)
{
	size_t removed;
	int threads[2];

	make_promise(3);
	threads[0] = model_go(add_callback, NULL);
	threads[1] = model_go(add_and_remove, &removed);
	MODEL_CHECK(creel_future_set_result(promise, &value) == CREEL_OK);
	creel_future_unref(promise);
	join_and_forget(threads);
	MODEL_CHECK(calls[0] == 1);
	MODEL_CHECK(calls[1] + (int)removed == 1);
}

static creel_status taken[2];

static void *
take_value(void *arg)
{
	void *result = NULL;
	creel_status *status = arg;

	*status = creel_take(promise, &result);
	MODEL_CHECK((*status == CREEL_OK) == (result == &value));
	return NULL;
}

/* Two take the value: one gets it. */
void
model_future_take(void)
{
	int threads[2];

	make_promise(3);
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(take_value, &taken[i]);
	MODEL_CHECK(creel_future_set_result(promise, &value) == CREEL_OK);
	creel_future_unref(promise);
	join_and_forget(threads);
	MODEL_CHECK((taken[0] == CREEL_OK) + (taken[1] == CREEL_OK) == 1);
	MODEL_CHECK((taken[0] == CREEL_ESTATE) + (taken[1] == CREEL_ESTATE) == 1);
}

static int reports;

static void
count_report(creel_future *future, const creel_error *error, void *ctx)
{
	(void)ctx;
	MODEL_CHECK(creel_future_status(future) == CREEL_EFAILED && error->code == 5);
	reports++;
}

static void *
look_at_error(void *arg)
{
	const creel_error *error = creel_future_error(promise);

	*(int *)arg = error != NULL;
	MODEL_CHECK(error == NULL || error->code == 5);
	creel_future_unref(promise);
	return NULL;
}

static void *
only_let_go(void *arg)
{
	creel_future_unref(promise);
	return arg;
}

/* An error is reported when the last one lets go, unless somebody has looked at it. */
void
model_future_error(void)
{
	int threads[2], looked;

	creel_set_unhandled(count_report, NULL);
	make_promise(3);
	threads[0] = model_go(look_at_error, &looked);
	threads[1] = model_go(only_let_go, NULL);
	MODEL_CHECK(creel_future_set_error(promise, 5, "five") == CREEL_OK);
	creel_future_unref(promise);
	join_and_forget(threads);
	MODEL_CHECK(reports == !looked);
}

static void *
add_and_await(void *arg)
{
	const creel_status status = creel_future_on_done(promise, count_call, &calls[0]);

	MODEL_CHECK(status == CREEL_OK);
	return await_value(arg);
}

/* The completer has no reference: who waits may free the promise as soon as it is done. */
void
model_future_lent(void)
{
	int threads[2];

	make_promise(2);
	value = 7;
	threads[0] = model_go(await_value, NULL);
	threads[1] = model_go(add_and_await, NULL);
	MODEL_CHECK(creel_future_set_result(promise, &value) == CREEL_OK);
	join_and_forget(threads);
	MODEL_CHECK(calls[0] == 1);
}

static bool started[2];

static void *
start(void *arg)
{
	*(bool *)arg = crl_future_start(promise);
	return NULL;
}

static void
wake_nobody(crl_waker *waker)
{
	(void)waker;
}

/* Two would start it while a third has its list: one does, and it stays started. */
void
model_future_start(void)
{
	static crl_wake *const by_nobody = wake_nobody;
	static const crl_future_ops ops = {.borrows_error = false};
	crl_waker waker = {.wake = &by_nobody};
	creel_future future;
	int threads[2];

	crl_future_init(&future, &ops, CRL_PENDING, 1);
	promise = &future;
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(start, &started[i]);
	MODEL_CHECK(crl_future_link(promise, &waker));
	MODEL_CHECK(crl_future_unlink(promise, &waker));
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(started[0] != started[1]);
	MODEL_CHECK(crl_state_phase(crl_future_state(promise)) == CRL_RUNNING);
	promise = NULL;
}
