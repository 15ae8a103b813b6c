/* SPDX-License-Identifier: MIT */
/*
 * overflow.h: say which task overflowed its stack before the process dies of it.
 *
 * A handler of SIGSEGV and SIGBUS, which runs on an alternate stack since the fiber's own is full,
 * looks at each fault. It is an overflow if the address lies in the guard of the stack that the
 * thread runs on, and the stack pointer has come down to the guard as well (a wild pointer may hit
 * the guard, too). Then one line goes to stderr:
 *
 *     creel: fatal: task 'NAME' overflowed its stack of N KiB
 *
 * Overflow or not, the fault then is the business of whoever handled the signal before: a function
 * is called with the same arguments and signal mask; the default action is put back in place, and
 * the fault happens again and ends the process. A fatal fault stays fatal, with the core dump at the
 * right place.
 *
 * The handler uses only what is async-signal-safe: thread-locals of static size, constants, write(2).
 * Not noticed: frames that are larger than the guard and jump over it (-fstack-clash-protection makes
 * them touch every page), and stacks that have but a canary (stack.h).
 */
#ifndef CRL_FIBER_OVERFLOW_H
#define CRL_FIBER_OVERFLOW_H

#include <stdbool.h>
#include <stddef.h>

/* What a thread that runs fibers keeps for the handler. All zero: nothing. */
typedef struct crl_overflow_thread {
	void *memory; /* its alternate stack; NULL if the thread has one that is not ours */
	size_t size;
} crl_overflow_thread;

/* The name of the calling thread's present task, or NULL; called in the signal handler. */
typedef const char *crl_overflow_name(void);

/* Install the handlers, the first time that it is called in the process. Thread-safe; a second
 * caller may return a moment before the first. */
void crl_overflow_install(void);

/* Put back the handlers that stood there before, unless others have been installed since. For tests,
 * and for a library that is unloaded. */
void crl_overflow_remove(void);

/* From now on tasks have names; NULL: no more. */
void crl_overflow_set_name(crl_overflow_name *name);

/* Give the calling thread an alternate stack if it has none. False: no memory; then an overflow in
 * this thread kills the process without the line. */
bool crl_overflow_thread_init(crl_overflow_thread *thread);

/* Take it away again, in the same thread. */
void crl_overflow_thread_fini(crl_overflow_thread *thread);

#endif
