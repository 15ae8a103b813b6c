/* SPDX-License-Identifier: MIT */
/*
 * scene.h: scenes with faults in them, each played in a child process whose stderr and end are looked
 * at. For tests that are linked with SOURCES fiber/scene.c WRAP mmap raise.
 */
#ifndef TESTS_FIBER_SCENE_H
#define TESTS_FIBER_SCENE_H

#include "fiber/fiber.h"
#include "fiber/overflow.h"
#include "fiber/watched.h"

#include <stdbool.h>
#include <stddef.h>

#define SCENE_STACK ((size_t)64 << 10)
#define SCENE_GUARD ((size_t)16 << 10)

/* What mmap() answers (0: what it really does), and how many bytes it has mapped. */
extern int mmap_error;
extern size_t mapped;

/* The child's side: a thread, its stacks and a fiber. */

extern crl_fiber *fiber;    /* what run() has made */
extern crl_stack neighbour; /* the stack below its guard, filled with 0x5a */

/* Without a handler but those that the scene installs, and with no alternate stack yet. */
void forget_handlers(void);

/* Install the handlers; the thread becomes one that can run fibers. */
void prepare(void);

/* Run fn on a fiber, in a thread that is prepared for it. */
void run(crl_fiber_fn *fn);

bool neighbour_is_whole(void);

/* The function of a fiber: fill the stack until there is no more. */
void overflow(void *arg);

/* A task named "deep" overflows its stack. */
void scene_overflow(void);

/* A handler of SIGSEGV. */
void exit_46(int signal);

/* Something that can be read but not written, so that valgrind makes no remark of a wild pointer. */
extern const char read_only[64];
void write_to(char *address);

/* The parent's side. */

extern char text[2000]; /* what the child said */

void play(void (*scene)(void));
void died_of(int signal);
void exited(int code);

#define LINE(name, kib) "creel: fatal: task '" name "' overflowed its stack of " kib " KiB\n"

#endif
