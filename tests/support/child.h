/* SPDX-License-Identifier: MIT */
/*
 * child.h: scenes that are played in a child process, because they end it, or because being the child
 * of a fork is what they are about. Check's assertions belong to the test's own process: in the child
 * there is child_expect(), which ends it with CHILD_FAILED and says why on stderr.
 *
 * For tests that are linked with SOURCES support/child.c.
 */
#ifndef CREEL_TEST_CHILD_H
#define CREEL_TEST_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#define CHILD_FAILED 97

/* Fork; the child calls scene(arg) and then leave(0) (coverage.h). Returns its wait status. */
int child_run(void (*scene)(void *), void *arg);

/* The same; what the child writes to stderr is in text, cut off and terminated. */
int child_run_reading_stderr(void (*scene)(void *), void *arg, char *text, size_t size);

/*
 * To be called in a child that was not forked by these. From now on new threads have larger stacks, so
 * that none gets the address of one that the parent had: ThreadSanitizer, which remembers those, would
 * give up.
 */
void child_begin(void);

/* Did it end by itself, with this exit status? */
bool child_exited_with(int wait_status, int exit_status);

void child_check(bool truth, const char *file, int line, const char *claim);

#define child_expect(claim) child_check((claim), __FILE__, __LINE__, #claim)

#endif
