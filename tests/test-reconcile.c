/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settling and reconciling: what each repair leaves, and that a run that fails or dies at any step
 * is made good by the next one. */
#include "config.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "guest/virt-fake.h"
#include "host/netlink-fake.h"
#include "pool/promise.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define VF0 "0000:02:10.0"
#define VF1 "0000:02:10.2"
#define STOPPED 77
#define CALLS_MAX 40
#define ALL_SETTINGS "vlan=42:3:802.1Q tx-rate=10:1000 spoofchk=off trust=on link-state=enable"

typedef struct
{
  const char *name, *guest;
  gboolean no_attach;            /* web1 or so does not get VF 0 first */
  void (*change) (World *world); /* what goes wrong */
  const char *found;             /* "KIND OBJECT" by object, with "; " between them */
  const char *safe_left;         /* what is left after --fix; NULL: nothing */
  gboolean host;                 /* not of a guest: settle leaves it alone */
} Case;

/* Others, who act behind vfpool's back. */
typedef struct
{
  VfpRoot *root;
  VfpVirt *virt;
} Others;

static void
others_clear (Others *others)
{
  vfp_virt_free (others->virt);
  vfp_root_free (others->root);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Others, others_clear)

static void
others_init (Others *others, World *world)
{
  others->root = hosttree_open (world->tree);
  others->virt = vfp_virt_fake_new (others->root, NULL);
  assert_non_null (others->virt);
}

static VfpAddress
address_of (const char *text)
{
  VfpAddress address;

  assert_true (vfp_address_parse (text, &address, NULL));
  return address;
}

static char *
uuid_of (World *world, const char *guest)
{
  g_auto (Others) others = { 0 };

  others_init (&others, world);
  return others.virt->find_guest (others.virt, guest, NULL);
}

static void
unplug (World *world)
{
  g_auto (Others) others = { 0 };
  g_autofree char *uuid = uuid_of (world, "web1");
  const VfpAddress vf = address_of (VF0);

  others_init (&others, world);
  assert_true (others.virt->detach_live (others.virt, uuid, &vf, 1000, NULL));
}

static void
drop_config (World *world, const char *guest, gboolean metadata)
{
  g_auto (Others) others = { 0 };
  g_autofree char *uuid = uuid_of (world, guest);
  const VfpAddress vf = address_of (VF0);

  others_init (&others, world);
  assert_true (others.virt->detach_config (others.virt, uuid, &vf, NULL));
  if (metadata)
    assert_true (others.virt->set_metadata (others.virt, uuid, NULL, VFP_AFFECT_CONFIG, NULL));
}

static void
detach_off (World *world)
{
  drop_config (world, "off1", FALSE);
}

static void
define_anew (World *world)
{
  drop_config (world, "web1", TRUE);
}

static void
define_anew_off (World *world)
{
  drop_config (world, "off1", TRUE);
}

static void
name_in_config (World *world, const char *guest, const char *vf)
{
  g_auto (Others) others = { 0 };
  g_autofree char *uuid = uuid_of (world, guest);
  const VfpAddress now = address_of (vf);
  const VfpDeviceChange change = { .source = address_of (VF0), .new_source = &now };

  others_init (&others, world);
  assert_true (others.virt->change_config (others.virt, uuid, &change, NULL));
}

static void
revert (World *world)
{
  name_in_config (world, "off1", VF1);
}

static void
drop_metadata (World *world)
{
  g_auto (Others) others = { 0 };
  g_autofree char *uuid = uuid_of (world, "web1");

  others_init (&others, world);
  assert_true (others.virt->set_metadata (others.virt, uuid, NULL, VFP_AFFECT_LIVE, NULL));
}

/* What the state file has, changed by hand. */
typedef struct
{
  VfpStore *store;
  VfpRecords *records;
  VfpTransaction *transaction;
  VfpSlot *slot;
  VfpClaim *claim; /* NULL: none */
} Edit;

static void
edit_init (Edit *edit, World *world)
{
  edit->store = vfp_store_open (world->state_path, VFP_STORE_WRITE, NULL);
  edit->records = vfp_store_load (edit->store, NULL);
  edit->transaction = vfp_store_begin (edit->store, NULL);
  edit->slot = g_ptr_array_index (edit->records->slots, 0);
  edit->claim
      = edit->records->claims->len > 0 ? g_ptr_array_index (edit->records->claims, 0) : NULL;
}

static void
edit_commit (Edit *edit)
{
  assert_true (vfp_transaction_commit (edit->transaction, NULL));
  vfp_transaction_free (edit->transaction);
  vfp_records_free (edit->records);
  vfp_store_free (edit->store);
}

static void
lose_claim (World *world)
{
  Edit edit;

  edit_init (&edit, world);
  assert_true (vfp_store_delete_claim (edit.store, edit.claim, NULL));
  edit_commit (&edit);
}

static void
lose_slot (World *world)
{
  Edit edit;

  edit_init (&edit, world);
  assert_true (vfp_store_delete_claim (edit.store, edit.claim, NULL));
  assert_true (vfp_store_delete_slot (edit.store, edit.slot->id, NULL));
  edit_commit (&edit);
}

static void
start_unseen (World *world)
{
  Edit edit;

  edit_init (&edit, world);
  edit.claim->live = FALSE;
  edit.claim->has_saved = FALSE;
  assert_true (vfp_store_put_claim (edit.store, edit.claim, NULL));
  edit_commit (&edit);
}

/* The state file is of a time before the guest, which runs, got VF 0. */
static void
restore_old_state (World *world)
{
  Edit edit;

  edit_init (&edit, world);
  edit.claim->vf = 1;
  edit.claim->address = address_of (VF1);
  edit.claim->has_saved = FALSE;
  assert_true (vfp_store_put_claim (edit.store, edit.claim, NULL));
  edit_commit (&edit);
}

static void
die_in (World *world, VfpIntent intent)
{
  Edit edit;

  edit_init (&edit, world);
  edit.claim->intent = intent;
  edit.claim->intent_live = edit.claim->intent_config = TRUE;
  edit.claim->claimer = (VfpProcess){ .pid = 1, .start_ticks = 1 };
  assert_true (vfp_store_put_claim (edit.store, edit.claim, NULL));
  edit_commit (&edit);
}

static void
die_attached (World *world)
{
  die_in (world, VFP_INTENT_CLAIMING);
  world_set_link (world, "enp2s0f0 0", "settings", "mac=02:00:00:00:00:01 vlan=7:0:802.1Q");
}

static void
die_detached (World *world)
{
  unplug (world);
  die_in (world, VFP_INTENT_DETACHING);
}

static void
die_detaching (World *world)
{
  die_in (world, VFP_INTENT_DETACHING);
}

static void
drift (World *world)
{
  world_set_link (world, "enp2s0f0 0", "settings",
                  "mac=02:00:00:00:00:01 vlan=0 tx-rate=0:0 spoofchk=on trust=off link-state=auto");
}

static void
undefine (World *world)
{
  g_autofree char *path = g_build_filename (VFP_FAKE_DIR, "guests/off1", NULL);
  static const char *const files[] = { "guest.conf", "config.xml" };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *file = g_build_filename (path, files[i], NULL);
      hosttree_remove (world->tree, file);
    }
}

static void
end_transient (World *world)
{
  world_power_off (world, "temp1", VF0, "ixgbevf");
  hosttree_remove (world->tree, VFP_FAKE_DIR "/guests/temp1/guest.conf");
  world_set_link (world, "enp2s0f0 0", "settings", NULL);
}

static void
leave_over (World *world)
{
  world_set_link (world, "enp2s0f0 1", "settings", "vlan=42:0:802.1Q trust=on");
}

static void
leave_record (World *world)
{
  hosttree_make_folder (world->tree, VFP_NET_RECORDS_DIR);
  hosttree_write (world->tree, VFP_NET_RECORDS_DIR "/enp2s0f0_vf1", "{}");
}

static void
blind (World *world)
{
  Edit edit;

  edit_init (&edit, world);
  assert_true (vfp_store_put_meta (edit.store, "hook-blind", "web1 was started unseen", NULL));
  edit_commit (&edit);
}

/* The card was at 0000:21:00.0 when the state file and the configuration were written. */
static void
move_card (World *world)
{
  Edit edit;

  name_in_config (world, "off1", "0000:21:10.0");
  edit_init (&edit, world);
  VfpPfRecord *pf = vfp_records_get_pf (edit.records, edit.claim->pf_id);
  pf->address.bus = 0x21;
  assert_true (vfp_store_put_pf (edit.store, pf, NULL));
  edit.claim->pf_id = pf->id;
  edit.claim->address = address_of ("0000:21:10.0");
  assert_true (vfp_store_put_claim (edit.store, edit.claim, NULL));
  edit_commit (&edit);
}

/* An on-start slot whose guest was started when no VF was free. */
static void
wait_for_vf (World *world)
{
  const VfpDetachRequest request = world_detach_request ("web1");
  g_auto (Others) others = { 0 };
  g_autofree char *uuid = uuid_of (world, "web1");
  Edit edit;

  world_must_detach (world, "on-start", &request);
  edit_init (&edit, world);
  edit.slot->on_start = TRUE;
  assert_true (vfp_store_put_slot (edit.store, edit.slot, NULL));
  edit_commit (&edit);
  others_init (&others, world);
  g_autoptr (VfpRecords) records = world_records (world);
  g_autofree char *metadata = vfp_promise_render (records, uuid);
  assert_true (others.virt->set_metadata (others.virt, uuid, metadata,
                                          VFP_AFFECT_LIVE | VFP_AFFECT_CONFIG, NULL));
}

static const Case cases[] = {
  { .name = "nothing", .guest = "web1", .found = "" },
  { .name = "unplugged", .guest = "web1", .change = unplug, .found = "unplugged web1 net0" },
  { .name = "detached by hand, off",
    .guest = "off1",
    .change = detach_off,
    .found = "claim-without-device off1 net0" },
  { .name = "defined anew",
    .guest = "web1",
    .change = define_anew,
    .found = "slot-dropped web1 net0" },
  { .name = "defined anew, off",
    .guest = "off1",
    .change = define_anew_off,
    .found = "slot-dropped off1 net0" },
  { .name = "reverted", .guest = "off1", .change = revert, .found = "config-wrong-vf off1 net0" },
  { .name = "metadata",
    .guest = "web1",
    .change = drop_metadata,
    .found = "metadata-differs web1" },
  { .name = "claim lost",
    .guest = "web1",
    .change = lose_claim,
    .found = "device-without-claim web1 net0" },
  { .name = "slot lost",
    .guest = "web1",
    .change = lose_slot,
    .found = "device-without-claim web1 net0" },
  { .name = "started unseen",
    .guest = "web1",
    .change = start_unseen,
    .found = "part-not-recorded web1 net0" },
  { .name = "old state file",
    .guest = "web1",
    .change = restore_old_state,
    .found = "claim-wrong-vf web1 net0" },
  { .name = "dead attach",
    .guest = "web1",
    .change = die_attached,
    .found = "dead-intent web1 net0" },
  { .name = "dead detach",
    .guest = "web1",
    .change = die_detached,
    .found = "dead-intent web1 net0" },
  { .name = "detach unfinished",
    .guest = "web1",
    .change = die_detaching,
    .found = "detach-unfinished web1 net0",
    .safe_left = "detach-unfinished web1 net0" },
  { .name = "drift",
    .guest = "web1",
    .change = drift,
    .found = "settings-drifted web1 net0",
    .safe_left = "settings-drifted web1 net0" },
  { .name = "undefined",
    .guest = "off1",
    .change = undefine,
    .found = "claim-of-gone-guest off1 net0",
    .safe_left = "slot-of-gone-guest off1 net0" },
  { .name = "transient guest ended",
    .guest = "temp1",
    .change = end_transient,
    .found = "claim-of-gone-guest temp1 net0" },
  { .name = "waiting",
    .guest = "web1",
    .change = wait_for_vf,
    .found = "waiting-on-start web1 net0" },
  { .name = "left over",
    .guest = "web1",
    .change = leave_over,
    .found = "vf-left-over enp2s0f0 VF 1",
    .host = TRUE },
  { .name = "stale record",
    .guest = "web1",
    .change = leave_record,
    .found = "stale-libvirt-record enp2s0f0_vf1",
    .host = TRUE },
  { .name = "blind hook",
    .guest = "web1",
    .change = blind,
    .found = "hook-blind hook",
    .host = TRUE },
  { .name = "moved card",
    .guest = "off1",
    .change = move_card,
    .found = "pf-moved enp2s0f0",
    .host = TRUE },
};

/* Of the guest of the last world that was made. */
static char made_uuid[VFP_UUID_STRLEN];

static World *
make_world (const Case *with)
{
  World *world = world_new ();
  VfpAttachRequest request = world_attach_request (with->guest);

  g_autofree char *uuid = uuid_of (world, with->guest);

  g_strlcpy (made_uuid, uuid, sizeof made_uuid);
  request.vf = VF0;
  assert_true (vfp_settings_from_string (ALL_SETTINGS, &request.settings, NULL));
  vfp_result_free (world_must_attach (world, with->name, &request));
  if (with->change != NULL)
    with->change (world);
  world->faults = (VfpFaults){ 0 };
  return world;
}

static char *
tell (GPtrArray *findings, gboolean fixed)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);

      if (finding->fixed == fixed)
        g_string_append_printf (text, "%s%s %s", text->len > 0 ? "; " : "", finding->kind->id,
                                finding->object);
    }
  return g_string_free (text, FALSE);
}

static char *
find (World *world, const char *name)
{
  const VfpReconcileRequest request = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, &error);

  if (findings == NULL)
    fail_msg ("%s: %s", name, error->message);
  return tell (findings, FALSE);
}

typedef enum
{
  FIX,
  FIX_LIVE,
  SETTLE,
} Way;

static const char *const ways[] = { [FIX] = "fix", [FIX_LIVE] = "fix live", [SETTLE] = "settle" };

static GPtrArray *
run (World *world, const Case *with, Way way, GError **error)
{
  const VfpReconcileRequest request = { .fix = TRUE, .live = way == FIX_LIVE };

  if (way != SETTLE)
    return world_reconcile (world, &request, error);
  return world_settle (world, made_uuid, VFP_CLASSES_ALL, error);
}

static GPtrArray *
must_run (World *world, const Case *with, Way way, const char *name)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *findings = run (world, with, way, &error);

  if (findings == NULL)
    fail_msg ("%s: %s", name, error->message);
  return findings;
}

static gboolean
applies (const Case *with, Way way)
{
  return way != SETTLE || !with->host;
}

static const char *
left_after (const Case *with, Way way)
{
  if (with->safe_left == NULL || (way != FIX && !g_str_has_prefix (with->safe_left, "slot-of")))
    return "";
  return with->safe_left;
}

/* The end of every case: nothing but what is to be left, a consistent world, and a second run that
 * changes nothing. */
static void
check_end (World *world, const Case *with, Way way, const char *name)
{
  g_autofree char *left = find (world, name);
  g_autofree char *before = NULL, *after = NULL;

  check_case_string (name, left, left_after (with, way));
  if (way != FIX || with->safe_left == NULL)
    world_check (world, name);
  before = world_dump (world);
  g_ptr_array_unref (must_run (world, with, way, name));
  check_case (name, world->faults.calls == 0);
  after = world_dump (world);
  check_case_string (name, after, before);
}

static void
test_repairs (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (Way way = FIX; way <= SETTLE; way++)
      {
        const Case *with = &cases[i];
        g_autoptr (World) world = make_world (with);
        g_autofree char *name = g_strdup_printf ("%s, %s", with->name, ways[way]);
        g_autofree char *found = find (world, name);

        check_case_string (name, found, with->found);
        if (!applies (with, way))
          continue;
        g_autoptr (GPtrArray) findings = must_run (world, with, way, name);
        g_autofree char *fixed = tell (findings, TRUE);
        g_autofree char *left = tell (findings, FALSE);
        check_case (name, world->warnings->len == 0);
        check_case_string (name, left, left_after (with, way));
        check_case (name, *left != '\0' || strstr (fixed, with->found) != NULL);
        world->faults.calls = 0;
        check_end (world, with, way, name);
      }
}

/* A dry run tells what a run fixes at first, and changes nothing. */
static void
test_dry_run (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *with = &cases[i];
      const VfpReconcileRequest request = { .fix = TRUE, .live = TRUE, .dry_run = TRUE };
      g_autoptr (World) world = make_world (with);
      g_autofree char *before = world_dump (world);
      g_autoptr (GPtrArray) findings = world_reconcile (world, &request, NULL);
      g_autofree char *fixed = findings != NULL ? tell (findings, TRUE) : NULL;
      g_autofree char *after = world_dump (world);

      check_case_string (with->name, fixed, with->found);
      check_case_string (with->name, after, before);
      check_case (with->name, world->faults.calls == 0);
    }
}

/* An on-start slot whose VF somebody has taken out does not get it back in the same start, though a
 * plain --fix serves slots that wait. */
/* The host lost its power while the guest ran, and the guest's configuration names another VF by
 * now: the live part ends, and the configuration's stands and is put right. */
static void
test_reverted_after_end (void **state)
{
  g_autoptr (World) world = world_new ();
  const VfpReconcileRequest request = { .fix = TRUE };
  VfpAttachRequest attach = world_attach_request ("web1");

  attach.vf = VF0;
  vfp_result_free (world_must_attach (world, "reverted", &attach));
  world_power_off (world, "web1", VF0, "ixgbevf");
  world_replace (world, "web1", "config.xml", "slot=\"0x10\" function=\"0x0\"",
                 "slot=\"0x10\" function=\"0x2\"");

  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, NULL);
  assert_non_null (findings);
  g_autofree char *fixed = tell (findings, TRUE);
  assert_string_equal (fixed, "claim-without-device web1 net0; config-wrong-vf web1 net0");
  g_autofree char *device = world_device (world, "web1", "config.xml", "ua-vfpool-net0");
  assert_non_null (strstr (device, "slot=\"0x10\" function=\"0x0\""));
  g_autofree char *found = find (world, "reverted");
  assert_string_equal (found, "");
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 1);
  world_check (world, "reverted");
}

static void
test_unplugged_on_start (void **state)
{
  g_autoptr (World) world = world_new ();
  const VfpReconcileRequest request = { .fix = TRUE };
  VfpAttachRequest attach = world_attach_request ("web1");
  Edit edit;

  attach.vf = VF0;
  attach.affect.live = TRUE;
  vfp_result_free (world_must_attach (world, "on-start", &attach));
  edit_init (&edit, world);
  edit.slot->on_start = TRUE;
  assert_true (vfp_store_put_slot (edit.store, edit.slot, NULL));
  edit_commit (&edit);
  unplug (world);

  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, NULL);
  assert_non_null (findings);
  g_autofree char *fixed = tell (findings, TRUE);
  g_autofree char *left = tell (findings, FALSE);
  assert_string_equal (fixed, "metadata-differs web1; unplugged web1 net0");
  assert_string_equal (left, "");
  g_autofree char *found = find (world, "on-start");
  assert_string_equal (found, "");
  g_autoptr (VfpRecords) records = world_records (world);
  assert_int_equal (records->claims->len, 0);
  world_check (world, "on-start");
}

#define VF0_UPPER "sys/bus/pci/devices/" VF0 "/net/enp2s0f0v0/upper_br0"
#define VF1_UPPER "sys/bus/pci/devices/" VF1 "/net/enp2s0f0v1/upper_br0"

static const Case unplugged_case = { .name = "unplugged", .guest = "web1", .change = unplug };

static World *
make_host_used_world (void)
{
  World *world = make_world (&unplugged_case);

  hosttree_make_folder (world->tree, VF0_UPPER);
  world_set_link (world, "enp2s0f0 0", "settings", "mac=02:00:00:00:00:09 vlan=99:0:802.1Q");
  return world;
}

/* Whoever took a VF that was unplugged by hand keeps it as it is. */
static void
test_unplugged_used_by_host (void **state)
{
  const VfpReconcileRequest fix = { .fix = TRUE }, live = { .fix = TRUE, .live = TRUE };
  g_autoptr (World) world = make_host_used_world ();
  g_autofree char *before = world_settings (world, "enp2s0f0", 0);

  g_autoptr (GPtrArray) live_findings = world_reconcile (world, &live, NULL);
  g_autofree char *left = tell (live_findings, FALSE);
  g_autofree char *device = world_device (world, "web1", "live.xml", "ua-vfpool-net0");
  assert_string_equal (left, "unplugged web1 net0");
  assert_true (world_warned (world, "in use by"));
  assert_null (device);

  g_autoptr (GPtrArray) findings = world_reconcile (world, &fix, NULL);
  g_autofree char *fixed = tell (findings, TRUE);
  g_autofree char *after = world_settings (world, "enp2s0f0", 0);
  assert_string_equal (fixed, "unplugged web1 net0");
  assert_string_equal (after, before);
}

static World *racing;

static void
take_vf1 (unsigned call)
{
  if (call == 1)
    hosttree_make_folder (racing->tree, VF1_UPPER);
}

/* A VF that is taken between the look and the repair is left alone. */
static void
test_left_over_taken (void **state)
{
  const VfpReconcileRequest fix = { .fix = TRUE };
  g_autoptr (World) world = world_new ();

  world_set_link (world, "enp2s0f0 0", "settings", "vlan=42:0:802.1Q");
  leave_over (world);
  racing = world;
  world->faults = (VfpFaults){ .on_call = take_vf1 };
  g_autoptr (GPtrArray) findings = world_reconcile (world, &fix, NULL);
  g_autofree char *fixed = tell (findings, TRUE);
  g_autofree char *settings = world_settings (world, "enp2s0f0", 1);
  assert_string_equal (fixed, "vf-left-over enp2s0f0 VF 0");
  assert_non_null (strstr (settings, "vlan=42"));
}

/* A guest with trust gives its NIC another MAC, which no repair takes back. */
static void
test_guest_changes_mac (void **state)
{
  static const Case with = { .name = "trust", .guest = "web1" };
  const VfpReconcileRequest live = { .fix = TRUE, .live = TRUE };
  g_autoptr (World) world = make_world (&with);

  world_set_link (world, "enp2s0f0 0", "settings",
                  "mac=02:00:00:00:00:09 vlan=7:0:802.1Q spoofchk=off trust=on");
  g_autoptr (GPtrArray) findings = world_reconcile (world, &live, NULL);
  g_autofree char *fixed = tell (findings, TRUE);
  g_autofree char *settings = world_settings (world, "enp2s0f0", 0);
  assert_string_equal (fixed, "settings-drifted web1 net0");
  assert_non_null (strstr (settings, "mac=02:00:00:00:00:09 vlan=42"));
}

/* The world that an undisturbed run leaves. */
static char *
dump_undisturbed (const Case *with, Way way)
{
  g_autoptr (World) world = make_world (with);

  g_ptr_array_unref (must_run (world, with, way, with->name));
  return world_dump (world);
}

static void
finish (World *world, const Case *with, Way way, const char *wanted, const char *name)
{
  world->faults = (VfpFaults){ 0 };
  g_ptr_array_unref (must_run (world, with, way, name));
  check_case (name, world->warnings->len == 0);
  g_autofree char *got = world_dump (world);
  check_case_string (name, got, wanted);
  world->faults.calls = 0;
  check_end (world, with, way, name);
}

static gboolean
fail_one (const Case *with, Way way, const char *wanted, unsigned k)
{
  g_autoptr (World) world = make_world (with);
  g_autofree char *name = g_strdup_printf ("%s, %s, call %u fails", with->name, ways[way], k);
  g_autoptr (GError) error = NULL;

  world->faults.fail_at = k;
  g_autoptr (GPtrArray) findings = run (world, with, way, &error);
  if (world->faults.calls < k)
    return FALSE;
  check_case (name, findings != NULL || error != NULL);
  check_case (name, findings == NULL || world_warned (world, "failed on demand"));
  finish (world, with, way, wanted, name);
  return TRUE;
}

static void
test_fail_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (Way way = FIX; way <= SETTLE; way++)
      {
        if (!applies (&cases[i], way))
          continue;
        g_autofree char *wanted = dump_undisturbed (&cases[i], way);
        for (unsigned k = 1; fail_one (&cases[i], way, wanted, k); k++)
          assert_true (k < CALLS_MAX);
      }
}

static unsigned stop_at;

static void
stop (unsigned call)
{
  if (call == stop_at)
    _exit (STOPPED);
}

/* In a process of its own, so that it can die. FALSE: it did not. */
static gboolean
run_and_die (World *world, const Case *with, Way way, unsigned k, const char *name)
{
  int status = -1;
  const pid_t child = fork ();

  assert_true (child >= 0);
  if (child == 0)
    {
      stop_at = k;
      world->faults.on_call = stop;
      _exit (run (world, with, way, NULL) != NULL ? 0 : 1);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  if (!WIFEXITED (status) || (WEXITSTATUS (status) != 0 && WEXITSTATUS (status) != STOPPED))
    fail_msg ("%s: status %#x", name, (unsigned) status);
  return WEXITSTATUS (status) == STOPPED;
}

static void
test_stop_at_every_call (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (Way way = FIX; way <= SETTLE; way++)
      {
        if (!applies (&cases[i], way))
          continue;
        g_autofree char *wanted = dump_undisturbed (&cases[i], way);
        for (unsigned k = 1;; k++)
          {
            g_autoptr (World) world = make_world (&cases[i]);
            g_autofree char *name
                = g_strdup_printf ("%s, %s, dead at call %u", cases[i].name, ways[way], k);

            assert_true (k < CALLS_MAX);
            if (!run_and_die (world, &cases[i], way, k, name))
              break;
            finish (world, &cases[i], way, wanted, name);
          }
      }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_repairs),
    cmocka_unit_test (test_dry_run),
    cmocka_unit_test (test_reverted_after_end),
    cmocka_unit_test (test_unplugged_on_start),
    cmocka_unit_test (test_unplugged_used_by_host),
    cmocka_unit_test (test_left_over_taken),
    cmocka_unit_test (test_guest_changes_mac),
    cmocka_unit_test (test_fail_every_call),
    cmocka_unit_test (test_stop_at_every_call),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
