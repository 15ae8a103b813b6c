/* SPDX-License-Identifier: MIT */
/* scene.c: playing scenes, and what they have in common. */
#include "fiber/scene.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int mmap_error;
size_t mapped;
crl_fiber *fiber;
crl_stack neighbour;
const char read_only[64] = "read only";
char text[2000];

static crl_stacks cache;
static crl_fiber root;
static crl_overflow_thread overflow_thread;
static int status; /* how the child ended */

int __real_raise(int);
int __wrap_raise(int);
void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);

void *
__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (mmap_error != 0) {
		errno = mmap_error;
		return MAP_FAILED;
	}
	mapped += size;
	return __real_mmap(address, size, protection, flags, fd, offset);
}

/* This is the last that a dying process does. */
int
__wrap_raise(int signal)
{
	dump_coverage();
	return __real_raise(signal);
}

#ifdef CRL_TSAN
/* Else every process with fibers sleeps for a second at its end. */
const char *__tsan_default_options(void);
const char *
__tsan_default_options(void)
{
	return "atexit_sleep_ms=0";
}
#endif

void
forget_handlers(void)
{
	const stack_t none = {.ss_flags = SS_DISABLE};

	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	ck_assert_int_eq(sigaltstack(&none, NULL), 0);
}

void
prepare(void)
{
	crl_overflow_install();
	if (!crl_overflow_thread_init(&overflow_thread))
		leave(90);
	crl_stacks_init(&cache, SCENE_STACK, SCENE_GUARD);
	crl_fiber_init_thread(&root);
}

void
run(crl_fiber_fn *fn)
{
	crl_stack stack;

	prepare();
	if (!crl_stacks_get(&cache, &stack) || !crl_stacks_get(&cache, &neighbour))
		leave(91);
	if (neighbour.base + neighbour.full != stack.base - stack.guard)
		leave(92);
	memset(neighbour.base, 0x5a, neighbour.size);
	fiber = crl_stack_carve(&stack, sizeof *fiber);
	crl_fiber_init(fiber, stack, fn, NULL);
	crl_fiber_switch(&root, fiber);
}

bool
neighbour_is_whole(void)
{
	for (size_t i = 0; i < neighbour.size; i++)
		if (neighbour.base[i] != 0x5a)
			return false;
	return true;
}

static volatile unsigned deepest = UINT_MAX; /* for the compiler, which must not know the end */

static unsigned
recurse(unsigned depth)
{
	volatile unsigned frame[50];

	frame[depth % 50] = depth;
	if (depth < deepest)
		frame[0] += recurse(depth + 1);
	return frame[0];
}

void
overflow(void *arg)
{
	(void)arg;
	recurse(0);
	leave(93);
}

static const char *
name_deep(void)
{
	return "deep";
}

void
scene_overflow(void)
{
	crl_overflow_set_name(name_deep);
	run(overflow);
}

void
exit_46(int signal)
{
	leave(signal == SIGSEGV ? 46 : 47);
}

void
write_to(char *address)
{
	*(volatile char *)address = 1;
}

void
play(void (*scene)(void))
{
	int ends[2];
	size_t length = 0;
	ssize_t n;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		forget_handlers();
		scene();
		leave(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
		length += (size_t)n;
	close(ends[0]);
	text[length] = '\0';
	ck_assert_int_eq(waitpid(child, &status, 0), child);
}

void
died_of(int signal)
{
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == signal,
		"status %#x instead of signal %d; it said: %s", (unsigned)status, signal, text);
}

void
exited(int code)
{
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == code,
		"status %#x instead of exit code %d; it said: %s", (unsigned)status, code, text);
}
