/* SPDX-License-Identifier: MIT */
/* hash_report.h: what batch_hash says on stdout when it has ended. */
#ifndef EXAMPLES_UTIL_HASH_REPORT_H
#define EXAMPLES_UTIL_HASH_REPORT_H

#include "util/message_list.h"
#include "util/tally.h"

#include <stdbool.h>
#include <stddef.h>

struct hash_report {
	const char *const *names;  /* of the trees */
	const struct tally *trees; /* what the pool made of each */
	size_t count;              /* of trees */
	const struct tally *serial, *pooled;
	size_t workers;
	bool interrupted;            /* then there is nothing to compare */
	struct message_list *errors; /* of the pooled pass */
};

/* Prints it. False if a file failed, or the digests of unchanged files differ. */
bool hash_report_print(const struct hash_report *report);

#endif
