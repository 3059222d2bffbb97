/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both hosts of a migration, before anything is touched. */
#include "config.h"

#include "ops/migrate-check.h"

#include "base/error.h"
#include "guest/preflight.h"
#include "ops/migrate-result.h"
#include "ops/preflight-answer.h"

typedef struct
{
  VfpWorld *world;
  VfpVirt *there;
  const VfpMigratePlan *plan;
  VfpMigrateResult *result;
  GError *first;
} Checks;

static void
pass (Checks *checks, const char *id, const char *text)
{
  vfp_migrate_check (checks->result, id, VFP_CHECK_PASS, "%s", text);
}

/* Takes @error. */
static void
fail (Checks *checks, const char *id, GError *error)
{
  vfp_migrate_check (checks->result, id, VFP_CHECK_FAIL, "%s", error->message);
  if (checks->first == NULL)
    checks->first = error;
  else
    g_error_free (error);
}

static void G_GNUC_PRINTF (4, 5)
    fail_with (Checks *checks, const char *id, VfpErrorCode code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  fail (checks, id, g_error_new_valist (VFP_ERROR, code, format, args));
  va_end (args);
}

/* libvirt refuses to send a guest that has some (qemuMigrationSrcIsAllowed() in qemu_migration.c).
 */
static void
check_snapshots (Checks *checks)
{
  const VfpGuest *guest = checks->plan->guest;
  VfpVirt *virt = checks->world->virt;
  unsigned count = 0;
  GError *error = NULL;

  if (!virt->count_snapshots (virt, guest->uuid, &count, &error))
    fail (checks, "snapshots", error);
  else if (count > 0)
    fail_with (checks, "snapshots", VFP_ERROR_GUEST_REFUSED,
               "%s has %u snapshots, which libvirt leaves on no host: 'virsh snapshot-list %s', "
               "'virsh snapshot-delete'",
               guest->name, count, guest->name);
  else
    pass (checks, "snapshots", "none");
}

/* libvirt would not take a second guest of that name, nor a running one of that UUID. */
static void
check_absent (Checks *checks)
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
  if (known != NULL ? known->running || !g_str_equal (known->name, guest->name) : namesake != NULL)
    fail_with (checks, "destination", VFP_ERROR_DESTINATION,
               "%s has a guest with the %s of %s already", checks->result->uri,
               known != NULL ? "UUID" : "name", guest->name);
  else if (error != NULL && !g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    fail (checks, "destination", g_steal_pointer (&error));
  else
    pass (checks, "destination", "reached");
}

static GPtrArray *
make_question (const VfpMigratePlan *plan)
{
  GPtrArray *slots = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_preflight_slot_free);

  for (guint i = 0; i < plan->slots->len; i++)
    {
      const VfpMigrateSlot *slot = g_ptr_array_index (plan->slots, i);
      VfpPreflightSlot *asked = g_new0 (VfpPreflightSlot, 1);

      asked->name = g_strdup (slot->name);
      asked->pool = g_strdup (slot->pool);
      asked->to_pool = g_strdup (slot->to_pool);
      asked->bond = g_strdup (slot->bond);
      g_ptr_array_add (slots, asked);
    }
  return slots;
}

static void
take_slots (const VfpMigratePlan *plan, const VfpAnswer *answer)
{
  for (guint i = 0; i < plan->slots->len && i < answer->slots->len; i++)
    {
      VfpMigrateSlot *slot = g_ptr_array_index (plan->slots, i);
      const VfpAnswerSlot *there = g_ptr_array_index (answer->slots, i);

      slot->pool_there = g_strdup (there->pool);
      slot->has_to = there->has_vf;
      slot->to = there->vf;
    }
}

static void
check_slots (Checks *checks, const VfpAnswer *answer)
{
  const GPtrArray *slots = checks->plan->slots;

  if (answer->slots->len < slots->len && answer->reasons->len == 0)
    fail_with (checks, "hook", VFP_ERROR_DESTINATION,
               "the vfpool %s of %s does not say what its VFs are; a newer one there does",
               answer->version, checks->result->uri);
  for (guint i = 0; i < answer->reasons->len; i++)
    fail_with (checks, "vfs", VFP_ERROR_NO_VF_FITS, "%s: %s", checks->result->uri,
               (const char *) g_ptr_array_index (answer->reasons, i));
  if (answer->reasons->len > 0)
    return;
  for (guint i = 0; i < slots->len; i++)
    {
      const VfpMigrateSlot *slot = g_ptr_array_index (slots, i);
      char address[VFP_ADDRESS_STRLEN];

      if (slot->has_to)
        vfp_migrate_check (checks->result, "vfs", VFP_CHECK_PASS, "%s: %s of pool %s", slot->name,
                           vfp_address_format (&slot->to, address), slot->pool_there);
    }
}

/* What does not answer as ours does is no hook of ours, or an old one; all else is libvirt's. */
static void
fail_hook (Checks *checks, gboolean answered, GError *error)
{
  if (!answered && !g_error_matches (error, VFP_ERROR, VFP_ERROR_DESTINATION))
    {
      g_prefix_error (&error, "%s: ", checks->result->uri);
      fail (checks, "hook", error);
      return;
    }
  fail_with (checks, "hook", VFP_ERROR_DESTINATION,
             "%s: %s; install the same vfpool there, and 'systemctl reload libvirtd'",
             checks->result->uri, error->message);
  g_error_free (error);
}

static void
check_hook (Checks *checks)
{
  g_autoptr (GPtrArray) question = make_question (checks->plan);
  g_autoptr (GError) error = NULL;
  g_autofree char *text
      = checks->there->ask_hook (checks->there, checks->plan->guest->uuid, question, &error);
  g_autoptr (VfpAnswer) answer = text != NULL ? vfp_answer_parse (text, &error) : NULL;

  if (answer == NULL)
    {
      fail_hook (checks, text != NULL, g_steal_pointer (&error));
      return;
    }
  vfp_migrate_check (checks->result, "hook", VFP_CHECK_PASS, "vfpool %s", answer->version);
  take_slots (checks->plan, answer);
  check_slots (checks, answer);
}

/* What the guest's other NICs are on. */
static void
check_link (Checks *checks, VfpLinkKind kind, const char *name)
{
  const char *what = kind == VFP_LINK_NETWORK ? "network" : "bridge";
  VfpSays says;
  GError *error = NULL;

  if (!checks->there->has_link (checks->there, kind, name, &says, &error))
    fail (checks, "network", error);
  else if (says == VFP_SAYS_NO)
    fail_with (checks, "network", VFP_ERROR_DESTINATION,
               "%s has no %s '%s', which %s has a NIC on; make it there first", checks->result->uri,
               what, name, checks->plan->guest->name);
  else if (says == VFP_SAYS_YES)
    vfp_migrate_check (checks->result, "network", VFP_CHECK_PASS, "%s %s", what, name);
  else
    vfp_migrate_check (checks->result, "network", VFP_CHECK_NOTE,
                       "libvirt there cannot tell whether it has the %s %s", what, name);
}

static void
check_links (Checks *checks)
{
  const GPtrArray *nics = checks->plan->guest->live->nics;

  for (guint i = 0; i < nics->len; i++)
    {
      const VfpGuestNic *nic = g_ptr_array_index (nics, i);

      if (nic->network != NULL)
        check_link (checks, VFP_LINK_NETWORK, nic->network);
      else if (nic->bridge != NULL || nic->lower != NULL)
        check_link (checks, VFP_LINK_BRIDGE, nic->bridge != NULL ? nic->bridge : nic->lower);
    }
}

static void
check_machine (Checks *checks)
{
  VfpVirt *virt = checks->world->virt;
  const VfpGuest *guest = checks->plan->guest;
  GError *error = NULL;
  g_autofree char *xml = virt->dump_xml (virt, guest->uuid, VFP_AFFECT_LIVE, &error);
  g_autoptr (VfpGuestNeeds) needs = xml != NULL ? vfp_guest_needs_parse (xml, &error) : NULL;
  g_autofree char *text = NULL;
  VfpSays says;

  if (needs == NULL || !checks->there->fits (checks->there, needs, &says, &text, &error))
    fail (checks, "machine", error);
  else if (says == VFP_SAYS_NO)
    fail_with (checks, "machine", VFP_ERROR_DESTINATION, "%s cannot run %s: %s",
               checks->result->uri, guest->name, text);
  else if (says == VFP_SAYS_UNKNOWN)
    vfp_migrate_check (checks->result, "machine", VFP_CHECK_NOTE, "%s", text);
  else
    vfp_migrate_check (checks->result, "machine", VFP_CHECK_PASS, "%s, CPU %s",
                       needs->machine != NULL ? needs->machine : "the default machine",
                       needs->cpu_mode != NULL ? needs->cpu_mode : "default");
}

/* Told of a guest that has it alone. */
static void
check_autostart (Checks *checks)
{
  VfpMigrateResult *result = checks->result;
  VfpVirt *virt = checks->world->virt;
  GError *error = NULL;

  if (!checks->plan->guest->persistent)
    return;
  if (!virt->get_autostart (virt, checks->plan->guest->uuid, &result->autostart, &error))
    fail (checks, "autostart", error);
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
  Checks checks = { .world = world, .there = there, .plan = plan, .result = result };

  check_snapshots (&checks);
  check_absent (&checks);
  check_hook (&checks);
  check_links (&checks);
  check_machine (&checks);
  check_autostart (&checks);
  if (checks.first == NULL)
    return TRUE;
  g_propagate_error (error, checks.first);
  return FALSE;
}
