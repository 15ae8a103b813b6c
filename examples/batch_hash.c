/* SPDX-License-Identifier: MIT */
/*
 * batch_hash.c: SHA-256 of every regular file of some trees, first serially, then on a pool.
 *
 *     walk ──submit──► pool ──► futures ──add──► completions ──next──► settle ──► output, sums
 *      ▲                                                                 │
 *      └────────────── a file goes in when another has come out ─────────┘
 *
 *  - The main thread walks, submits, and takes what is done; workers open, read and hash. Each file
 *    is a task with a future of its own. Results come in the order in which they are ready.
 *  - Only so many files are in flight (WINDOW), so memory stays the same for a hundred files and for
 *    a hundred million. Nothing but sums is kept of a file that is done.
 *  - A completion comes with the tag that its future was added with: here the tree of the file.
 *  - Nobody has to think of leaks: arg_drop frees a task's argument whether it ran, was cancelled or
 *    was refused, and result_drop a result that nobody took.
 *  - Every error is the error of a future: a file that cannot be read fails its task, a folder that
 *    cannot be listed a promise made for the purpose. The run goes on.
 *  - Ctrl-C shuts the pool down: tasks that wait are cancelled at once, tasks that run notice at
 *    their next block, by creel_checkpoint(). All of them still come out of the queue, cancelled. A
 *    second Ctrl-C kills the program.
 *
 * The comparison is meant to be fair. An untimed pass reads every file first, so that both timed
 * passes find the data in the page cache, as far as it holds them. The serial pass is a plain loop
 * over the files on one worker, with the same code for a file and without a future for each.
 *
 * Both passes add up hashes of what they found (util/tally.h). If the sums differ because somebody
 * changed files meanwhile, that is told, and no failure; if the files did not change, it is one.
 */
#include "util/hash_report.h"
#include "util/hash_run.h"

#include <creel/creel.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW ((size_t)128) /* files in flight, for each worker */

enum { FAILED = 1, USAGE = 2, INTERRUPTED = 130 };

struct job {
	struct hash_run *run;
	char path[];
};

struct result {
	struct file_digest digest;
	char path[];
};

/* The task: one file. */
static void *
hash_file(void *arg)
{
	const struct job *job = arg;
	struct hash_run *run = job->run;
	size_t size = strlen(job->path) + 1;
	struct result *result = malloc(sizeof *result + size);
	int error = ENOMEM;

	if (result != NULL)
		error = file_digest(job->path, FILE_HASH, &run->shas[creel_worker_index()],
			&run->bytes, &result->digest);
	if (error == 0) {
		memcpy(result->path, job->path, size);
		return result;
	}
	free(result);
	if (error == ECANCELED)
		return creel_fail(CREEL_ECANCELLED, "interrupted");
	return creel_fail(error, "%s: %s", job->path, strerror(error));
}

/* The future of what fails before there is a task: a promise, broken at once. */
static creel_future *
failed(const char *path, int error)
{
	creel_future *promise = creel_future_create();

	/* It can have failed already, for want of memory; an error is an error. */
	(void)creel_future_set_error(promise, error, "%s: %s", path, strerror(error));
	return promise;
}

static creel_future *
submit_file(struct hash_run *run, const char *path)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	size_t size = strlen(path) + 1;
	struct job *job = malloc(sizeof *job + size);

	if (job == NULL)
		return failed(path, ENOMEM);
	job->run = run;
	memcpy(job->path, path, size);
	options.arg_drop = free;
	options.result_drop = free;
	return creel_submit_with(run->pool, &options, hash_file, job);
}

/* Takes what a future has come to, and lets it go. */
static void
settle(struct hash_run *run, struct tally *tree, creel_future *future)
{
	struct result *result;
	void *value;

	atomic_fetch_add_explicit(&run->files, 1, memory_order_relaxed);
	if (creel_await(future, NULL) == CREEL_EFAILED) {
		message_list_add(&run->errors, creel_future_error(future)->message);
		tree->failed++;
	}
	if (creel_take(future, &value) != CREEL_OK)
		return;
	result = value;
	tally_add(tree, result->path, &result->digest);
	if (run->options.output != NULL)
		sum_file_add(&run->output, result->digest.sum, SHA256_SIZE, result->path);
	free(result);
}

/* Fills the window; closes the queue when nothing more will come. */
static void
fill(struct hash_run *run, struct walk *walk, creel_completions *queue)
{
	size_t window = WINDOW * creel_pool_size(run->pool);

	while (creel_completions_pending(queue) < window) {
		enum walk_event event = hash_interrupted() ? WALK_END : walk_next(walk);
		creel_future *future;
		struct tally *tree;

		if (event == WALK_END) {
			(void)creel_completions_close(queue);
			return;
		}
		future = event == WALK_FILE ? submit_file(run, walk->path)
					    : failed(walk->path, walk->error);
		tree = &run->trees[walk->tree];
		if (creel_completions_add(queue, future, tree) == CREEL_OK)
			creel_future_unref(future); /* the queue has a reference of its own */
		else
			settle(run, tree, future); /* no memory: wait for it here, then */
	}
}

/* The pass on the pool: in and out of the window, until the queue says that all has come out. */
static bool
on_pool(struct hash_pass *pass, const struct tally *expected)
{
	struct hash_run *run = pass->run;
	creel_completions *queue = creel_completions_create();
	creel_completion done;
	creel_status status;
	struct walk walk;

	if (queue == NULL)
		return false;
	hash_pass_begin(pass, expected);
	hash_begin_walk(run, &walk);
	do {
		if (hash_interrupted()) /* only begins it: they still come out of the queue, all of them */
			(void)creel_pool_shutdown(run->pool, CREEL_SHUTDOWN_CANCEL_ALL, 0);
		fill(run, &walk, queue);
		status = creel_completions_next(queue, HASH_TICK, &done);
		if (status == CREEL_OK)
			settle(run, done.tag, done.future);
		hash_show_progress(run);
	} while (status == CREEL_OK || status == CREEL_ETIMEDOUT);
	walk_end(&walk);
	hash_pass_end(pass);
	for (size_t i = 0; i < run->options.count; i++)
		tally_merge(&pass->tally, &run->trees[i]);
	creel_completions_destroy(queue);
	return status == CREEL_EEMPTY;
}

/* Says what came of it; the exit status. */
static int
report(struct hash_run *run, const struct hash_pass *serial, const struct hash_pass *pooled)
{
	struct hash_report report = {
		.names = run->options.trees,
		.trees = run->trees,
		.count = run->options.count,
		.serial = &serial->tally,
		.pooled = &pooled->tally,
		.workers = creel_pool_size(run->pool),
		.interrupted = hash_interrupted(),
		.errors = &run->errors,
	};
	bool good = hash_report_print(&report);

	if (hash_interrupted())
		return INTERRUPTED;
	return good ? 0 : FAILED;
}

/* All passes, until one is interrupted. The exit status. */
static int
hash_all(struct hash_run *run)
{
	struct hash_pass count = {.run = run, .name = "counting", .depth = FILE_LOOK};
	struct hash_pass warm = {.run = run, .name = "warm-up", .depth = FILE_READ};
	struct hash_pass serial = {.run = run, .name = "serial", .depth = FILE_HASH};
	struct hash_pass pooled = {.run = run, .name = "pooled", .depth = FILE_HASH};
	bool good = hash_in_turn(&count, &count.tally) &&
		    (hash_interrupted() || hash_in_turn(&warm, &count.tally)) &&
		    (hash_interrupted() || hash_in_turn(&serial, &count.tally)) &&
		    (hash_interrupted() || on_pool(&pooled, &count.tally));

	if (good)
		return report(run, &serial, &pooled);
	fprintf(stderr, "batch_hash: %s\n", creel_last_error()->message);
	return FAILED;
}

/* The run, with its output file, if there is to be one. */
static int
hash_to_output(struct hash_run *run)
{
	const char *path = run->options.output;
	int status;

	if (path != NULL && !sum_file_open(&run->output, path)) {
		fprintf(stderr, "batch_hash: %s: %s\n", path, strerror(errno));
		return USAGE;
	}
	status = hash_run_begin(run) ? hash_all(run) : FAILED;
	hash_run_end(run);
	if (path != NULL && !sum_file_close(&run->output)) {
		fprintf(stderr, "batch_hash: %s: %s\n", path, strerror(run->output.error));
		return status != 0 ? status : FAILED;
	}
	return status;
}

int
main(int argc, char *argv[])
{
	static struct hash_run run;
	int status = 0;

	if (!hash_options_parse(&run.options, argc, argv)) {
		fputs(hash_options_usage, stderr);
		return USAGE;
	}
	if (run.options.help)
		fputs(hash_options_usage, stdout);
	else
		status = hash_to_output(&run);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("batch_hash: standard output");
		return status != 0 ? status : FAILED;
	}
	return status;
}
