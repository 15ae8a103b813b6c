/* SPDX-License-Identifier: MIT */
/*
 * pipeline.c: records that would not fit into memory, through three stages on a pool, in order.
 *
 *     source ──► parse ──► pack ──► in the order of the records: sums, a chain of hashes
 *
 *  - The source makes blocks of text, one at a time, as a file would give them: measurements of some stations.
 *  - Each stage takes several blocks at once, on the workers, and hands them on in their order. Its window says
 *    how many may be there: a stage that is slow slows down those before it, and so, in the end, the source.
 *    However many blocks there are, memory stays the same.
 *  - A block belongs to the stage that has it; who hands it on returns it. What is under way when something
 *    fails goes to free(), by the options' input_drop and result_drop.
 *  - What comes last depends on the order: each hash goes into the next. It is the same as without a pool.
 *
 *     pipeline [MIB [WORKERS]]     so much text, 256 MiB; one worker for each CPU
 *
 * prints what it found, the times of one thread and of the pool, and how much memory the process took at
 * most. The exit status is 0, or 1 if something failed, or 2 if the arguments are wrong.
 */
#include "util/human.h"
#include "util/mix.h"
#include "util/program.h"

#include <creel/creel.h>
#include <zlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MOST ((size_t)1 << 20) /* MiB */
#define TEXT ((size_t)64 << 10)
#define LINE 32  /* bytes, at most */
#define WINDOW 8 /* blocks in each stage, for each worker */

/* What makes its way through the stages: 64 KiB of lines "<station> <tenths of a degree>". */
struct block {
	size_t number, size; /* of the text */
	uint64_t lines;
	int64_t sum; /* of all tenths */
	size_t packed_size;
	unsigned char packed[TEXT + TEXT / 8];
	char text[TEXT];
};

/* The source: so many blocks. */
struct records {
	size_t next, end;
};

/* What comes out at the end. */
struct totals {
	uint64_t blocks, bytes, packed, lines, chain;
	int64_t sum;
};

/* The text of a block depends on its number alone. */
static void
write_lines(struct block *block)
{
	uint64_t state = mix(1, &block->number, sizeof block->number);

	while (block->size <= TEXT - LINE) {
		state = state * UINT64_C(6364136223846793005) + 1;
		block->size +=
			(size_t)snprintf(block->text + block->size, LINE, "station-%03u %d\n",
				(unsigned)(state >> 33) % 500, (int)(state >> 43) % 500 - 150);
	}
}

static struct block *
make_block(size_t number)
{
	struct block *block = malloc(sizeof *block);

	if (block == NULL)
		return NULL;
	memset(block, 0, offsetof(struct block, packed));
	block->number = number;
	write_lines(block);
	return block;
}

static creel_status
next_block(void *source, creel_stream_input *out)
{
	struct records *records = source;

	if (records->next == records->end)
		return CREEL_EEMPTY;
	out->arg = make_block(records->next++);
	return out->arg != NULL ? CREEL_OK : CREEL_ENOMEM;
}

/* Adds up the numbers of all lines; false: one has none. */
static bool
parse(struct block *block)
{
	const char *at = block->text, *end = block->text + block->size;

	while (at < end) {
		const char *number = memchr(at, ' ', (size_t)(end - at));

		if (number == NULL)
			return false;
		block->sum += strtol(number, NULL, 10);
		block->lines++;
		at = (const char *)memchr(number, '\n', (size_t)(end - number)) + 1;
	}
	return true;
}

static bool
pack(struct block *block)
{
	uLongf size = sizeof block->packed;
	int status = compress2(block->packed, &size, (const Bytef *)block->text, block->size, 1);

	block->packed_size = size;
	return status == Z_OK;
}

/* The first stage. */
static void *
parse_stage(void *arg)
{
	struct block *block = arg;
	const size_t number = block->number;

	if (parse(block))
		return block;
	free(block);
	return creel_fail(1, "block %zu has a line without a number", number);
}

/* The second stage. */
static void *
pack_stage(void *arg)
{
	struct block *block = arg;
	const size_t number = block->number;

	if (pack(block))
		return block;
	free(block);
	return creel_fail(1, "block %zu cannot be compressed", number);
}

/* The end of all stages, one block after the other. */
static void
add_block(struct totals *totals, struct block *block)
{
	totals->blocks++;
	totals->bytes += block->size;
	totals->packed += block->packed_size;
	totals->lines += block->lines;
	totals->sum += block->sum;
	totals->chain = mix(totals->chain, block->packed, block->packed_size);
	free(block);
}

static void
take_block(creel_status status, const creel_stream_item *item, void *totals)
{
	if (status == CREEL_OK)
		add_block(totals, item->value);
}

/* On the pool. */
static bool
run_pooled(creel_pool *pool, size_t blocks, struct totals *totals)
{
	creel_stream_options options = CREEL_STREAM_OPTIONS_INIT;
	struct records records = {0, blocks};
	creel_stream *stream;
	creel_status status;

	options.window = WINDOW * creel_pool_size(pool);
	options.input_drop = free;
	options.result_drop = free;
	stream = creel_stream_map(pool, next_block, &records, parse_stage, &options);
	stream = creel_stream_then(stream, NULL, pack_stage, &options);
	if (stream == NULL)
		return say_failed("pipeline");
	status = creel_stream_run(stream, take_block, totals);
	if (status != CREEL_OK)
		say_failed("pipeline");
	creel_stream_destroy(stream);
	return status == CREEL_OK;
}

/* The same by one thread. */
static bool
run_serially(size_t blocks, struct totals *totals)
{
	for (size_t i = 0; i < blocks; i++) {
		struct block *block = make_block(i);

		if (block == NULL || !parse(block) || !pack(block)) {
			fprintf(stderr, "pipeline: no memory, or block %zu is wrong\n", i);
			free(block);
			return false;
		}
		add_block(totals, block);
	}
	return true;
}

static bool
report(const struct totals *serial, const struct totals *pooled)
{
	const bool same = memcmp(serial, pooled, sizeof *serial) == 0;
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("lines     %s, on average %.3f degrees\n", human_count(pooled->lines).text,
		(double)pooled->sum / 10 / (double)pooled->lines);
	printf("packed    %s\n", human_bytes(pooled->packed).text);
	printf("chain     %016llx\n", (unsigned long long)pooled->chain);
	printf("check     %s\n", same ? "the same, in the same order" : "DIFFERENT");
	printf("memory    %s at most\n", human_bytes((uint64_t)usage.ru_maxrss << 10).text);
	return same;
}

static bool
run_both(creel_pool *pool, size_t blocks)
{
	struct totals serial = {.blocks = 0}, pooled = {.blocks = 0};
	int64_t begin = creel_now(), middle;

	if (!run_serially(blocks, &serial))
		return false;
	middle = creel_now();
	if (!run_pooled(pool, blocks, &pooled))
		return false;
	print_speed_up(middle - begin, creel_now() - middle);
	return report(&serial, &pooled);
}

int
main(int argc, char *argv[])
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	size_t mib = 256, workers = 0;
	creel_pool *pool;
	bool good;

	if (argc > 3 || (argc > 1 && !read_size(argv[1], 1, MOST, &mib)) ||
		(argc > 2 && !read_size(argv[2], 1, CREEL_POOL_MAX_WORKERS, &workers))) {
		fputs("usage: pipeline [MIB [WORKERS]]\n", stderr);
		return 2;
	}
	options.workers = (unsigned)workers;
	pool = creel_pool_create(&options);
	if (pool == NULL) {
		say_failed("pipeline");
		return 1;
	}
	printf("text      %zu MiB\n", mib);
	printf("workers   %zu\n", creel_pool_size(pool));
	good = run_both(pool, (mib << 20) / TEXT);
	creel_pool_destroy(pool);
	return end_program("pipeline", good);
}
