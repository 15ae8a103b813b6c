/* SPDX-License-Identifier: MIT */
/*
 * batch_hash.c: SHA-256 of every regular file of some trees, first serially, then on a pool.
 *
 *     walk ──► window ──► hash, on the pool ──► as completed: output, sums
 *      ▲                                              │
 *      └── a file goes in when another has come out ──┘
 *
 *  - A stream (creel/stream.h) asks the walk for a file when its window has room, hashes files on the workers,
 *    and hands them out in the order in which they are ready, to one task.
 *  - Only so many files are in the window (WINDOW), so memory stays the same for a hundred files and for
 *    a hundred million. Nothing but sums is kept of a file that is done.
 *  - A file is one block of memory on its whole way. Whoever has it owns it; what is under way at the end goes to
 *    free(), by input_drop and result_drop.
 *  - A file that cannot be read, or a folder that cannot be listed, comes out like others, with its error. The
 *    run goes on.
 *  - The main thread waits for that task, draws the bar, and sees Ctrl-C, which cancels the task and so the
 *    stream: files that wait are left out, and those that are being read give up at their next block, by
 *    creel_checkpoint(). A second Ctrl-C kills the program.
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

#define WINDOW ((size_t)128) /* files that are under way, for each worker */

enum { FAILED = 1, USAGE = 2, INTERRUPTED = 130 };

/* A file on its way. */
struct file {
	struct hash_run *run;
	struct tally *tree; /* that it is in */
	int error;          /* why there is no digest; 0: there is one */
	struct file_digest digest;
	char path[];
};

/* The source of the stream. */
struct files {
	struct hash_run *run;
	struct walk walk;
};

static creel_status
next_file(void *source, creel_stream_input *out)
{
	struct files *files = source;
	const struct walk *walk = &files->walk;
	const enum walk_event event = walk_next(&files->walk);
	struct file *file;
	size_t size;

	if (event == WALK_END)
		return CREEL_EEMPTY;
	size = strlen(walk->path) + 1;
	file = malloc(sizeof *file + size);
	if (file == NULL)
		return CREEL_ENOMEM;
	file->run = files->run;
	file->tree = &files->run->trees[walk->tree];
	file->error = event == WALK_ERROR ? walk->error : 0;
	memcpy(file->path, walk->path, size);
	out->arg = file;
	return CREEL_OK;
}

/* The function of the stream. */
static void *
hash_file(void *arg)
{
	struct file *file = arg;
	struct hash_run *run = file->run;

	if (file->error == 0)
		file->error = file_digest(file->path, FILE_HASH, &run->shas[creel_worker_index()],
			&run->bytes, &file->digest);
	return file;
}

/* Takes what a file has come to, and lets it go. */
static void
settle(creel_status status, const creel_stream_item *item, void *ctx)
{
	struct hash_run *run = ctx;
	struct file *file = item->value;

	if (status != CREEL_OK)
		return; /* there was no memory for it: that ends the stream */
	atomic_fetch_add_explicit(&run->files, 1, memory_order_relaxed);
	if (file->error != 0) {
		message_list_add(&run->errors, file->path, strerror(file->error));
		file->tree->failed++;
	} else {
		tally_add(file->tree, file->path, &file->digest);
		if (run->options.output != NULL)
			sum_file_add(&run->output, file->digest.sum, SHA256_SIZE, file->path);
	}
	free(file);
}

/* The task: makes a stream, and takes what comes out until nothing does. */
static void *
hash_files(void *arg)
{
	struct files *files = arg;
	struct hash_run *run = files->run;
	creel_stream_options options = CREEL_STREAM_OPTIONS_INIT;
	creel_status status = CREEL_EFAILED;
	creel_stream *stream;
	void *result = NULL;

	options.window = WINDOW * creel_pool_size(run->pool);
	options.flags = CREEL_STREAM_AS_COMPLETED;
	options.input_drop = free;
	options.result_drop = free;
	stream = creel_stream_map(run->pool, next_file, files, hash_file, &options);
	if (stream != NULL)
		status = creel_stream_run(stream, settle, run);
	if (status != CREEL_OK)
		result = creel_fail(creel_last_error()->code, "%s", creel_last_error()->message);
	creel_stream_destroy(stream);
	return result;
}

/* The pass on the pool. */
static bool
on_pool(struct hash_pass *pass, const struct tally *expected)
{
	struct hash_run *run = pass->run;
	struct files files = {.run = run};
	creel_status status;

	hash_pass_begin(pass, expected);
	hash_begin_walk(run, &files.walk);
	status = hash_await(run, creel_submit(run->pool, hash_files, &files));
	walk_end(&files.walk);
	hash_pass_end(pass);
	for (size_t i = 0; i < run->options.count; i++)
		tally_merge(&pass->tally, &run->trees[i]);
	return status == CREEL_OK || status == CREEL_ECANCELLED;
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
