/* SPDX-License-Identifier: MIT */
/* scenes_serial.c: ordered queues over a pool, while calls fail. */
#include "faults/scenes.h"

#include "support/pools.h"

enum { TASKS = 4 };

static int ran; /* only one at a time writes it */
static atomic_int args_dropped;

static void *
run_one(void *arg)
{
	ran++;
	return arg;
}

static void
drop_arg(void *arg)
{
	(void)arg;
	atomic_fetch_add(&args_dropped, 1);
}

/* One of each kind; how many were accepted. */
static int
put_in_all(creel_serial *serial)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_future *futures[TASKS - 1];
	int accepted = expect_served(creel_serial_post(serial, run_one, NULL));

	options.arg_drop = drop_arg;
	options.start_deadline = INT64_MAX;
	futures[0] = creel_serial_submit(serial, run_one, NULL);
	futures[1] = creel_serial_submit_with(serial, &options, run_one, NULL);
	futures[2] = creel_serial_submit(serial, run_one, NULL);
	for (int i = 0; i < TASKS - 1; i++) {
		accepted += !scene_refused(futures[i]);
		creel_future_unref(futures[i]);
	}
	return accepted;
}

static void
check_ran(creel_pool *pool, int accepted)
{
	child_expect(creel_pool_wait_idle(pool, CREEL_FOREVER) == CREEL_OK);
	child_expect(ran == accepted && atomic_load(&args_dropped) == 1);
	ran = 0;
	atomic_store(&args_dropped, 0);
}

void
scene_serial(void)
{
	creel_pool *pool = scene_need_pool(1);
	creel_serial *serial = creel_serial_create(pool);
	int accepted;

	if (serial == NULL) {
		child_expect(sweep_stormy() && creel_last_error()->code == CREEL_ENOMEM);
		sweep_calm();
		serial = creel_serial_create(pool);
		child_expect(serial != NULL);
	}
	accepted = put_in_all(serial);
	sweep_calm();
	check_ran(pool, accepted);
	check_ran(pool, put_in_all(serial));
	creel_serial_destroy(serial);
	creel_pool_destroy(pool);
}
