/* SPDX-License-Identifier: MIT */
/* w13_hash.c: xargs with two processes at a time of 256 files each: openssl, and coreutils' sha256sum. */
#include "util/hash_command.h"

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 20000);
	char path[32];
	const char *const openssl[] = {
		"xargs", "-0", "-P2", "-n256", "-a", path, "openssl", "dgst", "-sha256", NULL};
	const char *const coreutils[] = {
		"xargs", "-0", "-P2", "-n256", "-a", path, "sha256sum", NULL};

	bench_hash_paths(path, n);
	bench_hash_command_print(openssl, "-P2 -n256 openssl dgst");
	bench_hash_command_print(coreutils, "-P2 -n256 sha256sum");
	unlink(path);
	return 0;
}
