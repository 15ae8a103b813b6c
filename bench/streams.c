/* SPDX-License-Identifier: MIT */
/* streams.c: streams of creel: items taken by an outside thread, one by one, and by creel_stream_run(). */
#include "util/streams.h"
#include "util/creel_bench.h"

static struct bench_stream items;

static creel_status
next_number(void *source, creel_stream_input *out)
{
	struct bench_stream *s = source;

	if (s->given == s->n)
		return CREEL_EEMPTY;
	out->arg = (void *)(uintptr_t)++s->given;
	return CREEL_OK;
}

static void *
call(void *number)
{
	return (void *)bench_stream_do(&items, (size_t)number);
}

static void
take_each(creel_status status, const creel_stream_item *item, void *ctx)
{
	must(status);
	bench_stream_take(ctx, (size_t)item->value);
}

static void
take_by_next(creel_stream *stream)
{
	creel_stream_item item;
	creel_status status;

	while ((status = creel_stream_next(stream, CREEL_FOREVER, &item)) == CREEL_OK)
		bench_stream_take(&items, (size_t)item.value);
	if (status != CREEL_EEMPTY)
		must(status);
}

static void
take_by_run(creel_stream *stream)
{
	must(creel_stream_run(stream, take_each, &items));
}

/* All n items; the time that takes. */
static int64_t
stream(creel_pool *pool, size_t n, const uint32_t *rounds, uint32_t flags,
	void (*take)(creel_stream *))
{
	creel_stream_options options = CREEL_STREAM_OPTIONS_INIT;
	int64_t begin = bench_now();
	creel_stream *made;

	items = (struct bench_stream){.n = n, .rounds = rounds};
	options.window = BENCH_WINDOW;
	options.flags = flags;
	made = creel_stream_map(pool, next_number, &items, call, &options);
	if (made == NULL)
		bench_fail(creel_last_error()->message);
	take(made);
	creel_stream_destroy(made);
	bench_stream_check(&items, flags == 0);
	return bench_now() - begin;
}

static void
measure(creel_pool *pool, size_t n, const struct bench_work *work, void (*take)(creel_stream *),
	const char *remark)
{
	const uint32_t completed = CREEL_STREAM_AS_COMPLETED;

	stream(pool, n / 10 + 1, NULL, 0, take); /* warm */
	bench_print("ordered_ns", (double)stream(pool, n, NULL, 0, take) / (double)n, "ns", remark);
	bench_print("completed_ns", (double)stream(pool, n, NULL, completed, take) / (double)n,
		"ns", remark);
	bench_print("over_ideal",
		(double)stream(pool, n / 10 + 1, work->rounds, 0, take) / work->ideal, "x", remark);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1000000);
	struct bench_work work = bench_work_make(n / 10 + 1);
	creel_pool *pool = make_pool(BENCH_WORKERS);

	measure(pool, n, &work, take_by_next, "next");
	measure(pool, n, &work, take_by_run, "run");
	creel_pool_destroy(pool);
	free(work.rounds);
	return 0;
}
