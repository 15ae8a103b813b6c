/* SPDX-License-Identifier: MIT */
/* scenes_io.c: descriptors and signals, on loops and pools, while calls fail. */
#include "faults/scenes.h"

#include "runner/demux.h"
#include "support/pools.h"
#include "support/proc.h"

#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* What may also be refused for the lack of a descriptor, or of a thread. True: it was not. */
static bool
served(int status)
{
	child_expect(status == CREEL_OK ||
		     (sweep_stormy() && (status == CREEL_ENOMEM || status == CREEL_ESYS)));
	return status == CREEL_OK;
}

static void
count_call(void *arg)
{
	++*(int *)arg;
}

static void *
wait_until_readable(void *arg)
{
	return (void *)(intptr_t)creel_wait_fd(*(int *)arg, CREEL_READABLE, CREEL_FOREVER);
}

static creel_loop *
make_loop(void)
{
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;
	creel_loop *loop;

	options.flags = CREEL_LOOP_NO_THREAD;
	loop = creel_loop_create(&options);
	if (loop == NULL) {
		child_expect(sweep_stormy());
		sweep_calm();
		loop = creel_loop_create(&options);
		child_expect(loop != NULL);
	}
	return loop;
}

static int reads, signals;

/* The loop has a reader, a listener, and, unless there is none with poll(), a descriptor, as far as they
 * are to be had. */
static void
set_up(creel_loop *loop, int fd)
{
	served((int)creel_loop_add_reader(loop, fd, count_call, &reads));
	served((int)creel_loop_add_signal(loop, SIGUSR1, count_call, &signals));
	if (creel_loop_fd(loop) < 0 && crl_demux_used != &crl_demux_poll)
		served(creel_last_error()->code);
}

/* What the task waited for, or why it could not. */
static void
end_task(creel_future *task)
{
	void *status = NULL;

	if (!scene_refused(task))
		child_expect(creel_future_result(task, &status) == CREEL_OK);
	creel_future_unref(task);
	/* In the storm, when it was played. */
	child_expect(status == NULL || (intptr_t)status == CREEL_ENOMEM ||
		     (intptr_t)status == CREEL_ESYS);
}

static void
wait_on_loop(creel_loop *loop, int near, int far)
{
	creel_future *task = creel_loop_submit(loop, wait_until_readable, &near);
	char byte;

	while (creel_loop_run_once(loop, 0) == CREEL_OK)
		;
	child_expect(write(far, "x", 1) == 1);
	while (!creel_future_done(task))
		creel_loop_run_once(loop, CREEL_FOREVER);
	child_expect(read(near, &byte, 1) == 1);
	end_task(task);
}

static void
wait_on_pool(creel_pool *pool, int near, int far)
{
	creel_future *task = creel_submit(pool, wait_until_readable, &near);
	char byte;

	child_expect(write(far, "x", 1) == 1);
	while (!creel_future_done(task))
		sched_yield();
	child_expect(read(near, &byte, 1) == 1);
	end_task(task);
}

void
scene_io(void)
{
	const size_t fds = proc_fds();
	creel_loop *loop = make_loop();
	creel_pool *pool = scene_need_pool(1);
	int ends[2], spare[2];

	reads = signals = 0;
	child_expect(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	child_expect(socketpair(AF_UNIX, SOCK_STREAM, 0, spare) == 0);
	set_up(loop, ends[0]);
	wait_on_loop(loop, spare[0], spare[1]);
	wait_on_pool(pool, spare[0], spare[1]);
	sweep_calm();
	set_up(loop, ends[0]);
	wait_on_loop(loop, spare[0], spare[1]);
	wait_on_pool(pool, spare[0], spare[1]);
	child_expect(write(ends[1], "x", 1) == 1);
	raise(SIGUSR1);
	while (reads == 0 || signals == 0)
		child_expect(creel_loop_run_once(loop, CREEL_FOREVER) == CREEL_OK);
	creel_pool_destroy(pool);
	creel_loop_destroy(loop);
	for (int i = 0; i < 2; i++) {
		close(ends[i]);
		close(spare[i]);
	}
	child_expect(proc_fds() == fds);
}

void
scene_io_poll(void)
{
	crl_demux_used = &crl_demux_poll;
	scene_io();
}
