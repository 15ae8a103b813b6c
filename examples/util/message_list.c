/* SPDX-License-Identifier: MIT */
/* message_list.c: lines in a temporary file. */
#include "util/message_list.h"

static void
write_line(FILE *out, const char *what, const char *why)
{
	fputs("  ", out);
	for (; *what != '\0'; what++) {
		unsigned char c = (unsigned char)*what;

		putc(c < ' ' || c == 0x7f ? '?' : c, out);
	}
	fprintf(out, ": %s\n", why);
}

void
message_list_add(struct message_list *list, const char *what, const char *why)
{
	if (list->file == NULL)
		list->file = tmpfile();
	write_line(list->file != NULL ? list->file : stderr, what, why);
}

void
message_list_print(struct message_list *list, FILE *out)
{
	int c;

	if (list->file == NULL)
		return;
	if (fflush(list->file) != 0 || ferror(list->file) != 0)
		fputs("  (not all of them could be kept)\n", out);
	rewind(list->file);
	while ((c = getc(list->file)) != EOF)
		putc(c, out);
	fclose(list->file);
	list->file = NULL;
}
