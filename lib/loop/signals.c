/* SPDX-License-Identifier: MIT */
/*
 * signals.c: callbacks of a loop for signals. The thread of the watch (sync/signal.h) sends the letter,
 * unless it is on its way; the loop calls the program when it comes.
 *
 * Ordering (release -> acquire, what it publishes)
 *   [SI1] the loop: store of `sent`, before the call -> the watch's thread: exchange of it    the letter is free
 *   The letter itself goes through the mailbox [MB1]. The watch has ended before the callback is freed.
 */
#include "loop/io.h"

#include "base/context.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "sync/signal.h"

#include <creel/io.h>

#include <errno.h>
#include <string.h>

typedef struct signal_callback {
	crl_signal_watch watch;
	crl_job job;
	crl_list place; /* among those of the loop */
	creel_loop *loop;
	crl_atomic(bool) sent; /* the letter is in the mailbox or the ready list */

	/* The loop's thread only. */
	creel_callback_fn *fn;
	void *arg;
	bool removed; /* the letter, which has been sent, frees it */
} signal_callback;

/* On the watch's thread. */
static void
send_letter(void *arg)
{
	signal_callback *callback = arg;

	if (!crl_exchange(&callback->sent, true, acquire)) /* [SI1] */
		crl_loop_deliver(callback->loop, &callback->job.letter);
}

static void
run(crl_job *job)
{
	signal_callback *callback = CRL_CONTAINER_OF(job, signal_callback, job);

	if (callback->removed) {
		crl_free(callback);
		return;
	}
	crl_store(&callback->sent, false, release);      /* [SI1] */
	crl_call_inhibited(callback->fn, callback->arg); /* may take it back */
}

static const crl_job_ops job_ops = {.run = run};

static signal_callback *
find(const creel_loop *loop, int number)
{
	CRL_LIST_EACH (place, &loop->signals) {
		signal_callback *callback = CRL_CONTAINER_OF(place, signal_callback, place);

		if (callback->watch.number == number)
			return callback;
	}
	return NULL;
}

static void
take_back(signal_callback *callback)
{
	crl_signal_watch_end(&callback->watch);
	crl_list_unlink(&callback->place);
	callback->removed = true;
	if (!crl_load(&callback->sent, relaxed)) /* the watch has ended: nobody else has it */
		crl_free(callback);
}

void
crl_loop_drop_signals(creel_loop *loop)
{
	while (!crl_list_empty(&loop->signals))
		take_back(CRL_CONTAINER_OF(loop->signals.next, signal_callback, place));
}

static creel_status
refuse(int error)
{
	switch (error) {
	case EINVAL:
		return crl_report(CREEL_EINVAL, "that is no signal that can be listened for");
	case EBUSY:
		return crl_report(CREEL_ESTATE, "somebody else listens for the signal");
	default:
		return crl_reportf(CREEL_ESYS, "the signal's thread could not be started: %s",
			strerror(error));
	}
}

/* The first one for the signal, on this loop. */
static creel_status
listen_for(creel_loop *loop, int number, creel_callback_fn *fn, void *arg)
{
	signal_callback *callback = crl_zalloc(sizeof *callback);
	int error;

	if (callback == NULL)
		return crl_report(CREEL_ENOMEM, "no memory for a callback");
	callback->watch = (crl_signal_watch){.number = number, .fn = send_letter, .arg = callback};
	callback->job = (crl_job){
		.ops = &job_ops, .letter = {.kind = CRL_LETTER_JOB, .flags = CRL_JOB_CALLBACK}};
	callback->loop = loop;
	callback->fn = fn;
	callback->arg = arg;
	if ((error = crl_signal_watch_begin(&callback->watch)) != 0) {
		crl_free(callback);
		return refuse(error);
	}
	crl_list_push_back(&loop->signals, &callback->place);
	return CREEL_OK;
}

creel_status
creel_loop_add_signal(creel_loop *loop, int signal, creel_callback_fn *fn, void *arg)
{
	creel_status status = crl_loop_check_own(loop, (const void *)(uintptr_t)fn);
	signal_callback *callback;

	if (status != CREEL_OK)
		return status;
	if ((callback = find(loop, signal)) == NULL)
		return listen_for(loop, signal, fn, arg);
	callback->fn = fn;
	callback->arg = arg;
	return CREEL_OK;
}

bool
creel_loop_remove_signal(creel_loop *loop, int signal)
{
	signal_callback *callback;

	if (crl_loop_check_taking(loop) != CREEL_OK || (callback = find(loop, signal)) == NULL)
		return false;
	take_back(callback);
	return true;
}
