/* SPDX-License-Identifier: MIT */
/* progress.c: a bar on a terminal, a line now and then elsewhere. Nobody minds if it gets lost. */
#include "util/progress.h"

#include "util/human.h"

#include <creel/creel.h>

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW CREEL_MILLISECONDS(100)
#define NEXT_LINE CREEL_SECONDS(5)

/* Opening a file takes about as long as hashing this much of it; without it, a tree of many small
   files and a few large ones would make a fool of the estimate. */
#define BYTES_PER_FILE 8192.0

#define LINE 512
#define NARROWEST_BAR 8
#define WIDEST_BAR 50
#define FIGURES 54 /* how long they usually get: the bar keeps its width while they grow */

static int
columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col < LINE ? size.ws_col : LINE;
	return 80;
}

/* Between 0 and 1; negative where the end is not known. */
static double
fraction(const struct progress *progress, uint64_t files, uint64_t bytes)
{
	double all = (double)progress->files * BYTES_PER_FILE + (double)progress->bytes;
	double done = (double)files * BYTES_PER_FILE + (double)bytes;

	if (progress->files == 0)
		return -1;
	return done < all ? done / all : 1;
}

/* What comes after the bar, the more important first, since a narrow terminal cuts it off. */
static void
write_figures(
	const struct progress *progress, int64_t now, uint64_t files, uint64_t bytes, char *out)
{
	double share = fraction(progress, files, bytes);
	int64_t elapsed = now - progress->started;
	char ahead[80] = "";

	if (share > 0)
		snprintf(ahead, sizeof ahead, "ETA %s  %s  ",
			human_clock((int64_t)((double)elapsed * (1 - share) / share)).text,
			human_rate(bytes, elapsed).text);
	snprintf(out, LINE, "%s%s files, %s", ahead, human_count(files).text,
		human_bytes(bytes).text);
}

static void
write_bar(double share, int width, char *out)
{
	int filled = (int)(share * (width - 2));

	out[0] = '[';
	memset(out + 1, '-', (size_t)width - 2);
	memset(out + 1, '#', (size_t)filled);
	memcpy(out + width - 1, "]  ", sizeof "]  ");
}

static void
draw(struct progress *progress, const char *head, const char *figures, double share)
{
	char bar[LINE] = "";
	char line[3 * LINE];
	int usable = columns() - 1;
	int room = usable - (int)strlen(head) - FIGURES;
	int length;

	if (share >= 0 && room >= NARROWEST_BAR)
		write_bar(share, room < WIDEST_BAR ? room : WIDEST_BAR, bar);
	length = snprintf(line, sizeof line, "%s%s%s", head, bar, figures);
	if (length > usable)
		length = usable;
	/* Blanks cover what the last line had more; nothing is ever written to the last column. */
	if (progress->width > usable)
		progress->width = usable;
	fprintf(stderr, "\r%-*.*s", progress->width, length, line);
	fflush(stderr);
	progress->width = length;
}

void
progress_begin(struct progress *progress, const char *phase, uint64_t files, uint64_t bytes)
{
	progress->phase = phase;
	progress->files = files;
	progress->bytes = bytes;
	progress->started = creel_now();
	progress->drawn = progress->started;
	progress->width = 0;
	progress->terminal = isatty(STDERR_FILENO) == 1;
	if (progress->terminal)
		return;
	if (files > 0)
		fprintf(stderr, "%s: %s files, %s\n", phase, human_count(files).text,
			human_bytes(bytes).text);
	else
		fprintf(stderr, "%s\n", phase);
}

void
progress_tick(struct progress *progress, uint64_t files, uint64_t bytes)
{
	char head[64], figures[LINE];
	double share;
	int64_t now = creel_now();

	if (now - progress->drawn < (progress->terminal ? REDRAW : NEXT_LINE))
		return;
	progress->drawn = now;
	share = fraction(progress, files, bytes);
	if (share >= 0)
		snprintf(head, sizeof head, "%-8s %3d%%  ", progress->phase, (int)(100 * share));
	else
		snprintf(head, sizeof head, "%-8s  ", progress->phase);
	write_figures(progress, now, files, bytes, figures);
	if (progress->terminal)
		draw(progress, head, figures, share);
	else
		fprintf(stderr, "%s%s\n", head, figures);
}

void
progress_end(struct progress *progress)
{
	if (progress->width > 0)
		fprintf(stderr, "\r%*s\r", progress->width, "");
	fflush(stderr);
	progress->width = 0;
}
