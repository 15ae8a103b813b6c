/* SPDX-License-Identifier: MIT */
/* submit.c: putting tasks on a pool. */
#include "base/attr.h"
#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "task/task.h"

#include <stdint.h>

/* Why a submission is refused before it is tried; NULL: it is not. */
static const creel_error *
refusal(const creel_pool *pool, creel_fn *fn)
{
	if (pool == NULL || fn == NULL)
		return &crl_error_invalid;
	return crl_pool_inherited(pool) ? &crl_error_closed : NULL;
}

/* There is no memory for a task that could be refused: only its argument is left to care for. */
creel_future *
crl_task_refuse_unmade(const crl_task_spec *spec)
{
	if (spec->options != NULL)
		crl_call_inhibited(spec->options->arg_drop, spec->arg);
	return crl_future_no_memory();
}

bool
crl_task_push(creel_pool *pool, crl_task *task)
{
	crl_letter *letter = &task->job.letter;

	return crl_pool_push(pool, (crl_letters){letter, letter, 1});
}

/* NULL: it is queued, or has been run; else why it is refused. */
static inline const creel_error *
push(creel_pool *pool, crl_task *task, const crl_task_spec *spec)
{
	return crl_likely(crl_task_push(pool, task)) ? NULL : crl_task_admit_one(pool, task, spec);
}

static creel_future *
submit(creel_pool *pool, const crl_task_spec *spec, const creel_error *refused)
{
	crl_task *task = crl_task_new(refused == NULL ? pool : NULL, spec);

	if (task == NULL)
		return crl_task_refuse_unmade(spec);
	if (refused == NULL)
		refused = push(pool, task, spec);
	if (refused != NULL)
		crl_task_refuse(task, refused);
	return &task->future;
}

creel_future *
crl_task_submit(creel_pool *pool, const crl_task_spec *spec)
{
	return submit(pool, spec, refusal(pool, spec->fn));
}

creel_future *
creel_submit(creel_pool *pool, creel_fn *fn, void *arg)
{
	return submit(
		pool, &(crl_task_spec){.fn = fn, .arg = arg, .holders = 1}, refusal(pool, fn));
}

creel_future *
creel_try_submit(creel_pool *pool, creel_fn *fn, void *arg)
{
	return submit(pool, &(crl_task_spec){.fn = fn, .arg = arg, .holders = 1, .only_try = true},
		refusal(pool, fn));
}

bool
crl_task_read_options(creel_task_options *to, const creel_task_options *from)
{
	return crl_options_read(to, sizeof *to, from) && to->priority <= CREEL_PRIORITY_LOW &&
	       to->start_deadline >= 0;
}

creel_future *
creel_submit_with(creel_pool *pool, const creel_task_options *opts, creel_fn *fn, void *arg)
{
	creel_task_options options;
	bool known = crl_task_read_options(&options, opts);
	crl_task_spec spec = {.fn = fn, .arg = arg, .options = &options, .holders = 1};

	return submit(pool, &spec, known ? refusal(pool, fn) : &crl_error_invalid);
}

creel_status
creel_post(creel_pool *pool, creel_fn *fn, void *arg)
{
	const crl_task_spec spec = {.fn = fn, .arg = arg, .posted = true};
	const creel_error *refused = refusal(pool, fn);
	crl_task *task;

	if (refused != NULL)
		return crl_report((creel_status)refused->code, refused->message);
	task = crl_task_new(pool, &spec);
	if (task == NULL)
		return crl_report(CREEL_ENOMEM, "no memory for a task");
	if ((refused = push(pool, task, &spec)) != NULL) {
		crl_task_discard(task);
		return crl_report((creel_status)refused->code, refused->message);
	}
	return CREEL_OK;
}

/* creel_submit_many() puts in so many at a time: the workers begin while the rest is being made. */
#define CHUNK 128

/* Tasks for n arguments, as far as memory goes; the newest is the first of the chain. */
static crl_letters
make_tasks(creel_pool *pool, creel_fn *fn, void *const args[], size_t n, creel_future *out[])
{
	crl_letters made = {NULL, NULL, 0};

	while (made.count < n) {
		void *arg = args != NULL ? args[made.count] : NULL;
		crl_task *task = crl_task_new(
			pool, &(crl_task_spec){.fn = fn, .arg = arg, .holders = out != NULL});

		if (task == NULL)
			break;
		if (out != NULL)
			out[made.count] = &task->future;
		crl_letters_push_front(&made, &task->job.letter);
	}
	return made;
}

/* The pool did not accept them. Futures that nobody wanted need not fail. */
static void
refuse_all(crl_letters tasks, bool wanted, const creel_error *error)
{
	crl_job *job;

	while ((job = crl_jobs_take(&tasks)) != NULL)
		if (wanted)
			crl_task_refuse(CRL_CONTAINER_OF(job, crl_task, job), error);
		else
			crl_task_discard(CRL_CONTAINER_OF(job, crl_task, job));
}

/* Put in n; *count: for so many there is a future, of a task that was accepted or refused. Returns why the others
 * were refused; NULL: none was. */
static const creel_error *
submit_chunk(creel_pool *pool, creel_fn *fn, void *const args[], size_t n, creel_future *out[],
	size_t *count)
{
	crl_letters made = make_tasks(pool, fn, args, n, out);
	const creel_error *refused = NULL;

	*count = made.count;
	if (made.count > 0 && !crl_pool_push(pool, made))
		refused = crl_task_admit(pool, &made, &(crl_task_spec){.fn = fn});
	if (refused != NULL) {
		refuse_all(made, out != NULL, refused);
		return refused;
	}
	return *count < n ? &crl_error_no_memory : NULL;
}

/* The futures of what there was no task for. */
static void
fill_refused(creel_future *out[], size_t from, size_t n, const creel_error *error)
{
	for (size_t i = from; out != NULL && i < n; i++)
		out[i] = submit(NULL, &(crl_task_spec){.holders = 1}, error);
}

creel_status
creel_submit_many(creel_pool *pool, creel_fn *fn, void *const args[], size_t n, creel_future *out[])
{
	const creel_error *refused = refusal(pool, fn);
	size_t done = 0, count;

	while (refused == NULL && done < n) {
		refused = submit_chunk(pool, fn, args != NULL ? args + done : NULL,
			n - done < CHUNK ? n - done : CHUNK, out != NULL ? out + done : NULL,
			&count);
		done += count;
	}
	if (refused == NULL)
		return CREEL_OK;
	fill_refused(out, done, n, refused);
	return crl_report((creel_status)refused->code, refused->message);
}
