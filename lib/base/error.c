/* SPDX-License-Identifier: MIT */
/*
 * error.c: error objects, and the reserve for when there is no memory.
 *
 * Ordering of the reserve (release -> acquire, what it publishes)
 *   [E1] give_back: clear `taken`, release -> take: set `taken`, acquire    the entry is nobody's
 */
#include "base/error.h"

#include "base/atomic.h"
#include "base/context.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define RESERVE_COUNT 32

const creel_error crl_error_no_memory = {.code = CREEL_ENOMEM, .message = "out of memory"};
const creel_error crl_error_cancelled = {.code = CREEL_ECANCELLED, .message = "cancelled"};
const creel_error crl_error_closed = {.code = CREEL_ECLOSED, .message = "the pool is shut down"};
const creel_error crl_error_broken = {
	.code = CREEL_EBROKEN, .message = "the pool is broken: a worker's init has failed"};
const creel_error crl_error_pool_full = {
	.code = CREEL_EFULL, .message = "the pool's queue is full"};
const creel_error crl_error_pool_full_here = {.code = CREEL_EDEADLK,
	.message = "the pool's queue is full, and waiting is not allowed here"};
const creel_error crl_error_late = {
	.code = CREEL_ETIMEDOUT, .message = "the task was not started in time"};
const creel_error crl_error_loop_closed = {.code = CREEL_ECLOSED, .message = "the loop is closed"};
const creel_error crl_error_no_runtime = {
	.code = CREEL_ESTATE, .message = "there is no runtime, or it has ended"};
const creel_error crl_error_no_future = {
	.code = CREEL_EINVAL, .message = "a future is NULL, or a flag is not known"};
const creel_error crl_error_too_few = {.code = CREEL_EINVAL,
	.message = "the first of nothing, none of the first, or more than there are"};
const creel_error crl_error_forked = {
	.code = CREEL_ECLOSED, .message = "a future was made before a fork"};
const creel_error crl_error_no_loop = {
	.code = CREEL_EWRONGTHREAD, .message = "the caller is not on a loop"};
const creel_error crl_error_invalid = {.code = CREEL_EINVAL,
	.message = "the pool, the loop or the function is NULL, or an option is not known"};

const creel_error crl_error_no_failure = {.code = CREEL_EINVAL,
	.message = "the task returned what creel_fail() returned to somebody else"};

const creel_error crl_error_group_ended = {
	.code = CREEL_ECLOSED, .message = "the group has ended, or is being cancelled"};
const creel_error crl_error_full = {
	.code = CREEL_EFULL, .message = "as many run as the limit allows"};
const creel_error crl_error_no_wait = {
	.code = CREEL_EDEADLK, .message = "the limit is reached, and waiting is not allowed here"};

static struct {
	crl_atomic(bool) taken[RESERVE_COUNT];
	creel_error errors[RESERVE_COUNT];
} reserve;

static creel_error *
reserve_take(void)
{
	for (int i = 0; i < RESERVE_COUNT; i++)
		if (!crl_exchange(&reserve.taken[i], true, acquire)) /* [E1] */
			return &reserve.errors[i];
	return NULL;
}

/* Give an entry back, if it is one. */
static bool
reserve_give_back(const creel_error *error)
{
	for (int i = 0; i < RESERVE_COUNT; i++)
		if (error == &reserve.errors[i]) {
			crl_store(&reserve.taken[i], false, release); /* [E1] */
			return true;
		}
	return false;
}

const creel_error *
crl_error_vnew(const char *file, int line, int code, const char *format, va_list args)
{
	const char *message = "(no memory was left for the message)";
	creel_error *error = NULL;
	va_list again;
	int length;

	if (format == NULL)
		format = "";
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length >= 0)
		error = crl_alloc(sizeof *error + (size_t)length + 1);
	if (error != NULL) {
		vsnprintf((char *)(error + 1), (size_t)length + 1, format, args);
		message = (char *)(error + 1);
	} else if ((error = reserve_take()) == NULL) {
		return &crl_error_no_memory;
	}
	*error = (creel_error){.code = code, .message = message, .file = file, .line = line};
	return error;
}

const creel_error *
crl_error_new_cancelled(const char *reason)
{
	size_t length;
	creel_error *error;

	if (crl_likely(reason == NULL))
		return &crl_error_cancelled;
	length = strnlen(reason, CRL_LAST_ERROR_TEXT);
	if ((error = crl_alloc(sizeof *error + length + 1)) == NULL)
		return &crl_error_cancelled;
	memcpy(error + 1, reason, length);
	((char *)(error + 1))[length] = '\0';
	*error = (creel_error){.code = CREEL_ECANCELLED, .message = (char *)(error + 1)};
	return error;
}

static bool
is_static(const creel_error *error)
{
	static const creel_error *const all[] = {&crl_error_no_memory, &crl_error_cancelled,
		&crl_error_closed, &crl_error_broken, &crl_error_pool_full,
		&crl_error_pool_full_here, &crl_error_late, &crl_error_loop_closed,
		&crl_error_no_future, &crl_error_too_few, &crl_error_forked, &crl_error_no_loop,
		&crl_error_no_runtime, &crl_error_invalid, &crl_error_no_failure,
		&crl_error_group_ended, &crl_error_full, &crl_error_no_wait, NULL};

	for (const creel_error *const *one = all; *one != NULL; one++)
		if (error == *one)
			return true;
	return false;
}

void
crl_error_free(const creel_error *error)
{
	if (error != NULL && !is_static(error) && !reserve_give_back(error))
		crl_free((void *)(size_t)error);
}
