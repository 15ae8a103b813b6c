/* SPDX-License-Identifier: MIT */
/* hash_options.h: the command line of batch_hash. */
#ifndef EXAMPLES_UTIL_HASH_OPTIONS_H
#define EXAMPLES_UTIL_HASH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct hash_options {
	unsigned workers;   /* 0: as many as the pool makes by default */
	const char *output; /* or NULL */
	bool help;
	const char *const *trees;
	size_t count; /* of trees, at least 1 */
};

/* Reads the command line; false, and a message on stderr, if it is wrong. */
bool hash_options_parse(struct hash_options *, int argc, char *argv[]);

/* The text of --help. */
extern const char hash_options_usage[];

#endif
