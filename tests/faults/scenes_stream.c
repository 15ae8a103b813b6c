/* SPDX-License-Identifier: MIT */
/* scenes_stream.c: streams and pipelines, while calls fail. */
#include "faults/scenes.h"

#include <stdint.h>

enum { N = 12, WRONG = 5 };

static creel_status
next_number(void *source, creel_stream_input *out)
{
	uintptr_t *next = source;

	if (*next == N)
		return CREEL_EEMPTY;
	out->arg = (void *)(*next)++;
	return CREEL_OK;
}

/* One of them fails. */
static void *
pass(void *arg)
{
	return (uintptr_t)arg == WRONG ? creel_fail(WRONG, "number %d", WRONG) : arg;
}

static creel_stream *
make_stream(creel_pool *pool, uintptr_t *source)
{
	creel_stream_options options = CREEL_STREAM_OPTIONS_INIT;
	creel_stream *stream;

	options.window = 3;
	options.flags = CREEL_STREAM_GO_ON;
	*source = 0;
	stream = creel_stream_map(pool, next_number, source, pass, &options);
	child_expect(
		stream != NULL || (sweep_stormy() && creel_last_error()->code == CREEL_ENOMEM));
	return stream;
}

/* All items, whatever fails meanwhile: what could not go on is tried again. */
static void
take_all(creel_stream *stream)
{
	size_t n = 0;

	for (;;) {
		bool stormy = sweep_stormy();
		creel_stream_item item;
		creel_status status = creel_stream_next(stream, CREEL_FOREVER, &item);

		if (status == CREEL_EEMPTY)
			break;
		if (status == CREEL_ENOMEM) {
			child_expect(stormy);
			sweep_calm();
			continue;
		}
		child_expect(item.index == n);
		child_expect(status == (n == WRONG ? CREEL_EFAILED : CREEL_OK));
		n++;
	}
	child_expect(n == N);
}

void
scene_stream(void)
{
	creel_pool *pool = scene_need_pool(2);
	uintptr_t source;
	creel_stream *stream = make_stream(pool, &source);

	if (stream == NULL) {
		sweep_calm();
		stream = make_stream(pool, &source);
	}
	take_all(stream);
	creel_stream_destroy(stream);
	sweep_calm();
	creel_pool_destroy(pool);
}

static creel_stream *
make_pipeline(creel_pool *pool, uintptr_t *source)
{
	creel_stream *stream = creel_stream_then(make_stream(pool, source), NULL, pass, NULL);

	child_expect(
		stream != NULL || (sweep_stormy() && creel_last_error()->code == CREEL_ENOMEM));
	return stream;
}

/* Up to the one that fails; or to what there was no memory for. */
static void
run_pipeline(creel_pool *pool)
{
	const bool stormy = sweep_stormy();
	uintptr_t source;
	creel_stream *stream = make_pipeline(pool, &source);
	creel_status status;

	if (stream == NULL)
		return;
	status = creel_stream_run(stream, NULL, NULL);
	child_expect((status == CREEL_EFAILED && creel_last_error()->code == WRONG) ||
		     (stormy && creel_last_error()->code == CREEL_ENOMEM));
	creel_stream_destroy(stream);
}

void
scene_pipeline(void)
{
	creel_pool *pool = scene_need_pool(2);

	run_pipeline(pool);
	sweep_calm();
	run_pipeline(pool);
	creel_pool_destroy(pool);
}
