/* SPDX-License-Identifier: MIT */
/* hooks.c: what a loop tells the program of: slow callbacks, and errors that nobody looked at. */
#include "base/context.h"
#include "loop/loop.h"

/* May the caller set a hook? */
static creel_status
check(creel_loop *loop)
{
	const creel_status status = crl_loop_check(loop, loop);

	if (status == CREEL_OK && !crl_loop_is_own(loop))
		return crl_report(CREEL_EWRONGTHREAD, "not on the loop's thread");
	return status;
}

creel_status
creel_loop_on_slow(creel_loop *loop, creel_duration than, creel_slow_fn *fn, void *ctx)
{
	const creel_status status = check(loop);

	if (status != CREEL_OK)
		return status;
	if (than < 0)
		return crl_report(CREEL_EINVAL, "the duration is negative");
	loop->slow.than = than;
	loop->slow.fn = fn;
	loop->slow.ctx = ctx;
	loop->slow.begun = 0;
	return CREEL_OK;
}

creel_status
creel_loop_on_error(creel_loop *loop, creel_unhandled_fn *fn, void *ctx)
{
	const creel_status status = check(loop);

	if (status == CREEL_OK)
		loop->on_error = (crl_unhandled_hook){fn, ctx};
	return status;
}
