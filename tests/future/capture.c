/* SPDX-License-Identifier: MIT */
/* capture.c: see capture.h. */
#include "future/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void
capture_start(capture *c)
{
	int ends[2];

	fflush(stderr);
	if (pipe(ends) != 0 || (c->saved = dup(STDERR_FILENO)) < 0 ||
		dup2(ends[1], STDERR_FILENO) < 0)
		abort();
	close(ends[1]);
	c->read_end = ends[0];
}

void
capture_end(capture *c, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n;

	fflush(stderr);
	if (dup2(c->saved, STDERR_FILENO) < 0) /* closes the pipe's only writing end */
		abort();
	close(c->saved);
	while (length + 1 < size && (n = read(c->read_end, text + length, size - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	close(c->read_end);
}
