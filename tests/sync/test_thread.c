/* SPDX-License-Identifier: MIT */
/* test_thread.c: starting, naming and counting. */
#include "sync/thread.h"

#include "support/faults.h"
#include "support/gate.h"
#include "support/suite.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};

static void *
add_one(void *arg)
{
	++*(int *)arg;
	return NULL;
}

START_TEST(runs_its_function)
{
	crl_thread thread;
	int number = 41;

	ck_assert_int_eq(crl_thread_start(&thread, add_one, &number), 0);
	crl_thread_join(&thread);
	ck_assert_int_eq(number, 42);
}
END_TEST

static void *
add_one_behind_a_gate(void *arg)
{
	gate_pass(arg);
	return NULL;
}

START_TEST(can_be_detached)
{
	static gate g = GATE_INIT;
	crl_thread thread;

	ck_assert_int_eq(crl_thread_start(&thread, add_one_behind_a_gate, &g), 0);
	crl_thread_detach(&thread);
	gate_await_arrivals(&g, 1);
	gate_open(&g);
	ck_assert_int_eq(gate_arrived(&g), 1);
}
END_TEST

/* Is this a signal that a thread of creel's has blocked? */
static bool
is_to_be_blocked(int signal)
{
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		if (signal == faults[i])
			return false;
	return signal != SIGKILL && signal != SIGSTOP && (signal < 32 || signal >= SIGRTMIN);
}

static void *
read_mask(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
	return NULL;
}

/* 4 "errno/TLS/signal mask": workers start with all signals blocked but those of faults */
START_TEST(starts_with_signals_blocked)
{
	crl_thread thread;
	sigset_t mask;

	ck_assert_int_eq(crl_thread_start(&thread, read_mask, &mask), 0);
	crl_thread_join(&thread);
	for (int signal = 1; signal <= SIGRTMAX; signal++)
		if (is_to_be_blocked(signal))
			ck_assert_msg(sigismember(&mask, signal) == 1, "%d is not blocked", signal);
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		ck_assert_msg(sigismember(&mask, faults[i]) == 0, "%d is blocked", faults[i]);
}
END_TEST

static void
assert_masks_equal(const sigset_t *a, const sigset_t *b)
{
	for (int signal = 1; signal <= SIGRTMAX; signal++)
		ck_assert_int_eq(sigismember(a, signal), sigismember(b, signal));
}

/* 4 "errno/TLS/signal mask": the caller's mask survives, whether a thread starts or not */
START_TEST(the_callers_mask_survives)
{
	sigset_t mask, after;
	crl_thread thread;
	int number = 0, error;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigaddset(&mask, SIGFPE);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	ck_assert_int_eq(crl_thread_start(&thread, add_one, &number), 0);
	crl_thread_join(&thread);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_masks_equal(&mask, &after);

	fault_arm(FAULT_THREAD, 1, false);
	error = crl_thread_start(&thread, add_one, &number);
	ck_assert(fault_disarm());
	ck_assert_int_eq(error, EAGAIN);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_masks_equal(&mask, &after);
}
END_TEST

static pthread_t handled_by;
static volatile sig_atomic_t handled;

static void
note_handler(int signal)
{
	(void)signal;
	handled_by = pthread_self();
	handled = 1;
}

/* A signal for the process finds the program's own thread, not one of creel's. */
START_TEST(signals_go_to_the_program)
{
	static gate g = GATE_INIT;
	struct sigaction action = {.sa_handler = note_handler};
	crl_thread thread;
	sigset_t mask, before;

	sigaction(SIGUSR1, &action, NULL);
	ck_assert_int_eq(crl_thread_start(&thread, add_one_behind_a_gate, &g), 0);
	gate_await_arrivals(&g, 1);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &mask, &before);
	kill(getpid(), SIGUSR1);
	ck_assert_int_eq(handled, 0); /* pending: nobody has it unblocked */
	sigsuspend(&before);
	ck_assert_int_eq(handled, 1);
	ck_assert(pthread_equal(handled_by, pthread_self()));
	gate_open(&g);
	crl_thread_join(&thread);
}
END_TEST

/* 1.15 "thread creation failure": the reason is answered, and nothing runs */
START_TEST(a_thread_may_not_start)
{
	crl_thread thread;
	int number = 0, error;

	fault_arm(FAULT_THREAD, 1, false);
	error = crl_thread_start(&thread, add_one, &number);
	ck_assert(fault_disarm());
	ck_assert_int_eq(error, EAGAIN);
	ck_assert_int_eq(number, 0);
	ck_assert_int_eq(crl_thread_start(&thread, add_one, &number), 0);
	crl_thread_join(&thread);
	ck_assert_int_eq(number, 1);
}
END_TEST

typedef struct naming {
	const char *name;
	char kept[32];
} naming;

static void *
name_self(void *arg)
{
	naming *n = arg;

	crl_thread_name_self(n->name);
	pthread_getname_np(pthread_self(), n->kept, sizeof n->kept);
	return NULL;
}

static const struct {
	const char *name;
	const char *kept;
} names[] = {
	{"", ""},
	{"creel-0", "creel-0"},
	{"fourteen chars", "fourteen chars"},
	{"fifteen chars !", "fifteen chars !"},
	{"sixteen chars !!", "sixteen chars !"},
	{"a name that is far too long to be kept by any system", "a name that is "},
};

/* 1.15 "thread names": cut after 15 characters */
START_TEST(names_are_cut_at_15)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		naming n = {.name = names[i].name};
		crl_thread thread;

		ck_assert_int_eq(crl_thread_start(&thread, name_self, &n), 0);
		crl_thread_join(&thread);
		ck_assert_str_eq(n.kept, names[i].kept);
	}
}
END_TEST

START_TEST(cpus_are_those_it_may_run_on)
{
	cpu_set_t all, one;

	ck_assert_int_eq(sched_getaffinity(0, sizeof all, &all), 0);
	ck_assert_uint_eq(crl_thread_cpus(), (unsigned)CPU_COUNT(&all));
	CPU_ZERO(&one);
	for (size_t cpu = 0; CPU_COUNT(&one) == 0; cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
	ck_assert_uint_eq(crl_thread_cpus(), 1);
	ck_assert_int_eq(sched_setaffinity(0, sizeof all, &all), 0);
}
END_TEST

/* A machine of more processors than a cpu_set_t has room for, and one that names none. */
static bool too_many, none;

int __real_sched_getaffinity(pid_t, size_t, cpu_set_t *);
int __wrap_sched_getaffinity(pid_t, size_t, cpu_set_t *);

int
__wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	if (too_many) {
		errno = EINVAL;
		return -1;
	}
	if (none) {
		CPU_ZERO_S(size, set);
		return 0;
	}
	return __real_sched_getaffinity(pid, size, set);
}

START_TEST(cpus_of_large_machines_are_those_online)
{
	too_many = true;
	ck_assert_uint_eq(crl_thread_cpus(), (unsigned)sysconf(_SC_NPROCESSORS_ONLN));
	too_many = false;
}
END_TEST

START_TEST(cpus_are_one_at_least)
{
	none = true;
	ck_assert_uint_eq(crl_thread_cpus(), 1);
	none = false;
}
END_TEST

CREEL_SUITE("creel.sync.thread", runs_its_function, can_be_detached, starts_with_signals_blocked,
	the_callers_mask_survives, signals_go_to_the_program, a_thread_may_not_start,
	names_are_cut_at_15, cpus_are_those_it_may_run_on, cpus_of_large_machines_are_those_online,
	cpus_are_one_at_least)
