/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of bonds share. */
#include "config.h"

#include "tests/lib/bond.h"

#include <string.h>

#include "tests/lib/check.h"

typedef struct
{
  VfpBondRequest request;
  GPtrArray *results;
} BondAct;

static gboolean
act (VfpWorld *opened, gpointer data, GError **error)
{
  BondAct *bond = data;

  return vfp_bond_attach (opened, &bond->request, bond->results, error);
}

GPtrArray *
bond_attach (World *world, const VfpBondRequest *request, GError **error)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  BondAct bond = { *request, results };

  return world_act (world, act, &bond, error) ? g_steal_pointer (&results) : NULL;
}

VfpBondRequest
bond_request (const char *guest, const char *const *pfs)
{
  return (VfpBondRequest){ .leg = world_attach_request (guest), .pfs = pfs };
}

World *
bond_world (void)
{
  World *world = world_new_empty ();
  static const HostPf pfs[] = {
    { .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 2 },
    { .name = "enp1s0f1", .address = "0000:01:00.1", .vfs = 2 },
    { .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 2, .driver = "ixgbe" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (pfs); i++)
    hosttree_add_pf (world->tree, &pfs[i]);
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .ports = 4 });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web2", .ports = 1 });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "off1", .ports = 4, .off = TRUE });
  world_start (world);
  return world;
}

void
bond_must_attach (World *world, const char *name, const VfpBondRequest *request, guint legs)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = bond_attach (world, request, &error);

  if (results == NULL)
    fail_msg ("%s: %s", name, error->message);
  check_case (name, results->len == legs);
  world_check (world, name);
}

void
bond_must_fail (World *world, const char *name, const VfpBondRequest *request, VfpErrorCode code,
                const char *part)
{
  g_autofree char *before = world_dump (world);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = bond_attach (world, request, &error);

  check_case (name, results == NULL);
  if (!g_error_matches (error, VFP_ERROR, (int) code) || strstr (error->message, part) == NULL)
    fail_msg ("%s: %s", name, error->message);
  g_autofree char *after = world_dump (world);
  check_case_string (name, after, before);
}

void
bond_check (World *world, const char *name, guint legs, VfpBondMac mac)
{
  g_autoptr (VfpRecords) records = world_records (world);

  check_case (name, records->slots->len == legs && records->claims->len == legs);
  for (guint i = 0; i < legs; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      check_case_string (name, slot->bond, "bond0");
      check_case (name, slot->bond_mac == mac);
      check_case (name, slot->settings.trust == (mac == VFP_BOND_MAC_ALL));
      check_case (name, slot->settings.link_state == VFP_LINK_STATE_AUTO);
      check_case (name, claim->intent == VFP_INTENT_NONE && claim->claimer.pid == 0);
      for (guint k = 0; k < i; k++)
        check_case (name,
                    claim->pf_id != ((VfpClaim *) g_ptr_array_index (records->claims, k))->pf_id);
    }
}
