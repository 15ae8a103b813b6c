/* SPDX-License-Identifier: MIT */
/* sha256.c: SHA-256 by libcrypto's EVP interface. */
#include "util/sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

bool
sha256_init(struct sha256 *sha)
{
	sha->block = malloc(SHA256_BLOCK);
	sha->context = EVP_MD_CTX_new();
	/* This looks the algorithm up, once; sha256_begin() only starts it again. */
	return sha->block != NULL && sha->context != NULL &&
	       EVP_DigestInit_ex(sha->context, EVP_sha256(), NULL) == 1;
}

void
sha256_fini(struct sha256 *sha)
{
	EVP_MD_CTX_free(sha->context);
	free(sha->block);
}

bool
sha256_begin(struct sha256 *sha)
{
	return EVP_DigestInit_ex(sha->context, NULL, NULL) == 1;
}

bool
sha256_add(struct sha256 *sha, size_t size)
{
	return EVP_DigestUpdate(sha->context, sha->block, size) == 1;
}

bool
sha256_end(struct sha256 *sha, unsigned char sum[SHA256_SIZE])
{
	return EVP_DigestFinal_ex(sha->context, sum, NULL) == 1;
}
