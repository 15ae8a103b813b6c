/* SPDX-License-Identifier: MIT */
/* walk.c: a stack of open directories. Whatever fails is left out and reported, once. */
#include "util/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
walk_begin(struct walk *walk, const char *const trees[], size_t count)
{
	*walk = (struct walk){.trees = trees, .count = count};
}

/*
 * The functions below tell whether they came upon an event that the caller of walk_next() should
 * see: path is set, and error, which is 0 for a file.
 */
static bool
failed(struct walk *walk, int error)
{
	walk->error = error;
	return true;
}

static bool
found(struct walk *walk)
{
	walk->error = 0;
	return true;
}

/* Makes path the first length bytes of the buffer, and name; false, and name alone, without memory. */
static bool
set_path(struct walk *walk, size_t length, const char *name)
{
	bool slash = length > 0 && walk->buffer[length - 1] != '/';
	size_t start = length + (slash ? 1 : 0);
	size_t size = strlen(name) + 1;

	walk->path = name;
	if (start + size > walk->capacity) {
		char *buffer = realloc(walk->buffer, 2 * (start + size));

		if (buffer == NULL)
			return false;
		walk->buffer = buffer;
		walk->capacity = 2 * (start + size);
	}
	if (slash)
		walk->buffer[length] = '/';
	memcpy(walk->buffer + start, name, size);
	walk->path = walk->buffer;
	return true;
}

/* Pushes the directory name, relative to the directory parent; its path has been set. */
static bool
enter(struct walk *walk, int parent, const char *name, int flags)
{
	DIR *directory;
	int fd;

	if (walk->depth == walk->allocated) {
		size_t allocated = 2 * walk->allocated + 16;
		struct walk_level *levels = realloc(walk->levels, allocated * sizeof *levels);

		if (levels == NULL)
			return failed(walk, ENOMEM);
		walk->levels = levels;
		walk->allocated = allocated;
	}
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	if (fd < 0)
		return failed(walk, errno);
	directory = fdopendir(fd);
	if (directory == NULL) {
		int error = errno;

		close(fd);
		return failed(walk, error);
	}
	walk->levels[walk->depth++] = (struct walk_level){directory, strlen(walk->path)};
	return false;
}

/* Pops a directory; path is its path again. */
static void
leave(struct walk *walk)
{
	struct walk_level *level = &walk->levels[--walk->depth];

	walk->buffer[level->length] = '\0';
	walk->path = walk->buffer;
	closedir(level->directory);
}

static bool
is_skipped(const struct walk *walk, const struct stat *file)
{
	return walk->skip != NULL && file->st_dev == walk->skip->st_dev &&
	       file->st_ino == walk->skip->st_ino;
}

static bool
next_tree(struct walk *walk)
{
	const char *name = walk->trees[walk->next];
	struct stat file;

	walk->tree = walk->next++;
	if (!set_path(walk, 0, name))
		return failed(walk, ENOMEM);
	if (stat(name, &file) != 0)
		return failed(walk, errno);
	if (S_ISDIR(file.st_mode))
		return enter(walk, AT_FDCWD, name, 0);
	if (lstat(name, &file) != 0)
		return failed(walk, errno);
	if (!S_ISREG(file.st_mode))
		return failed(walk, S_ISLNK(file.st_mode) ? ELOOP : EINVAL);
	return !is_skipped(walk, &file) && found(walk);
}

/* The type of an entry, as in st_mode. 0: to be passed over, or, with errno, unknown. */
static mode_t
type_of(const struct walk *walk, int parent, const struct dirent *entry)
{
	struct stat file;
	bool may_be_skipped = walk->skip != NULL && entry->d_ino == walk->skip->st_ino;

	errno = 0;
	if (entry->d_type != DT_UNKNOWN && !may_be_skipped)
		return (mode_t)DTTOIF(entry->d_type);
	if (fstatat(parent, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	return is_skipped(walk, &file) ? 0 : file.st_mode & S_IFMT;
}

static bool
next_entry(struct walk *walk)
{
	struct walk_level *level = &walk->levels[walk->depth - 1];
	int parent = dirfd(level->directory);
	const struct dirent *entry;
	mode_t type;

	errno = 0;
	entry = readdir(level->directory);
	if (entry == NULL) {
		int error = errno;

		leave(walk);
		return error != 0 && failed(walk, error);
	}
	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return false;
	if (!set_path(walk, level->length, entry->d_name))
		return failed(walk, ENOMEM);
	type = type_of(walk, parent, entry);
	if (type == 0 && errno != 0)
		return failed(walk, errno);
	if (S_ISDIR(type))
		return enter(walk, parent, entry->d_name, O_NOFOLLOW);
	return S_ISREG(type) && found(walk);
}

enum walk_event
walk_next(struct walk *walk)
{
	bool event = false;

	while (!event) {
		if (walk->depth > 0)
			event = next_entry(walk);
		else if (walk->next < walk->count)
			event = next_tree(walk);
		else
			return WALK_END;
	}
	return walk->error == 0 ? WALK_FILE : WALK_ERROR;
}

void
walk_end(struct walk *walk)
{
	while (walk->depth > 0)
		leave(walk);
	free(walk->levels);
	free(walk->buffer);
}
