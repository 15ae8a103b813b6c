/* SPDX-License-Identifier: MIT */
/*
 * creel/creel.h: all of creel.
 *
 *  header         what it is for
 *  status.h       how calls answer; errors
 *  time.h         durations, the clock
 *  memory.h       the allocator
 *  future.h       futures and promises
 *  await.h        waiting, sleeping
 *  loop.h         event loops
 *  io.h           descriptors and signals: waiting for them, callbacks, loops inside others
 *  parallel.h     loops and arrays over a pool
 *  pool.h         pools of workers
 *  stats.h        what a pool has done, in numbers
 *  run.h          the runtime: a loop and a pool for a main function
 *  scope.h        deadlines and cancellation for a piece of a task
 *  serial.h       ordered queues over one pool
 *  task.h         submitting work; what a task can do
 *  then.h         continuations
 *  fork.h         fork and join: work that splits itself up
 *  combine.h      gather, wait, shield
 *  race.h         the first of many
 *  completions.h  results as they complete
 *  context.h      values that go with tasks to those that they make
 *  debug.h        what every task is doing
 *  queue.h        items handed from task to task
 *  sync.h         locks, events, conditions, semaphores, barriers for tasks
 *  stream.h       a function over a source of any length; pipelines
 *  group.h        tasks that fail and end together
 *  testing.h      a clock that tests stop and move
 *  version.h      which creel this is
 */
#ifndef CREEL_CREEL_H
#define CREEL_CREEL_H

#include <creel/attributes.h>
#include <creel/await.h>
#include <creel/combine.h>
#include <creel/completions.h>
#include <creel/context.h>
#include <creel/debug.h>
#include <creel/fork.h>
#include <creel/future.h>
#include <creel/io.h>
#include <creel/group.h>
#include <creel/loop.h>
#include <creel/memory.h>
#include <creel/parallel.h>
#include <creel/pool.h>
#include <creel/queue.h>
#include <creel/race.h>
#include <creel/run.h>
#include <creel/scope.h>
#include <creel/serial.h>
#include <creel/stats.h>
#include <creel/status.h>
#include <creel/stream.h>
#include <creel/sync.h>
#include <creel/task.h>
#include <creel/testing.h>
#include <creel/then.h>
#include <creel/time.h>
#include <creel/version.h>

#endif
