/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which PFs are ports of one card. */
#include "config.h"

#include "pool/card.h"

#include <string.h>

/* Some cards have the capability, and nothing in it. */
static gboolean
says_something (const char *serial)
{
  return serial != NULL && strspn (serial, "0-") < strlen (serial);
}

gboolean
vfp_card_is_same (const VfpAddress *a, const char *serial_a, const VfpAddress *b,
                  const char *serial_b)
{
  return (a->domain == b->domain && a->bus == b->bus && a->slot == b->slot)
         || (says_something (serial_a) && g_strcmp0 (serial_a, serial_b) == 0);
}
