/* SPDX-License-Identifier: MIT */
/*
 * creel/stats.h: what a pool has done until now, in numbers.
 *
 *  function          blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_pool_stats  no       yes             yes           yes          yes
 *
 * What is counted are tasks that the pool has accepted: submitted, posted, children of groups, continuations, and
 * what streams and the deadlines of groups have it do for them. Parts that tasks fork are no tasks. Not
 * counted at all is what was refused; and what a full pool left to its submitter (CREEL_FULL_CALLER_RUNS) is in
 * in_caller alone.
 */
#ifndef CREEL_STATS_H
#define CREEL_STATS_H

#include <creel/attributes.h>
#include <creel/pool.h>
#include <creel/status.h>
#include <creel/time.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * creel_pool_statistics: begin with CREEL_POOL_STATISTICS_INIT, which sets the size. Fields are only ever appended;
 * size tells the library which ones there are, and those that it does not know are 0.
 *
 * Each is read without anybody being stopped. What has come and ended until now (submitted, done, failed, cancelled,
 * stolen, parked, in_caller, measured, waited, longest_wait) only grows from call to call of one thread. Always
 *
 *     done + failed + cancelled <= submitted
 *
 * and they are equal once creel_pool_wait_idle() or creel_pool_shutdown() has returned CREEL_OK, as long as nothing
 * new comes. A task counts as ended a moment after its future has; one that was cancelled while queued, when
 * a worker comes upon it: until then it is queued. The rest (idle, queued, running, suspended) is exact as long as nothing
 * changes meanwhile; else each may be off by as much as has begun, ended or moved during the call.
 */
typedef struct creel_pool_statistics {
	size_t size;        /* sizeof(creel_pool_statistics) */
	uint64_t workers;   /* as creel_pool_size() */
	uint64_t idle;      /* of these, that sleep or are about to */
	uint64_t queued;    /* tasks that have not begun */
	uint64_t running;   /* tasks that have begun, and neither ended nor are suspended */
	uint64_t suspended; /* tasks that wait, or are ready to go on */
	uint64_t submitted; /* tasks that were accepted until now */
	uint64_t done;      /* that have ended, with a value */
	uint64_t failed; /* with an error, also without having run: start_deadline, a broken pool */
	uint64_t cancelled; /* as cancelled: while queued, running, or by a shutdown */
	uint64_t stolen;    /* how often a worker has taken one that another had queued */
	uint64_t parked;    /* how often workers went to sleep */
	uint64_t in_caller; /* tasks that were run by who submitted them; no others count them */
	uint64_t measured;  /* with CREEL_POOL_MEASURE: tasks that have begun; else 0 */
	creel_duration
		waited; /* of these, from submission to beginning, all together; nanoseconds; */
	creel_duration
		longest_wait; /* and the longest. For a continuation from the end of its future */
} creel_pool_statistics;

#define CREEL_POOL_STATISTICS_INIT \
	{ \
		sizeof(creel_pool_statistics), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 \
	}

/*
 * creel_pool_stats() fills *out with what the pool has counted. It locks nothing for longer than it takes to walk
 * along 1024 queued tasks, each of which it walks along once, whoever calls how often. Also while the pool shuts down, and
 * after that, until it is destroyed.
 *
 * Counting costs each task a few instructions. To take the time is asked for by the flag CREEL_POOL_MEASURE: it costs
 * each task two readings of the clock and a second block of memory.
 *   CREEL_EINVAL  pool or out is NULL, or out->size is not set
 *   CREEL_ECLOSED in the child of a fork
 * On an error *out is as it was. After Tokio's RuntimeMetrics and Go's runtime/metrics.
 */
CREEL_API creel_status creel_pool_stats(creel_pool *pool, creel_pool_statistics *out);

#ifdef __cplusplus
}
#endif

#endif
