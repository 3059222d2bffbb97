/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a migration tells of itself. */
#include "config.h"

#include "ops/migrate-result.h"

const char *
vfp_migrate_mode_to_string (VfpMigrateMode mode)
{
  static const char *const names[] = { [VFP_MIGRATE_AUTO] = "auto",
                                       [VFP_MIGRATE_FAILOVER] = "failover",
                                       [VFP_MIGRATE_UNPLUG] = "unplug" };

  return names[mode];
}

const char *
vfp_check_level_to_string (VfpCheckLevel level)
{
  static const char *const names[]
      = { [VFP_CHECK_PASS] = "pass", [VFP_CHECK_NOTE] = "note", [VFP_CHECK_FAIL] = "fail" };

  return names[level];
}

void
vfp_migrate_slot_free (VfpMigrateSlot *slot)
{
  g_free (slot->name);
  g_free (slot->pool);
  g_free (slot->to_pool);
  g_free (slot->bond);
  g_free (slot->driver_model);
  g_free (slot->standby_netdev);
  g_free (slot->pf);
  g_free (slot->pool_there);
  g_free (slot);
}

static void
check_free (gpointer data)
{
  VfpMigrateCheck *check = data;

  g_free (check->text);
  g_free (check);
}

VfpMigrateResult *
vfp_migrate_result_new (const VfpMigrateRequest *request, const char *uuid)
{
  VfpMigrateResult *result = g_new0 (VfpMigrateResult, 1);

  result->guest = g_strdup (request->guest);
  result->uuid = g_strdup (uuid);
  result->uri = g_strdup (request->uri);
  result->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_migrate_slot_free);
  result->checks = g_ptr_array_new_with_free_func (check_free);
  return result;
}

void
vfp_migrate_result_free (VfpMigrateResult *result)
{
  if (result == NULL)
    return;
  g_free (result->guest);
  g_free (result->uuid);
  g_free (result->uri);
  g_ptr_array_unref (result->slots);
  g_ptr_array_unref (result->checks);
  g_free (result);
}

void
vfp_migrate_check (VfpMigrateResult *result, const char *id, VfpCheckLevel level,
                   const char *format, ...)
{
  VfpMigrateCheck *check = g_new0 (VfpMigrateCheck, 1);
  va_list args;

  check->id = id;
  check->level = level;
  va_start (args, format);
  check->text = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (result->checks, check);
}
