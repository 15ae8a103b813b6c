/* SPDX-License-Identifier: MIT */
/* turn.c: what a loop's runner does next; see loop.h. */
#include "base/clock.h"
#include "base/error.h"
#include "base/context.h"
#include "loop/io.h"
#include "loop/loop.h"
#include "runner/policy.h"

/* The letter that was run last has ended, or waits: was it slow? */
static void
check_slow(creel_loop *loop)
{
	const int64_t begun = loop->slow.begun;
	int64_t took;

	if (crl_likely(begun == 0))
		return;
	loop->slow.begun = 0;
	took = crl_now() - begun;
	if (loop->slow.fn != NULL && took > loop->slow.than) {
		crl_inhibition inhibition = crl_inhibit();

		loop->slow.fn(loop, took, loop->slow.ctx);
		crl_inhibit_end(inhibition);
	}
}

/* The loop closes: can it? Everything that will ever come has come, and ended. */
static bool
try_close(creel_loop *loop)
{
	crl_runner *runner = loop->runner;

	if (crl_runner_has_suspended(runner))
		return false;
	crl_loop_drop_timers(loop);
	return crl_timers_empty(&runner->timers) && crl_mailbox_close(&runner->mailbox);
}

/* So many timers are taken in at a time: those that are not near any more would be fetched twice. */
#define TIMERS 128

/* Take in some of the timers of this turn. */
static void
take_timers(creel_loop *loop)
{
	crl_timers *timers = &loop->runner->timers;
	crl_timer *timer = NULL;

	for (int i = 0; i < TIMERS; i++) {
		timer = crl_timers_due(timers, loop->timers.now, loop->timers.until);
		if (timer == NULL)
			break;
		timer->expire(timer);
	}
	loop->timers.left = timer != NULL;
}

/* More of a turn that has begun; what is ready already is the next one's. */
static bool
go_on_with_timers(creel_loop *loop)
{
	crl_letters *ready = &loop->runner->ready, next = *ready;

	*ready = (crl_letters){NULL, NULL, 0};
	take_timers(loop);
	loop->left = ready->count;
	crl_letters_move(ready, &next);
	return true;
}

static void
begin_timers(creel_loop *loop)
{
	const crl_timers *timers = &loop->runner->timers;

	if (crl_timers_empty(timers))
		return;
	loop->timers.now = crl_now();
	loop->timers.until = timers->sequence;
	take_timers(loop);
}

/* Take in what is there. False: the thread leaves the loop. */
static bool
begin_turn(creel_loop *loop)
{
	crl_runner *runner = loop->runner;
	const bool closing = crl_runner_stopping(runner);

	if (!loop->has_thread && loop->turned)
		return false;
	crl_runner_heed_interrupt(runner);
	if (crl_unlikely(closing) && !crl_runner_has_suspended(runner)) {
		crl_loop_drop_io(loop);
		crl_loop_drop_signals(loop);
	}
	crl_runner_collect_mail(runner);
	crl_runner_collect_fds(runner);
	begin_timers(loop);
	loop->left = runner->ready.count;
	if (loop->left > 0) {
		loop->turned = true;
		return true;
	}
	if (closing && try_close(loop))
		return false;
	if (!loop->has_thread && crl_now() >= loop->deadline)
		return false;
	crl_runner_sleep(runner, loop->has_thread ? CRL_NEVER : loop->deadline);
	return true;
}

/* A post, while it runs. */
typedef struct running_post {
	crl_job job;
	crl_post post;
} running_post;

static void
run_post(crl_job *job)
{
	const crl_post post = CRL_CONTAINER_OF(job, running_post, job)->post;

	crl_call_inhibited(post.fn, post.arg);
}

static const crl_job_ops post_ops = {.run = run_post};

/* Run the next post of a batch whose turn has come: a job like others. */
static bool
go_on_with_posts(creel_loop *loop)
{
	running_post running = {
		{.ops = &post_ops, .letter = {.kind = CRL_LETTER_JOB, .flags = CRL_JOB_CALLBACK}},
		crl_posts_take(&loop->posts)};

	if (crl_unlikely(loop->slow.fn != NULL))
		loop->slow.begun = crl_now();
	crl_runner_run_job(loop->runner, &running.job);
	return true;
}

bool
crl_loop_choose(crl_source *source, crl_runner *runner)
{
	creel_loop *loop = CRL_CONTAINER_OF(source, creel_loop, source);
	crl_letter *letter;

	check_slow(loop);
	if (loop->posts.running != NULL)
		return go_on_with_posts(loop);
	if (loop->left == 0)
		return loop->timers.left ? go_on_with_timers(loop) : begin_turn(loop);
	loop->left--;
	letter = crl_letters_take(&runner->ready);
	if (crl_unlikely(loop->slow.fn != NULL))
		loop->slow.begun = crl_now();
	if (letter->kind == CRL_LETTER_STRAND) {
		crl_runner_step_aside(runner, CRL_CONTAINER_OF(letter, crl_strand, letter));
	} else if ((loop->cancelling || crl_runner_stopping(runner)) &&
		   !(letter->flags & CRL_JOB_CALLBACK)) {
		crl_job *job = crl_job_of_letter(letter);

		job->ops->drop(job, &crl_error_cancelled); /* a task that has not begun */
	} else {
		crl_runner_run_job(runner, crl_job_of_letter(letter));
	}
	return true;
}
