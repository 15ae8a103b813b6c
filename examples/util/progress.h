/* SPDX-License-Identifier: MIT */
/*
 * progress.h: how far a program has come, on stderr. On a terminal it is one line that is redrawn at
 * most ten times a second and fits its width; elsewhere one line at the beginning and another every
 * few seconds. For one thread.
 */
#ifndef EXAMPLES_UTIL_PROGRESS_H
#define EXAMPLES_UTIL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *phase;
	uint64_t files, bytes; /* how many there are; no files: not known yet */
	int64_t started;       /* when the phase began, creel_now() */
	int64_t drawn;         /* when the last line was written */
	bool terminal;
	int width; /* of the line that stands on the terminal */
};

/* Begins a phase of so many files and bytes; phase is borrowed until the next one begins. */
void progress_begin(struct progress *, const char *phase, uint64_t files, uint64_t bytes);

/* Tells how many files and bytes are done. Cheap: mostly it only looks at the clock. */
void progress_tick(struct progress *, uint64_t files, uint64_t bytes);

/* Ends the phase: takes the bar off the terminal. */
void progress_end(struct progress *);

#endif
