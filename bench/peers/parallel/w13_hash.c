/* SPDX-License-Identifier: MIT */
/* w13_hash.c: GNU parallel with two processes at a time of 256 files each. */
#include "util/hash_command.h"

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 20000);
	char path[32];
	const char *const openssl[] = {"parallel", "--will-cite", "-0", "-j2", "-n256", "-a", path,
		"openssl", "dgst", "-sha256", NULL};

	bench_hash_paths(path, n);
	bench_hash_command_print(openssl, "-j2 -n256 openssl dgst");
	unlink(path);
	return 0;
}
