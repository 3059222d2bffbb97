/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's half of its bonds. */
#include "config.h"

#include "ops/guest-config.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/error.h"
#include "guest/placement.h"
#include "ops/guest-lock.h"
#include "state/folder.h"

void
vfp_guest_config_free (VfpGuestConfig *config)
{
  if (config == NULL)
    return;
  g_free (config->guest);
  g_free (config->uuid);
  g_clear_pointer (&config->bonds, g_ptr_array_unref);
  g_clear_pointer (&config->files, g_ptr_array_unref);
  g_free (config);
}

static VfpBondConfig *
get_bond (GPtrArray *bonds, const VfpSlot *slot)
{
  for (guint i = 0; i < bonds->len; i++)
    {
      VfpBondConfig *bond = g_ptr_array_index (bonds, i);

      if (g_str_equal (bond->name, slot->bond))
        return bond;
    }

  VfpBondConfig *bond = vfp_bond_config_new (slot->bond, slot->bond_mac);
  g_ptr_array_add (bonds, bond);
  return bond;
}

static gboolean
add_leg (VfpGuestConfig *config, const VfpSlot *slot, GError **error)
{
  const VfpPlacement placement = { slot->guest_address, slot->has_guest_address, slot->acpi_index };
  g_autofree char *ifname = vfp_placement_ifname (&placement);

  if (config->format->needs_names && ifname == NULL)
    return vfp_throw (error, VFP_ERROR_UNSUPPORTED,
                      "%s: what %s is called in the guest is not certain, and '%s' knows NICs by "
                      "name only; say another --format",
                      slot->guest_name, slot->name, config->format->name);
  vfp_bond_config_add (get_bond (config->bonds, slot), slot->name, &slot->mac, ifname);
  return TRUE;
}

static gboolean
add_legs (VfpGuestConfig *config, GPtrArray *slots, GError **error)
{
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);

      if (slot->bond != NULL && !add_leg (config, slot, error))
        return FALSE;
    }
  return config->bonds->len > 0
         || vfp_throw (error, VFP_ERROR_NO_SUCH_SLOT,
                       "%s has no bond; 'vfpool attach %s --bond --pf PF --pf PF' makes one",
                       config->guest, config->guest);
}

VfpGuestConfig *
vfp_guest_config (VfpWorld *world, const char *guest, const VfpBondFormat *format, GError **error)
{
  g_autoptr (VfpGuestConfig) config = g_new0 (VfpGuestConfig, 1);
  g_autoptr (VfpRecords) records = vfp_store_load (world->store, error);

  if (records == NULL || (config->uuid = vfp_guest_find_uuid (world, guest, error)) == NULL)
    return NULL;
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (records, config->uuid);

  config->format = format;
  config->guest
      = g_strdup (slots->len > 0 ? ((VfpSlot *) g_ptr_array_index (slots, 0))->guest_name : guest);
  config->bonds = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_bond_config_free);
  if (!add_legs (config, slots, error))
    return NULL;
  config->files = vfp_bond_config_render (format, config->bonds);
  return g_steal_pointer (&config);
}

/* What is there is no plain file: never followed, and never waited for. */
static gboolean
check_kind (const char *path, mode_t mode, gboolean force, GError **error)
{
  if (S_ISDIR (mode))
    return vfp_throw (error, VFP_ERROR_OUTPUT, "%s is a folder; remove it first", path);
  return force
         || vfp_throw (error, VFP_ERROR_DIFFERS, "%s is there, and is %s; --force replaces it",
                       path, S_ISLNK (mode) ? "a symbolic link" : "no plain file");
}

/* @out_same: it is there, with this text, and open to nobody else. */
static gboolean
look (const char *path, const VfpBondFile *file, gboolean force, gboolean *out_same, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;
  struct stat status;

  *out_same = FALSE;
  if (lstat (path, &status) != 0)
    return errno == ENOENT
           || vfp_throw_errno (error, VFP_ERROR_OUTPUT, errno, "cannot look at '%s'", path);
  if (!S_ISREG (status.st_mode))
    return check_kind (path, status.st_mode, force, error);
  if (!g_file_get_contents (path, &text, NULL, &local))
    return vfp_throw (error, VFP_ERROR_OUTPUT, "%s", local->message);
  if (g_str_equal (text, file->text))
    *out_same = (status.st_mode & 07777 & ~file->mode) == 0;
  else if (!force)
    return vfp_throw (error, VFP_ERROR_DIFFERS,
                      "%s is there, with other contents; --force replaces it", path);
  return TRUE;
}

static gboolean
put (const char *path, const VfpBondFile *file, GError **error)
{
  g_autoptr (GError) local = NULL;

  return vfp_folder_put_file (path, file->text, (int) file->mode, &local)
         || vfp_throw (error, VFP_ERROR_OUTPUT, "%s", local->message);
}

static char *
path_of (const char *folder, const GPtrArray *files, guint i)
{
  return g_build_filename (folder, ((VfpBondFile *) g_ptr_array_index (files, i))->name, NULL);
}

GArray *
vfp_guest_config_write (const VfpGuestConfig *config, const char *folder, gboolean force,
                        gboolean dry_run, GError **error)
{
  g_autoptr (GArray) written = g_array_new (FALSE, FALSE, sizeof (gboolean));

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      vfp_throw (error, VFP_ERROR_OUTPUT, "'%s' is no folder; 'mkdir' makes it", folder);
      return NULL;
    }
  for (guint i = 0; i < config->files->len; i++)
    {
      g_autofree char *path = path_of (folder, config->files, i);
      gboolean same, write;

      if (!look (path, g_ptr_array_index (config->files, i), force, &same, error))
        return NULL;
      write = !same;
      g_array_append_val (written, write);
    }
  for (guint i = 0; i < config->files->len && !dry_run; i++)
    {
      g_autofree char *path = path_of (folder, config->files, i);

      if (g_array_index (written, gboolean, i)
          && !put (path, g_ptr_array_index (config->files, i), error))
        return NULL;
    }
  return g_steal_pointer (&written);
}
