/* SPDX-License-Identifier: MIT */
/*
 * walk.h: the regular files of some trees, one after the other.
 *
 * The walk holds one open directory per level and the path where it is, however many files there
 * are: fts(3) would hold all entries of a directory, and nftw(3) turns the program inside out.
 * Symbolic links are not followed, unless a tree that was asked for is a link to a directory.
 * Devices, FIFOs and sockets are passed over. A file with several names is found by each of them. A
 * tree may also be a single file.
 *
 *     struct walk walk;
 *     walk_begin(&walk, trees, n);
 *     while ((event = walk_next(&walk)) != WALK_END)
 *         ... walk.path, walk.tree; walk.error if event is WALK_ERROR ...
 *     walk_end(&walk);
 */
#ifndef EXAMPLES_UTIL_WALK_H
#define EXAMPLES_UTIL_WALK_H

#include <dirent.h>
#include <stddef.h>
#include <sys/stat.h>

enum walk_event {
	WALK_END,  /* that was all */
	WALK_FILE, /* path is a regular file */
	WALK_ERROR /* path cannot be looked into, for the reason error (errno); the walk goes on */
};

struct walk_level {
	DIR *directory;
	size_t length; /* of the directory's path in buffer */
};

struct walk {
	const char *path; /* of this event; good until the next one */
	size_t tree;      /* which of the trees it is in */
	int error;        /* of WALK_ERROR */
	const struct stat
		*skip; /* a file that is passed over, or NULL; to be set after walk_begin() */

	/* the rest is the walk's own */
	const char *const *trees;
	size_t count, next;
	char *buffer; /* where path is put together */
	size_t capacity;
	struct walk_level *levels;
	size_t depth, allocated;
};

/* Begins a walk; trees is borrowed. Cannot fail. */
void walk_begin(struct walk *, const char *const trees[], size_t count);

enum walk_event walk_next(struct walk *);

/* Ends a walk, at any time. */
void walk_end(struct walk *);

#endif
