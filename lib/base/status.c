/* SPDX-License-Identifier: MIT */
/* status.c: the names and texts of the statuses, from their one list. */
#include <creel/status.h>

const char *
creel_status_name(creel_status status)
{
	switch (status) {
#define NAME(name, number, text) \
	case name: \
		return #name;
		CREEL_STATUS_MAP(NAME)
#undef NAME
	}
	return "unknown";
}

const char *
creel_status_text(creel_status status)
{
	switch (status) {
#define TEXT(name, number, text) \
	case name: \
		return text;
		CREEL_STATUS_MAP(TEXT)
#undef TEXT
	}
	return "unknown status";
}
