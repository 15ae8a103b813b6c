/* SPDX-License-Identifier: MIT */
/* combine.h: what gather, wait and shield have in common. */
#ifndef CRL_ASYNC_COMBINE_H
#define CRL_ASYNC_COMBINE_H

#include "future/future.h"

/* Can this future be waited for? NULL, or why not. */
const creel_error *crl_combine_refuses(const creel_future *future);

/* A future that has failed with this static error. */
creel_future *crl_combine_failed(const creel_error *error);

#endif
