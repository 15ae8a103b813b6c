/* SPDX-License-Identifier: MIT */
/* posts.c: see posts.h for the protocol. */
#include "loop/posts.h"

#include "base/mem.h"
#include "loop/loop.h"

/* Of batches: at first, and when they have become full again and again. With what malloc adds, the largest
 * is less than a page. */
#ifndef CRL_BATCH_FIRST
#define CRL_BATCH_FIRST 4
#endif
#define BATCH_MOST 250

void
crl_posts_init(crl_posts *posts)
{
	posts->lock = (crl_spinlock){0}; /* not shared yet */
	posts->open = NULL;
	posts->room = CRL_BATCH_FIRST;
	posts->running = NULL;
	posts->next = 0;
}

/* The letter of a batch has come. */
static void
begin(crl_job *job)
{
	crl_batch *batch = CRL_CONTAINER_OF(job, crl_batch, job);
	crl_posts *posts = &creel_current_loop()->posts;

	crl_spinlock_lock(&posts->lock);
	if (posts->open == batch)
		posts->open = NULL;
	crl_spinlock_unlock(&posts->lock);
	posts->running = batch;
	posts->next = 0;
}

static const crl_job_ops batch_ops = {.run = begin};

/* Write it into the batch that is open; false: there is none, or it is full, or not the newest. */
static bool
try_open(crl_posts *posts, const crl_runner *runner, crl_post post)
{
	crl_batch *batch = posts->open;

	if (batch == NULL || !crl_mailbox_is_newest(&runner->mailbox, &batch->job.letter))
		return false;
	if (batch->count == batch->room) {
		posts->room = posts->room < BATCH_MOST / 2 ? posts->room * 2 : BATCH_MOST;
		return false;
	}
	batch->posts[batch->count++] = post;
	return true;
}

static crl_batch *
make_batch(uint32_t room, crl_post post)
{
	crl_batch *batch = crl_alloc(sizeof *batch + room * sizeof *batch->posts);

	if (batch == NULL)
		return NULL;
	batch->job.ops = &batch_ops;
	batch->job.letter.kind = CRL_LETTER_JOB;
	batch->job.letter.flags = CRL_JOB_CALLBACK;
	batch->room = room;
	batch->count = 1;
	batch->posts[0] = post;
	return batch;
}

creel_status
crl_posts_add(crl_posts *posts, crl_runner *runner, creel_callback_fn *fn, void *arg)
{
	const crl_post post = {fn, arg};
	crl_parker *parker = runner->parker;
	crl_batch *batch;
	uint32_t room;
	crl_push push;
	bool written;

	crl_spinlock_lock(&posts->lock);
	written = try_open(posts, runner, post);
	room = posts->room;
	crl_spinlock_unlock(&posts->lock);
	if (crl_likely(written))
		return CREEL_OK;
	if ((batch = make_batch(room, post)) == NULL)
		return CREEL_ENOMEM;
	crl_spinlock_lock(&posts->lock);
	push = crl_mailbox_push(&runner->mailbox, &batch->job.letter); /* [MB1] */
	if (push != CRL_PUSH_CLOSED)
		posts->open = batch;
	if (push == CRL_PUSH_FIRST && posts->room > CRL_BATCH_FIRST)
		posts->room /= 2;
	crl_spinlock_unlock(&posts->lock);
	if (push == CRL_PUSH_CLOSED) {
		crl_free(batch);
		return CREEL_ECLOSED;
	}
	if (push == CRL_PUSH_FIRST)
		crl_unpark(parker);
	return CREEL_OK;
}

crl_post
crl_posts_take(crl_posts *posts)
{
	crl_batch *batch = posts->running;
	const crl_post post = batch->posts[posts->next++];

	if (posts->next == batch->count) {
		posts->running = NULL;
		crl_free(batch);
	}
	return post;
}
