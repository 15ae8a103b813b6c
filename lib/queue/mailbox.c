/* SPDX-License-Identifier: MIT */
/* mailbox.c: the sentinel of mailbox.h. Its address is all that counts. */
#include "queue/mailbox.h"

crl_letter crl_mailbox_closed;
