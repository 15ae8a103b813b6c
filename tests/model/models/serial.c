/* SPDX-License-Identifier: MIT */
/* serial.c: tasks that run one at a time, against who submits more, lets go of the serial, or shuts the pool down. */
#include "models/models.h"

#include <creel/creel.h>

static creel_pool *pool;
static creel_serial *serial;
static int ran; /* nothing but the serial keeps those apart who write it */

static void
make(unsigned workers)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = workers;
	options.stack_size = CREEL_STACK_MIN;
	pool = creel_pool_create(&options);
	MODEL_CHECK(pool != NULL);
	model_name(pool, "pool");
	serial = creel_serial_create(pool);
	MODEL_CHECK(serial != NULL);
	model_name(serial, "serial");
}

static void *
run_one(void *arg)
{
	ran++;
	return arg;
}

static void *
post_one(void *arg)
{
	MODEL_CHECK(creel_serial_post(serial, run_one, NULL) == CREEL_OK);
	return arg;
}

/* A thread submits when the last task ends; both run. */
void
model_serial_turn(void)
{
	int thread;

	make(1);
	thread = model_go(post_one, NULL);
	post_one(NULL);
	model_join(thread);
	creel_serial_destroy(serial);
	serial = NULL;
	creel_pool_destroy(pool);
	MODEL_CHECK(ran == 2);
}

/* Two workers, and two tasks, which run one after the other. */
void
model_serial_apart(void)
{
	make(2);
	post_one(NULL);
	post_one(NULL);
	creel_serial_destroy(serial);
	serial = NULL;
	creel_pool_destroy(pool);
	MODEL_CHECK(ran == 2);
}

/* The handle goes while the last task ends. */
void
model_serial_end(void)
{
	make(1);
	post_one(NULL);
	creel_serial_destroy(serial);
	serial = NULL;
	creel_pool_destroy(pool);
	MODEL_CHECK(ran == 1);
}

static creel_status statuses[2];

static void *
try_two(void *arg)
{
	for (int i = 0; i < 2; i++)
		statuses[i] = creel_serial_post(serial, run_one, NULL);
	return arg;
}

/* A pool drains while a thread submits: what it has accepted runs, the rest is refused. */
void
model_serial_drain(void)
{
	int thread, accepted = 0;

	make(1);
	thread = model_go(try_two, NULL);
	MODEL_CHECK(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER) == CREEL_OK);
	model_join(thread);
	for (int i = 0; i < 2; i++) {
		MODEL_CHECK(statuses[i] == CREEL_OK || statuses[i] == CREEL_ECLOSED);
		accepted += statuses[i] == CREEL_OK;
	}
	creel_serial_destroy(serial);
	serial = NULL;
	creel_pool_destroy(pool);
	MODEL_CHECK(ran == accepted);
}

/* What is queued is cancelled, by whoever comes upon it: all of it ends. */
void
model_serial_cancel(void)
{
	creel_future *futures[2];

	make(1);
	for (int i = 0; i < 2; i++)
		futures[i] = creel_serial_submit(serial, run_one, NULL);
	creel_future_cancel(futures[1]);
	MODEL_CHECK(
		creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_QUEUED, CREEL_FOREVER) == CREEL_OK);
	creel_serial_destroy(serial);
	serial = NULL;
	creel_pool_destroy(pool);
	for (int i = 0; i < 2; i++) {
		const creel_status status = creel_take(futures[i], NULL);

		MODEL_CHECK(status == CREEL_OK || status == CREEL_ECANCELLED);
		ran -= status == CREEL_OK;
	}
	MODEL_CHECK(ran == 0);
}
