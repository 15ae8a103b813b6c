/* SPDX-License-Identifier: MIT */
/* message_list.c: lines in a temporary file. */
#include "util/message_list.h"

static void
write_line(FILE *out, const char *message)
{
	fputs("  ", out);
	for (; *message != '\0'; message++) {
		unsigned char c = (unsigned char)*message;

		putc(c < ' ' || c == 0x7f ? '?' : c, out);
	}
	putc('\n', out);
}

void
message_list_add(struct message_list *list, const char *message)
{
	if (list->file == NULL)
		list->file = tmpfile();
	write_line(list->file != NULL ? list->file : stderr, message);
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
