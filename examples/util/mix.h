/* SPDX-License-Identifier: MIT */
/* mix.h: mixes bytes into a 64-bit hash, after FNV-1a. Fast, and good against accidents only. */
#ifndef EXAMPLES_UTIL_MIX_H
#define EXAMPLES_UTIL_MIX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t
mix(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	hash ^= UINT64_C(0xcbf29ce484222325) ^ size;
	while (size > 0) {
		size_t n = size < sizeof(uint64_t) ? size : sizeof(uint64_t);
		uint64_t word = 0;

		memcpy(&word, bytes, n);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32; /* or the upper bits would never reach the lower ones */
		bytes += n;
		size -= n;
	}
	return hash;
}

#endif
