/* SPDX-License-Identifier: MIT */
/* sum_file.h: a file of checksums as sha256sum(1) writes it and its option -c reads it. */
#ifndef EXAMPLES_UTIL_SUM_FILE_H
#define EXAMPLES_UTIL_SUM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

struct sum_file {
	FILE *out;
	struct stat identity; /* which file it is, so that it can be kept out of what is hashed */
	int error;            /* the errno of the first failure; nothing is written after it */
};

/* Creates or empties the file. False: errno says why. */
bool sum_file_open(struct sum_file *, const char *path);

/*
 * Adds a line: the sum in hexadecimal, the mark of text mode, which is sha256sum's default, and the
 * name. If the name has a newline, carriage return or backslash, they are escaped, and the line
 * begins with a backslash. A file called "-" becomes "./-", since "-" is standard input to sha256sum.
 */
void sum_file_add(struct sum_file *, const unsigned char *sum, size_t size, const char *name);

/* Closes the file. False if not all could be written: error says why. */
bool sum_file_close(struct sum_file *);

#endif
