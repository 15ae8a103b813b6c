/* SPDX-License-Identifier: MIT */
/* process.c: the generation of this process; counted up by the fork handler in sync/fork.c. */
#include "base/process.h"

crl_atomic(unsigned) crl_process_generation;
