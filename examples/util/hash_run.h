/* SPDX-License-Identifier: MIT */
/*
 * hash_run.h: what all passes of batch_hash share: pool, progress, Ctrl-C; and the pass that takes
 * one file after the other, to compare with.
 */
#ifndef EXAMPLES_UTIL_HASH_RUN_H
#define EXAMPLES_UTIL_HASH_RUN_H

#include "util/file_digest.h"
#include "util/hash_options.h"
#include "util/message_list.h"
#include "util/progress.h"
#include "util/sum_file.h"
#include "util/tally.h"
#include "util/walk.h"

#include <creel/creel.h>

#include <stdatomic.h>
#include <stdbool.h>

struct hash_run {
	struct hash_options options;
	creel_pool *pool;
	struct sha256 *shas; /* one for each worker: its tasks may use it, as they never suspend */
	struct sum_file output;     /* if the options ask for it */
	struct tally *trees;        /* what the pool made of each tree */
	struct message_list errors; /* of files that could not be read */
	struct progress progress;
	atomic_ullong files, bytes; /* done in this pass, for the progress */
};

/* One pass over all the files. */
struct hash_pass {
	struct hash_run *run;
	const char *name;
	enum file_depth depth;
	struct tally tally;
};

/*
 * Makes what run->options ask for: pool, worker's belongings. False, with a message, if something
 * cannot be had; hash_run_end() is due in any case. From now on Ctrl-C is caught, once.
 */
bool hash_run_begin(struct hash_run *run);
void hash_run_end(struct hash_run *run);

/* Ctrl-C has been pressed. */
bool hash_interrupted(void);

/* What a pass begins and ends with: the clock, the bar. */
void hash_pass_begin(struct hash_pass *pass, const struct tally *expected);
void hash_pass_end(struct hash_pass *pass);

/* Waits for a task, which it lets go of, shows how far the pass has come, and cancels the task on Ctrl-C. How it
 * ended. */
creel_status hash_await(struct hash_run *run, creel_future *task);

/* Begins a walk over the trees, past the output file. */
void hash_begin_walk(const struct hash_run *run, struct walk *walk);

/*
 * One file after the other: a pass that is a single task on the pool. It has a worker to itself, and
 * no future for each file. False if there was no memory for the task.
 */
bool hash_in_turn(struct hash_pass *pass, const struct tally *expected);

#endif
