/* SPDX-License-Identifier: MIT */
/* reason.c: see reason.h. */
#include "runner/reason.h"

#include "base/mem.h"

#include <string.h>

crl_reason *
crl_reason_new(const char *text)
{
	const size_t length = strnlen(text, CRL_REASON_SIZE - 1);
	crl_reason *reason = crl_alloc(sizeof *reason + length + 1);

	if (reason == NULL)
		return NULL;
	reason->place = (crl_listener){.hears = CRL_IS_REASON};
	reason->told = false;
	memcpy(reason->text, text, length);
	reason->text[length] = '\0';
	return reason;
}

/* Look for one from here up: the nearest that was not told, or else the nearest. */
static bool
find_reason(crl_cancel *cancel, char *text, bool tell)
{
	bool found = false, fresh = false;

	while (cancel != NULL && !fresh) {
		const uint32_t word = crl_cancel_lock(cancel);
		const crl_listener *joint = crl_cancel_find(cancel, CRL_IS_JOINT);
		crl_listener *place = crl_cancel_find(cancel, CRL_IS_REASON);
		crl_cancel *up = joint != NULL ? joint->other : NULL;

		if (place != NULL) {
			crl_reason *reason = crl_reason_of(place);

			fresh = !reason->told;
			if (!found || fresh)
				memcpy(text, reason->text, strlen(reason->text) + 1);
			found = true;
			reason->told |= tell;
		}
		crl_cancel_unlock(cancel, word);
		cancel = up;
	}
	return found;
}

bool
crl_reason_look(crl_cancel *cancel, char *text)
{
	return crl_cancel_has_reason(cancel) && find_reason(cancel, text, false);
}

bool
crl_reason_tell(crl_cancel *cancel, char *text)
{
	return crl_cancel_has_reason(cancel) && find_reason(cancel, text, true);
}
