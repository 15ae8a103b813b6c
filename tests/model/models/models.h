/* SPDX-License-Identifier: MIT */
/* models.h: the models of creel's protocols: their list, and what each of them needs. */
#ifndef MODEL_MODELS_H
#define MODEL_MODELS_H

#include "base/atomic.h"
#include "base/clock.h"
#include "model.h"

#include <stdint.h>

/* Name, function, what it is about, preemptions at which the tests explore it, whether allocation may fail. */
#define MODELS(MODEL) \
	MODEL("parker.wake", parker, "two wakers, one parker", 3, false) \
	MODEL("parker.step", parker_step, "the clock of a test is stepped", 2, false) \
	MODEL("blocks.round", blocks_round, "blocks go through the depot to two threads", 2, \
		false) \
	MODEL("blocks.leave", blocks_leave, "the last user leaves, while blocks are kept", 2, \
		false) \
	MODEL("parker.clock", parker_clock, \
		"the clock is moved, or goes on, while one goes to sleep", 3, false) \
	MODEL("parker.again", parker_again, "the clock is moved twice, and looked at", 2, false) \
	MODEL("mailbox", mailbox, "two senders, one owner", 2, false) \
	MODEL("error", error, "errors without memory", 2, false) \
	MODEL("future.await", future_await, "two threads await a promise that a third completes", \
		2, false) \
	MODEL("future.start", future_start, "two start it, while a third links and unlinks", 3, \
		false) \
	MODEL("future.end", future_end, "awaited for a while, cancelled, completed", 2, false) \
	MODEL("future.callback", future_callback, "callbacks are added, removed, run", 2, false) \
	MODEL("future.take", future_take, "two take one value", 2, false) \
	MODEL("future.error", future_error, "an error is looked at, or reported once", 2, false) \
	MODEL("future.lent", future_lent, "a completer without a reference", 2, false) \
	MODEL("strand.chain", strand_chain, "two runners and a plain thread wait for one another", \
		2, false) \
	MODEL("strand.two", strand_two, "two tasks of one runner, resumed by another runner", 2, \
		false) \
	MODEL("strand.timer", strand_timer, "a wait with a deadline, then one without", 2, false) \
	MODEL("strand.orders", strand_orders, "a runner without work is stopped", 2, false) \
	MODEL("cancel.wait", cancel_wait, "done, timeout and cancel end a wait", 2, false) \
	MODEL("cancel.twice", cancel_twice, "two requests, two waits", 2, false) \
	MODEL("cancel.wait_for", cancel_wait_for, "wait_for, completed and cancelled", 2, false) \
	MODEL("cancel.reasons", cancel_reasons, "two requests with reasons, two waits", 2, false) \
	MODEL("cancel.asked", cancel_asked, "a task works until it is asked to end", 2, false) \
	MODEL("scope.wait", scope_wait, "done, expired and asked to end, in a scope", 1, false) \
	MODEL("scope.cut", scope_cut, "a scope is cancelled twice", 1, false) \
	MODEL("scope.thread", scope_thread, "a plain thread's is cancelled", 2, false) \
	MODEL("scope.asked", scope_asked, "it is cancelled while its owner works", 2, false) \
	MODEL("scope.move", scope_move, "a deadline is moved, then it is cancelled", 2, false) \
	MODEL("scope.due", scope_due, "a deadline comes by being moved", 2, false) \
	MODEL("scope.fork", scope_fork, "it is cancelled, and what was forked in it", 1, false) \
	MODEL("context.part", context_part, "two parts begin while a value is set", 2, false) \
	MODEL("context.first", context_first, "a part begins around the first value", 2, false) \
	MODEL("context.shared", context_shared, "a table and its values, let go of by three", 2, \
		false) \
	MODEL("task", task, "a task is run or cancelled", 2, false) \
	MODEL("pool.work", pool_work, "a pool starts, works, goes", 2, false) \
	MODEL("pool.shutdown", pool_shutdown, "submissions against a shutdown", 2, false) \
	MODEL("pool.orphan", pool_orphan, "a task destroys its pool", 2, false) \
	MODEL("pool.drain", pool_drain, "waiting for idle, and a suspended task", 2, false) \
	MODEL("pool.busy", pool_busy, "a worker is woken for two reasons", 2, false) \
	MODEL("pool.start", pool_start, "a task starts when another ends", 2, false) \
	MODEL("pool.post", pool_post, "tasks without futures", 2, false) \
	MODEL("pool.sweep", pool_sweep, "a task that waits is cancelled by a shutdown", 2, false) \
	MODEL("pool.fail", pool_fail, "a pool, or what it needs, cannot be had", 2, true) \
	MODEL("pool.limit", pool_limit, "one task from outside at a time", 2, false) \
	MODEL("pool.stats", pool_stats, "a pool is looked at while it works", 1, false) \
	MODEL("resize.shrink", resize_shrink, "a worker goes while a job is put in", 1, false) \
	MODEL("resize.batch", resize_batch, "the same, with two jobs at a time", 1, false) \
	MODEL("resize.own", resize_own, "a task takes its own worker away", 1, false) \
	MODEL("resize.suspended", resize_suspended, "a task is suspended where the worker goes", \
		1, false) \
	MODEL("resize.again", resize_again, "a worker goes and is wanted again", 1, false) \
	MODEL("resize.late", resize_late, "a worker is wanted again at its end", 1, false) \
	MODEL("resize.grow", resize_grow, "a worker comes while another has work", 1, false) \
	MODEL("resize.shutdown", resize_shutdown, "a worker comes while the pool is shut down", 1, \
		false) \
	MODEL("room.wait", room_wait, "two threads put in more than there is room for", 2, false) \
	MODEL("room.shutdown", room_shutdown, "a thread waits for room against a shutdown", 2, \
		false) \
	MODEL("room.cancel", room_cancel, "a task that waits for room is asked to end", 2, false) \
	MODEL("room.late", room_late, "a thread waits for room until it is too late", 2, false) \
	MODEL("room.let_in", room_let_in, "a job that waits for the one let in for it", 2, false) \
	MODEL("room.caller", room_caller, "a task that runs within another is asked to end", 2, \
		false) \
	MODEL("serial.turn", serial_turn, "a task is submitted when the last one ends", 2, false) \
	MODEL("serial.apart", serial_apart, "two workers, one after the other", 1, false) \
	MODEL("serial.end", serial_end, "the handle goes when the last task ends", 2, false) \
	MODEL("serial.drain", serial_drain, "submissions against a shutdown", 2, false) \
	MODEL("serial.cancel", serial_cancel, "what is queued is cancelled", 2, false) \
	MODEL("prior.wake", prior_wake, "a high and a low one, for two workers", 2, false) \
	MODEL("prior.limit", prior_limit, "the same, one at a time", 2, false) \
	MODEL("prior.order", prior_order, "three, by their priorities", 2, false) \
	MODEL("steal.deque", steal_deque, "an owner and two thieves", 2, false) \
	MODEL("steal.portion", steal_portion, "an owner and a thief take what was fetched", 2, \
		false) \
	MODEL("steal.own", steal_own, "what a busy worker has posted", 2, false) \
	MODEL("steal.batch", steal_batch, "what a busy worker has fetched", 2, false) \
	MODEL("steal.hold", steal_hold, "a job that waits for the next", 2, false) \
	MODEL("steal.lull", steal_lull, "a job for a worker that is about to sleep", 2, false) \
	MODEL("steal.many", steal_many, "several, for a worker that is about to sleep", 2, false) \
	MODEL("steal.close", steal_close, "a job for a pool that is about to close", 2, false) \
	MODEL("steal.refuse", steal_refuse, "several for a pool that is about to close", 2, false) \
	MODEL("steal.spill", steal_spill, "more than fits into a deque", 2, false) \
	MODEL("fork.take", fork_take, "two thieves take what is forked", 2, false) \
	MODEL("fork.order", fork_order, "joined in another order", 2, false) \
	MODEL("fork.force", fork_force, "a thief forces frames out", 2, false) \
	MODEL("fork.called", fork_called, "the owner calls while a thief forces", 2, false) \
	MODEL("fork.aside", fork_aside, "who has forked suspends", 2, false) \
	MODEL("fork.held", fork_held, "a task that waits for what it has forked", 2, false) \
	MODEL("fork.stranded", fork_stranded, "the same, behind another", 2, false) \
	MODEL("fork.cancel", fork_cancel, "a task and what it has forked are asked to end", 2, \
		false) \
	MODEL("fork.left", fork_left, "a task is asked to end, after what it has forked", 2, \
		false) \
	MODEL("fork.join", fork_join, "a task forks and joins", 2, false) \
	MODEL("loop.post", loop_post, "posts against a close", 2, false) \
	MODEL("loop.batch", loop_batch, "posts, many to a letter", 2, false) \
	MODEL("loop.timer", loop_timer, "a timer, a cancel, the end", 2, false) \
	MODEL("loop.thread", loop_thread, "a task against a close", 2, false) \
	MODEL("loop.orphan", loop_orphan, "a loop destroys itself", 2, false) \
	MODEL("loop.on_done", loop_on_done, "a callback against a close", 2, false) \
	MODEL("poller.wake", poller_wake, "a loop sleeps in its poller", 2, false) \
	MODEL("poller.offered", poller_offered, "a loop in somebody else's", 2, false) \
	MODEL("poller.close", poller_close, "a loop with a poller ends", 2, false) \
	MODEL("poller.step", poller_step, "the clock is stepped while one sleeps there", 2, false) \
	MODEL("signal.loop", signal_loop, "a signal that comes twice", 2, false) \
	MODEL("completions.share", completions, "two consumers, an adder, a completer", 2, false) \
	MODEL("completions.made", completions_made, "made while a completer comes", 2, false) \
	MODEL("completions.end", completions_end, "destroyed while a completer comes", 2, false) \
	MODEL("completions.late", completions_late, "one of two consumers gives up", 2, false) \
	MODEL("completions.under", completions_under, "destroyed while a consumer waits", 2, \
		false) \
	MODEL("gather.all", gather_all, "both members end at once", 2, false) \
	MODEL("gather.fail", gather_fail, "one member fails", 2, false) \
	MODEL("gather.early", gather_early, "a member fails while the gather is made", 3, false) \
	MODEL("gather.cancel", gather_cancel, "a cancel against the ends", 2, false) \
	MODEL("gather.deep", gather_deep, "two cancel a gather of gathers", 2, false) \
	MODEL("gather.refused", gather_refused, "a cancel of none against a failure", 2, false) \
	MODEL("first.two", first_two, "both are to be among the first", 2, false) \
	MODEL("first.any", first_any, "a value and a failure", 2, false) \
	MODEL("first.none", first_none, "both fail", 2, false) \
	MODEL("first.race", first_race, "two race while the race is made", 2, false) \
	MODEL("first.cancel", first_cancel, "a race is cancelled while one ends", 2, false) \
	MODEL("first.cancel_any", first_cancel_any, "the same of the first value", 2, false) \
	MODEL("wait.first", wait_first, "the first of two, or time is up", 2, false) \
	MODEL("wait.all", wait_all, "all of two", 2, false) \
	MODEL("shield", shield, "a shield is cancelled while what it shields ends", 2, false) \
	MODEL("lock.pass", lock_pass, "one who waits gives up, one does not", 2, false) \
	MODEL("lock.cancel", lock_cancel, "one who waits is cancelled, one is not", 2, false) \
	MODEL("lock.end", lock_end, "destroyed while one waits", 2, false) \
	MODEL("semaphore", semaphore, "two permits, two who wait, one gives up", 2, false) \
	MODEL("barrier", barrier, "one of two gives up", 2, false) \
	MODEL("event", event, "set and cleared while one waits", 2, false) \
	MODEL("condition.late", condition_late, "one who is notified gives up, one does not", 2, \
		false) \
	MODEL("condition.cancel", condition_cancel, "one who is notified is cancelled", 2, false) \
	MODEL("condition.end", condition_end, "destroyed while one waits", 2, false) \
	MODEL("condition.lost", condition_lost, "the lock is destroyed while one waits", 2, false) \
	MODEL("queue.get", queue_get, "two items, two who get, one gives up", 2, false) \
	MODEL("queue.put", queue_put, "room for one, two who put, one gives up", 2, false) \
	MODEL("queue.cancel", queue_cancel, "one who gets is cancelled", 2, false) \
	MODEL("queue.shutdown", queue_shutdown, "one gets, one puts, until it is shut down", 2, \
		false) \
	MODEL("queue.join", queue_join, "until all is done", 2, false) \
	MODEL("queue.end", queue_end, "destroyed while one waits", 2, false) \
	MODEL("then.cancel", then_cancel, "a continuation is cancelled while its future ends", 2, \
		false) \
	MODEL("then.pass", then_pass, "the same in a chain, and the future fails", 2, false) \
	MODEL("then.loop", then_loop, "a loop goes while a future ends", 2, false) \
	MODEL("then.refused", then_refused, "without a loop, cancelled while its future ends", 2, \
		false) \
	MODEL("then.last", then_last, "a pool goes while a continuation is cancelled", 1, false) \
	MODEL("then.pool", then_pool, "a pool goes while a future ends", 2, false) \
	MODEL("stream.take", stream_take, "a consumer, and hands that come and leave", 2, false) \
	MODEL("stream.destroy", stream_destroy, "destroyed while a hand comes or leaves", 2, \
		false) \
	MODEL("stream.stages", stream_stages, "two stages, destroyed", 2, false) \
	MODEL("stream.cancel", stream_cancel, "cancelled while a consumer waits", 2, false) \
	MODEL("stream.dropped", stream_dropped, "the pool drops a hand", 2, false) \
	MODEL("group.join", group_join, "a child ends, the group is joined and cancelled", 2, \
		false) \
	MODEL("group.fail", group_fail, "a child fails while another comes in", 2, false) \
	MODEL("group.limit", group_limit, "several want the one place", 2, false) \
	MODEL("group.refused", group_refused, "who waits for a place, and a cancel", 2, false) \
	MODEL("group.next", group_next, "two take one child", 2, false) \
	MODEL("group.detach", group_detach, "a child is let go while two join", 2, false) \
	MODEL("group.body", group_body, "a body is cancelled by its group and from outside", 2, \
		false) \
	MODEL("run.ends", run, "clean-up of creel_run", 2, false) \
	MODEL("run.outlived", run_outlived, "a task outlives the run that it comes from", 2, false)

#define MODELS_DECLARE(name, function, text, bound, failing) void model_##function(void);
MODELS(MODELS_DECLARE)
#undef MODELS_DECLARE

/* litmus.c */
void model_sb_relaxed(void);
void model_sb_seq_cst(void);
void model_mp_relaxed(void);
void model_mp_release(void);
void model_corr(void);
void model_iriw_acquire(void);
void model_iriw_seq_cst(void);
void model_release_sequence(void);
void model_sb_membarrier(void);

#endif
