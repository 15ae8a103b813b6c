/* SPDX-License-Identifier: MIT */
/*
 * creel/fork.h: fork and join, for work that splits itself up: about the price of two function calls.
 *
 *  function    blocks?  from a worker?  from a loop?   any thread?    from a callback?
 *  creel_fork  no       yes             runs it there  runs it there  yes
 *  creel_join  may      suspends        no             no             blocks
 *
 *     static void *
 *     fib(void *arg)
 *     {
 *             intptr_t n = (intptr_t)arg, a, b;
 *             creel_frame frame;
 *
 *             if (n < 2)
 *                     return arg;
 *             creel_fork(&frame, fib, (void *)(n - 1));
 *             b = (intptr_t)fib((void *)(n - 2));
 *             a = (intptr_t)creel_join(&frame);
 *             return (void *)(a + b);
 *     }
 *
 * What has been forked waits on the forking task's side until another worker of the same pool, that has
 * nothing to do, takes it; what nobody has taken when it is joined is run by the join, as a plain call. So a
 * fork costs a few stores, whether there is one worker or many. Join what was forked last first; any other
 * order works, but costs more. Every frame must be joined before the function that the task runs returns: one
 * that is not, or is joined twice, ends the process with a message where it is noticed.
 *
 * What is forked belongs to the task that forks it: creel_current() is that task, and a request for its
 * cancellation reaches the task and all that it has forked and that has begun, wherever that waits. It may await,
 * fork and join itself, wherever it runs.
 *
 * The functions are inline, and the structures here are for them alone: use no member. What they agree upon
 * with the library has a version, which is part of the names of its symbols: a program that was compiled for
 * another one does not link. Under ThreadSanitizer they are calls.
 */
#ifndef CREEL_FORK_H
#define CREEL_FORK_H

#include <creel/attributes.h>
#include <creel/task.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A call that was forked. It is the caller's, mostly on its stack, from the fork to the join. */
typedef struct creel_frame {
	creel_fn *fn;
	void *arg;                /* then what it returned */
	struct creel_frame *prev; /* that was forked before */
	uintptr_t state;
	void *owner;
	struct creel_frame *older, *newer;
} creel_frame;

/* What a thread has forked, and nobody else knows of. */
typedef struct creel_fork_stack {
	creel_frame *top;
	uintptr_t call; /* not 0: the next fork or join is to call the library */
} creel_fork_stack;

/* For the functions below alone. */
CREEL_API extern
	__attribute__((tls_model("initial-exec"))) __thread creel_fork_stack creel_fork_stack_v1;
CREEL_API void creel_fork_slow_v1(creel_frame *frame);
CREEL_API void *creel_join_slow_v1(creel_frame *frame);
CREEL_API void creel_fork_call_v1(creel_frame *frame, creel_fn *fn, void *arg);
CREEL_API void *creel_join_call_v1(creel_frame *frame);

/* The calling thread's. */
#ifndef CREEL_FORK_STACK_
#define CREEL_FORK_STACK_ (&creel_fork_stack_v1)
#endif

/*
 * In this order: who is told to call after the frame has been put on the stack, or taken from it, sees that;
 * and who is told before calls. Against a reordering by the processor it is the other side, which is in no
 * hurry, that puts up a barrier for all: lib/queue/frames.h.
 */
static inline __attribute__((always_inline)) int
creel_fork_set_top_(creel_fork_stack *stack, creel_frame *top)
{
	__atomic_store_n(&stack->top, top, __ATOMIC_RELEASE); /* [FJ1] */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return !__builtin_expect(__atomic_load_n(&stack->call, __ATOMIC_RELAXED) != 0, 0);
}

static inline __attribute__((always_inline)) void
creel_fork_inline_(creel_frame *frame, creel_fn *fn, void *arg)
{
	creel_fork_stack *stack = CREEL_FORK_STACK_;

	frame->fn = fn;
	frame->arg = arg;
	frame->state = 0;
	frame->prev = stack->top;
	if (!creel_fork_set_top_(stack, frame))
		creel_fork_slow_v1(frame);
}

/* To join: take the newest frame back, to be run in place; 0: it is not the newest, or the library is to be called. */
static inline __attribute__((always_inline)) int
creel_fork_take_back_(creel_frame *frame)
{
	creel_fork_stack *stack = CREEL_FORK_STACK_;

	if (__builtin_expect(stack->top != frame, 0))
		return 0;
	if (creel_fork_set_top_(stack, frame->prev))
		return 1;
	__atomic_store_n(&stack->top, frame, __ATOMIC_RELEASE); /* [FJ1] */
	return 0;
}

static inline __attribute__((always_inline)) void *
creel_join_inline_(creel_frame *frame)
{
	return creel_fork_take_back_(frame) ? frame->fn(frame->arg) : creel_join_slow_v1(frame);
}

/* ThreadSanitizer does not know of barriers that others put up, so it sees these within the library. */
#if defined(__SANITIZE_THREAD__)
#define CREEL_FORK_BY_CALL_
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CREEL_FORK_BY_CALL_
#endif
#endif

/*
 * creel_fork() lets fn(arg) run beside the caller, until creel_join(frame), which returns what it returned. No
 * memory is allocated, and it cannot fail. Off a pool, that is on a loop or a plain thread, fn runs at once,
 * within the fork.
 */
static inline __attribute__((always_inline)) void
creel_fork(creel_frame *frame, creel_fn *fn, void *arg)
{
#ifdef CREEL_FORK_BY_CALL_
	creel_fork_call_v1(frame, fn, arg);
#else
	creel_fork_inline_(frame, fn, arg);
#endif
}

/*
 * creel_join() returns what fn returned. If nobody has begun it, it is run here and now. If another worker
 * runs it, the calling task is suspended until it has ended; where it must not suspend, or there is no memory
 * for that, its thread is blocked instead. A request for cancellation does not end the wait: the frame is in
 * use as long as fn runs. If fn failed (`return creel_fail(...)`), creel_join() returns what creel_fail()
 * returned, which the caller can return in its turn: it has failed with that error then.
 */
static inline __attribute__((always_inline)) void *
creel_join(creel_frame *frame)
{
#ifdef CREEL_FORK_BY_CALL_
	return creel_join_call_v1(frame);
#else
	return creel_join_inline_(frame);
#endif
}

/* For CREEL_FORKABLE(): 0: it was taken back; 1: it has run. */
static inline __attribute__((always_inline)) int
creel_join_has_run_(creel_frame *frame)
{
#ifdef CREEL_FORK_BY_CALL_
	creel_join_call_v1(frame);
	return 1;
#else
	if (creel_fork_take_back_(frame))
		return 0;
	creel_join_slow_v1(frame);
	return 1;
#endif
}

/*
 * CREEL_FORKABLE() is for the last nanosecond: for a function `result name(argument)`, which has been declared,
 * it makes a frame with its own types, name_frame, and name_fork() and name_join(), in which the compiler sees
 * which function is called. All else is as with creel_fork() and creel_join(), but that such a function has
 * no way to fail other than by what it returns.
 *
 *     static long fib(int n);
 *     CREEL_FORKABLE(long, fib, int)
 *
 *     static long
 *     fib(int n)
 *     {
 *             fib_frame frame;
 *             long b;
 *
 *             if (n < 2)
 *                     return n;
 *             fib_fork(&frame, n - 1);
 *             b = fib(n - 2);
 *             return fib_join(&frame) + b;
 *     }
 */
#define CREEL_FORKABLE(result, name, argument) \
	typedef struct name##_frame { \
		creel_frame frame; \
		argument arg; \
		result value; \
	} name##_frame; \
\
	static void *name##_forked_(void *arg) \
	{ \
		name##_frame *frame = (name##_frame *)arg; \
\
		frame->value = name(frame->arg); \
		return 0; \
	} \
\
	static inline \
		__attribute__((always_inline)) void name##_fork(name##_frame *frame, argument arg) \
	{ \
		frame->arg = arg; \
		creel_fork(&frame->frame, name##_forked_, frame); \
	} \
\
	static inline __attribute__((always_inline)) result name##_join(name##_frame *frame) \
	{ \
		return creel_join_has_run_(&frame->frame) ? frame->value : name(frame->arg); \
	}

#ifdef __cplusplus
}
#endif

#endif
