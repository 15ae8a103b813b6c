/* SPDX-License-Identifier: MIT */
/*
 * creel/status.h: how calls answer, and what an error carries.
 *
 *  function            blocks?  from a worker?  from a loop?  from any thread?  from a callback?
 *  creel_status_name   no       yes             yes           yes               yes
 *  creel_status_text   no       yes             yes           yes               yes
 *  creel_last_error    no       yes             yes           yes               yes
 *
 * A call answers with a creel_status: 0 (CREEL_OK) or a positive number that never changes. What a
 * *task* ended with is data: it is read from its future, and its code is the task's own (often an
 * errno). The status numbers start above errno's range, so neither is ever mistaken for the other.
 */
#ifndef CREEL_STATUS_H
#define CREEL_STATUS_H

#include <creel/attributes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, number, text): every status there is. Numbers are never reused. */
#define CREEL_STATUS_MAP(X) \
	X(CREEL_OK, 0, "success") \
	X(CREEL_EINVAL, 10001, "invalid argument") \
	X(CREEL_ENOMEM, 10002, "out of memory") \
	X(CREEL_EPENDING, 10003, "the future is not done yet") \
	X(CREEL_ESTATE, 10004, "not possible in the present state") \
	X(CREEL_ECANCELLED, 10005, "cancelled") \
	X(CREEL_EFAILED, 10006, "the task failed; its future holds the error") \
	X(CREEL_ETIMEDOUT, 10007, "timed out") \
	X(CREEL_ECLOSED, 10008, "shut down, closed, or made before a fork") \
	X(CREEL_EBROKEN, 10009, "broken: an initializer failed") \
	X(CREEL_EFULL, 10010, "full") \
	X(CREEL_EEMPTY, 10011, "empty: nothing will follow") \
	X(CREEL_EWRONGTHREAD, 10012, "called on the wrong thread") \
	X(CREEL_EDEADLK, 10013, "would wait for itself, or must not suspend here") \
	X(CREEL_ERUNNING, 10014, "already running") \
	X(CREEL_ESYS, 10015, "a system call failed")

typedef enum creel_status {
#define CREEL_STATUS_ENUM(name, number, text) name = number,
	CREEL_STATUS_MAP(CREEL_STATUS_ENUM)
#undef CREEL_STATUS_ENUM
} creel_status;

/*
 * creel_error is what a failed future, or the last failed call, has to say. Immutable; borrowed
 * from its owner (the future, or the calling task or thread). Fields are only ever appended.
 */
typedef struct creel_error {
	int code;                        /* the task's own code, or a creel_status */
	const char *message;             /* never NULL */
	const char *file;                /* where it was raised; NULL: unknown */
	int line;                        /* 0: unknown */
	const struct creel_error *cause; /* the error behind this one, or NULL */
} creel_error;

/* creel_status_name() is the status's identifier, "CREEL_EINVAL"; for other numbers "unknown". */
CREEL_API const char *creel_status_name(creel_status status);

/* creel_status_text() is the status in words; for other numbers "unknown status". */
CREEL_API const char *creel_status_text(creel_status status);

/*
 * creel_last_error() tells about the last creel call that failed in this task, or, off tasks, on
 * this thread. Never NULL: before any failure its code is CREEL_OK. For a call that answered
 * CREEL_EFAILED it is a copy of the future's error (the task's code, file and line, the first 200
 * bytes of its message, no cause), so that it can be read after creel_take() has let the future go.
 * Valid until the next failing call of the same task or thread. A call that succeeds leaves it.
 * After errno, but per task.
 */
CREEL_API const creel_error *creel_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
