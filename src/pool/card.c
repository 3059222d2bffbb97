/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which card a PF is of, and where it is now. */
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

VfpPf *
vfp_card_find (const VfpInventory *inventory, const VfpPfRecord *record)
{
  VfpPf *found = NULL;
  unsigned count = 0;

  for (guint i = 0; i < inventory->pfs->len; i++)
    {
      VfpPf *pf = g_ptr_array_index (inventory->pfs, i);

      if (!vfp_mac_equal (&pf->mac, &record->mac))
        continue;
      if (vfp_address_equal (&pf->address, &record->address))
        return pf;
      found = pf;
      count++;
    }
  return count == 1 && !vfp_mac_is_zero (&record->mac) ? found : NULL;
}
