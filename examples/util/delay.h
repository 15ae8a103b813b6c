/* SPDX-License-Identifier: MIT */
/*
 * delay.h: something that takes time, and how long things take: what the numbered examples share.
 *
 * Seconds can be scaled down: `01_await 0.01` runs a hundred times faster and prints the same.
 */
#ifndef EXAMPLES_UTIL_DELAY_H
#define EXAMPLES_UTIL_DELAY_H

#include <creel/creel.h>

/* Reads the scale from the command line, then runs main_task as creel_run() does. Returns the exit
 * status: 0 if the task ended well. */
int delay_main(int argc, char *argv[], creel_fn *main_task);

/* Waits for so many seconds, scaled. Answers as creel_sleep(). */
creel_status delay(double seconds);

/* A duration of so many seconds, scaled: for timeouts. */
creel_duration delay_duration(double seconds);

/* A task: says that it begins, waits for so many seconds, says that it has ended; its value is the
 * number of seconds. The argument is that number, by seconds(). */
void *delay_task(void *arg);

/* A small number as an argument or a value, and back. */
void *seconds(int n);
int number(const void *value);

/* The time from begin, a creel_now(), to now: in whole seconds, scaled back. Prints "NAME took N s". */
void print_time(const char *name, int64_t begin);

#endif
