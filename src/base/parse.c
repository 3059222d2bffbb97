/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict parsers of what people and files say. */
#include "config.h"

#include "base/parse.h"

#include <string.h>

#include "base/error.h"

gboolean
vfp_parse_uint (const char *text, unsigned base, guint64 min, guint64 max, const char *what,
                guint64 *out_value, GError **error)
{
  g_autoptr (GError) local = NULL;
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, base, min, max, &value, &local))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      base == 16 ? "%s: '%s' is not a hexadecimal number from %" G_GINT64_MODIFIER
                                   "x to %" G_GINT64_MODIFIER "x"
                                 : "%s: '%s' is not a number from %" G_GUINT64_FORMAT
                                   " to %" G_GUINT64_FORMAT,
                      what, text, min, max);

  *out_value = value;
  return TRUE;
}

gboolean
vfp_parse_on_off (const char *text, const char *what, gboolean *out_value, GError **error)
{
  if (!g_str_equal (text, "on") && !g_str_equal (text, "off"))
    return vfp_throw (error, VFP_ERROR_USAGE, "%s: '%s' is neither on nor off", what, text);

  *out_value = g_str_equal (text, "on");
  return TRUE;
}

gboolean
vfp_parse_slot_name (const char *text, unsigned *out_number, GError **error)
{
  guint64 number = 0;

  if (!g_str_has_prefix (text, "net") || (text[3] == '0' && text[4] != '\0')
      || !g_ascii_string_to_unsigned (text + 3, 10, 0, 999, &number, NULL))
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is not the name of a slot; say net0, net1, …",
                      text);

  if (out_number != NULL)
    *out_number = (unsigned) number;
  return TRUE;
}

#define VIRTUALPORT "802.1Qbh"
/* MODULE_NAME_LEN of the kernel's include/linux/module.h is 64 less a pointer, with the NUL. */
#define MODULE_NAME_MAX 55
#define MODULE_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-"
#define ALIAS_PREFIX "ua-"
#define ALIAS_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-"
#define ALIAS_MAX 63
#define PROFILE_ID_MAX 39

static gboolean
is_profile_id (const char *text)
{
  const gsize length = strlen (text);

  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isgraph (*c))
      return FALSE;
  return length > 0 && length <= PROFILE_ID_MAX;
}

gboolean
vfp_parse_alias (const char *text, GError **error)
{
  const char *name = g_str_has_prefix (text, ALIAS_PREFIX) ? text + strlen (ALIAS_PREFIX) : "";
  const gsize length = strlen (name);

  if (length > 0 && length <= ALIAS_MAX && strspn (name, ALIAS_CHARACTERS) == length)
    return TRUE;
  return vfp_throw (error, VFP_ERROR_USAGE,
                    "'%s' is no alias of libvirt's user: those are " ALIAS_PREFIX
                    "NAME, of letters, digits, '_' and '-'",
                    text);
}

gboolean
vfp_parse_virtualport (const char *text, char **out_profile_id, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);

  *out_profile_id = NULL;
  if (g_str_equal (text, "none"))
    return TRUE;
  if (parts[0] != NULL
      && (g_ascii_strcasecmp (parts[0], "802.1Qbg") == 0 || g_str_equal (parts[0], "openvswitch")
          || g_str_equal (parts[0], "midonet")))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "'%s': libvirt: virtualport type %s is currently not supported on interfaces "
                      "of type hostdev; only " VIRTUALPORT " is",
                      text, parts[0]);
  if (g_strv_length (parts) != 2 || g_ascii_strcasecmp (parts[0], VIRTUALPORT) != 0)
    return vfp_throw (error, VFP_ERROR_USAGE, "'%s' is neither " VIRTUALPORT ":PROFILEID nor none",
                      text);
  if (!is_profile_id (parts[1]))
    return vfp_throw (error, VFP_ERROR_USAGE,
                      "'%s': a profile id has 1 to %u printable characters without spaces", text,
                      PROFILE_ID_MAX);
  *out_profile_id = g_strdup (parts[1]);
  return TRUE;
}

char *
vfp_virtualport_to_string (const char *profile_id)
{
  return profile_id != NULL ? g_strconcat (VIRTUALPORT ":", profile_id, NULL) : NULL;
}

gboolean
vfp_parse_driver_model (const char *text, GError **error)
{
  const gsize length = strspn (text, MODULE_CHARACTERS);

  return (length > 0 && length <= MODULE_NAME_MAX && text[length] == '\0')
         || vfp_throw (error, VFP_ERROR_USAGE,
                       "'%s' is not the name of a kernel module, such as mlx5_vfio_pci", text);
}
