/* SPDX-License-Identifier: MIT */
/*
 * real_compress.c: the command pigz with two threads, on a file of the same bytes. By itself it lets each block
 * refer to the one before; -i makes them independent, as they are for the others.
 */
#include "util/command.h"
#include "util/compress.h"

int
main(int argc, char *argv[])
{
	struct bench_blocks blocks = bench_blocks_make(bench_begin(argc, argv, 256));
	char path[32];
	const char *const words[] = {"pigz", "-c", "-i", "-6", "-p2", "-b128", path, NULL};
	FILE *out = bench_command_file(path);

	if (out == NULL || fwrite(blocks.in, BENCH_BLOCK, blocks.n, out) != blocks.n ||
		fclose(out) != 0)
		bench_fail("the file cannot be written");
	bench_command(words); /* warm */
	bench_print("compress_ms", bench_command(words), "ms", "the whole command");
	unlink(path);
	return 0;
}
