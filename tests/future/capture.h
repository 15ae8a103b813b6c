/* SPDX-License-Identifier: MIT */
/*
 * capture.h: what is written to stderr between two points of a test.
 */
#ifndef CREEL_TEST_CAPTURE_H
#define CREEL_TEST_CAPTURE_H

#include <stddef.h>

typedef struct capture {
	int read_end;
	int saved; /* the real stderr */
} capture;

void capture_start(capture *);

/* Ends it, and gives the text, cut off at size - 1. No more than a pipe holds may be written. */
void capture_end(capture *, char *text, size_t size);

#endif
