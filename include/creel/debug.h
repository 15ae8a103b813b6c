/* SPDX-License-Identifier: MIT */
/*
 * creel/debug.h: what every task is doing.
 *
 *  function     blocks?   from a worker?  from a loop?  any thread?  from a callback?
 *  creel_debug  no        yes             yes           yes          yes
 *  creel_dump   no        yes             yes           yes          yes
 *
 * For a program that hangs, or seems to. Nothing is kept about tasks as long as nobody asks for it; from
 * creel_debug(true) on, or where the environment variable CREEL_DEBUG is 1 from the beginning, each new task is
 * in a list with the time at which it was made, and so is each wait, with what it waits for. That costs a
 * lock and a second block of memory for a task, and a lock for a wait.
 *
 * A debugger needs none of this: the script creel-gdb.py, which is installed with the library, lists the suspended
 * tasks of a process, or of a core file, with their stacks.
 */
#ifndef CREEL_DEBUG_H
#define CREEL_DEBUG_H

#include <creel/attributes.h>
#include <creel/status.h>
#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * creel_debug() begins to list the tasks and waits that begin from now on, or stops: those that are listed then
 * stay so until they end. Any thread, at any time. Returns what was in force before.
 */
CREEL_API bool creel_debug(bool on);

/*
 * creel_dump() writes to the file what is listed at this moment, for people to read: each task that has not ended,
 * oldest first, with its address, name, state (queued, running, suspended), whether it was asked to end, its age,
 * and what it waits for, and how long; each plain thread that waits; and, named as such, each circle of tasks that
 * wait for each other, also by way of gathers and shields, which nothing but a cancel ends.
 * It does not write while it holds a lock. Not for signal handlers.
 *   CREEL_ESTATE   nothing is listed: see creel_debug(); nothing was written
 *   CREEL_EINVAL   file is NULL
 *   CREEL_ENOMEM   no memory; nothing was written
 *   CREEL_ESYS     the file could not be written
 * After asyncio.print_call_graph() and "python -m asyncio ps".
 */
CREEL_API creel_status creel_dump(FILE *file);

#ifdef __cplusplus
}
#endif

#endif
