/* SPDX-License-Identifier: MIT */
/* tally.c: sums over many files. */
#include "util/tally.h"

#include "util/mix.h"

#include <string.h>

void
tally_add(struct tally *tally, const char *path, const struct file_digest *digest)
{
	uint64_t hash = mix(0, path, strlen(path));

	tally->files++;
	tally->bytes += digest->bytes;
	tally->digests += mix(hash, digest->sum, sizeof digest->sum);
	tally->states += mix(hash, &digest->state, sizeof digest->state);
}

void
tally_merge(struct tally *tally, const struct tally *other)
{
	tally->files += other->files;
	tally->bytes += other->bytes;
	tally->failed += other->failed;
	tally->digests += other->digests;
	tally->states += other->states;
}

enum tally_verdict
tally_compare(const struct tally *a, const struct tally *b)
{
	if (a->states != b->states || a->files != b->files)
		return TALLY_CHANGED;
	return a->digests == b->digests ? TALLY_SAME : TALLY_DIFFERENT;
}
