/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fake host with failover pairs. */
#include "config.h"

#include "tests/lib/pair.h"

#include "guest/pair.h"
#include "tests/lib/check.h"

World *
pair_new_world (void)
{
  World *world = world_new_empty ();

  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 3, .driver = "ixgbe" });
  hosttree_add_bridge (world->tree, "br0", "");
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .ports = 4 });
  hosttree_add_guest (
      world->tree,
      &(HostGuest){ .name = "off1", .ports = 4, .off = TRUE, .nics = { "bridge=br0" } });
  world_start (world);
  return world;
}

VfpAttachRequest
pair_request (const char *guest)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.failover = TRUE;
  request.pf = "enp2s0f0";
  request.slot = "net0";
  assert_true (vfp_standby_parse ("bridge=br0", &request.standby, NULL));
  return request;
}

World *
pair_new (void)
{
  World *world = pair_new_world ();
  const VfpAttachRequest request = pair_request ("web1");

  vfp_result_free (world_must_attach (world, "pair", &request));
  return world;
}

void
pair_check (World *world, const char *name, const char *guest, unsigned xmls)
{
  static const char *const files[] = { "live.xml", "config.xml" };
  unsigned whole = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *text = world_guest_xml (world, guest, files[i]);
      g_autoptr (VfpDomxml) domxml = text != NULL ? vfp_domxml_parse (text, NULL) : NULL;
      const VfpGuestDevice *device
          = domxml != NULL ? vfp_domxml_find_alias (domxml, PAIR_ALIAS) : NULL;
      g_autofree char *why = NULL;

      if (device == NULL)
        continue;
      check_case (name, vfp_pair_standby (domxml, device, &why) != NULL);
      check_case_string (name, device->standby, PAIR_STANDBY);
      whole++;
    }
  check_case (name, whole == xmls);

  const VfpReconcileRequest request = { 0 };
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, NULL);
  check_case (name, findings != NULL);
  if (findings->len > 0)
    fail_msg ("%s: %s", name, ((VfpFinding *) g_ptr_array_index (findings, 0))->detail);
  world_check (world, name);
}
