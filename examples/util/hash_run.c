/* SPDX-License-Identifier: MIT */
/* hash_run.c: what all passes share, and the serial ones. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* SCHED_BATCH */
#endif
#include "util/hash_run.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* How often the main thread looks up when nothing happens. */
#define TICK CREEL_MILLISECONDS(100)

static volatile sig_atomic_t interrupted;

static void
on_sigint(int number)
{
	(void)number;
	interrupted = 1;
}

bool
hash_interrupted(void)
{
	return interrupted != 0;
}

/* A first Ctrl-C ends the run in good order, a second one at once. Unless they are ignored. */
static void
catch_sigint(void)
{
	struct sigaction action = {
		.sa_handler = on_sigint, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
	struct sigaction old;

	if (sigaction(SIGINT, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		(void)sigaction(SIGINT, &action, NULL);
}

/*
 * Tells the kernel that this is batch work: a thread that wakes up waits for its turn and pushes
 * nobody off the CPU. Otherwise the main thread would interrupt a worker for every file that is
 * done, where all CPUs are busy; like this it finds many of them when it comes to look. If the
 * kernel does not want to know, the program is only slower.
 */
static void
be_batch(void)
{
#ifdef SCHED_BATCH
	struct sched_param priority = {0};

	(void)sched_setscheduler(0, SCHED_BATCH, &priority);
#endif
}

bool
hash_run_begin(struct hash_run *run)
{
	creel_pool_options pool = CREEL_POOL_OPTIONS_INIT;
	size_t workers;

	catch_sigint();
	be_batch();
	pool.workers = run->options.workers;
	run->pool = creel_pool_create(&pool);
	if (run->pool == NULL) {
		fprintf(stderr, "batch_hash: no pool: %s\n", creel_last_error()->message);
		return false;
	}
	workers = creel_pool_size(run->pool);
	run->trees = calloc(run->options.count, sizeof *run->trees);
	run->shas = calloc(workers, sizeof *run->shas);
	for (size_t i = 0; run->shas != NULL && i < workers; i++) {
		if (!sha256_init(&run->shas[i])) {
			fprintf(stderr, "batch_hash: no memory, or libcrypto has no SHA-256\n");
			return false;
		}
	}
	if (run->trees == NULL || run->shas == NULL)
		fprintf(stderr, "batch_hash: no memory\n");
	return run->trees != NULL && run->shas != NULL;
}

void
hash_run_end(struct hash_run *run)
{
	size_t workers = creel_pool_size(run->pool);

	creel_pool_destroy(run->pool);
	for (size_t i = 0; run->shas != NULL && i < workers; i++)
		sha256_fini(&run->shas[i]);
	free(run->shas);
	free(run->trees);
}

void
hash_pass_begin(struct hash_pass *pass, const struct tally *expected)
{
	struct hash_run *run = pass->run;

	atomic_store(&run->files, 0);
	atomic_store(&run->bytes, 0);
	progress_begin(&run->progress, pass->name, expected->files, expected->bytes);
	pass->tally.elapsed = -creel_now();
}

void
hash_pass_end(struct hash_pass *pass)
{
	pass->tally.elapsed += creel_now();
	progress_end(&pass->run->progress);
}

void
hash_begin_walk(const struct hash_run *run, struct walk *walk)
{
	walk_begin(walk, run->options.trees, run->options.count);
	if (run->options.output != NULL)
		walk->skip = &run->output.identity;
}

/* Shows how far the pass has come. */
static void
show_progress(struct hash_run *run)
{
	progress_tick(&run->progress, atomic_load_explicit(&run->files, memory_order_relaxed),
		atomic_load_explicit(&run->bytes, memory_order_relaxed));
}

creel_status
hash_await(struct hash_run *run, creel_future *task)
{
	creel_status status;

	while ((status = creel_await_for(task, TICK, NULL)) == CREEL_ETIMEDOUT) {
		if (interrupted)
			creel_future_cancel(task);
		show_progress(run);
	}
	creel_future_unref(task);
	return status;
}

/* The task. */
static void *
read_in_turn(void *arg)
{
	struct hash_pass *pass = arg;
	struct hash_run *run = pass->run;
	struct sha256 *sha = &run->shas[creel_worker_index()];
	struct file_digest digest;
	enum walk_event event;
	struct walk walk;

	hash_begin_walk(run, &walk);
	while ((event = walk_next(&walk)) != WALK_END && creel_checkpoint() == CREEL_OK) {
		if (event == WALK_FILE &&
			file_digest(walk.path, pass->depth, sha, &run->bytes, &digest) == 0)
			tally_add(&pass->tally, walk.path, &digest);
		else
			pass->tally.failed++;
		atomic_fetch_add_explicit(&run->files, 1, memory_order_relaxed);
	}
	walk_end(&walk);
	return NULL;
}

bool
hash_in_turn(struct hash_pass *pass, const struct tally *expected)
{
	creel_status status;

	hash_pass_begin(pass, expected);
	status = hash_await(pass->run, creel_submit(pass->run->pool, read_in_turn, pass));
	hash_pass_end(pass);
	return status == CREEL_OK || status == CREEL_ECANCELLED;
}
