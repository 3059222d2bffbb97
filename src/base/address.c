/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PCI address as a value, and its only parser. */
#include "config.h"

#include "base/address.h"

#include <string.h>

#include "base/error.h"

/* Reads @min to @max hexadecimal digits from *@cursor, which moves behind them. */
static gboolean
take_hex (const char **cursor, unsigned min, unsigned max, guint32 *out_value)
{
  guint32 value = 0;
  unsigned digits = 0;

  while (digits < max && g_ascii_isxdigit (**cursor))
    {
      value = value << 4 | (guint32) g_ascii_xdigit_value (**cursor);
      (*cursor)++;
      digits++;
    }
  *out_value = value;
  return digits >= min;
}

static gboolean
take_char (const char **cursor, char wanted)
{
  if (**cursor != wanted)
    return FALSE;
  (*cursor)++;
  return TRUE;
}

static gboolean
parse_fields (const char *text, VfpAddress *out_address)
{
  const gboolean nodedev = g_str_has_prefix (text, "pci_");
  const char *cursor = nodedev ? text + strlen ("pci_") : text;
  const char field = nodedev ? '_' : ':';
  guint32 domain = 0, bus, slot, function;

  if (nodedev || strchr (cursor, ':') != strrchr (cursor, ':'))
    {
      if (!take_hex (&cursor, 4, 8, &domain) || !take_char (&cursor, field))
        return FALSE;
    }
  if (!take_hex (&cursor, 2, 2, &bus) || !take_char (&cursor, field)
      || !take_hex (&cursor, 2, 2, &slot) || !take_char (&cursor, nodedev ? '_' : '.')
      || !take_hex (&cursor, 1, 1, &function) || *cursor != '\0')
    return FALSE;
  if (slot > 0x1f || function > 7)
    return FALSE;

  *out_address = (VfpAddress){ domain, (guint8) bus, (guint8) slot, (guint8) function };
  return TRUE;
}

gboolean
vfp_address_parse (const char *text, VfpAddress *out_address, GError **error)
{
  if (!parse_fields (text, out_address))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "'%s' is not a PCI address; write it as 0000:01:10.0 or 01:10.0", text);
  return TRUE;
}

const char *
vfp_address_format (const VfpAddress *address, char buffer[VFP_ADDRESS_STRLEN])
{
  g_snprintf (buffer, VFP_ADDRESS_STRLEN, "%04x:%02x:%02x.%x", address->domain, address->bus,
              address->slot, address->function);
  return buffer;
}

char *
vfp_address_to_string (const VfpAddress *address)
{
  char buffer[VFP_ADDRESS_STRLEN];

  return g_strdup (vfp_address_format (address, buffer));
}

gboolean
vfp_address_equal (const VfpAddress *a, const VfpAddress *b)
{
  return vfp_address_compare (a, b) == 0;
}

int
vfp_address_compare (const VfpAddress *a, const VfpAddress *b)
{
  if (a->domain != b->domain)
    return a->domain < b->domain ? -1 : 1;
  if (a->bus != b->bus)
    return a->bus < b->bus ? -1 : 1;
  if (a->slot != b->slot)
    return a->slot < b->slot ? -1 : 1;
  return (int) a->function - (int) b->function;
}
