/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration: vfpool.conf, and the files of pools.d beside it. */
#include "config.h"

#include "pool/conf.h"

#include <string.h>

#include "base/error.h"
#include "pool/conf-private.h"

#define NAME_MAX_LEN 32
#define FILE_MAX_BYTES (1024 * 1024)

static void
vfs_clear (VfpConfigVfs *vfs)
{
  g_strfreev (vfs->pfs);
  g_clear_pointer (&vfs->ranges, g_array_unref);
}

static void
pool_free (VfpConfigPool *pool)
{
  vfs_clear (&pool->vfs);
  g_free (pool->profile_id);
  g_strfreev (pool->accepts);
  g_free (pool->name);
  g_free (pool->file);
  g_free (pool);
}

static void
reserve_free (VfpConfigReserve *reserve)
{
  vfs_clear (&reserve->vfs);
  g_free (reserve->name);
  g_free (reserve->file);
  g_free (reserve);
}

VfpConfig *
vfp_config_new (void)
{
  VfpConfig *config = g_new0 (VfpConfig, 1);

  config->mac_prefix = vfp_mac_prefix_default ();
  config->boot_start = TRUE;
  config->fix = VFP_FIX_SAFE;
  config->pools = g_ptr_array_new_with_free_func ((GDestroyNotify) pool_free);
  config->reserves = g_ptr_array_new_with_free_func ((GDestroyNotify) reserve_free);
  return config;
}

void
vfp_config_free (VfpConfig *config)
{
  if (config == NULL)
    return;
  g_ptr_array_unref (config->pools);
  g_ptr_array_unref (config->reserves);
  g_free (config->vfpool_file);
  g_free (config->reconcile_file);
  g_free (config);
}

const VfpConfigPool *
vfp_config_find_pool (const VfpConfig *config, const char *name)
{
  for (guint i = 0; i < config->pools->len; i++)
    {
      const VfpConfigPool *pool = g_ptr_array_index (config->pools, i);

      if (g_str_equal (pool->name, name))
        return pool;
    }
  return NULL;
}

const VfpConfigReserve *
vfp_config_find_reserve (const VfpConfig *config, const char *name)
{
  for (guint i = 0; i < config->reserves->len; i++)
    {
      const VfpConfigReserve *reserve = g_ptr_array_index (config->reserves, i);

      if (g_str_equal (reserve->name, name))
        return reserve;
    }
  return NULL;
}

/* GKeyFile keeps the last of two keys, and joins two groups, without a word. */
static gboolean
check_once (const char *text, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  const char *group = "";

  for (char **line = lines; *line != NULL; line++)
    {
      char *word = g_strstrip (*line);
      char *equals = strchr (word, '=');

      if (*word == '#' || *word == '\0' || (*word != '[' && equals == NULL))
        continue;
      if (*word == '[')
        group = word;
      else
        *equals = '\0';
      if (!g_hash_table_add (seen, *word == '[' ? g_strdup (word)
                                                : g_strconcat (group, g_strchomp (word), NULL)))
        return *word == '['
                   ? vfp_throw (error, VFP_ERROR_CONFIG, "%s stands there twice", group)
                   : vfp_throw (error, VFP_ERROR_CONFIG, "%s %s is given twice", group, word);
    }
  return TRUE;
}

/* The name of "pool NAME". */
static gboolean
parse_name (const char *group, const char *kind, char **out_name, GError **error)
{
  const char *name = group + strlen (kind);

  while (*name == ' ')
    name++;
  if (*name == '\0' || strlen (name) > NAME_MAX_LEN
      || strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") != strlen (name)
      || *name == '-' || *name == '.')
    return vfp_throw (error, VFP_ERROR_CONFIG,
                      "[%s]: '%s' is no name (allowed: letters, digits, '.', '_', '-', %u at most)",
                      group, name, NAME_MAX_LEN);
  *out_name = g_strdup (name);
  return TRUE;
}

static gboolean
read_keys (GKeyFile *file, const char *group, VfpGroupKind kind, gpointer target, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, error);

  for (char **key = keys; key != NULL && *key != NULL; key++)
    {
      g_autofree char *value = g_key_file_get_value (file, group, *key, NULL);

      if (!vfp_config_read_key (kind, target, *key, g_strchomp (value), error))
        {
          g_prefix_error (error, "[%s] ", group);
          return FALSE;
        }
    }
  return keys != NULL;
}

static gboolean
check_group (const VfpConfigVfs *vfs, const char *group, GError **error)
{
  if (vfp_config_check_vfs (vfs, error))
    return TRUE;
  g_prefix_error (error, "[%s] ", group);
  return FALSE;
}

static gboolean
read_pool (VfpConfig *config, GKeyFile *file, const char *path, const char *group, GError **error)
{
  VfpConfigPool *pool = g_new0 (VfpConfigPool, 1);
  g_autofree char *name = NULL;

  g_ptr_array_add (config->pools, pool);
  pool->file = g_strdup (path);
  pool->name = g_strdup ("");
  if (!parse_name (group, "pool", &name, error))
    return FALSE;
  if (vfp_config_find_pool (config, name) != NULL)
    return vfp_throw (error, VFP_ERROR_CONFIG, "[%s]: that pool is in %s already", group,
                      vfp_config_find_pool (config, name)->file);
  g_free (pool->name);
  pool->name = g_steal_pointer (&name);
  if (!read_keys (file, group, VFP_GROUP_POOL, pool, error)
      || !check_group (&pool->vfs, group, error))
    return FALSE;
  if (pool->profile_id != NULL && pool->vfs.settings.vlan != 0)
    return vfp_throw (error, VFP_ERROR_CONFIG, "[%s] virtualport and vlan exclude each other",
                      group);
  if (pool->guest_pci_slot_base != 0 && pool->guest_bus == 0)
    return vfp_throw (error, VFP_ERROR_CONFIG, "[%s] guest-pci-slot-base needs guest-bus", group);
  return TRUE;
}

/* The group before @reserve that gives a VF the same MAC; NULL: none. */
static const VfpConfigReserve *
find_same_mac (const VfpConfig *config, const VfpConfigReserve *reserve)
{
  for (guint i = 0; i < config->reserves->len; i++)
    {
      const VfpConfigReserve *other = g_ptr_array_index (config->reserves, i);

      if (other != reserve && (other->vfs.settings.known & VFP_SETTING_MAC)
          && vfp_mac_equal (&other->vfs.settings.mac, &reserve->vfs.settings.mac))
        return other;
    }
  return NULL;
}

static gboolean
check_reserve_mac (const VfpConfig *config, const VfpConfigReserve *reserve, GError **error)
{
  char mac[VFP_MAC_STRLEN];

  if (!(reserve->vfs.settings.known & VFP_SETTING_MAC))
    return TRUE;
  if (reserve->count != 1)
    return vfp_throw (error, VFP_ERROR_CONFIG,
                      "[reserve %s] mac: one MAC goes with count = 1 only (allowed: auto)",
                      reserve->name);

  const VfpConfigReserve *other = find_same_mac (config, reserve);
  return other == NULL
         || vfp_throw (error, VFP_ERROR_CONFIG,
                       "[reserve %s] mac: %s is that of [reserve %s] in %s already", reserve->name,
                       vfp_mac_format (&reserve->vfs.settings.mac, mac), other->name, other->file);
}

static gboolean
read_reserve (VfpConfig *config, GKeyFile *file, const char *path, const char *group,
              GError **error)
{
  VfpConfigReserve *reserve = g_new0 (VfpConfigReserve, 1);
  g_autofree char *name = NULL;

  g_ptr_array_add (config->reserves, reserve);
  reserve->file = g_strdup (path);
  reserve->name = g_strdup ("");
  if (!parse_name (group, "reserve", &name, error))
    return FALSE;
  if (vfp_config_find_reserve (config, name) != NULL)
    return vfp_throw (error, VFP_ERROR_CONFIG, "[%s]: that reservation is in %s already", group,
                      vfp_config_find_reserve (config, name)->file);
  g_free (reserve->name);
  reserve->name = g_steal_pointer (&name);
  return read_keys (file, group, VFP_GROUP_RESERVE, reserve, error)
         && check_group (&reserve->vfs, group, error) && check_reserve_mac (config, reserve, error);
}

/* @stands_in: of the config, for the file that has the group. */
static gboolean
read_only_group (VfpConfig *config, GKeyFile *file, const char *path, const char *group,
                 VfpGroupKind kind, char **stands_in, GError **error)
{
  if (*stands_in != NULL)
    return vfp_throw (error, VFP_ERROR_CONFIG, "[%s] is in %s already", group, *stands_in);
  *stands_in = g_strdup (path);
  return read_keys (file, group, kind, config, error);
}

static gboolean
read_group (VfpConfig *config, GKeyFile *file, const char *path, const char *group, GError **error)
{
  if (g_str_equal (group, "vfpool"))
    return read_only_group (config, file, path, group, VFP_GROUP_VFPOOL, &config->vfpool_file,
                            error);
  if (g_str_equal (group, "reconcile"))
    return read_only_group (config, file, path, group, VFP_GROUP_RECONCILE, &config->reconcile_file,
                            error);
  if (g_str_has_prefix (group, "pool ") || g_str_equal (group, "pool"))
    return read_pool (config, file, path, group, error);
  if (g_str_has_prefix (group, "reserve ") || g_str_equal (group, "reserve"))
    return read_reserve (config, file, path, group, error);
  return vfp_throw (error, VFP_ERROR_CONFIG,
                    "there is no group [%s] (allowed: [vfpool], [reconcile], [pool NAME], "
                    "[reserve NAME])",
                    group);
}

static gboolean
read_text (VfpConfig *config, const char *path, const char *text, gsize length, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;

  if (length > FILE_MAX_BYTES || strlen (text) != length)
    return vfp_throw (error, VFP_ERROR_CONFIG, "not a configuration file");
  /* Without its flag GKeyFile drops "vlan[de] = 1" without a word. */
  if (!g_key_file_load_from_data (file, text, length, G_KEY_FILE_KEEP_TRANSLATIONS, &local))
    return vfp_throw (error, VFP_ERROR_CONFIG, "%s", local->message);
  if (!check_once (text, error))
    return FALSE;

  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group != NULL; group++)
    if (!read_group (config, file, path, *group, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_file (VfpConfig *config, const char *path, gboolean required, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &local))
    return (!required && g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
           || vfp_throw (error, VFP_ERROR_CONFIG, "%s", local->message);
  if (read_text (config, path, text, length, error))
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* In the order of their names; package managers' and editors' left-overs end otherwise. */
static gboolean
read_folder (VfpConfig *config, const char *folder, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &local);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  if (dir == NULL)
    return g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT)
           || vfp_throw (error, VFP_ERROR_CONFIG, "%s", local->message);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    if (g_str_has_suffix (name, ".conf") && *name != '.')
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (paths, compare_paths);
  for (guint i = 0; i < paths->len; i++)
    if (!read_file (config, g_ptr_array_index (paths, i), TRUE, error))
      return FALSE;
  return TRUE;
}

VfpConfig *
vfp_config_load (const char *path, gboolean required, GError **error)
{
  g_autoptr (VfpConfig) config = vfp_config_new ();
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *folder = g_build_filename (parent, "pools.d", NULL);

  if (!read_file (config, path, required, error) || !read_folder (config, folder, error))
    return NULL;
  return g_steal_pointer (&config);
}
