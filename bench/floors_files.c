/* SPDX-License-Identifier: MIT */
/*
 * floors_files.c: the work on files by one thread, without a pool; the first argument tells which.
 *
 *  w13_hash       SHA-256 of n files, one after the other
 *  real_compress  n blocks compressed, one after the other
 */
#include "util/compress.h"
#include "util/hash.h"

int
main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "w13_hash") == 0) {
		struct bench_hashes hashes =
			bench_hash_make(bench_begin(argc - 1, argv + 1, 20000));

		bench_hash_print(bench_hash_serial, &hashes, "one thread");
	} else if (strcmp(what, "real_compress") == 0) {
		struct bench_blocks blocks =
			bench_blocks_make(bench_begin(argc - 1, argv + 1, 256));

		bench_blocks_print(bench_blocks_serial, &blocks, "one thread");
	} else {
		bench_fail("usage: floors_files w13_hash|real_compress [[--n] N]");
	}
	return 0;
}
