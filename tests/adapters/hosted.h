/* SPDX-License-Identifier: MIT */
/*
 * hosted.h: a loop of creel in somebody else's: what is asked of it is the same, whoever that is.
 *
 *     hosted h;
 *     hosted_begin(&h, stop, host);     a post from another thread, a task that sleeps, a descriptor
 *     ... run the host until stop(host) has been called ...
 *     hosted_end(&h);                   all of that has happened
 */
#ifndef CREEL_TEST_ADAPTERS_HOSTED_H
#define CREEL_TEST_ADAPTERS_HOSTED_H

#include "loop/pipes.h"

typedef struct hosted {
	creel_loop *loop;
	void (*stop)(void *host);
	void *host;
	pair p;
	int left; /* things that have not happened yet */
	creel_future *sleeper;
	pthread_t poster;
} hosted;

static inline void
hosted_one_less(hosted *h)
{
	if (--h->left == 0)
		h->stop(h->host);
}

static inline void
hosted_posted(void *arg)
{
	hosted_one_less(arg);
}

static inline void *
hosted_post(void *arg)
{
	hosted *h = arg;

	linger(NULL);
	creel_call_soon_threadsafe(h->loop, hosted_posted, h, NULL);
	linger(NULL);
	write_byte(h->p.far);
	return NULL;
}

static inline void *
hosted_sleep(void *arg)
{
	creel_status status = creel_sleep(CREEL_MILLISECONDS(2));

	hosted_one_less(arg);
	return pointer_of(status);
}

static inline void
hosted_read(void *arg)
{
	hosted *h = arg;

	ck_assert_int_eq(read_bytes(h->p.near), 1);
	hosted_one_less(h);
}

static inline void
hosted_begin(hosted *h, void (*stop)(void *host), void *host)
{
	h->stop = stop;
	h->host = host;
	h->left = 3;
	h->p = make_pair();
	ck_assert_int_eq(creel_loop_add_reader(h->loop, h->p.near, hosted_read, h), CREEL_OK);
	h->sleeper = creel_loop_submit(h->loop, hosted_sleep, h);
	pthread_create(&h->poster, NULL, hosted_post, h);
}

static inline void
hosted_end(hosted *h)
{
	pthread_join(h->poster, NULL);
	ck_assert_int_eq(h->left, 0);
	while (!creel_future_done(
		h->sleeper)) /* the host was stopped in the middle of its last turn */
		creel_loop_run_once(h->loop, CREEL_FOREVER);
	ck_assert_int_eq(take_number(h->sleeper), CREEL_OK);
	ck_assert(creel_loop_remove_reader(h->loop, h->p.near));
	close_pair(h->p);
}

/* A callback of the hosted loop: it closes itself. */
static inline void
hosted_close(void *loop)
{
	creel_loop_close(loop, 0);
}

#endif
