/* SPDX-License-Identifier: MIT */
/* hash_report.c: a word at the beginning of each line, so that programs can read it as well. */
#include "util/hash_report.h"

#include "util/human.h"

#include <stdio.h>
#include <sys/resource.h>

static void
print_pass(const char *name, const struct tally *tally)
{
	printf("%-9s %.3f s, %s\n", name, (double)tally->elapsed / 1e9,
		human_rate(tally->bytes, tally->elapsed).text);
}

static bool
print_check(const struct tally *serial, const struct tally *pooled)
{
	switch (tally_compare(serial, pooled)) {
	case TALLY_SAME:
		printf("check     the same %s digests\n", human_count(pooled->files).text);
		return true;
	case TALLY_CHANGED:
		printf("check     files changed meanwhile: %s digests serially, %s others pooled\n",
			human_count(serial->files).text, human_count(pooled->files).text);
		return true;
	default:
		printf("check     DIFFERENT digests of files that did not change\n");
		return false;
	}
}

static bool
print_comparison(const struct hash_report *report)
{
	const struct tally *serial = report->serial;
	const struct tally *pooled = report->pooled;

	printf("warm      an untimed pass has read every file, so neither time is the disk's\n");
	print_pass("serial", serial);
	print_pass("pooled", pooled);
	printf("speed-up  %.2f\n", (double)serial->elapsed / (double)pooled->elapsed);
	return print_check(serial, pooled);
}

static void
print_trees(const struct hash_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		printf("tree      %s", report->names[i]);
		if (report->count > 1)
			printf(": %s files, %s", human_count(report->trees[i].files).text,
				human_bytes(report->trees[i].bytes).text);
		putchar('\n');
	}
}

bool
hash_report_print(const struct hash_report *report)
{
	const struct tally *pooled = report->pooled;
	struct rusage usage = {0};
	bool good = true;

	print_trees(report);
	printf("files     %s\n", human_count(pooled->files).text);
	printf("bytes     %s\n", human_count(pooled->bytes).text);
	printf("workers   %zu\n", report->workers);
	if (report->interrupted)
		printf("interrupted; the figures are of what the pool had done by then\n");
	else
		good = print_comparison(report);
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		printf("memory    %s at most\n",
			human_bytes((uint64_t)usage.ru_maxrss * 1024).text);
	printf("errors    %s\n", human_count(pooled->failed).text);
	message_list_print(report->errors, stdout);
	return good && pooled->failed == 0;
}
