/* SPDX-License-Identifier: MIT */
/* program.h: what programs that compare a pool with one thread have in common. */
#ifndef EXAMPLES_UTIL_PROGRAM_H
#define EXAMPLES_UTIL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads a number in decimal digits. False, and nothing written: it is none, or not in the range. */
bool read_size(const char *text, size_t least, size_t most, size_t *out);

/* Prints two lines for what took so many nanoseconds, and one with how many times as fast the pool was. */
void print_speed_up(int64_t serial, int64_t pooled);

/* Says on stderr why the last call of creel failed; false. */
bool say_failed(const char *program);

/* The exit status of a program that was good, or not: 0 or 1. Output that was lost is not good. */
int end_program(const char *program, bool good);

#endif
