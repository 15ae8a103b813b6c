/* SPDX-License-Identifier: MIT */
/*
 * file_digest.h: what one file comes to. The file is opened so that nothing that has taken its place
 * meanwhile (a symbolic link, a FIFO) can lead astray or block.
 */
#ifndef EXAMPLES_UTIL_FILE_DIGEST_H
#define EXAMPLES_UTIL_FILE_DIGEST_H

#include "util/sha256.h"

#include <stdatomic.h>
#include <stdint.h>

/* How much is done to a file. */
enum file_depth {
	FILE_LOOK, /* its size is looked up */
	FILE_READ, /* and it is read */
	FILE_HASH  /* and hashed */
};

struct file_digest {
	uint64_t bytes; /* how many were read; the size if it was only looked at */
	uint64_t state; /* differs if the file changed: out of its inode, size and times, before and
	                   after reading */
	unsigned char sum[SHA256_SIZE];
};

/*
 * Writes *out as far as depth asks, and adds to *total as it goes. Returns 0 or an errno. In a task
 * it gives up with ECANCELED, between two blocks, when the task has been cancelled. It never
 * suspends, so the task may use its worker's own sha.
 */
int file_digest(const char *path, enum file_depth depth, struct sha256 *sha, atomic_ullong *total,
	struct file_digest *out);

#endif
