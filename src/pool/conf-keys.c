/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the configuration: what each may be, and where it goes. A key moves with
 * doc/vfpool.conf.5.scd. */
#include "config.h"

#include "pool/conf-private.h"

#include <string.h>

#include "base/error.h"
#include "base/parse.h"

#define TIMEOUT_MAX 3600
#define COUNT_MAX 4096

typedef gboolean (*ReadFunc) (gpointer target, const char *value, GError **error);

typedef struct
{
  VfpGroupKind kind;
  const char *name;
  const char *allowed;
  ReadFunc read;
} Key;

/* The place of @value in @words, which NULL ends; -1 with the error. */
static int
find_word (const char *const *words, const char *value, GError **error)
{
  for (int i = 0; words[i] != NULL; i++)
    if (g_str_equal (words[i], value))
      return i;
  vfp_throw (error, VFP_ERROR_CONFIG, "'%s' is not known", value);
  return -1;
}

static gboolean
read_boolean (const char *value, const char *yes, const char *no, gboolean *out, GError **error)
{
  const char *words[] = { no, yes, NULL };
  const int place = find_word (words, value, error);

  *out = place == 1;
  return place >= 0;
}

static gboolean
read_mac_prefix (gpointer target, const char *value, GError **error)
{
  return vfp_mac_prefix_parse (value, &((VfpConfig *) target)->mac_prefix, error);
}

static gboolean
read_hook_on_error (gpointer target, const char *value, GError **error)
{
  return read_boolean (value, "refuse", "allow", &((VfpConfig *) target)->refuse_on_error, error);
}

static gboolean
read_boot_start (gpointer target, const char *value, GError **error)
{
  return read_boolean (value, "yes", "no", &((VfpConfig *) target)->boot_start, error);
}

static gboolean
read_timeout (gpointer target, const char *value, GError **error)
{
  guint64 seconds;

  if (!vfp_parse_uint (value, 10, 1, TIMEOUT_MAX, "time limit", &seconds, error))
    return FALSE;
  ((VfpConfig *) target)->timeout_ms = (unsigned) seconds * 1000;
  return TRUE;
}

static const char *const fixes[] = { "no", "safe", "live", NULL };
static const char *const picks[] = { "spread", "pack", NULL };
static const char *const numas[] = { "prefer", "require", "ignore", NULL };
static const char *const binds[] = { "keep", "vfio-pci", "host", "none", NULL };

static gboolean
read_fix (gpointer target, const char *value, GError **error)
{
  const int place = find_word (fixes, value, error);

  ((VfpConfig *) target)->fix = (VfpFix) MAX (place, 0);
  return place >= 0;
}

static gboolean
read_pick (gpointer target, const char *value, GError **error)
{
  const int place = find_word (picks, value, error);

  ((VfpConfigPool *) target)->pick = (VfpPick) MAX (place, 0);
  return place >= 0;
}

static gboolean
read_numa (gpointer target, const char *value, GError **error)
{
  const int place = find_word (numas, value, error);

  ((VfpConfigPool *) target)->numa = (VfpNuma) MAX (place, 0);
  return place >= 0;
}

static gboolean
read_guest_bus (gpointer target, const char *value, GError **error)
{
  const gboolean hex = g_str_has_prefix (value, "0x");
  guint64 bus;

  if (!vfp_parse_uint (hex ? value + 2 : value, hex ? 16 : 10, 1, 0xff, "bus", &bus, error))
    return FALSE;
  ((VfpConfigPool *) target)->guest_bus = (unsigned) bus;
  return TRUE;
}

static gboolean
read_guest_pci_slot_base (gpointer target, const char *value, GError **error)
{
  const gboolean hex = g_str_has_prefix (value, "0x");
  guint64 slot;

  if (!vfp_parse_uint (hex ? value + 2 : value, hex ? 16 : 10, 0, 0x1f, "PCI slot", &slot, error))
    return FALSE;
  ((VfpConfigPool *) target)->guest_pci_slot_base = (unsigned) slot;
  return TRUE;
}

static gboolean
read_virtualport (gpointer target, const char *value, GError **error)
{
  return vfp_parse_virtualport (value, &((VfpConfigPool *) target)->profile_id, error);
}

/* Names of other hosts: nothing here can tell whether there are such pools. */
static gboolean
read_accepts (gpointer target, const char *value, GError **error)
{
  VfpConfigPool *pool = target;
  g_auto (GStrv) words = g_strsplit_set (value, "; \t,", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  unsigned count = 0;

  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      {
        g_strv_builder_add (builder, *word);
        count++;
      }
  if (count == 0)
    return vfp_throw (error, VFP_ERROR_CONFIG, "no pool is named");
  pool->accepts = g_strv_builder_end (builder);
  return TRUE;
}

static gboolean
read_count (gpointer target, const char *value, GError **error)
{
  guint64 count;

  if (!vfp_parse_uint (value, 10, 1, COUNT_MAX, "count", &count, error))
    return FALSE;
  ((VfpConfigReserve *) target)->count = (unsigned) count;
  return TRUE;
}

static gboolean
read_driver (gpointer target, const char *value, GError **error)
{
  const int place = find_word (binds, value, error);

  ((VfpConfigReserve *) target)->bind = (VfpBind) MAX (place, 0);
  return place >= 0;
}

static gboolean
read_mac (gpointer target, const char *value, GError **error)
{
  VfpConfigReserve *reserve = target;

  reserve->derive_mac = g_str_equal (value, "auto");
  if (reserve->derive_mac)
    return TRUE;
  if (!vfp_mac_parse_unicast (value, &reserve->vfs.settings.mac, error))
    return FALSE;
  reserve->vfs.settings.known |= VFP_SETTING_MAC;
  return TRUE;
}

/* The keys that pools and reservations share; @target: VfpConfigVfs. */

static gboolean
check_pf_name (const char *name, GError **error)
{
  VfpMac mac;

  return !g_str_has_prefix (name, "mac:")
         || vfp_mac_parse_unicast (name + strlen ("mac:"), &mac, error);
}

static gboolean
read_pf (gpointer target, const char *value, GError **error)
{
  VfpConfigVfs *vfs = target;
  g_auto (GStrv) words = g_strsplit_set (value, "; \t,", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const char *twice = NULL;

  for (char **word = words; *word != NULL; word++)
    {
      if (**word == '\0')
        continue;
      if (!check_pf_name (*word, error))
        return FALSE;
      if (!g_hash_table_add (seen, *word))
        twice = *word;
      g_strv_builder_add (builder, *word);
    }
  if (twice != NULL)
    return vfp_throw (error, VFP_ERROR_CONFIG, "'%s' is named twice", twice);
  if (g_hash_table_size (seen) == 0)
    return vfp_throw (error, VFP_ERROR_CONFIG, "no PF is named");
  g_strfreev (vfs->pfs);
  vfs->pfs = g_strv_builder_end (builder);
  return TRUE;
}

static gboolean
read_vfs (gpointer target, const char *value, GError **error)
{
  VfpConfigVfs *vfs = target;

  vfs->ranges = vfp_ranges_parse (value, "VF", error);
  return vfs->ranges != NULL;
}

static gboolean
read_vlan (gpointer target, const char *value, GError **error)
{
  return vfp_settings_parse_vlan (&((VfpConfigVfs *) target)->settings, value, error);
}

static gboolean
read_link_state (gpointer target, const char *value, GError **error)
{
  return vfp_settings_parse_link_state (&((VfpConfigVfs *) target)->settings, value, error);
}

static gboolean
read_trust (gpointer target, const char *value, GError **error)
{
  VfpSettings *settings = &((VfpConfigVfs *) target)->settings;

  settings->known |= VFP_SETTING_TRUST;
  return read_boolean (value, "on", "off", &settings->trust, error);
}

static gboolean
read_spoofchk (gpointer target, const char *value, GError **error)
{
  VfpSettings *settings = &((VfpConfigVfs *) target)->settings;

  settings->known |= VFP_SETTING_SPOOFCHK;
  return read_boolean (value, "on", "off", &settings->spoofchk, error);
}

static gboolean
read_rate (gpointer target, const char *value, guint32 *rate, GError **error)
{
  guint64 mbit;

  if (!vfp_parse_uint (value, 10, 0, G_MAXUINT32, "rate", &mbit, error))
    return FALSE;
  *rate = (guint32) mbit;
  ((VfpConfigVfs *) target)->settings.known |= VFP_SETTING_RATE;
  return TRUE;
}

static gboolean
read_max_tx_rate (gpointer target, const char *value, GError **error)
{
  return read_rate (target, value, &((VfpConfigVfs *) target)->settings.max_tx_rate, error);
}

static gboolean
read_min_tx_rate (gpointer target, const char *value, GError **error)
{
  return read_rate (target, value, &((VfpConfigVfs *) target)->settings.min_tx_rate, error);
}

static const Key keys[] = {
  { VFP_GROUP_VFPOOL, "mac-prefix", "1 to 5 octets, local and unicast, as 56:66", read_mac_prefix },
  { VFP_GROUP_VFPOOL, "hook-on-error", "allow, refuse", read_hook_on_error },
  { VFP_GROUP_VFPOOL, "boot-start", "yes, no", read_boot_start },
  { VFP_GROUP_VFPOOL, "timeout", "1 to 3600 (seconds)", read_timeout },
  { VFP_GROUP_RECONCILE, "fix", "no, safe, live", read_fix },
  { VFP_GROUP_POOL, "pick", "spread, pack", read_pick },
  { VFP_GROUP_POOL, "numa", "prefer, require, ignore", read_numa },
  { VFP_GROUP_POOL, "guest-bus", "1 to 255", read_guest_bus },
  { VFP_GROUP_POOL, "guest-pci-slot-base", "0 to 31", read_guest_pci_slot_base },
  { VFP_GROUP_POOL, "virtualport", "802.1Qbh:PROFILEID, none", read_virtualport },
  { VFP_GROUP_POOL, "accepts", "names of pools and PFs of other hosts, with ';' between them",
    read_accepts },
  { VFP_GROUP_RESERVE, "count", "1 to 4096", read_count },
  { VFP_GROUP_RESERVE, "driver", "vfio-pci, host, none, keep", read_driver },
  { VFP_GROUP_RESERVE, "mac", "auto, or a MAC address", read_mac },
};

static const Key shared_keys[] = {
  { VFP_GROUP_POOL, "pf", "netdev names, PCI addresses or mac:MAC, with ';' between them",
    read_pf },
  { VFP_GROUP_POOL, "vfs", "VF indexes, as 1-6,8", read_vfs },
  { VFP_GROUP_POOL, "vlan", "ID[:QOS[:PROTO]]", read_vlan },
  { VFP_GROUP_POOL, "trust", "on, off", read_trust },
  { VFP_GROUP_POOL, "spoofchk", "on, off", read_spoofchk },
  { VFP_GROUP_POOL, "link-state", "auto, enable, disable", read_link_state },
  { VFP_GROUP_POOL, "max-tx-rate", "Mbit/s, 0 for none", read_max_tx_rate },
  { VFP_GROUP_POOL, "min-tx-rate", "Mbit/s, 0 for none", read_min_tx_rate },
};

static const Key *
find_key (VfpGroupKind kind, const char *name, gboolean *out_shared)
{
  *out_shared = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].kind == kind && g_str_equal (keys[i].name, name))
      return &keys[i];
  *out_shared = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (shared_keys); i++)
    if ((kind == VFP_GROUP_POOL || kind == VFP_GROUP_RESERVE)
        && g_str_equal (shared_keys[i].name, name))
      return &shared_keys[i];
  return NULL;
}

static char *
join_keys (VfpGroupKind kind)
{
  GString *names = g_string_new (NULL);

  for (gsize i = 0;
       (kind == VFP_GROUP_POOL || kind == VFP_GROUP_RESERVE) && i < G_N_ELEMENTS (shared_keys); i++)
    g_string_append_printf (names, ", %s", shared_keys[i].name);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].kind == kind)
      g_string_append_printf (names, ", %s", keys[i].name);
  g_string_erase (names, 0, 2);
  return g_string_free (names, FALSE);
}

static gpointer
shared_part (VfpGroupKind kind, gpointer target)
{
  return kind == VFP_GROUP_POOL ? &((VfpConfigPool *) target)->vfs
                                : &((VfpConfigReserve *) target)->vfs;
}

gboolean
vfp_config_read_key (VfpGroupKind kind, gpointer target, const char *name, const char *value,
                     GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean shared;
  const Key *key = find_key (kind, name, &shared);

  if (key == NULL)
    {
      g_autofree char *names = join_keys (kind);

      return vfp_throw (error, VFP_ERROR_CONFIG, "there is no key '%s' (allowed: %s)", name, names);
    }
  /* GKeyFile takes it for a part of the value. */
  if (strchr (value, '#') != NULL)
    return vfp_throw (error, VFP_ERROR_CONFIG, "%s: a comment needs a line of its own", name);
  if (key->read (shared ? shared_part (kind, target) : target, value, &local))
    return TRUE;
  return vfp_throw (error, VFP_ERROR_CONFIG, "%s: %s (allowed: %s)", name, local->message,
                    key->allowed);
}

gboolean
vfp_config_check_vfs (const VfpConfigVfs *vfs, GError **error)
{
  const VfpSettings *settings = &vfs->settings;

  if (vfs->pfs == NULL)
    return vfp_throw (error, VFP_ERROR_CONFIG, "pf: no PF is named");
  if (settings->max_tx_rate != 0 && settings->min_tx_rate > settings->max_tx_rate)
    return vfp_throw (error, VFP_ERROR_CONFIG, "min-tx-rate is above max-tx-rate");
  return TRUE;
}

const char *
vfp_pick_to_string (VfpPick pick)
{
  return picks[pick];
}

const char *
vfp_numa_to_string (VfpNuma numa)
{
  return numas[numa];
}
