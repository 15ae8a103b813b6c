/* SPDX-License-Identifier: MIT */
/*
 * tally.h: what a pass over many files comes to, in memory that does not grow with them.
 *
 * Two passes are compared by sums of hashes: of (path, digest), and of (path, state), where a file's
 * state is its inode, size and times. Sums do not depend on the order of the files.
 */
#ifndef EXAMPLES_UTIL_TALLY_H
#define EXAMPLES_UTIL_TALLY_H

#include "util/file_digest.h"

#include <stdint.h>

struct tally {
	uint64_t files, bytes; /* without those that failed */
	uint64_t failed;
	uint64_t digests, states; /* the sums */
	int64_t elapsed;          /* nanoseconds */
};

enum tally_verdict {
	TALLY_SAME,     /* the same digests of the same files */
	TALLY_CHANGED,  /* other digests, but the files changed as well */
	TALLY_DIFFERENT /* other digests of files that did not change */
};

void tally_add(struct tally *, const char *path, const struct file_digest *digest);

/* Adds another tally, but for the time. */
void tally_merge(struct tally *, const struct tally *other);

enum tally_verdict tally_compare(const struct tally *a, const struct tally *b);

#endif
