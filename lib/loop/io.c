/* SPDX-License-Identifier: MIT */
/*
 * io.c: callbacks of a loop for descriptors that are ready. All of it is the loop's thread's.
 *
 * The poller tells in every turn who is ready; each of those puts its letter onto the ready list, unless
 * it is there.
 */
#include "loop/io.h"

#include "base/context.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "runner/poller.h"

#include <creel/io.h>

#include <errno.h>
#include <string.h>

typedef struct fd_callback {
	crl_watch watch;
	crl_job job;
	crl_list place; /* among those of the loop */
	creel_loop *loop;
	creel_callback_fn *fn;
	void *arg;
	bool ready;   /* its letter is on the ready list */
	bool removed; /* and frees it */
} fd_callback;

static void
be_ready(crl_watch *watch)
{
	fd_callback *callback = CRL_CONTAINER_OF(watch, fd_callback, watch);

	if (callback->ready)
		return;
	callback->ready = true;
	crl_letters_push(&callback->loop->runner->ready, &callback->job.letter);
}

static void
run(crl_job *job)
{
	fd_callback *callback = CRL_CONTAINER_OF(job, fd_callback, job);

	callback->ready = false;
	if (callback->removed) {
		crl_free(callback);
		return;
	}
	crl_call_inhibited(callback->fn, callback->arg); /* may take it back */
}

static const crl_job_ops job_ops = {.run = run};

/* The reader, or writer, of the descriptor; NULL: it has none. */
static fd_callback *
find(const creel_loop *loop, int fd, unsigned events)
{
	const crl_poller *poller = loop->runner->poller;

	if (poller == NULL || fd < 0)
		return NULL;
	for (crl_watch *watch = crl_poller_first(poller, fd); watch != NULL; watch = watch->next)
		if (watch->ready == be_ready && watch->events == events)
			return CRL_CONTAINER_OF(watch, fd_callback, watch);
	return NULL;
}

static void
take_back(creel_loop *loop, fd_callback *callback)
{
	crl_poller_remove(loop->runner->poller, &callback->watch);
	crl_list_unlink(&callback->place);
	callback->removed = true;
	if (!callback->ready)
		crl_free(callback);
}

creel_status
crl_loop_check_taking(creel_loop *loop)
{
	if (loop == NULL)
		return crl_report(CREEL_EINVAL, "the loop is NULL");
	if (crl_loop_inherited(loop))
		return crl_report(CREEL_ECLOSED, "the loop was made before a fork");
	if (!crl_loop_is_own(loop))
		return crl_report(CREEL_EWRONGTHREAD, "not on the loop's thread");
	return CREEL_OK;
}

void
crl_loop_drop_io(creel_loop *loop)
{
	while (!crl_list_empty(&loop->descriptors))
		take_back(loop, CRL_CONTAINER_OF(loop->descriptors.next, fd_callback, place));
}

static fd_callback *
make(creel_loop *loop, int fd, unsigned events, creel_callback_fn *fn, void *arg)
{
	fd_callback *callback = crl_alloc(sizeof *callback);

	if (callback == NULL)
		return NULL;
	*callback = (fd_callback){.watch = {.fd = fd, .events = events, .ready = be_ready},
		.job = {.ops = &job_ops,
			.letter = {.kind = CRL_LETTER_JOB, .flags = CRL_JOB_CALLBACK}},
		.loop = loop,
		.fn = fn,
		.arg = arg};
	crl_list_init(&callback->place);
	return callback;
}

/* Have the poller watch for it: 0, or the system's errno. */
static int
watch(creel_loop *loop, fd_callback *callback)
{
	int error = 0;
	crl_poller *poller = crl_runner_poller(loop->runner, &error);

	return poller == NULL ? error : crl_poller_add(poller, &callback->watch);
}

static creel_status
refuse(int error)
{
	switch (error) {
	case ENOMEM:
		return crl_report(CREEL_ENOMEM, "no memory for a callback");
	case EBADF:
		return crl_report(CREEL_EINVAL, "that is no open descriptor");
	case EPERM:
		return crl_report(CREEL_EINVAL, "such a descriptor is always ready");
	default:
		return crl_reportf(
			CREEL_ESYS, "the descriptor cannot be watched: %s", strerror(error));
	}
}

static creel_status
add(creel_loop *loop, int fd, unsigned events, creel_callback_fn *fn, void *arg)
{
	creel_status status = crl_loop_check_own(loop, (const void *)(uintptr_t)fn);
	fd_callback *before, *callback;
	int error;

	if (status != CREEL_OK)
		return status;
	if ((callback = make(loop, fd, events, fn, arg)) == NULL)
		return refuse(ENOMEM);
	before = find(loop, fd, events);
	if ((error = watch(loop, callback)) != 0) {
		crl_free(callback);
		return refuse(error);
	}
	crl_list_push_back(&loop->descriptors, &callback->place);
	if (before != NULL)
		take_back(loop, before);
	return CREEL_OK;
}

static bool
remove_one(creel_loop *loop, int fd, unsigned events)
{
	fd_callback *callback;

	if (crl_loop_check_taking(loop) != CREEL_OK)
		return false;
	if ((callback = find(loop, fd, events)) == NULL)
		return false;
	take_back(loop, callback);
	return true;
}

creel_status
creel_loop_add_reader(creel_loop *loop, int fd, creel_callback_fn *fn, void *arg)
{
	return add(loop, fd, CREEL_READABLE, fn, arg);
}

creel_status
creel_loop_add_writer(creel_loop *loop, int fd, creel_callback_fn *fn, void *arg)
{
	return add(loop, fd, CREEL_WRITABLE, fn, arg);
}

bool
creel_loop_remove_reader(creel_loop *loop, int fd)
{
	return remove_one(loop, fd, CREEL_READABLE);
}

bool
creel_loop_remove_writer(creel_loop *loop, int fd)
{
	return remove_one(loop, fd, CREEL_WRITABLE);
}
