/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking over what guests have without vfpool, and letting go of it. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "tests/lib/check.h"
#include "tests/lib/facts.h"
#include "tests/lib/nic.h"

#define BOTH (VFP_AFFECT_LIVE | VFP_AFFECT_CONFIG)
#define LIVE VFP_AFFECT_LIVE
#define CONFIG VFP_AFFECT_CONFIG

#define MAC1 "52:54:00:aa:01:01"
#define MAC2 "52:54:00:aa:01:02"
#define VF "0000:02:10.0"
#define OTHER_VF "0000:02:10.2"
#define IGB_VF "0000:01:10.0"
#define ELSEWHERE "0000:77:10.0"
#define PLAIN_SETTINGS "vlan=0 tx-rate=0:0 spoofchk=on trust=off link-state=auto"

static const Nic nic1 = { .vf = VF, .mac = MAC1, .alias = "hostdev0", .at = "0000:01:00.0" };
static const Nic nic2 = { .vf = OTHER_VF, .mac = MAC2, .alias = "hostdev1", .at = "0000:02:00.0" };

/* Ends what the state file knows of a guest, as if it came from another host. */
static void
lose_rows (World *world, const char *guest)
{
  g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_WRITE, NULL);
  g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);

  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);

      if (!g_str_equal (slot->guest_name, guest))
        continue;
      assert_true (claim == NULL || vfp_store_delete_claim (store, claim, NULL));
      assert_true (vfp_store_delete_slot (store, slot->id, NULL));
    }
  assert_true (vfp_transaction_commit (transaction, NULL));
}

static void
attach (World *world, const char *guest, const char *vf, gboolean live)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.vf = vf;
  request.affect.live = live;
  vfp_result_free (world_must_attach (world, guest, &request));
}

static void
detach (World *world, const char *guest)
{
  const VfpDetachRequest request = world_detach_request (guest);

  world_must_detach (world, guest, &request);
}

static void
make_running (World *world)
{
  Nic nic = nic1;

  nic.vlan = 42;
  nic_plug (world, "web1", &nic, BOTH);
  world_set_link (world, "enp2s0f0 0", "settings",
                  "mac=" MAC1 " vlan=42:3:802.1Q tx-rate=0:100 spoofchk=off trust=on");
}

/* libvirt names a device only while the guest runs. */
static void
make_unnamed (World *world)
{
  const Nic config = { .vf = VF, .mac = MAC1 };
  Nic live = nic1;

  live.index = 7;
  nic_plug (world, "web1", &live, LIVE);
  nic_plug (world, "web1", &config, CONFIG);
}

static void
make_live_only (World *world)
{
  nic_plug (world, "web1", &nic1, LIVE);
}

static void
make_transient (World *world)
{
  nic_plug (world, "temp1", &nic1, LIVE);
}

static void
make_plain (World *world)
{
  Nic nic = nic1;

  nic.plain = TRUE;
  nic.mac = NULL;
  nic_plug (world, "web1", &nic, BOTH);
}

static void
make_plain_with_mac (World *world)
{
  make_plain (world);
  world_set_link (world, "enp2s0f0 0", "settings", "mac=" MAC2 " vlan=9:0:802.1Q");
}

static void
make_off (World *world)
{
  Nic nic = nic1;

  nic.vlan = 7;
  nic_plug (world, "off1", &nic, CONFIG);
  /* What libvirt sets anew at the start does not count, the rest does. */
  world_set_link (world, "enp2s0f0 0", "settings",
                  "mac=" MAC2 " vlan=9:3:802.1Q tx-rate=0:0 spoofchk=on trust=on");
}

static void
make_two (World *world)
{
  nic_plug (world, "web1", &nic1, BOTH);
  nic_plug (world, "web1", &nic2, BOTH);
}

/* One of them is net1 by its alias, which leaves net0 to the other. */
static void
make_two_named (World *world)
{
  Nic named = nic2;

  named.alias = "ua-vfpool-net0";
  nic_plug (world, "web1", &nic1, BOTH);
  nic_plug (world, "web1", &named, BOTH);
}

static void
make_elsewhere (World *world)
{
  Nic nic = nic1;

  nic.vf = ELSEWHERE;
  nic.vlan = 5;
  nic_plug (world, "off1", &nic, CONFIG);
}

/* Defined here with its metadata. */
static void
make_immigrant (World *world)
{
  attach (world, "off1", VF, FALSE);
  lose_rows (world, "off1");
  nic_move (world, "off1", VF, ELSEWHERE, NULL);
}

/* The other host's address is, on this one, another guest's VF. */
static void
make_immigrant_in_use (World *world)
{
  make_immigrant (world);
  attach (world, "web2", VF, FALSE);
  nic_move (world, "off1", ELSEWHERE, VF, NULL);
}

/* Only its metadata knows the slot, which gets a VF at each start. */
static void
make_promise (World *world)
{
  attach (world, "off1", VF, FALSE);
  detach (world, "off1");
  world_replace (world, "off1", "config.xml", "name=\"net0\"", "name=\"net0\" on-start=\"yes\"");
}

static void
make_lost_promise (World *world)
{
  make_promise (world);
  lose_rows (world, "off1");
}

static void
make_promise_clone (World *world)
{
  make_promise (world);
  nic_clone (world, "off1", "copy");
}

/* Of a guest that has a slot without VF: the clone has nothing. */
static void
make_empty_clone (World *world)
{
  attach (world, "off1", VF, FALSE);
  detach (world, "off1");
  nic_clone (world, "off1", "copy");
}

static void
make_clone (World *world)
{
  attach (world, "off1", VF, FALSE);
  nic_clone (world, "off1", "copy");
}

/* With a new MAC, as virt-clone makes it, and its own VF, as somebody has edited it. */
static void
make_clone_with_own (World *world)
{
  make_clone (world);
  nic_move (world, "copy", VF, OTHER_VF, MAC2);
}

static void
make_clone_with_mac (World *world)
{
  make_clone (world);
  nic_move (world, "copy", VF, VF, MAC2);
}

static void
make_running_clone (World *world)
{
  make_clone (world);
  nic_start_guest (world, "copy");
}

static void
make_running_clone_with_own (World *world)
{
  make_clone_with_own (world);
  nic_start_guest (world, "copy");
}

/* The VF is its own, the MAC is not. */
static void
make_running_clone_with_mac (World *world)
{
  make_clone (world);
  nic_move (world, "copy", VF, OTHER_VF, NULL);
  nic_start_guest (world, "copy");
}

/* The clone of a guest that nobody has adopted is two guests with one VF. */
static void
make_plain_clone (World *world)
{
  nic_plug (world, "off1", &nic1, CONFIG);
  nic_clone (world, "off1", "copy");
}

/* Its configuration is put back to an earlier VF and, perhaps, MAC. */
static void
make_reverted (World *world)
{
  attach (world, "off1", VF, FALSE);
  nic_move (world, "off1", VF, OTHER_VF, NULL);
}

static void
make_reverted_mac (World *world)
{
  attach (world, "off1", VF, FALSE);
  nic_move (world, "off1", VF, OTHER_VF, MAC2);
}

static void
make_reverted_running (World *world)
{
  attach (world, "web1", VF, FALSE);
  nic_move (world, "web1", VF, OTHER_VF, NULL);
}

static void
make_reverted_taken (World *world)
{
  make_reverted (world);
  nic_plug (world, "web1", &nic1, LIVE);
}

static void
make_reverted_without_claim (World *world)
{
  attach (world, "off1", VF, FALSE);
  detach (world, "off1");
  nic_plug (world, "off1",
            &(Nic){ .vf = OTHER_VF, .mac = MAC2, .alias = "ua-vfpool-net0", .vlan = 8 }, CONFIG);
}

/* By hand: the running guest has another VF than its configuration. */
static void
make_two_vfs (World *world)
{
  nic_plug (world, "web1", &nic1, LIVE);
  nic_plug (world, "web1", &(Nic){ .vf = OTHER_VF, .mac = MAC1 }, CONFIG);
}

/* The VF of the claim was unplugged and another one plugged, behind vfpool's back. */
static void
make_swapped (World *world)
{
  attach (world, "web1", IGB_VF, FALSE);
  nic_unplug (world, "web1", IGB_VF);
  nic_plug (world, "web1", &(Nic){ .vf = VF, .mac = "56:66:26:7a:0e:fb", .at = "0000:02:00.0" },
            LIVE);
}

static void
make_with_live_part (World *world)
{
  attach (world, "web1", VF, TRUE);
  nic_plug (world, "web1", &(Nic){ .vf = VF, .mac = "56:66:26:7a:0e:fb" }, CONFIG);
}

static void
make_two_guests (World *world)
{
  nic_plug (world, "off1", &nic1, CONFIG);
  nic_plug (world, "web1", &nic1, BOTH);
}

static void
make_same_mac (World *world)
{
  Nic other = nic2;

  other.mac = MAC1;
  nic_plug (world, "off1", &nic1, CONFIG);
  nic_plug (world, "web1", &other, CONFIG);
}

static void
make_network (World *world)
{
  nic_plug (world, "web1", &nic1, BOTH);
  hosttree_add_network (world->tree, "lan", "enp2s0f0");
}

/* Which is what adopt passes over. */
static void
make_other_device (World *world)
{
  nic_plug (world, "off1", &(Nic){ .vf = "0000:05:00.0", .plain = TRUE }, CONFIG);
}

static void
make_nothing (World *world)
{
}

static const struct AdoptCase
{
  const char *name;
  void (*make) (World *world);
  const char *guest;
  VfpAdoptRequest request; /* without guest */
  const char *mac;
  const char *kinds; /* of the results; NULL: it fails … */
  VfpErrorCode code; /* … with this, and this in the message */
  const char *part;
  const char *slots;  /* afterwards, as nic_slots() tells them */
  gboolean rewritten; /* the configuration */
} adopt_cases[] = {
  { "running", make_running, "web1", .kinds = "kept",
    .slots = "net0 " MAC1 " 0000:01:00.0 0 vlan=42:3:802.1Q tx-rate=0:100 spoofchk=off trust=on "
             "link-state=auto 0x1e " VF " live config\n" },
  { "names of libvirt in the live XML only", make_unnamed, "web1", .kinds = "kept",
    .slots = "net0 " MAC1 " 0000:01:00.0 7 " PLAIN_SETTINGS " 0 " VF " live config\n" },
  { "live only", make_live_only, "web1", .kinds = "kept",
    .slots = "net0 " MAC1 " 0000:01:00.0 0 " PLAIN_SETTINGS " 0 " VF " live\n" },
  { "transient", make_transient, "temp1", .kinds = "kept",
    .slots = "net0 " MAC1 " 0000:01:00.0 0 " PLAIN_SETTINGS " 0 " VF " live\n" },
  { "plain hostdev", make_plain_with_mac, "web1", .kinds = "kept",
    .slots = "net0 " MAC2 " 0000:01:00.0 0 vlan=9:0:802.1Q tx-rate=0:0 spoofchk=on trust=off "
             "link-state=auto 0x2 " VF " live config\n" },
  { "plain hostdev without MAC", make_plain, "web1", .code = VFP_ERROR_GUEST_REFUSED,
    .part = "ip link set enp2s0f0 vf 0 mac" },
  { "off", make_off, "off1", .kinds = "kept",
    .slots = "net0 " MAC1 " 0000:01:00.0 0 vlan=7:0:802.1Q tx-rate=0:0 spoofchk=on trust=on "
             "link-state=auto 0x12 " VF " config\n" },
  { "two", make_two, "web1", .kinds = "kept kept",
    .slots = "net0 " MAC1 " 0000:01:00.0 0 " PLAIN_SETTINGS " 0 " VF " live config\n"
             "net1 " MAC2 " 0000:02:00.0 0 " PLAIN_SETTINGS " 0 " OTHER_VF " live config\n" },
  { "two, one with a name of ours", make_two_named, "web1", .kinds = "kept kept",
    .slots = "net0 " MAC2 " 0000:02:00.0 0 " PLAIN_SETTINGS " 0 " OTHER_VF " live config\n"
             "net1 " MAC1 " 0000:01:00.0 0 " PLAIN_SETTINGS " 0 " VF " live config\n" },
  { "by VF", make_two, "web1", .request = { .vf = OTHER_VF, .slot = "net5" }, .kinds = "kept",
    .slots = "net5 " MAC2 " 0000:02:00.0 0 " PLAIN_SETTINGS " 0 " OTHER_VF " live config\n" },
  { "by PF and index", make_two, "web1", .request = { .vf = "enp2s0f0/0" }, .kinds = "kept",
    .slots = "net0 " MAC1 " 0000:01:00.0 0 " PLAIN_SETTINGS " 0 " VF " live config\n" },
  { "by MAC", make_two, "web1", .mac = MAC2, .kinds = "kept",
    .slots = "net0 " MAC2 " 0000:02:00.0 0 " PLAIN_SETTINGS " 0 " OTHER_VF " live config\n" },
  { "two for one slot", make_two, "web1", .request = { .slot = "net0" }, .code = VFP_ERROR_USAGE,
    .part = "2 VFs without slot" },
  { "elsewhere, several PFs", make_elsewhere, "off1", .code = VFP_ERROR_PF_NOT_NAMED,
    .part = "say --pf or --pool (PFs: enp1s0f0 enp2s0f0)" },
  { "elsewhere, no such PF", make_elsewhere, "off1", .request = { .pf = "eth9" },
    .code = VFP_ERROR_NO_SUCH_PF, .part = "eth9" },
  { "elsewhere", make_elsewhere, "off1", .request = { .pf = "enp1s0f0" }, .kinds = "re-placed",
    .slots = "net0 " MAC1 " 0000:01:00.0 0 vlan=5:0:802.1Q tx-rate=0:0 spoofchk=on trust=off "
             "link-state=auto 0x2 " IGB_VF " config\n",
    .rewritten = TRUE },
  { "elsewhere, with metadata", make_immigrant, "off1", .kinds = "re-placed",
    .slots = "net0 56:66:18:60:9e:c7 0000:01:00.0 101 " PLAIN_SETTINGS " 0 " VF " config\n",
    .rewritten = TRUE },
  { "elsewhere, another's VF here", make_immigrant_in_use, "off1", .code = VFP_ERROR_VF_IN_USE,
    .part = "claimed for web2 (net0); 'vfpool adopt off1 --pf PF'" },
  { "elsewhere, another's VF here, PF named", make_immigrant_in_use, "off1",
    .request = { .pf = "enp1s0f0" }, .kinds = "re-placed",
    .slots = "net0 56:66:18:60:9e:c7 0000:01:00.0 101 " PLAIN_SETTINGS " 0 " IGB_VF " config\n",
    .rewritten = TRUE },
  { "only in the metadata", make_lost_promise, "off1", .kinds = "kept",
    .slots = "net0 56:66:18:60:9e:c7 0000:01:00.0 101 " PLAIN_SETTINGS " 0 no VF\n" },
  { "clone", make_clone, "copy", .kinds = "copied",
    .slots = "net0 56:66:f7:98:86:4d 0000:01:00.0 101 " PLAIN_SETTINGS " 0 " OTHER_VF " config\n",
    .rewritten = TRUE },
  { "clone with a VF of its own", make_clone_with_own, "copy", .kinds = "copied",
    .slots = "net0 " MAC2 " 0000:01:00.0 101 " PLAIN_SETTINGS " 0 " OTHER_VF " config\n" },
  { "clone with a MAC of its own", make_clone_with_mac, "copy", .kinds = "copied",
    .slots = "net0 " MAC2 " 0000:01:00.0 101 " PLAIN_SETTINGS " 0 " OTHER_VF " config\n",
    .rewritten = TRUE },
  { "part of a clone", make_clone, "copy", .request = { .slot = "net0" }, .code = VFP_ERROR_USAGE,
    .part = "as a whole" },
  { "running clone", make_running_clone, "copy", .code = VFP_ERROR_GUEST_RUNNING,
    .part = "'virsh shutdown copy', then adopt it" },
  { "running clone with a VF of its own", make_running_clone_with_own, "copy", .kinds = "copied",
    .slots = "net0 " MAC2 " 0000:01:00.0 101 " PLAIN_SETTINGS " 0 " OTHER_VF " live config\n" },
  { "running clone with the other's MAC", make_running_clone_with_mac, "copy",
    .code = VFP_ERROR_GUEST_RUNNING, .part = "with the MAC" },
  { "clone of a slot without VF", make_empty_clone, "copy",
    .kinds = "its copy of the slots of off1 is removed", .slots = "" },
  { "clone of an on-start slot", make_promise_clone, "copy", .kinds = "copied",
    .slots = "net0 56:66:f7:98:86:4d 0000:01:00.0 101 " PLAIN_SETTINGS " 0 no VF\n" },
  { "clone without metadata", make_plain_clone, "copy", .code = VFP_ERROR_VF_IN_USE,
    .part = "both in copy and in off1" },
  { "reverted", make_reverted, "off1", .kinds = "reverted",
    .slots = "net0 56:66:18:60:9e:c7 0000:01:00.0 101 " PLAIN_SETTINGS " 0 " VF " config\n",
    .rewritten = TRUE },
  { "reverted, another MAC", make_reverted_mac, "off1", .kinds = "reverted",
    .slots = "net0 56:66:18:60:9e:c7 0000:01:00.0 101 " PLAIN_SETTINGS " 0 " VF " config\n",
    .rewritten = TRUE },
  { "reverted while running", make_reverted_running, "web1", .kinds = "reverted",
    .slots
    = "net0 56:66:26:7a:0e:fb 0000:01:00.0 101 " PLAIN_SETTINGS " 0 " VF " live config saved\n",
    .rewritten = TRUE },
  { "reverted, its VF is another's now", make_reverted_taken, "off1", .code = VFP_ERROR_VF_IN_USE,
    .part = "which web1 has; 'vfpool detach off1 --slot net0'" },
  { "reverted without claim", make_reverted_without_claim, "off1", .kinds = "kept",
    .slots = "net0 " MAC2 " 0000:01:00.0 101 vlan=8:0:802.1Q tx-rate=0:0 spoofchk=on trust=off "
             "link-state=auto 0x2 " OTHER_VF " config\n" },
  { "two VFs for one NIC", make_two_vfs, "web1", .kinds = "reverted",
    .slots = "net0 " MAC1 " 0000:01:00.0 0 " PLAIN_SETTINGS " 0 " VF " live config\n",
    .rewritten = TRUE },
  { "another VF in the running guest", make_swapped, "web1", .code = VFP_ERROR_DIFFERS,
    .part = "'vfpool detach web1 --slot net0'" },
  { "part added by hand", make_with_live_part, "web1", .kinds = "kept",
    .slots
    = "net0 56:66:26:7a:0e:fb 0000:01:00.0 101 " PLAIN_SETTINGS " 0 " VF " live config saved\n" },
  { "two guests", make_two_guests, "off1", .code = VFP_ERROR_VF_IN_USE,
    .part = "both in off1 and in web1" },
  { "two guests, the running one", make_two_guests, "web1", .code = VFP_ERROR_VF_IN_USE,
    .part = "both in web1 and in off1; take it out of one of them" },
  { "two guests, PF named", make_two_guests, "off1", .request = { .pf = "enp1s0f0" },
    .code = VFP_ERROR_MAC_IN_USE, .part = "in use by web1" },
  { "one MAC", make_same_mac, "web1", .code = VFP_ERROR_MAC_IN_USE, .part = "in use by off1" },
  { "network", make_network, "web1", .code = VFP_ERROR_VF_IN_USE,
    .part = "libvirt's network lan, which hands it out itself; 'virsh net-destroy lan'" },
  { "nothing", make_nothing, "web1", .code = VFP_ERROR_SLOT_EMPTY, .part = "no VF to adopt" },
  { "nothing, ensured", make_nothing, "web1", .request = { .ensure = TRUE }, .kinds = "",
    .slots = "" },
  { "another device", make_other_device, "off1", .code = VFP_ERROR_SLOT_EMPTY,
    .part = "no VF to adopt" },
  { "no such VF", make_two, "web1", .request = { .vf = ELSEWHERE }, .code = VFP_ERROR_NO_SUCH_VF,
    .part = "no such VF" },
  { "no such guest", make_nothing, "web9", .code = VFP_ERROR_NO_SUCH_GUEST, .part = "web9" },
};

typedef struct AdoptCase AdoptCase;

static VfpAdoptRequest
make_request (const AdoptCase *with)
{
  VfpAdoptRequest request = with->request;

  request.guest = with->guest;
  request.timeout_ms = 2000;
  request.has_mac = with->mac != NULL;
  if (with->mac != NULL)
    assert_true (vfp_mac_parse (with->mac, &request.mac, NULL));
  return request;
}

static char *
join_kinds (GPtrArray *results)
{
  GString *kinds = g_string_new (NULL);

  for (guint i = 0; i < results->len; i++)
    {
      const VfpResult *result = g_ptr_array_index (results, i);

      g_string_append_printf (kinds, "%s%s", i > 0 ? " " : "",
                              result->changed ? (char *) g_ptr_array_index (result->changes, 0)
                                              : "already so");
      assert_true (result->changed == (result->changes->len > 0));
    }
  return g_string_free (kinds, FALSE);
}

static void
check_failed (const AdoptCase *with, GPtrArray *results, const GError *error)
{
  check_case (with->name, results == NULL);
  if (!g_error_matches (error, VFP_ERROR, (int) with->code)
      || strstr (error->message, with->part) == NULL)
    fail_msg ("%s: '%s'", with->name, error->message);
}

/* The same is told as by the real thing, and nothing is done. */
static void
check_dry (World *world, const AdoptCase *with)
{
  VfpAdoptRequest request = make_request (with);
  g_autoptr (GError) error = NULL;
  g_autofree char *before = world_dump (world);

  request.dry_run = TRUE;
  g_autoptr (GPtrArray) results = world_adopt (world, &request, &error);
  g_autofree char *after = world_dump (world);
  check_case_string (with->name, after, before);
  if (with->kinds == NULL)
    {
      check_failed (with, results, error);
      return;
    }
  if (results == NULL)
    fail_msg ("%s: %s", with->name, error->message);
  g_autofree char *kinds = join_kinds (results);
  check_case_string (with->name, kinds, with->kinds);
}

/* A second time nothing is to do. */
static void
check_again (World *world, const AdoptCase *with)
{
  VfpAdoptRequest request = make_request (with);
  g_autofree char *before = world_dump (world);

  request.ensure = TRUE;
  g_autoptr (GPtrArray) results = world_adopt (world, &request, NULL);
  g_autofree char *after = world_dump (world);
  check_case (with->name, results != NULL);
  check_case_string (with->name, after, before);
  for (guint i = 0; i < results->len; i++)
    check_case (with->name, !((VfpResult *) g_ptr_array_index (results, i))->changed);
}

static void
check_done (World *world, const AdoptCase *with, GPtrArray *results, const char *live,
            const char *config)
{
  g_autofree char *kinds = join_kinds (results);
  g_autofree char *slots = nic_slots (world, with->guest);
  g_autofree char *live_now = nic_xml (world, with->guest, "live.xml");
  g_autofree char *config_now = nic_xml (world, with->guest, "config.xml");

  check_case_string (with->name, kinds, with->kinds);
  check_case_string (with->name, slots, with->slots);
  check_case_string (with->name, live_now, live);
  check_case (with->name, (g_strcmp0 (config_now, config) != 0) == with->rewritten);
  check_again (world, with);
}

static void
test_adopt (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (adopt_cases); i++)
    {
      const AdoptCase *with = &adopt_cases[i];
      const VfpAdoptRequest request = make_request (with);
      g_autoptr (World) world = world_new ();
      g_autoptr (GError) error = NULL;

      with->make (world);
      g_autofree char *before = world_dump (world);
      g_autofree char *live = nic_xml (world, with->guest, "live.xml");
      g_autofree char *config = nic_xml (world, with->guest, "config.xml");
      check_dry (world, with);

      g_autoptr (GPtrArray) results = world_adopt (world, &request, &error);
      if (with->kinds == NULL)
        {
          g_autofree char *after = world_dump (world);

          check_failed (with, results, error);
          check_case_string (with->name, after, before);
          continue;
        }
      if (results == NULL)
        fail_msg ("%s: %s", with->name, error->message);
      check_done (world, with, results, live, config);
    }
}

/* Two guests get two VFs, one is refused, one has nothing: all is done that can be. */
static void
test_adopt_all (void **state)
{
  const VfpAdoptRequest all = { .all = TRUE, .pf = "enp2s0f0", .timeout_ms = 2000 };
  const VfpAdoptRequest dry
      = { .all = TRUE, .pf = "enp2s0f0", .timeout_ms = 2000, .dry_run = TRUE };

  for (unsigned with_failure = 0; with_failure < 2; with_failure++)
    {
      g_autoptr (World) world = world_new ();
      g_autoptr (GError) error = NULL;

      make_elsewhere (world);
      nic_plug (world, "web2", &(Nic){ .vf = "0000:77:10.2", .mac = MAC2 }, CONFIG);
      if (with_failure)
        nic_plug (world, "web1", &(Nic){ .vf = IGB_VF, .plain = TRUE }, BOTH);
      g_autofree char *before = world_dump (world);

      g_autoptr (GPtrArray) planned = world_adopt (world, &dry, NULL);
      g_autofree char *after = world_dump (world);
      assert_string_equal (after, before);
      assert_true ((planned == NULL) == (with_failure != 0));
      g_autoptr (GPtrArray) results = world_adopt (world, &all, &error);
      assert_true ((results == NULL) == (with_failure != 0));
      assert_true (results == NULL || results->len == 2);
      assert_true (results != NULL || g_error_matches (error, VFP_ERROR, VFP_ERROR_GUEST_REFUSED));

      g_autofree char *off1 = nic_slots (world, "off1");
      g_autofree char *web2 = nic_slots (world, "web2");
      assert_non_null (strstr (off1, VF " config\n"));
      assert_non_null (strstr (web2, OTHER_VF " config\n"));
    }
}

/* A claim of a guest that is gone is ended for the one that has the VF now. */
static void
test_stale_claim (void **state)
{
  const VfpAdoptRequest request = { .guest = "web1", .timeout_ms = 2000 };
  VfpAdoptRequest dry = request;
  g_autoptr (World) world = world_new ();

  attach (world, "off1", VF, FALSE);
  hosttree_remove (world->tree, "vfpool-fake/guests/off1/config.xml");
  hosttree_remove (world->tree, "vfpool-fake/guests/off1/guest.conf");
  hosttree_remove (world->tree, "vfpool-fake/guests/off1");
  nic_plug (world, "web1", &nic1, BOTH);

  dry.dry_run = TRUE;
  g_autoptr (GPtrArray) planned = world_adopt (world, &dry, NULL);
  g_autoptr (GPtrArray) results = world_adopt (world, &request, NULL);
  assert_non_null (planned);
  assert_non_null (results);
  world_check (world, "stale claim");
}

/* What was adopted is detached under the alias that it has, and attached under ours. */
static void
test_adopted_is_ours (void **state)
{
  const VfpAdoptRequest request = { .guest = "web1", .timeout_ms = 2000 };
  VfpAttachRequest attach_request = world_attach_request ("web1");
  g_autoptr (World) world = world_new ();

  make_running (world);
  g_autoptr (GPtrArray) results = world_adopt (world, &request, NULL);
  assert_non_null (results);
  world_check (world, "adopted");
  detach (world, "web1");
  world_check (world, "detached");

  attach_request.slot = "net0";
  G_GNUC_UNUSED g_autoptr (VfpResult) attached
      = world_must_attach (world, "attached", &attach_request);
  g_autofree char *live = world_device (world, "web1", "live.xml", "ua-vfpool-net0");
  g_autofree char *slots = nic_slots (world, "web1");
  assert_non_null (live);
  assert_non_null (strstr (live, MAC1));
  assert_non_null (strstr (slots, "net0 " MAC1 " 0000:01:00.0 0 vlan=42:3"));
  world_check (world, "attached");
}

static gboolean
adopt_device (World *world, const char *source, VfpSlot *slot, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  VfpAddress address;

  assert_true (vfp_address_parse (source, &address, NULL));
  assert_true (world_open (world, &opened, FALSE, NULL));
  g_autoptr (VfpSnapshot) snapshot = vfp_snapshot_read (&opened, NULL);
  assert_true (snapshot != NULL && vfp_snapshot_join (&opened, snapshot, TRUE, NULL));
  return vfp_adopt_device (&opened, snapshot, vfp_guest_find (snapshot->guests, "web1"), &address,
                           slot, error);
}

/* The claim alone, for a slot that has lost it; and for a new one. */
static void
test_adopt_device (void **state)
{
  static const struct
  {
    const char *name, *source;
    gboolean known; /* the slot is in the file */
    int code;       /* -1: none */
  } device_cases[] = {
    { "known slot", VF, TRUE, -1 },
    { "new slot", VF, FALSE, -1 },
    { "not on this host", ELSEWHERE, FALSE, VFP_ERROR_NO_SUCH_VF },
    { "not in the guest", IGB_VF, FALSE, VFP_ERROR_NO_SUCH_VF },
    { "claimed", OTHER_VF, FALSE, VFP_ERROR_VF_IN_USE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (device_cases); i++)
    {
      g_autoptr (World) world = world_new ();
      g_autoptr (GError) error = NULL;

      attach (world, "web2", OTHER_VF, FALSE);
      attach (world, "web1", IGB_VF, FALSE);
      detach (world, "web1");
      nic_plug (world, "web1", &nic1, BOTH);
      nic_plug (world, "web1", &nic2, VFP_AFFECT_CONFIG);
      g_autoptr (VfpRecords) records = world_records (world);
      g_autofree char *uuid = facts_uuid ("web1");
      g_autoptr (VfpSlot) slot = vfp_slot_copy (vfp_records_find_slot (records, uuid, "net0"));
      if (!device_cases[i].known)
        {
          slot->id = 0;
          slot->has_guest_address = FALSE;
          slot->acpi_index = 0;
          slot->mac.octet[5] ^= 1;
          g_free (slot->name);
          slot->name = g_strdup ("net1");
        }
      g_autofree char *before = world_dump (world);
      const gboolean done = adopt_device (world, device_cases[i].source, slot, &error);
      g_autofree char *after = world_dump (world);
      g_autofree char *slots = nic_slots (world, "web1");

      check_case (device_cases[i].name, done == (device_cases[i].code < 0));
      check_case (device_cases[i].name, done || error->code == device_cases[i].code);
      if (done)
        check_case (device_cases[i].name,
                    slot->id != 0 && strstr (slots, VF " live config\n") != NULL);
      else
        check_case_string (device_cases[i].name, after, before);
    }
}

/* Devices and settings stay. */
static void
test_disown (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpDisownRequest request = { .guest = "web1", .timeout_ms = 2000 };
  const VfpAdoptRequest adopt = { .guest = "web1", .timeout_ms = 2000 };
  g_autoptr (GError) error = NULL;

  make_running (world);
  g_autofree char *settings = world_settings (world, "enp2s0f0", 0);
  g_autoptr (GPtrArray) adopted = world_adopt (world, &adopt, NULL);
  assert_non_null (adopted);

  g_autoptr (GPtrArray) results = world_disown (world, &request, NULL);
  assert_non_null (results);
  assert_int_equal (results->len, 1);
  g_autofree char *settings_now = world_settings (world, "enp2s0f0", 0);
  g_autoptr (VfpRecords) records = world_records (world);
  assert_string_equal (settings_now, settings);
  assert_int_equal (records->slots->len + records->claims->len, 0);

  g_autofree char *live = world_read (world, "vfpool-fake/guests/web1/live.xml");
  g_autofree char *config = world_read (world, "vfpool-fake/guests/web1/config.xml");
  assert_null (strstr (live, "urn:vfpool"));
  assert_null (strstr (config, "urn:vfpool"));
  g_autoptr (GPtrArray) none = world_disown (world, &request, &error);
  assert_null (none);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_SLOT));
}

/* A claim that somebody works on keeps all slots of the guest. */
static void
test_disown_busy (void **state)
{
  g_autoptr (World) world = world_new ();
  const VfpDisownRequest request = { .guest = "web1", .timeout_ms = 2000 };
  g_autoptr (GError) error = NULL;

  attach (world, "web1", VF, FALSE);
  attach (world, "web1", IGB_VF, FALSE);
  {
    g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_WRITE, NULL);
    g_autoptr (VfpRecords) records = vfp_store_load (store, NULL);
    g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
    VfpClaim *claim = g_ptr_array_index (records->claims, 1);

    claim->intent = VFP_INTENT_DETACHING;
    claim->intent_live = TRUE;
    claim->claimer = vfp_process_self ();
    assert_true (vfp_store_put_claim (store, claim, NULL));
    assert_true (vfp_transaction_commit (transaction, NULL));
  }

  g_autofree char *before = world_dump (world);
  g_autoptr (GPtrArray) results = world_disown (world, &request, &error);
  g_autofree char *after = world_dump (world);
  assert_null (results);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_BUSY));
  assert_string_equal (after, before);
}

/* With --all also what only metadata says, and guests that are gone. */
static void
test_disown_all (void **state)
{
  g_autoptr (World) world = world_new ();
  VfpDisownRequest request = { .all = TRUE, .timeout_ms = 2000, .dry_run = TRUE };

  attach (world, "web1", IGB_VF, FALSE);
  make_empty_clone (world);
  lose_rows (world, "off1");
  g_autofree char *before = world_dump (world);
  g_autoptr (GPtrArray) planned = world_disown (world, &request, NULL);
  g_autofree char *after = world_dump (world);
  assert_non_null (planned);
  assert_int_equal (planned->len, 3);
  assert_string_equal (after, before);

  request.dry_run = FALSE;
  g_autoptr (GPtrArray) results = world_disown (world, &request, NULL);
  g_autoptr (GPtrArray) again = world_disown (world, &request, NULL);
  assert_non_null (results);
  assert_int_equal (results->len, 3);
  assert_non_null (again);
  assert_int_equal (again->len, 0);
  g_autofree char *config = world_read (world, "vfpool-fake/guests/copy/config.xml");
  assert_null (strstr (config, "urn:vfpool"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_adopt),        cmocka_unit_test (test_adopt_all),
    cmocka_unit_test (test_stale_claim),  cmocka_unit_test (test_adopted_is_ours),
    cmocka_unit_test (test_adopt_device), cmocka_unit_test (test_disown),
    cmocka_unit_test (test_disown_busy),  cmocka_unit_test (test_disown_all),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
