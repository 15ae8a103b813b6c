/* SPDX-License-Identifier: MIT */
/* models.c: the list of the models. */
#include "models/models.h"

#define LITMUS(id, what, sc, tso, views) \
	{ \
		.name = "litmus." #id, .text = what, .run = model_##id, .bound = 99, \
		.surprises = 99, .outcomes = { \
			sc, \
			tso, \
			views \
		} \
	}

extern const model_site __start_model_sites[], __stop_model_sites[];

const model_site *model_sites(size_t *count);

/* To read it has the dynamic linker set up the thread-locals of this library. */
static _Thread_local volatile int first_touch __attribute__((tls_model("global-dynamic")));

/* For the explorer: all places where this library accesses an atomic. */
__attribute__((visibility("default"))) const model_site *
model_sites(size_t *count)
{
	*count = (size_t)(__stop_model_sites - __start_model_sites) + (size_t)first_touch;
	return __start_model_sites;
}

__attribute__((visibility("default"))) const model model_list[] = {
	LITMUS(sb_relaxed, "both threads miss the other's store", 0xe, 0xf, 0xf),
	LITMUS(sb_seq_cst, "one of them sees it", 0xe, 0xe, 0xe),
	LITMUS(mp_relaxed, "a flag overtakes the message", 0xd, 0xd, 0xf),
	LITMUS(mp_release, "a flag does not overtake the message", 0x18, 0x18, 0x18),
	LITMUS(corr, "reads of one location do not go back", 0x1d9, 0x1d9, 0x1d9),
	LITMUS(iriw_acquire, "two readers disagree", 0xffdf, 0xffdf, 0xffff),
	LITMUS(iriw_seq_cst, "two readers agree", 0xffdf, 0xffdf, 0xffdf),
	LITMUS(release_sequence, "a read-modify-write passes on what was released", 0x9, 0x9, 0x9),
	{.name = "parker",
		.text = "two wakers, one parker",
		.run = model_parker,
		.bound = 3,
		.surprises = 1},
	{.name = "future.await",
		.text = "two threads await a promise that a third completes",
		.run = model_future_await,
		.bound = 2,
		.surprises = 1},
	{.name = "future.end",
		.text = "awaited for a while, cancelled, completed",
		.run = model_future_end,
		.bound = 2,
		.surprises = 1},
	{.name = "future.callback",
		.text = "callbacks are added, removed, run",
		.run = model_future_callback,
		.bound = 2,
		.surprises = 1},
	{.name = "future.take",
		.text = "two take one value",
		.run = model_future_take,
		.bound = 2,
		.surprises = 1},
	{.name = "future.error",
		.text = "an error is looked at, or reported once",
		.run = model_future_error,
		.bound = 2,
		.surprises = 1},
	{.name = "mailbox",
		.text = "two senders, one owner",
		.run = model_mailbox,
		.bound = 2,
		.surprises = 1},
	{.name = "strand.chain",
		.text = "two runners and a plain thread wait for one another",
		.run = model_strand_chain,
		.bound = 2,
		.surprises = 1},
	{.name = "strand.two",
		.text = "two tasks of one runner, resumed by another runner",
		.run = model_strand_two,
		.bound = 2,
		.surprises = 1},
	{.name = "cancel.wait",
		.text = "done, timeout and cancel end a wait",
		.run = model_cancel_wait,
		.bound = 2,
		.surprises = 1},
	{.name = "cancel.twice",
		.text = "two requests, two waits",
		.run = model_cancel_twice,
		.bound = 2,
		.surprises = 1},
	{.name = "pool.work",
		.text = "a pool starts, works, goes",
		.run = model_pool_work,
		.bound = 2,
		.surprises = 1},
	{.name = "pool.shutdown",
		.text = "submissions against a shutdown",
		.run = model_pool_shutdown,
		.bound = 2,
		.surprises = 1},
	{.name = "pool.orphan",
		.text = "a task destroys its pool",
		.run = model_pool_orphan,
		.bound = 2,
		.surprises = 1},
	{.name = "pool.drain",
		.text = "waiting for idle, and a suspended task",
		.run = model_pool_drain,
		.bound = 2,
		.surprises = 1},
	{.name = "completions",
		.text = "two consumers, an adder, a completer",
		.run = model_completions,
		.bound = 2,
		.surprises = 1},
	{.name = "completions.end",
		.text = "destroyed while a completer comes",
		.run = model_completions_end,
		.bound = 2,
		.surprises = 1},
	{.name = "gather.all", .text = "both members end at once", .run = model_gather_all, .bound = 2, .surprises = 1},
	{.name = "gather.fail", .text = "one member fails", .run = model_gather_fail, .bound = 2, .surprises = 1},
	{.name = "gather.cancel", .text = "a cancel against the ends", .run = model_gather_cancel, .bound = 2, .surprises = 1},
	{.name = "wait.first", .text = "the first of two, or time is up", .run = model_wait_first, .bound = 2, .surprises = 1},
	{.name = "wait.all", .text = "all of two", .run = model_wait_all, .bound = 2, .surprises = 1},
	{.name = "shield", .text = "a shield is cancelled while what it shields ends", .run = model_shield, .bound = 2, .surprises = 1},
	{.name = "loop.post", .text = "posts against a close", .run = model_loop_post, .bound = 2, .surprises = 1},
	{.name = "loop.timer", .text = "a timer, a cancel, the end", .run = model_loop_timer, .bound = 2, .surprises = 1},
	{.name = "loop.thread", .text = "a task against a close", .run = model_loop_thread, .bound = 2, .surprises = 1},
	{.name = "loop.orphan", .text = "a loop destroys itself", .run = model_loop_orphan, .bound = 2, .surprises = 1},
	{.name = "loop.on_done", .text = "a callback against a close", .run = model_loop_on_done, .bound = 2, .surprises = 1},
	{.name = "run", .text = "clean-up of creel_run", .run = model_run, .bound = 2, .surprises = 1},
	{.name = NULL},
};
