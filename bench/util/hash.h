/* SPDX-License-Identifier: MIT */
/*
 * hash.h: W13: SHA-256 of n files (files.h) by libcrypto on two threads, each file opened, read and hashed by
 * itself. The figure is the wall time of all of them; all ways must come to the same sum.
 */
#ifndef BENCH_HASH_H
#define BENCH_HASH_H

#include "util/files.h"

#include <openssl/evp.h>

#define BENCH_HASH_SIZE 32

struct bench_hashes {
	struct bench_files files;
	unsigned char (*digests)[BENCH_HASH_SIZE];
};

/* One file, by any thread; each thread has a buffer and a context of its own. */
static inline void
bench_hash_file(const struct bench_hashes *hashes, size_t i)
{
	static __thread char buffer[BENCH_FILE_MOST];
	static __thread EVP_MD_CTX *context;
	static __thread EVP_MD *sha256;
	size_t size = bench_file_read(hashes->files.paths[i], buffer);

	if (context == NULL) {
		context = EVP_MD_CTX_new();
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	}
	if (!EVP_DigestInit_ex2(context, sha256, NULL) ||
		!EVP_DigestUpdate(context, buffer, size) ||
		!EVP_DigestFinal_ex(context, hashes->digests[i], NULL))
		bench_fail("no digest");
}

static inline void
bench_hash_serial(const struct bench_hashes *hashes)
{
	for (size_t i = 0; i < hashes->files.n; i++)
		bench_hash_file(hashes, i);
}

static inline uint32_t
bench_hash_sum(const struct bench_hashes *hashes)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < hashes->files.n; i++) {
		uint32_t word;

		memcpy(&word, hashes->digests[i], sizeof word);
		sum += word * (uint32_t)(i + 1);
	}
	memset(hashes->digests, 0, hashes->files.n * BENCH_HASH_SIZE);
	return sum;
}

static inline struct bench_hashes
bench_hash_make(size_t n)
{
	struct bench_hashes hashes;

	hashes.files = bench_files_list(n);
	hashes.digests =
		(unsigned char(*)[BENCH_HASH_SIZE])bench_array(hashes.files.n, BENCH_HASH_SIZE);
	return hashes;
}

/* run() hashes all files on BENCH_WORKERS threads, which are there already. */
static inline void
bench_hash_print(void (*run)(const struct bench_hashes *), const struct bench_hashes *hashes,
	const char *remark)
{
	uint32_t sum;
	int64_t begin;

	bench_hash_serial(hashes);
	sum = bench_hash_sum(hashes);
	run(hashes); /* warm */
	bench_hash_sum(hashes);
	begin = bench_now();
	run(hashes);
	bench_print("hash_ms", (double)(bench_now() - begin) / 1e6, "ms", remark);
	if (bench_hash_sum(hashes) != sum)
		bench_fail("the digests differ");
}

#endif
