/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has which VF, told from what host, libvirt and state file say. */
#include "config.h"

#include "pool/view.h"

#include "tests/lib/check.h"
#include "tests/lib/facts.h"

#define VF0 "0000:01:10.0"
#define VF1 "0000:01:10.2"

static const HostPf pfs[] = {
  { .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 2 },
  { .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 1, .driver = "ixgbe" },
};

typedef enum
{
  NOBODY,
  ALIVE,
  DEAD,
} Claimer;

typedef enum
{
  NO_CLAIM,
  OF_SLOT,
  RESERVATION,
} ClaimKind;

typedef struct
{
  const char *name;
  ClaimKind claim; /* of web1's net0 on VF 0 */
  VfpIntent intent;
  Claimer claimer;
  gboolean other_boot;
  const char *web1_live, *web1_config; /* both NULL: libvirt does not know it */
  const char *db1_live, *db1_config;   /* another guest, without claims */
  const char *network;                 /* what it hands out, as XML; NULL: none */
  const char *host_use;
  gboolean no_libvirt;

  VfpVfState state;
  gboolean stale, live, config;
  const char *guest, *used_by;
} ViewCase;

static const ViewCase cases[] = {
  { .name = "free", .web1_live = "", .state = VFP_VF_FREE },
  { .name = "free, the other VF is in a guest", .db1_live = VF1, .state = VFP_VF_FREE },

  { .name = "attached, both",
    .claim = OF_SLOT,
    .web1_live = VF0,
    .web1_config = VF0,
    .state = VFP_VF_ATTACHED,
    .live = TRUE,
    .config = TRUE,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "attached, live",
    .claim = OF_SLOT,
    .web1_live = VF0,
    .web1_config = "",
    .state = VFP_VF_ATTACHED,
    .live = TRUE,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "attached, configuration of a stopped guest",
    .claim = OF_SLOT,
    .web1_config = VF0,
    .state = VFP_VF_ATTACHED,
    .config = TRUE,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "attached, named by another guest's configuration too",
    .claim = OF_SLOT,
    .web1_live = VF0,
    .db1_config = VF0,
    .state = VFP_VF_ATTACHED,
    .live = TRUE,
    .guest = "web1",
    .used_by = "web1" },

  { .name = "claiming, alive",
    .claim = OF_SLOT,
    .intent = VFP_INTENT_CLAIMING,
    .claimer = ALIVE,
    .web1_live = "",
    .state = VFP_VF_CLAIMING,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "claiming, alive, the device is in",
    .claim = OF_SLOT,
    .intent = VFP_INTENT_CLAIMING,
    .claimer = ALIVE,
    .web1_live = VF0,
    .state = VFP_VF_CLAIMING,
    .live = TRUE,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "claiming, dead: libvirt may still do it",
    .claim = OF_SLOT,
    .intent = VFP_INTENT_CLAIMING,
    .claimer = DEAD,
    .web1_live = "",
    .state = VFP_VF_CLAIMING,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "claiming, dead, the device is in",
    .claim = OF_SLOT,
    .intent = VFP_INTENT_CLAIMING,
    .claimer = DEAD,
    .web1_live = VF0,
    .state = VFP_VF_ATTACHED,
    .live = TRUE,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "claiming, of an earlier boot",
    .claim = OF_SLOT,
    .intent = VFP_INTENT_CLAIMING,
    .claimer = DEAD,
    .other_boot = TRUE,
    .web1_live = "",
    .state = VFP_VF_FREE,
    .stale = TRUE },

  { .name = "detaching, the guest still has it",
    .claim = OF_SLOT,
    .intent = VFP_INTENT_DETACHING,
    .web1_live = VF0,
    .state = VFP_VF_DETACHING,
    .live = TRUE,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "detaching, alive, already out",
    .claim = OF_SLOT,
    .intent = VFP_INTENT_DETACHING,
    .claimer = ALIVE,
    .web1_live = "",
    .state = VFP_VF_DETACHING,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "detaching, dead, already out",
    .claim = OF_SLOT,
    .intent = VFP_INTENT_DETACHING,
    .claimer = DEAD,
    .web1_live = "",
    .state = VFP_VF_FREE,
    .stale = TRUE },

  { .name = "reserved", .claim = RESERVATION, .state = VFP_VF_RESERVED, .used_by = "backup" },

  { .name = "stale, the device is gone",
    .claim = OF_SLOT,
    .web1_live = "",
    .web1_config = "",
    .state = VFP_VF_FREE,
    .stale = TRUE },
  { .name = "stale, the guest is gone", .claim = OF_SLOT, .state = VFP_VF_FREE, .stale = TRUE },
  { .name = "stale, and another guest has it",
    .claim = OF_SLOT,
    .web1_live = "",
    .db1_live = VF0,
    .state = VFP_VF_FOREIGN,
    .stale = TRUE,
    .live = TRUE,
    .guest = "db1",
    .used_by = "db1" },
  { .name = "stale, and the host uses it",
    .claim = OF_SLOT,
    .web1_live = "",
    .host_use = "enp1s0f0v0 192.0.2.7/24",
    .state = VFP_VF_FOREIGN,
    .stale = TRUE,
    .used_by = "host: enp1s0f0v0 192.0.2.7/24" },

  { .name = "foreign, running guest",
    .db1_live = VF0,
    .state = VFP_VF_FOREIGN,
    .live = TRUE,
    .guest = "db1",
    .used_by = "db1" },
  { .name = "foreign, stopped guest",
    .db1_config = VF0,
    .state = VFP_VF_FOREIGN,
    .config = TRUE,
    .guest = "db1",
    .used_by = "db1" },
  { .name = "foreign, the running one of two guests",
    .web1_config = VF0,
    .db1_live = VF0,
    .state = VFP_VF_FOREIGN,
    .live = TRUE,
    .guest = "db1",
    .used_by = "db1" },
  { .name = "foreign, its netdev is a guest's",
    .db1_live = "enp1s0f0v0",
    .state = VFP_VF_FOREIGN,
    .live = TRUE,
    .guest = "db1",
    .used_by = "db1" },
  { .name = "foreign, its netdev is a stopped guest's",
    .db1_config = "enp1s0f0v0",
    .state = VFP_VF_FOREIGN,
    .config = TRUE,
    .guest = "db1",
    .used_by = "db1" },
  { .name = "free, the PF's netdev is a guest's", .db1_live = "enp1s0f0", .state = VFP_VF_FREE },
  { .name = "free, another VF's netdev is a guest's",
    .db1_live = "enp1s0f0v1",
    .state = VFP_VF_FREE },
  { .name = "foreign, claimed for a stopped guest while another runs with it",
    .claim = OF_SLOT,
    .web1_config = VF0,
    .db1_live = VF0,
    .db1_config = VF0,
    .state = VFP_VF_FOREIGN,
    .live = TRUE,
    .config = TRUE,
    .guest = "db1",
    .used_by = "db1" },
  { .name = "foreign, claimed for a stopped guest while another runs with its netdev",
    .claim = OF_SLOT,
    .web1_config = VF0,
    .db1_live = "enp1s0f0v0",
    .state = VFP_VF_FOREIGN,
    .live = TRUE,
    .guest = "db1",
    .used_by = "db1" },
  { .name = "attached, two guests run with it",
    .claim = OF_SLOT,
    .web1_live = VF0,
    .db1_live = VF0,
    .state = VFP_VF_ATTACHED,
    .live = TRUE,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "foreign, network of the PF",
    .network = "<pf dev='enp1s0f0'/>",
    .state = VFP_VF_FOREIGN,
    .used_by = "network vfs" },
  { .name = "foreign, network of the VF",
    .network = "<address type='pci' domain='0' bus='0x01' slot='0x10' function='0x0'/>",
    .state = VFP_VF_FOREIGN,
    .used_by = "network vfs" },
  { .name = "free, network of another PF",
    .network = "<pf dev='enp2s0f0'/>",
    .state = VFP_VF_FREE },
  { .name = "foreign, used by the host",
    .host_use = "driver igb_uio",
    .state = VFP_VF_FOREIGN,
    .used_by = "host: driver igb_uio" },

  { .name = "without libvirt", .no_libvirt = TRUE, .state = VFP_VF_UNKNOWN },
  { .name = "without libvirt, used by the host",
    .no_libvirt = TRUE,
    .host_use = "driver igb_uio",
    .state = VFP_VF_FOREIGN,
    .used_by = "host: driver igb_uio" },
  { .name = "without libvirt, claimed",
    .claim = OF_SLOT,
    .no_libvirt = TRUE,
    .state = VFP_VF_ATTACHED,
    .live = TRUE,
    .guest = "web1",
    .used_by = "web1" },
  { .name = "without libvirt, reserved",
    .claim = RESERVATION,
    .no_libvirt = TRUE,
    .state = VFP_VF_RESERVED,
    .used_by = "backup" },
};

static void
add_claim (Facts *facts, const ViewCase *with)
{
  const VfpSlot *slot = with->claim == OF_SLOT ? facts_add_slot (facts, "web1", "net0") : NULL;
  VfpClaim *claim = facts_add_claim (facts, slot, "enp1s0f0", 0);

  claim->intent = with->intent;
  if (with->claimer != NOBODY)
    claim->claimer = vfp_process_self ();
  if (with->claimer == DEAD)
    claim->claimer.start_ticks++;
  if (with->other_boot)
    {
      g_free (claim->boot_id);
      claim->boot_id = g_strdup ("an earlier boot");
    }
}

static Facts *
make_facts (const ViewCase *with)
{
  Facts *facts = facts_new (pfs, G_N_ELEMENTS (pfs));

  if (with->claim != NO_CLAIM)
    add_claim (facts, with);
  if (with->web1_live != NULL || with->web1_config != NULL)
    facts_add_guest (facts, "web1", with->web1_live, with->web1_config);
  if (with->db1_live != NULL || with->db1_config != NULL)
    facts_add_guest (facts, "db1", with->db1_live, with->db1_config);
  if (with->network != NULL)
    {
      g_autofree char *xml = g_strdup_printf (
          "<network><name>vfs</name><forward mode='hostdev'>%s</forward></network>", with->network);
      facts_add_network (facts, xml);
    }
  facts_vf (facts, VF0)->host_use = g_strdup (with->host_use);
  if (with->no_libvirt)
    {
      g_clear_pointer (&facts->guests, g_ptr_array_unref);
      g_clear_pointer (&facts->networks, g_ptr_array_unref);
    }
  return facts;
}

static void
test_states (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const ViewCase *with = &cases[i];
      g_autoptr (Facts) facts = make_facts (with);
      const VfpView *view = facts_view (facts);
      const VfpVfView *vf = g_ptr_array_index (view->vfs, 0);
      g_autofree char *uuid = with->guest != NULL ? facts_uuid (with->guest) : NULL;

      check_case (with->name, view->vfs->len == 3);
      check_case_string (with->name, vfp_vf_state_to_string (vf->state),
                         vfp_vf_state_to_string (with->state));
      check_case (with->name, vf->stale == with->stale);
      check_case (with->name, vf->live == with->live && vf->config == with->config);
      check_case_string (with->name, vf->guest, with->guest);
      check_case_string (with->name, vf->guest_uuid, uuid);
      check_case_string (with->name, vf->used_by, with->used_by);
      check_case (with->name, (vf->claim != NULL) == (with->claim != NO_CLAIM));
      check_case (with->name, (vf->slot != NULL) == (with->claim == OF_SLOT));
      check_case_string (with->name, vf->pf_name, "enp1s0f0");
      check_case (with->name, vf->vf == facts_vf (facts, VF0) && vf->pf == vf->vf->pf);
    }
}

/* A claim of a VF that is not there comes last, with the PF's last name. */
static void
test_missing (void **state)
{
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
  const VfpSlot *slot = facts_add_slot (facts, "web1", "net0");
  VfpClaim *claim = facts_add_claim (facts, slot, "enp1s0f0", 5);
  const VfpClaim *reservation = facts_add_claim (facts, NULL, "enp2s0f0", 3);
  const VfpView *view = facts_view (facts);
  const VfpVfView *vf = vfp_view_find_claim (view, claim);
  const VfpVfView *reserved = vfp_view_find_claim (view, reservation);

  assert_int_equal (view->vfs->len, 5);
  assert_ptr_equal (vf, g_ptr_array_index (view->vfs, 3));
  assert_int_equal (vf->state, VFP_VF_MISSING);
  assert_null (vf->vf);
  assert_null (vf->pf);
  assert_int_equal (vf->index, 5);
  assert_string_equal (vf->pf_name, "enp1s0f0");
  assert_string_equal (vf->guest, "web1");
  assert_int_equal (reserved->state, VFP_VF_MISSING);
  assert_string_equal (reserved->used_by, "backup");
}

/* A card with another MAC in the same place is another card. */
static void
test_other_card (void **state)
{
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
  const VfpSlot *slot = facts_add_slot (facts, "web1", "net0");
  const VfpClaim *claim = facts_add_claim (facts, slot, "enp1s0f0", 0);

  facts_add_guest (facts, "web1", "", "");
  ((VfpPfRecord *) g_ptr_array_index (facts->records->pfs, 0))->mac.octet[5] ^= 1;
  const VfpView *view = facts_view (facts);
  assert_int_equal (((const VfpVfView *) g_ptr_array_index (view->vfs, 0))->state, VFP_VF_FREE);
  assert_int_equal (vfp_view_find_claim (view, claim)->state, VFP_VF_MISSING);
}

static void
test_find (void **state)
{
  g_autoptr (Facts) facts = facts_new (pfs, G_N_ELEMENTS (pfs));
  const VfpView *view = facts_view (facts);
  const VfpAddress nowhere = { .bus = 0x99 };
  const VfpClaim no_claim = { 0 };

  assert_ptr_equal (vfp_view_find (view, &facts_vf (facts, VF1)->address),
                    g_ptr_array_index (view->vfs, 1));
  assert_null (vfp_view_find (view, &nowhere));
  assert_null (vfp_view_find_claim (view, &no_claim));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_states),
    cmocka_unit_test (test_missing),
    cmocka_unit_test (test_other_card),
    cmocka_unit_test (test_find),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
