/* SPDX-License-Identifier: MIT */
/* proc.c: reading /proc/self. */
#include "support/proc.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t
count_entries(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t count = 0;

	if (dir == NULL)
		abort();
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			count++;
	closedir(dir);
	return count;
}

static FILE *
open_file(const char *path)
{
	FILE *file = fopen(path, "r");

	if (file == NULL)
		abort();
	return file;
}

/* The number in a line of /proc/self/status. None is 0. */
static size_t
status_line(const char *format)
{
	FILE *file = open_file("/proc/self/status");
	char line[256];
	size_t number = 0;

	while (number == 0 && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, format, &number) != 1)
			number = 0;
	fclose(file);
	if (number == 0)
		abort();
	return number;
}

/* Not by counting /proc/self/task, which overlooks some while others end. */
size_t
proc_threads(void)
{
	return status_line("Threads: %zu");
}

size_t
proc_page_tables(void)
{
	return status_line("VmPTE: %zu") << 10;
}

size_t
proc_fds(void)
{
	return count_entries("/proc/self/fd");
}

size_t
proc_mappings(void)
{
	FILE *file = open_file("/proc/self/maps");
	size_t lines = 0;
	int c;

	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

size_t
proc_resident(void)
{
	FILE *file = open_file("/proc/self/statm");
	size_t all, resident;

	if (fscanf(file, "%zu %zu", &all, &resident) != 2)
		abort();
	fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

void
proc_await_threads(size_t n)
{
	while (proc_threads() > n)
		sched_yield();
}

void
proc_await_gone(pid_t tid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/task/%d", (int)tid);
	while (access(path, F_OK) == 0)
		sched_yield();
}

/* The letter behind the name, which stands in parentheses: S is asleep. */
static char
state_of(pid_t tid)
{
	char path[64], text[256] = "";
	const char *behind;
	FILE *file;

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
	file = open_file(path);
	if (fgets(text, sizeof text, file) == NULL)
		abort();
	fclose(file);
	behind = strrchr(text, ')');
	return behind != NULL && behind[1] == ' ' ? behind[2] : '?';
}

void
proc_await_asleep(pid_t tid)
{
	while (state_of(tid) != 'S')
		sched_yield();
}
