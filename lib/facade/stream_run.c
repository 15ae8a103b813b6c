/* SPDX-License-Identifier: MIT */
/* stream_run.c: all of a stream in one call. */
#include "facade/stream.h"

#include "base/context.h"
#include "base/error.h"
#include "facade/region.h"
#include "task/await.h"

typedef struct drain {
	creel_stream *stream;
	creel_stream_each_fn *each; /* NULL: none */
	void *ctx;
	creel_status status;
	const creel_error *first; /* of the failures, owned; NULL: none */
} drain;

/* One item. */
static void
pass_on(drain *d, creel_status status, const crl_handed *handed)
{
	if (handed->failure != NULL)
		crl_report_error(handed->failure);
	if (d->each != NULL)
		d->each(status, &handed->item, d->ctx);
	else if (handed->failure == NULL)
		crl_call_inhibited(d->stream->options.result_drop, handed->item.value);
	if (d->first == NULL)
		d->first = handed->failure;
	else
		crl_error_free(handed->failure);
}

/* A task, or the caller itself. */
static void *
take_all(void *arg)
{
	drain *d = arg;
	crl_handed handed;

	for (;;) {
		d->status = crl_stream_take(d->stream, CREEL_FOREVER, &handed);
		if (d->status != CREEL_OK && d->status != CREEL_EFAILED)
			return NULL;
		pass_on(d, d->status, &handed);
	}
}

/* Off tasks: a task does it, which is sooner woken than a thread. Where it cannot, what is there is taken here. */
static void
have_all_taken(drain *d)
{
	bool requested;
	creel_status status = crl_region_submit(d->stream->pool, take_all, d, &requested);

	if (status == CREEL_ECLOSED || status == CREEL_EBROKEN || status == CREEL_ENOMEM)
		take_all(d);
	else if (status != CREEL_OK)
		d->status = status;
}

creel_status
creel_stream_run(creel_stream *stream, creel_stream_each_fn *each, void *ctx)
{
	drain d = {.stream = stream, .each = each, .ctx = ctx};
	creel_status status = crl_stream_check(stream, stream);

	if (status != CREEL_OK)
		return status;
	if (crl_task_self() != NULL)
		take_all(&d);
	else
		have_all_taken(&d);
	status = d.status == CREEL_EEMPTY ? CREEL_OK : d.status;
	if (status == CREEL_OK && d.first != NULL)
		status = crl_report_error(d.first);
	else if (status != CREEL_OK)
		status = crl_stream_report(status);
	crl_error_free(d.first);
	return status;
}
