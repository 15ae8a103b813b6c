/* SPDX-License-Identifier: MIT */
/* loop.c: event loops: posts against the end, timers against cancels, tasks from other threads. */
#include "models/models.h"

#include <creel/creel.h>

static creel_loop *loop;
static creel_handle *handle;
static creel_future *task, *promise;
static int called[2], accepted[2], reason;
static bool prevented;

static creel_loop *
make_loop(uint32_t flags)
{
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;

	options.flags = flags;
	options.stack_size = CREEL_STACK_MIN;
	loop = creel_loop_create(&options);
	MODEL_CHECK(loop != NULL);
	model_name(loop, "loop");
	return loop;
}

static void
count_call(void *arg)
{
	++*(int *)arg;
}

/* What is known only here is no leak; so forget it. */
static void
forget(void)
{
	loop = NULL;
	handle = NULL;
	task = NULL;
	promise = NULL;
}

static void *
post(void *arg)
{
	const int me = model_self() - 1;

	accepted[me] = creel_call_soon_threadsafe(loop, count_call, &called[me], NULL) == CREEL_OK;
	return arg;
}

/* Two post while the loop closes: what was accepted is called, the rest was refused. */
void
model_loop_post(void)
{
	int threads[2];

	make_loop(CREEL_LOOP_NO_THREAD);
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(post, NULL);
	creel_loop_run_once(loop, 0);
	MODEL_CHECK(creel_loop_close(loop, CREEL_FOREVER) == CREEL_OK);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	for (int i = 0; i < 2; i++)
		MODEL_CHECK(called[i] == accepted[i]);
	creel_loop_destroy(loop);
	forget();
}

/* Posts in their order: ten times the poster, and the number of the post. */
static int numbers[2][3], last[2];
static int calls;

static void
note_number(void *arg)
{
	const int number = *(const int *)arg;

	MODEL_CHECK(number % 10 == last[number / 10] + 1);
	last[number / 10] = number % 10;
	calls++;
}

/* Three posts, of which the second has a handle if this is the first poster: a letter of its own. */
static void *
post_three(void *arg)
{
	const int me = model_self() - 1;
	creel_handle *mine = NULL;

	for (int i = 0; i < 3; i++) {
		numbers[me][i] = 10 * me + i + 1;
		MODEL_CHECK(creel_call_soon_threadsafe(loop, note_number, &numbers[me][i],
				    me == 0 && i == 1 ? &mine : NULL) == CREEL_OK);
	}
	creel_handle_unref(mine);
	return arg;
}

/* Two post, more than a batch holds, while the loop runs: each one's are called in its order. */
void
model_loop_batch(void)
{
	int threads[2];

	make_loop(CREEL_LOOP_NO_THREAD);
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(post_three, NULL);
	creel_loop_run_once(loop, 0);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	creel_loop_destroy(loop);
	MODEL_CHECK(calls == 6);
	forget();
}

static void *
cancel_handle(void *arg)
{
	prevented = creel_handle_cancel(handle);
	creel_handle_unref(handle);
	return arg;
}

/* A timer comes due, is cancelled by another thread, and the loop goes. */
void
model_loop_timer(void)
{
	int threads[2];

	make_loop(CREEL_LOOP_NO_THREAD);
	MODEL_CHECK(creel_call_later(loop, CREEL_SECONDS(1), count_call, &called[0], &handle) ==
		    CREEL_OK);
	threads[0] = model_go(cancel_handle, NULL);
	threads[1] = model_go(post, NULL);
	creel_loop_run_once(loop, CREEL_SECONDS(2));
	MODEL_CHECK(creel_loop_close(loop, CREEL_FOREVER) == CREEL_OK);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	creel_loop_destroy(loop);
	MODEL_CHECK(!(prevented && called[0]));
	forget();
}

/* What is asked to end may wait once more. */
static void *
sleep_long(void *arg)
{
	for (int i = 0; i < 2; i++) {
		const creel_status status = creel_sleep(CREEL_SECONDS(1));

		MODEL_CHECK(status == CREEL_OK || status == CREEL_ECANCELLED);
		MODEL_CHECK(status == CREEL_OK || reason == 7); /* what came before the close */
	}
	return arg;
}

static void *
submit(void *arg)
{
	task = creel_loop_submit(loop, sleep_long, NULL);
	return arg;
}

/* A loop with a thread: a task comes from outside and sleeps, while the loop closes. */
void
model_loop_thread(void)
{
	int thread;

	make_loop(0);
	thread = model_go(submit, NULL);
	reason = 7;
	MODEL_CHECK(creel_loop_close(loop, CREEL_FOREVER) == CREEL_OK);
	model_join(thread);
	MODEL_CHECK(creel_future_done(task));
	creel_future_error(task);
	creel_future_unref(task);
	creel_loop_destroy(loop);
	forget();
}

static void
destroy_loop(void *arg)
{
	creel_loop_destroy(arg);
}

/* A loop destroys itself in a callback. */
void
model_loop_orphan(void)
{
	make_loop(0);
	MODEL_CHECK(creel_call_soon_threadsafe(loop, destroy_loop, loop, NULL) == CREEL_OK);
	forget();
}

static void
note_done(creel_future *future, void *arg)
{
	MODEL_CHECK(creel_future_status(future) == CREEL_OK);
	++*(int *)arg;
}

static void *
complete(void *arg)
{
	MODEL_CHECK(creel_future_set_result(promise, NULL) == CREEL_OK);
	creel_future_unref(promise);
	return arg;
}

/* A callback on a loop: the future ends while the loop closes. */
void
model_loop_on_done(void)
{
	creel_status status;
	int thread;

	make_loop(0);
	promise = creel_future_create();
	creel_future_ref(promise);
	status = creel_loop_on_done(loop, promise, note_done, &called[0]);
	MODEL_CHECK(status == CREEL_OK);
	thread = model_go(complete, NULL);
	creel_loop_destroy(loop);
	model_join(thread);
	MODEL_CHECK(called[0] <= 1);
	creel_future_unref(promise);
	forget();
}

static void *
post_back(void *arg)
{
	called[1] = 1;
	accepted[0] = creel_call_soon_threadsafe(loop, count_call, &called[0], NULL) == CREEL_OK;
	return arg;
}

static void *
leave_two_behind(void *arg)
{
	loop = creel_current_loop();
	task = creel_create_task(sleep_long, NULL);
	creel_future_unref(creel_to_thread(post_back, NULL));
	return arg;
}

/* creel_run() ends what its main task has left behind, on the loop and on the pool (where it may have
 * waited long enough before it began); until the pool has ended, the loop goes on. */
void
model_run(void)
{
	creel_run_options options = CREEL_RUN_OPTIONS_INIT;

	options.workers = 1;
	reason = 7;
	MODEL_CHECK(creel_run_with(&options, leave_two_behind, NULL, NULL) == CREEL_OK);
	MODEL_CHECK(creel_future_done(task));
	MODEL_CHECK(called[1] <= 1);
	MODEL_CHECK(accepted[0] == called[1] && called[0] == called[1]);
	creel_future_unref(task);
	forget();
}

static creel_pool *pool;

static void *
do_nothing(void *arg)
{
	return arg;
}

static void *
post_elsewhere(void *arg)
{
	MODEL_CHECK(creel_post(pool, do_nothing, NULL) == CREEL_OK);
	return arg;
}

/* A task on a pool of the program's own outlives the run that it comes from. */
void
model_run_outlived(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = 1;
	options.stack_size = CREEL_STACK_MIN;
	pool = creel_pool_create(&options);
	MODEL_CHECK(creel_run(post_elsewhere, NULL, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
	pool = NULL;
}
