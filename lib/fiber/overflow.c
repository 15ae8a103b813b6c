/* SPDX-License-Identifier: MIT */
/* overflow.c: the handler of faults, and the threads' alternate stacks. */
#include "fiber/overflow.h"

#include "base/atomic.h"
#include "fiber/fiber.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

/* The kernel's own needs come on top; handlers that we call want some, too. */
#define ALTERNATE_STACK ((size_t)64 << 10)

#define LONGEST_NAME 128

enum { SEGV, BUS, SIGNALS };

static const int signals[SIGNALS] = {SIGSEGV, SIGBUS};

/* What was there before us: written before our handler is put in place. */
static struct sigaction previous[SIGNALS];

/* Relaxed, both: one thread alone turns installed, and a name function needs nothing but itself. */
static crl_atomic(bool) installed;
static crl_atomic(crl_overflow_name *) task_name;

struct line {
	char text[LONGEST_NAME + 96];
	size_t length;
};

static void
append(struct line *line, const char *text, size_t most)
{
	for (size_t i = 0; i < most && text[i] != '\0'; i++)
		line->text[line->length++] = text[i];
}

static void
append_number(struct line *line, size_t number)
{
	char digits[24];
	size_t i = sizeof digits;

	digits[--i] = '\0';
	do
		digits[--i] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	append(line, &digits[i], sizeof digits);
}

static void
report(const crl_stack *stack)
{
	crl_overflow_name *const get_name = crl_load(&task_name, relaxed);
	const char *name = get_name != NULL ? get_name() : NULL;
	struct line line = {.length = 0};

	if (name == NULL)
		name = "(unnamed)";
	append(&line, "creel: fatal: task '", SIZE_MAX);
	append(&line, name, LONGEST_NAME);
	append(&line, "' overflowed its stack of ", SIZE_MAX);
	append_number(&line, stack->full >> 10);
	append(&line, " KiB\n", SIZE_MAX);
	if (write(STDERR_FILENO, line.text, line.length) < 0)
		return; /* there is nobody left to tell */
}

/* Whether the fault means that the running fiber's stack is full. A frame that reaches into the guard
 * has brought the stack pointer there, or as near as the red zone lets it touch what is below. */
static bool
is_overflow(const crl_stack *stack, uintptr_t address, uintptr_t sp)
{
	const uintptr_t base = (uintptr_t)stack->base;

	return base - stack->guard <= address && address < base && sp < base + CRL_SWITCH_RED_ZONE;
}

/* Whether the fault happens again when the handler returns, as it does unless somebody sent the
 * signal or the kernel reports a broken page that nobody has read. */
static bool
recurs(int signal, const siginfo_t *info)
{
	return info->si_code > 0 && !(signal == SIGBUS && info->si_code == BUS_MCEERR_AO);
}

/* Put the default action, or none, back in place, and let it happen. */
static void
let_die(int signal, const siginfo_t *info, const struct sigaction *action)
{
	if (recurs(signal, info)) {
		sigaction(signal, action, NULL); /* to ignore a fault is not possible: it kills */
	} else if (action->sa_handler == SIG_DFL) {
		sigaction(signal, action, NULL);
		raise(signal);
	}
}

/* Do what would have happened without us. */
static void
chain(int signal, siginfo_t *info, void *ucontext)
{
	const struct sigaction *action = &previous[signal == SIGSEGV ? SEGV : BUS];
	const struct sigaction reset = {.sa_handler = SIG_DFL};

	if (!(action->sa_flags & SA_SIGINFO) &&
		(action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN)) {
		let_die(signal, info, action);
		return;
	}
	if (action->sa_flags & (int)SA_RESETHAND)
		sigaction(signal, &reset, NULL);
	if (action->sa_flags & SA_SIGINFO)
		action->sa_sigaction(signal, info, ucontext);
	else
		action->sa_handler(signal);
}

static void
on_fault(int signal, siginfo_t *info, void *ucontext)
{
	const int error = errno;
	const crl_fiber *fiber = crl_fiber_running;

	if (recurs(signal, info) && fiber != NULL &&
		is_overflow(
			&fiber->stack, (uintptr_t)info->si_addr, crl_switch_interrupted(ucontext)))
		report(&fiber->stack);
	errno = error;
	chain(signal, info, ucontext);
	errno = error;
}

/* With the mask and the flags of the handler before, so that it finds what it asked for. */
static void
install(int signal, struct sigaction *before)
{
	struct sigaction action = {0};

	sigaction(signal, NULL, before);
	action.sa_sigaction = on_fault;
	action.sa_mask = before->sa_mask;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | (before->sa_flags & (SA_RESTART | SA_NODEFER));
	sigaction(signal, &action, NULL);
}

void
crl_overflow_install(void)
{
	if (crl_exchange(&installed, true, relaxed))
		return;
	for (int i = 0; i < SIGNALS; i++)
		install(signals[i], &previous[i]);
}

void
crl_overflow_remove(void)
{
	struct sigaction now;

	crl_store(&installed, false, relaxed);
	for (int i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &now);
		if (now.sa_sigaction == on_fault)
			sigaction(signals[i], &previous[i], NULL);
	}
}

void
crl_overflow_set_name(crl_overflow_name *name)
{
	crl_store(&task_name, name, relaxed);
}

bool
crl_overflow_thread_init(crl_overflow_thread *thread)
{
	const size_t size = ALTERNATE_STACK + getauxval(AT_MINSIGSTKSZ);
	stack_t present, ours = {.ss_size = size};

	*thread = (crl_overflow_thread){0};
	sigaltstack(NULL, &present);
	if (!(present.ss_flags & SS_DISABLE))
		return true;
	ours.ss_sp = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (ours.ss_sp == MAP_FAILED)
		return false;
	sigaltstack(&ours, NULL); /* large enough, and the thread is on no other: cannot fail */
	thread->memory = ours.ss_sp;
	thread->size = size;
	return true;
}

void
crl_overflow_thread_fini(crl_overflow_thread *thread)
{
	const stack_t none = {.ss_flags = SS_DISABLE};
	stack_t present;

	if (thread->memory == NULL)
		return;
	sigaltstack(NULL, &present);
	if (present.ss_sp == thread->memory)
		sigaltstack(&none, NULL);
	munmap(thread->memory, thread->size);
	*thread = (crl_overflow_thread){0};
}
