/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the other host of a migration says by its hook: of VFs, and of what NICs are on. */
#include "config.h"

#include "ops/migrate-check-private.h"

#include "base/error.h"
#include "ops/migrate-result.h"
#include "ops/preflight-answer.h"

/* Characters of another hook's words. */
#define REFUSAL_MAX 300

/* What the guest's NIC is on but no network of libvirt's, or NULL. */
static const char *
netdev_of (const VfpGuestNic *nic)
{
  return nic->network == NULL ? vfp_guest_nic_netdev (nic) : NULL;
}

static VfpPreflight *
make_question (const VfpMigratePlan *plan)
{
  VfpPreflight *asked = vfp_preflight_new (plan->guest->uuid);
  const GPtrArray *nics = plan->guest->live->nics;

  for (guint i = 0; i < plan->slots->len; i++)
    {
      const VfpMigrateSlot *slot = g_ptr_array_index (plan->slots, i);
      VfpPreflightSlot *asked_slot = vfp_preflight_add_slot (asked);

      asked_slot->name = g_strdup (slot->name);
      asked_slot->pool = g_strdup (slot->pool);
      asked_slot->to_pool = g_strdup (slot->to_pool);
      asked_slot->bond = g_strdup (slot->bond);
      asked_slot->standby_bridge = g_strdup (slot->standby_netdev);
    }
  for (guint i = 0; i < nics->len; i++)
    {
      const char *netdev = netdev_of (g_ptr_array_index (nics, i));

      if (netdev != NULL)
        vfp_preflight_add_netdev (asked, netdev);
    }
  return asked;
}

static void
take_slots (const VfpMigratePlan *plan, const VfpAnswer *answer)
{
  for (guint i = 0; i < plan->slots->len && i < answer->slots->len; i++)
    {
      VfpMigrateSlot *slot = g_ptr_array_index (plan->slots, i);
      const VfpAnswerSlot *there = g_ptr_array_index (answer->slots, i);

      g_free (slot->pool_there);
      slot->pool_there = g_strdup (there->pool);
      slot->has_to = there->has_vf;
      slot->to = there->vf;
    }
}

static void
check_slots (VfpMigrateChecks *checks, const VfpAnswer *answer)
{
  const GPtrArray *slots = checks->plan->slots;

  if (answer->slots->len < slots->len && answer->reasons->len == 0)
    vfp_migrate_fail_with (
        checks, "hook", VFP_ERROR_DESTINATION,
        "the vfpool %s of %s does not say what its VFs are; a newer one there does",
        answer->version, checks->result->uri);
  for (guint i = 0; i < answer->reasons->len; i++)
    vfp_migrate_fail_with (checks, "vfs", VFP_ERROR_NO_VF_FITS, "%s: %s", checks->result->uri,
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
fail_hook (VfpMigrateChecks *checks, gboolean answered, GError *error)
{
  if (!answered && !g_error_matches (error, VFP_ERROR, VFP_ERROR_DESTINATION))
    {
      g_prefix_error (&error, "%s: ", checks->result->uri);
      vfp_migrate_fail (checks, "hook", error);
      return;
    }
  vfp_migrate_fail_with (checks, "hook", VFP_ERROR_DESTINATION,
                         "%s: %s; install the same vfpool there, and 'systemctl reload libvirtd'",
                         checks->result->uri, error->message);
  g_error_free (error);
}

/* Mostly another script, which knows nothing of a guest that only asks. @text: libvirt's. */
static void
fail_refused (VfpMigrateChecks *checks, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *line = g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), REFUSAL_MAX));

  vfp_migrate_fail_with (checks, "hook", VFP_ERROR_DESTINATION,
                         "%s: a hook there refuses the guest that vfpool asks by: %s",
                         checks->result->uri, g_strdelimit (line, "\n\r\t\033", ' '));
}

static void
fail_network (VfpMigrateChecks *checks, const char *what, const char *name)
{
  vfp_migrate_fail_with (checks, "network", VFP_ERROR_DESTINATION,
                         "%s has no %s '%s', which %s has a NIC on; make it there first",
                         checks->result->uri, what, name, checks->plan->guest->name);
}

static void
check_netdev (VfpMigrateChecks *checks, const VfpAnswer *answer, const VfpGuestNic *nic)
{
  const char *what = nic->bridge != NULL ? "bridge" : "netdev";
  const char *name = vfp_guest_nic_netdev (nic);

  if (g_ptr_array_find_with_equal_func (answer->missing, name, g_str_equal, NULL))
    fail_network (checks, what, name);
  else if (answer->tells_missing)
    vfp_migrate_check (checks->result, "network", VFP_CHECK_PASS, "%s %s", what, name);
  else
    vfp_migrate_check (checks->result, "network", VFP_CHECK_NOTE,
                       "the vfpool %s there does not tell whether there is the %s %s",
                       answer->version, what, name);
}

static void
check_network (VfpMigrateChecks *checks, const char *name)
{
  VfpSays says;
  GError *error = NULL;

  if (!checks->there->has_network (checks->there, name, &says, &error))
    vfp_migrate_fail (checks, "network", error);
  else if (says == VFP_SAYS_NO)
    fail_network (checks, "active network", name);
  else if (says == VFP_SAYS_YES)
    vfp_migrate_check (checks->result, "network", VFP_CHECK_PASS, "network %s", name);
  else
    vfp_migrate_check (checks->result, "network", VFP_CHECK_NOTE,
                       "libvirt there cannot tell whether it has the network %s", name);
}

/* What the guest's other NICs are on. @answer: NULL where there is none, which has been told. */
static void
check_nics (VfpMigrateChecks *checks, const VfpAnswer *answer)
{
  const GPtrArray *nics = checks->plan->guest->live->nics;

  for (guint i = 0; i < nics->len; i++)
    {
      const VfpGuestNic *nic = g_ptr_array_index (nics, i);

      if (nic->network != NULL)
        check_network (checks, nic->network);
      else if (netdev_of (nic) != NULL && answer != NULL)
        check_netdev (checks, answer, nic);
    }
}

void
vfp_migrate_check_hook (VfpMigrateChecks *checks)
{
  g_autoptr (VfpPreflight) asked = make_question (checks->plan);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = checks->there->ask_hook (checks->there, asked, &error);
  g_autoptr (VfpAnswer) answer = text != NULL ? vfp_answer_parse (text, &error) : NULL;

  if (answer != NULL)
    {
      vfp_migrate_check (checks->result, "hook", VFP_CHECK_PASS, "vfpool %s", answer->version);
      take_slots (checks->plan, answer);
      check_slots (checks, answer);
    }
  else if (text != NULL && !vfp_preflight_is_answer (text))
    fail_refused (checks, text);
  else
    fail_hook (checks, text != NULL, g_steal_pointer (&error));
  check_nics (checks, answer);
}
