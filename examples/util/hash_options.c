/* SPDX-License-Identifier: MIT */
/* hash_options.c: the command line of batch_hash, by getopt_long(3). */
#include "util/hash_options.h"

#include <creel/creel.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

const char hash_options_usage[] =
	"Usage: batch_hash [OPTION]... [TREE]...\n"
	"SHA-256 of every regular file of the TREEs (/usr/share), serially and on a pool.\n"
	"\n"
	"  -w, --workers N     workers of the pool; by default one for each CPU\n"
	"  -o, --output FILE   write the digests to FILE, for sha256sum -c\n"
	"  -h, --help          show this\n"
	"\n"
	"Symbolic links are not followed; devices, FIFOs and sockets are passed over.\n"
	"Exit status: 0 all files were read, 1 some could not be, or the digests could not be\n"
	"written, or differ; 2 wrong usage; 130 interrupted.\n";

static const char *const usual_trees[] = {"/usr/share"};

static bool
parse_workers(const char *text, unsigned *workers)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || n < 1 ||
		n > CREEL_POOL_MAX_WORKERS) {
		fprintf(stderr, "batch_hash: --workers takes a number from 1 to %u, not '%s'\n",
			CREEL_POOL_MAX_WORKERS, text);
		return false;
	}
	*workers = (unsigned)n;
	return true;
}

bool
hash_options_parse(struct hash_options *options, int argc, char *argv[])
{
	static const struct option known[] = {
		{"workers", required_argument, NULL, 'w'},
		{"output", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*options = (struct hash_options){.trees = usual_trees, .count = 1};
	while ((option = getopt_long(argc, argv, "w:o:h", known, NULL)) != -1) {
		if (option == 'w' && parse_workers(optarg, &options->workers))
			continue;
		if (option == 'o')
			options->output = optarg;
		else if (option == 'h')
			options->help = true;
		else
			return false; /* getopt_long() has said what is wrong */
	}
	if (optind < argc) {
		options->trees = (const char *const *)argv + optind;
		options->count = (size_t)(argc - optind);
	}
	return true;
}
