/* SPDX-License-Identifier: MIT */
/*
 * posts.h: callbacks that come from other threads, and that nobody can cancel: many to a letter.
 *
 * A batch is a job whose letter goes through the mailbox like all others; it holds one post or more. As
 * long as it is the newest letter there, further posts are written into it, behind the others. So
 * the order is that of a letter each, but a post costs neither a block of memory nor a letter, and the loop
 * reads posts one beside the other. Batches grow with what comes at a time.
 *
 * Who        posters: many    the loop: one, takes the batch out of `open` before it runs what is in it
 * Progress   blocking: all that is shared is under the lock, for a few instructions; allocating, freeing and
 *            waking are not
 *
 * Invariants
 *   I1  `open` is NULL, or the batch that was pushed last, before the loop runs it.
 *   I2  What is written into it has been accepted: it is in the mailbox or the ready list, and is run.
 * Ordering   by the lock [SL1]. The head of the mailbox is looked at relaxed: whoever has pushed a letter sees
 *            its own, and so does not write a post before it.
 * Linearizes   post when it unlocks, or at the push that refuses it.
 * Last access  by a poster to the loop: the unlock. The loop runs no post of the batch before it has locked, so
 *              a post that has the loop destroyed is not too soon. The parker is type-stable.
 * Rejected     a letter and a block each: memory that one thread allocates and another frees, and one line
 *              for each post that goes from one processor to the other; a free list for the blocks saves
 *              but the first.
 */
#ifndef CRL_LOOP_POSTS_H
#define CRL_LOOP_POSTS_H

#include "base/atomic.h"
#include "base/attr.h"
#include "queue/job.h"
#include "runner/runner.h"
#include "sync/spinlock.h"

#include <creel/loop.h>
#include <stddef.h>
#include <stdint.h>

typedef struct crl_post {
	creel_callback_fn *fn;
	void *arg;
} crl_post;

typedef struct crl_batch {
	crl_job job;
	uint32_t count, room;
	crl_post posts[];
} crl_batch;

typedef struct crl_posts {
	_Alignas(CRL_CACHE_LINE) crl_spinlock lock; /* guards these two */
	uint32_t room;                              /* of the next batch */
	crl_batch *open;                            /* NULL: the next post begins a batch */

	/* The loop's thread only. */
	_Alignas(CRL_CACHE_LINE) crl_batch *running; /* NULL: none */
	uint32_t next;                               /* the post of it that is to be run next */
} crl_posts;

void crl_posts_init(crl_posts *posts);

/* From any thread but the loop's: CREEL_OK, CREEL_ENOMEM or CREEL_ECLOSED. */
creel_status crl_posts_add(crl_posts *posts, crl_runner *runner, creel_callback_fn *fn, void *arg);

/* By the loop, while posts->running is not NULL: the next post, taken out. */
crl_post crl_posts_take(crl_posts *posts);

#endif
