/* SPDX-License-Identifier: MIT */
/*
 * streams.h: n items from a source that is asked for one at a time, through a function that two threads call in
 * parallel, to one consumer, with at most 256 items under way: a map over what does not fit into memory.
 *
 *   ordered_ns, completed_ns   the function does nothing; results in the order of the source, or as they come
 *   over_ideal                 the function works for 0 to 5 us (work.h), results in order: wall time over ideal
 *
 * The consumer adds up what comes, and in order checks that it is the next. Making and ending the stream is inside.
 */
#ifndef BENCH_STREAMS_H
#define BENCH_STREAMS_H

#include "util/work.h"

#define BENCH_WINDOW 256

/* The source, and what came out: numbers from 1 on, so that none is NULL. */
struct bench_stream {
	size_t n, given;
	const uint32_t *rounds; /* of each item; NULL: no work */
	size_t taken, sum, disorder;
};

/* What the function does with a number. */
static inline size_t
bench_stream_do(const struct bench_stream *s, size_t number)
{
	if (s->rounds != NULL)
		bench_work_do(s->rounds[number - 1]);
	return number;
}

/* What the consumer does with it. */
static inline void
bench_stream_take(struct bench_stream *s, size_t number)
{
	s->sum += number;
	s->disorder += ++s->taken != number;
}

static inline void
bench_stream_check(const struct bench_stream *s, int ordered)
{
	if (s->sum != s->n * (s->n + 1) / 2 || (ordered && s->disorder != 0))
		bench_fail("items are missing, or in no order");
}

#endif
