/* SPDX-License-Identifier: MIT */
/* sum_file.c: the format of sha256sum(1). */
#include "util/sum_file.h"

#include <errno.h>
#include <string.h>

bool
sum_file_open(struct sum_file *file, const char *path)
{
	file->error = 0;
	file->out = fopen(path, "we");
	if (file->out == NULL)
		return false;
	if (fstat(fileno(file->out), &file->identity) == 0)
		return true;
	file->error = errno;
	fclose(file->out);
	errno = file->error;
	return false;
}

static void
write_escaped(FILE *out, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '\\')
			fputs("\\\\", out);
		else if (*name == '\n')
			fputs("\\n", out);
		else if (*name == '\r')
			fputs("\\r", out);
		else
			putc(*name, out);
	}
}

static void
write_hexadecimal(FILE *out, const unsigned char *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		putc(digits[bytes[i] >> 4], out);
		putc(digits[bytes[i] & 15], out);
	}
}

void
sum_file_add(struct sum_file *file, const unsigned char *sum, size_t size, const char *name)
{
	bool escaped = strpbrk(name, "\\\n\r") != NULL;

	if (file->error != 0)
		return;
	errno = 0;
	if (escaped)
		putc('\\', file->out);
	write_hexadecimal(file->out, sum, size);
	fputs(strcmp(name, "-") == 0 ? "  ./" : "  ", file->out);
	if (escaped)
		write_escaped(file->out, name);
	else
		fputs(name, file->out);
	putc('\n', file->out);
	if (ferror(file->out) != 0)
		file->error = errno != 0 ? errno : EIO;
}

bool
sum_file_close(struct sum_file *file)
{
	if (fclose(file->out) != 0 && file->error == 0)
		file->error = errno;
	return file->error == 0;
}
