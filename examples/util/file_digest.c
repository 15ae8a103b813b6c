/* SPDX-License-Identifier: MIT */
/* file_digest.c: open, look, read and hash block by block, look again, close. */
#include "util/file_digest.h"

#include "util/mix.h"

#include <creel/creel.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t
mix_state(uint64_t hash, const struct stat *file)
{
	int64_t state[] = {(int64_t)file->st_ino, file->st_size, file->st_mtim.tv_sec,
		file->st_mtim.tv_nsec, file->st_ctim.tv_sec, file->st_ctim.tv_nsec};

	return mix(hash, state, sizeof state);
}

static int
read_blocks(int fd, enum file_depth depth, struct sha256 *sha, atomic_ullong *total,
	struct file_digest *out)
{
	ssize_t n;

	while ((n = read(fd, sha->block, SHA256_BLOCK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		out->bytes += (uint64_t)n;
		atomic_fetch_add_explicit(total, (unsigned long long)n, memory_order_relaxed);
		if (depth == FILE_HASH && !sha256_add(sha, (size_t)n))
			return EIO;
		if (creel_checkpoint() != CREEL_OK)
			return ECANCELED;
	}
	return 0;
}

static int
digest_open(int fd, enum file_depth depth, struct sha256 *sha, atomic_ullong *total,
	struct file_digest *out)
{
	struct stat file;
	int error;

	if (fstat(fd, &file) != 0)
		return errno;
	if (!S_ISREG(file.st_mode))
		return EINVAL;
	out->state = mix_state(0, &file);
	/* Advice that is not taken does no harm, and a small file is read in one go anyway. */
	if (file.st_size > (off_t)SHA256_BLOCK)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (depth == FILE_HASH && !sha256_begin(sha))
		return EIO;
	error = read_blocks(fd, depth, sha, total, out);
	if (error != 0)
		return error;
	if (depth == FILE_HASH && !sha256_end(sha, out->sum))
		return EIO;
	if (fstat(fd, &file) != 0)
		return errno;
	out->state = mix_state(out->state, &file);
	return 0;
}

static int
look(const char *path, atomic_ullong *total, struct file_digest *out)
{
	struct stat file;

	if (lstat(path, &file) != 0)
		return errno;
	out->bytes = (uint64_t)file.st_size;
	atomic_fetch_add_explicit(total, out->bytes, memory_order_relaxed);
	return 0;
}

int
file_digest(const char *path, enum file_depth depth, struct sha256 *sha, atomic_ullong *total,
	struct file_digest *out)
{
	int fd;
	int error;

	*out = (struct file_digest){0};
	if (depth == FILE_LOOK)
		return look(path, total, out);
	do
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return errno;
	error = digest_open(fd, depth, sha, total, out);
	close(fd); /* only read from: nothing can be lost */
	return error;
}
