/* SPDX-License-Identifier: MIT */
/*
 * message_list.h: messages that are kept for later, in a temporary file, so that any number of them
 * takes no memory. Without such a file they go to stderr at once.
 */
#ifndef EXAMPLES_UTIL_MESSAGE_LIST_H
#define EXAMPLES_UTIL_MESSAGE_LIST_H

#include <stdio.h>

struct message_list {
	FILE *file; /* NULL: nothing is kept */
};

/* Keeps the line "<what>: <why>". Control characters of what, which must not reach a terminal, become
 * question marks. */
void message_list_add(struct message_list *, const char *what, const char *why);

/* Prints all of them, indented, and forgets them. */
void message_list_print(struct message_list *, FILE *out);

#endif
