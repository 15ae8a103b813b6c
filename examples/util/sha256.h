/* SPDX-License-Identifier: MIT */
/*
 * sha256.h: SHA-256 by libcrypto. A struct sha256 holds what can be used again for the next file: a
 * block to read into, and libcrypto's context, which is dear to make. One thread at a time.
 */
#ifndef EXAMPLES_UTIL_SHA256_H
#define EXAMPLES_UTIL_SHA256_H

#include <stdbool.h>
#include <stddef.h>

#define SHA256_SIZE 32
#define SHA256_BLOCK ((size_t)128 << 10)

struct evp_md_ctx_st;

struct sha256 {
	struct evp_md_ctx_st *context;
	unsigned char *block; /* SHA256_BLOCK bytes, for the user to fill */
};

/* False without memory, or without SHA-256; sha256_fini() is due in any case. */
bool sha256_init(struct sha256 *);
void sha256_fini(struct sha256 *);

/* One digest: begin, add the first size bytes of the block as often as need be, end. */
bool sha256_begin(struct sha256 *);
bool sha256_add(struct sha256 *, size_t size);
bool sha256_end(struct sha256 *, unsigned char sum[SHA256_SIZE]);

#endif
