/* SPDX-License-Identifier: MIT */
/* unhandled.h: errors that nobody looked at are told to the program's hook, or to stderr. */
#ifndef CRL_FUTURE_UNHANDLED_H
#define CRL_FUTURE_UNHANDLED_H

#include <creel/future.h>

void crl_unhandled_report(creel_future *future, const creel_error *error);

#endif
