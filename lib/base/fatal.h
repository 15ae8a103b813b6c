/* SPDX-License-Identifier: MIT */
/* fatal.h: the end, for what no status can mend: memory is corrupt, or a count is wrong. */
#ifndef CRL_BASE_FATAL_H
#define CRL_BASE_FATAL_H

#include "base/attr.h"

/* Write "creel: fatal: ..." to stderr and abort. */
CRL_NORETURN CRL_COLD void crl_fatal(const char *format, ...) CRL_PRINTF(1, 2);

#endif
