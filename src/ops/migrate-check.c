/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both hosts of a migration, before anything is touched. */
#include "config.h"

#include "ops/migrate-check-private.h"

#include "base/error.h"
#include "ops/device.h"
#include "ops/migrate-result.h"

static void
pass (VfpMigrateChecks *checks, const char *id, const char *text)
{
  vfp_migrate_check (checks->result, id, VFP_CHECK_PASS, "%s", text);
}

void
vfp_migrate_fail (VfpMigrateChecks *checks, const char *id, GError *error)
{
  vfp_migrate_check (checks->result, id, VFP_CHECK_FAIL, "%s", error->message);
  if (checks->first == NULL)
    checks->first = error;
  else
    g_error_free (error);
}

void
vfp_migrate_fail_with (VfpMigrateChecks *checks, const char *id, VfpErrorCode code,
                       const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vfp_migrate_fail (checks, id, g_error_new_valist (VFP_ERROR, code, format, args));
  va_end (args);
}

/* libvirt refuses to send a guest that has some (qemuMigrationSrcIsAllowed() in qemu_migration.c).
 */
static void
check_snapshots (VfpMigrateChecks *checks)
{
  const VfpGuest *guest = checks->plan->guest;
  VfpVirt *virt = checks->world->virt;
  unsigned count = 0;
  GError *error = NULL;

  if (!virt->count_snapshots (virt, guest->uuid, &count, &error))
    vfp_migrate_fail (checks, "snapshots", error);
  else if (count > 0)
    vfp_migrate_fail_with (
        checks, "snapshots", VFP_ERROR_GUEST_REFUSED,
        "libvirt migrates no guest that has snapshots, and %s has %u: 'virsh snapshot-list %s' "
        "shows them; delete only those that nobody needs",
        guest->name, count, guest->name);
  else
    pass (checks, "snapshots", "none");
}

/* libvirt would not take a second guest of that name, nor a running one of that UUID. */
static void
check_absent (VfpMigrateChecks *checks)
{
  g_autoptr (GError) error = NULL;
  const VfpGuest *guest = checks->plan->guest;
  VfpVirt *there = checks->there;
  g_autoptr (VfpGuest) known = there->get_guest (there, guest->uuid, &error);
  g_autofree char *namesake = NULL;

  if (known == NULL && g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    {
      g_clear_error (&error);
      namesake = there->find_guest (there, guest->name, &error);
    }
  if (known != NULL && known->running && !known->paused && !known->arriving)
    vfp_migrate_fail_with (checks, "destination", VFP_ERROR_DESTINATION,
                           "%s runs at %s as well, and both write to its disks: see 'When it "
                           "fails' in migration.md",
                           guest->name, checks->result->uri);
  else if (known != NULL ? known->running || !g_str_equal (known->name, guest->name)
                         : namesake != NULL)
    vfp_migrate_fail_with (checks, "destination", VFP_ERROR_DESTINATION,
                           "%s has a guest with the %s of %s already", checks->result->uri,
                           known != NULL ? "UUID" : "name", guest->name);
  else if (error != NULL && !g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    vfp_migrate_fail (checks, "destination", g_steal_pointer (&error));
  else
    pass (checks, "destination", "reached");
}

static void
check_machine (VfpMigrateChecks *checks)
{
  VfpVirt *virt = checks->world->virt;
  const VfpGuest *guest = checks->plan->guest;
  GError *error = NULL;
  g_autofree char *xml = virt->dump_xml (virt, guest->uuid, VFP_AFFECT_LIVE, &error);
  g_autoptr (VfpGuestNeeds) needs = xml != NULL ? vfp_guest_needs_parse (xml, &error) : NULL;
  g_autofree char *text = NULL;
  VfpSays says;

  if (needs == NULL || !checks->there->fits (checks->there, needs, &says, &text, &error))
    vfp_migrate_fail (checks, "machine", error);
  else if (says == VFP_SAYS_NO)
    vfp_migrate_fail_with (checks, "machine", VFP_ERROR_DESTINATION, "%s cannot run %s: %s",
                           checks->result->uri, guest->name, text);
  else if (says == VFP_SAYS_UNKNOWN)
    vfp_migrate_check (checks->result, "machine", VFP_CHECK_NOTE, "%s", text);
  else
    vfp_migrate_check (checks->result, "machine", VFP_CHECK_PASS, "%s, CPU %s",
                       needs->machine != NULL ? needs->machine : "the default machine",
                       needs->cpu_mode != NULL ? needs->cpu_mode : "default");
}

static void
check_driver_models (VfpMigrateChecks *checks)
{
  for (guint i = 0; i < checks->plan->slots->len; i++)
    {
      const VfpMigrateSlot *slot = g_ptr_array_index (checks->plan->slots, i);
      GError *error = NULL;

      if (slot->driver_model == NULL)
        continue;
      if (vfp_device_check_driver_model (checks->there, checks->result->guest, slot->name, &error))
        pass (checks, "driver-model", slot->driver_model);
      else
        vfp_migrate_fail (checks, "driver-model", error);
    }
}

/* The guest runs without these VFs, and so nothing there picks others for them. */
static void
check_config (VfpMigrateChecks *checks)
{
  const GPtrArray *names = checks->plan->config_only;

  for (guint i = 0; i < names->len; i++)
    vfp_migrate_check (checks->result, "config", VFP_CHECK_NOTE,
                       "%s has its VF in the configuration alone, and will have none there; start "
                       "%s again first, or attach it there",
                       (const char *) g_ptr_array_index (names, i), checks->plan->guest->name);
}

/* Told of a guest that has it alone. */
static void
check_autostart (VfpMigrateChecks *checks)
{
  VfpMigrateResult *result = checks->result;
  VfpVirt *virt = checks->world->virt;
  GError *error = NULL;

  if (!checks->plan->guest->persistent)
    return;
  if (!virt->get_autostart (virt, checks->plan->guest->uuid, &result->autostart, &error))
    vfp_migrate_fail (checks, "autostart", error);
  else if (result->autostart && result->undefines)
    pass (checks, "autostart", "set on the other host, too");
  else if (result->autostart)
    vfp_migrate_check (result, "autostart", VFP_CHECK_NOTE,
                       "libvirt starts it with this host though it runs there; 'virsh autostart "
                       "--disable %s' afterwards",
                       checks->plan->guest->name);
}

gboolean
vfp_migrate_check_hosts (VfpWorld *world, VfpVirt *there, const VfpMigratePlan *plan,
                         VfpMigrateResult *result, GError **error)
{
  VfpMigrateChecks checks = { .world = world, .there = there, .plan = plan, .result = result };

  check_snapshots (&checks);
  check_absent (&checks);
  vfp_migrate_check_hook (&checks);
  check_machine (&checks);
  check_driver_models (&checks);
  check_config (&checks);
  check_autostart (&checks);
  if (checks.first == NULL)
    return TRUE;
  g_propagate_error (error, checks.first);
  return FALSE;
}
