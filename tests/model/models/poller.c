/* SPDX-License-Identifier: MIT */
/*
 * poller.c: loops that sleep in a poller: descriptors, posts, and the end. In place of epoll they have a
 * demux (runner/demux.h) that is made of a mutex and a condition variable, and that promises no more than epoll
 * and an eventfd do.
 */
#include "models/models.h"
#include "runner/poller.h"

#include <creel/creel.h>

#include <pthread.h>
#include <stdlib.h>

/* The one descriptor. It has to be open, and nothing is done to it. */
#define FD 1

typedef struct imitation {
	crl_demux head;
	pthread_mutex_t mutex; /* guards the rest */
	pthread_cond_t changed;
	unsigned tokens;
	unsigned wanted; /* events of FD */
} imitation;

static imitation *demux; /* of the one poller */
static bool readable;    /* FD is; guarded by its mutex */

static crl_demux *
open_it(int *error)
{
	imitation *self = calloc(1, sizeof *self);

	(void)error;
	self->head.kind = crl_demux_used;
	pthread_mutex_init(&self->mutex, NULL);
	pthread_cond_init(&self->changed, NULL);
	demux = self;
	return &self->head;
}

static void
close_it(crl_demux *head)
{
	imitation *self = (imitation *)head;

	pthread_cond_destroy(&self->changed);
	pthread_mutex_destroy(&self->mutex);
	free(self);
	demux = NULL;
}

static int
watch(crl_demux *head, int fd, unsigned before, unsigned events)
{
	imitation *self = (imitation *)head;

	(void)fd, (void)before;
	pthread_mutex_lock(&self->mutex);
	self->wanted = events;
	pthread_mutex_unlock(&self->mutex);
	return 0;
}

static bool
has_some(const imitation *self)
{
	return self->tokens > 0 || (readable && self->wanted & CREEL_READABLE);
}

static int
wait_for_some(crl_demux *head, int64_t timeout, crl_ready ready[CRL_READY_MOST])
{
	imitation *self = (imitation *)head;
	int found = 0;

	pthread_mutex_lock(&self->mutex);
	if (timeout < 0 && !has_some(self)) /* may return for no reason, as epoll_wait() may */
		pthread_cond_wait(&self->changed, &self->mutex);
	self->tokens = 0;
	if (has_some(self))
		ready[found++] = (crl_ready){FD, CREEL_READABLE};
	pthread_mutex_unlock(&self->mutex);
	return found;
}

static void
wake(crl_demux *head)
{
	imitation *self = (imitation *)head;

	pthread_mutex_lock(&self->mutex);
	self->tokens++;
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->mutex);
}

static int
descriptor(crl_demux *head, int *error)
{
	(void)head;
	*error = 0;
	return FD + 1;
}

/* Time stands still in these models. */
static void
alarm_at(crl_demux *head, int64_t deadline)
{
	(void)head, (void)deadline;
}

static const crl_demux_kind imitations = {
	open_it, close_it, watch, wait_for_some, wake, descriptor, alarm_at};

/* What a foreign loop does with the descriptor of the demux. */
static void
await_readable(void)
{
	imitation *self = demux;

	pthread_mutex_lock(&self->mutex);
	while (!has_some(self))
		pthread_cond_wait(&self->changed, &self->mutex);
	pthread_mutex_unlock(&self->mutex);
}

static creel_loop *loop;
static int posted, heard;

static void
begin(void)
{
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;

	crl_demux_used = &imitations;
	options.flags = CREEL_LOOP_NO_THREAD;
	options.stack_size = CREEL_STACK_MIN;
	loop = creel_loop_create(&options);
	MODEL_CHECK(loop != NULL);
	model_name(loop, "loop");
}

static void
count_post(void *arg)
{
	++*(int *)arg;
}

static void *
post(void *arg)
{
	MODEL_CHECK(creel_call_soon_threadsafe(loop, count_post, &posted, NULL) == CREEL_OK);
	return arg;
}

static void
set_readable(bool value)
{
	pthread_mutex_lock(&demux->mutex);
	readable = value;
	pthread_cond_signal(&demux->changed);
	pthread_mutex_unlock(&demux->mutex);
}

static void *
write_it(void *arg)
{
	set_readable(true);
	return arg;
}

static void
hear(void *arg)
{
	set_readable(false);
	++*(int *)arg;
}

static void
end(void)
{
	creel_loop_destroy(loop);
	MODEL_CHECK(demux == NULL);
	loop = NULL;
}

/* A post, and bytes: the loop sleeps until it has both. */
void
model_poller_wake(void)
{
	int threads[2];

	begin();
	MODEL_CHECK(creel_loop_add_reader(loop, FD, hear, &heard) == CREEL_OK);
	threads[0] = model_go(post, NULL);
	threads[1] = model_go(write_it, NULL);
	while (posted == 0 || heard == 0)
		creel_loop_run_once(loop, CREEL_FOREVER);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(posted == 1 && heard == 1);
	end();
}

/* Two posts to a loop that somebody else's loop sleeps for: each of them wakes that. */
void
model_poller_offered(void)
{
	int threads[2];

	begin();
	MODEL_CHECK(creel_loop_fd(loop) >= 0);
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(post, NULL);
	while (posted < 2) {
		await_readable();
		creel_loop_run_once(loop, 0);
	}
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	end();
}

static creel_future *promise;

static void *
complete(void *arg)
{
	MODEL_CHECK(creel_future_set_result(promise, NULL) == CREEL_OK);
	return arg;
}

static void *
await_promise(void *arg)
{
	MODEL_CHECK(creel_await(promise, NULL) == CREEL_OK);
	creel_loop_remove_reader(loop, FD);
	return arg;
}

/* A task is woken out of the poller's sleep, and the loop ends while who woke it is still at it. */
void
model_poller_close(void)
{
	creel_future *task;
	int thread;

	begin();
	promise = creel_future_create();
	MODEL_CHECK(creel_loop_add_reader(loop, FD, hear, &heard) == CREEL_OK);
	task = creel_loop_submit(loop, await_promise, NULL);
	thread = model_go(complete, NULL);
	while (!creel_future_done(task))
		creel_loop_run_once(loop, CREEL_FOREVER);
	creel_future_unref(task);
	end();
	model_join(thread);
	creel_future_unref(promise);
	promise = NULL;
}

static int64_t deadline;
static int said;

static void *
sleep_till_deadline(void *arg)
{
	int error;
	crl_poller *poller = crl_poller_open(&error);
	crl_parker *own = crl_parker_get();

	said = 1;
	while (crl_now() < deadline)
		crl_poller_sleep(poller, own, deadline);
	crl_parker_put(own);
	crl_poller_close(poller);
	return arg;
}

/* The clock of a test is stepped when one sleeps in its poller. */
void
model_poller_step(void)
{
	int thread;

	crl_demux_used = &imitations;
	crl_clock_fake(true);
	deadline = crl_deadline(1000000000);
	thread = model_go(sleep_till_deadline, NULL);
	while (crl_parker_sleepers() == 0)
		crl_pause();
	MODEL_CHECK(said == 1);
	crl_parker_step(1000000000);
	model_join(thread);
}
