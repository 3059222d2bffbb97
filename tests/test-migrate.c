/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest from one host to another, and what is refused before anything is touched. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "host/netlink-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/two-hosts.h"

#define STANDBY "bridge=br0+ua-lan"
#define NET0 "ua-vfpool-net0"

static VfpMigrateResult *
must_migrate (Hosts *hosts, const char *name, const VfpMigrateRequest *request)
{
  g_autoptr (GError) error = NULL;
  VfpMigrateResult *result = NULL;

  if (!hosts_migrate (hosts, request, &result, &error))
    fail_msg ("%s: %s", name, error->message);
  return result;
}

/* The text of the guest's net0 in one of its XMLs has @part. */
static void
check_device (World *world, const char *name, const char *file, const char *part)
{
  g_autofree char *device = world_device (world, "web1", file, NET0);

  if (device == NULL || strstr (device, part) == NULL)
    fail_msg ("%s: no %s in net0 of %s: %s", name, part, file, device);
}

#define SECOND_VF "slot=\"0x10\" function=\"0x2\""

static gboolean
has_announced (World *world, const char *netdev)
{
  g_autofree char *text = world_read (world, VFP_FAKE_DIR "/links.conf");
  const char *group = strstr (text, "[announced]\n");
  g_autofree char *key = g_strdup_printf ("\n%s=", netdev);

  return group != NULL && strstr (group, key) != NULL;
}

static void
test_failover (void **state)
{
  g_autoptr (Hosts) hosts = hosts_new (STANDBY, FALSE);
  const VfpMigrateRequest request = hosts_request ();

  hosts_attach (hosts->here, "web1", "net0", TRUE);
  hosts_attach (hosts->there, "other", "net0", FALSE);
  g_autoptr (VfpMigrateResult) result = must_migrate (hosts, "failover", &request);
  const VfpMigrateSlot *slot = g_ptr_array_index (result->slots, 0);

  assert_true (result->changed && result->undefines);
  assert_int_equal (result->mode, VFP_MIGRATE_FAILOVER);
  assert_int_equal (result->slots->len, 1);
  /* The VF with the address that it had here is another guest's there. */
  assert_true (slot->has_to && !vfp_address_equal (&slot->to, &slot->from));
  assert_int_equal (hosts->here->warnings->len, 0);
  assert_true (has_announced (hosts->here, "br0"));
  assert_false (has_announced (hosts->here, "enp1s0f0"));
  hosts_settle (hosts);
  assert_ptr_equal (hosts_check (hosts, "failover", 1), hosts->there);
  check_device (hosts->there, "failover", "live.xml", SECOND_VF);
  check_device (hosts->there, "failover", "config.xml", SECOND_VF);

  g_autoptr (VfpRecords) records = world_records (hosts->here);
  assert_int_equal (records->slots->len, 0);
}

static void
test_unplug (void **state)
{
  g_autoptr (Hosts) hosts = hosts_new ("bridge=br0", FALSE);
  const VfpMigrateRequest request = hosts_request ();

  hosts_attach (hosts->here, "web1", "net0", FALSE);
  hosts_attach (hosts->here, "web1", "net1", FALSE);
  hosts_attach (hosts->there, "other", "net0", FALSE);
  g_autofree char *before = world_device (hosts->here, "web1", "live.xml", NET0);
  g_autoptr (VfpMigrateResult) result = must_migrate (hosts, "unplug", &request);

  assert_int_equal (result->mode, VFP_MIGRATE_UNPLUG);
  assert_int_equal (result->slots->len, 2);
  assert_true (world_warned (hosts->here, "has no VF for net0, net1 there yet"));
  /* Nothing there names a VF of the host that it came from. */
  assert_null (world_device (hosts->there, "web1", "config.xml", NET0));
  hosts_settle (hosts);
  assert_ptr_equal (hosts_check (hosts, "unplug", 2), hosts->there);
  check_device (hosts->there, "unplug", "live.xml", SECOND_VF);
  check_device (hosts->there, "unplug", "config.xml", SECOND_VF);

  /* The guest sees the same NIC. */
  const char *mac = strstr (before, "<mac ");
  g_autofree char *line = g_strndup (mac, strcspn (mac, ">"));
  check_device (hosts->there, "unplug", "live.xml", line);
}

static void
test_transient (void **state)
{
  g_autoptr (Hosts) hosts = hosts_new ("bridge=br0", TRUE);
  const VfpMigrateRequest request = hosts_request ();

  hosts_attach (hosts->here, "web1", "net0", FALSE);
  g_autoptr (VfpMigrateResult) result = must_migrate (hosts, "transient", &request);
  assert_false (result->undefines);
  hosts_settle (hosts);
  assert_ptr_equal (hosts_check (hosts, "transient", 1), hosts->there);
  assert_null (world_device (hosts->there, "web1", "config.xml", NET0));
}

/* libvirtd here has not loaded the hook. */
static void
test_no_hook_here (void **state)
{
  static const VfpMigrateMode modes[] = { VFP_MIGRATE_FAILOVER, VFP_MIGRATE_UNPLUG };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      const char *name = vfp_migrate_mode_to_string (modes[i]);
      g_autoptr (Hosts) hosts = hosts_new (STANDBY, FALSE);
      VfpMigrateRequest request = hosts_request ();

      request.mode = modes[i];
      hosts_attach (hosts->here, "web1", "net0", TRUE);
      hosttree_remove (hosts->here->tree, VFP_FAKE_DIR "/hook-command");
      vfp_migrate_result_free (must_migrate (hosts, name, &request));

      g_autoptr (VfpRecords) records = world_records (hosts->here);
      check_case (name, records->slots->len == 0 && records->claims->len == 0);
      hosts_settle (hosts);
      assert_ptr_equal (hosts_check (hosts, name, 1), hosts->there);
    }
}

static void
test_keep_source (void **state)
{
  static const VfpMigrateMode modes[] = { VFP_MIGRATE_FAILOVER, VFP_MIGRATE_UNPLUG };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      const char *name = vfp_migrate_mode_to_string (modes[i]);
      g_autoptr (Hosts) hosts = hosts_new (STANDBY, FALSE);
      VfpMigrateRequest request = hosts_request ();

      request.mode = modes[i];
      request.keep_source = TRUE;
      hosts_attach (hosts->here, "web1", "net0", TRUE);
      vfp_migrate_result_free (must_migrate (hosts, name, &request));
      hosts_settle (hosts);
      assert_ptr_equal (hosts_check (hosts, name, 1), hosts->there);

      /* It can be started here again, and its VF is kept for that. */
      g_autoptr (VfpRecords) records = world_records (hosts->here);
      const VfpClaim *claim = g_ptr_array_index (records->claims, 0);
      check_case (name, claim->config && !claim->live);
      check_device (hosts->here, name, "config.xml", "slot=\"0x10\" function=\"0x0\"");
    }
}

/* The guest comes back to the VF that is kept for it, though no other is free there any more. */
static void
test_way_back (void **state)
{
  g_autoptr (Hosts) hosts = hosts_new (STANDBY, FALSE);
  Hosts back = { .here = hosts->there, .there = hosts->here };
  VfpMigrateRequest request = hosts_request ();

  request.keep_source = TRUE;
  hosts_attach (hosts->here, "web1", "net0", TRUE);
  vfp_migrate_result_free (must_migrate (hosts, "way there", &request));
  hosts_settle (hosts);
  hosttree_add_guest (hosts->here->tree, &(HostGuest){ .name = "more", .ports = 6, .off = TRUE });
  hosts_attach (hosts->here, "more", "net0", FALSE);
  hosts_attach (hosts->here, "more", "net1", FALSE);

  hosttree_make_folder (hosts->there->tree, VFP_FAKE_DIR "/hosts");
  hosttree_write (hosts->there->tree, VFP_FAKE_DIR "/hosts/hosta",
                  hosttree_path (hosts->here->tree));
  request.uri = "qemu+tcp://hosta/system";
  g_autoptr (VfpMigrateResult) result = must_migrate (&back, "way back", &request);
  const VfpMigrateSlot *slot = g_ptr_array_index (result->slots, 0);
  g_autofree char *to = vfp_address_to_string (&slot->to);

  assert_string_equal (to, "0000:01:10.0");
  hosts_settle (hosts);
  assert_ptr_equal (hosts_check (hosts, "way back", 1), hosts->here);
}

static void
test_pool_map (void **state)
{
  static const VfpMigrateMode modes[] = { VFP_MIGRATE_FAILOVER, VFP_MIGRATE_UNPLUG };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      const char *name = vfp_migrate_mode_to_string (modes[i]);
      g_autoptr (Hosts) hosts = hosts_new (STANDBY, FALSE);
      g_autoptr (GHashTable) map = g_hash_table_new (g_str_hash, g_str_equal);
      VfpMigrateRequest request = hosts_request ();

      world_configure (hosts->there, "[pool fast]\npf = enp1s0f0\nvfs = 2\n");
      g_hash_table_insert (map, (gpointer) "enp1s0f0", (gpointer) "fast");
      request.mode = modes[i];
      request.pool_map = map;
      hosts_attach (hosts->here, "web1", "net0", TRUE);
      vfp_migrate_result_free (must_migrate (hosts, name, &request));
      hosts_settle (hosts);
      assert_ptr_equal (hosts_check (hosts, name, 1), hosts->there);
      check_device (hosts->there, name, "live.xml", "slot=\"0x10\" function=\"0x4\"");
      check_device (hosts->there, name, "config.xml", "slot=\"0x10\" function=\"0x4\"");

      g_autoptr (VfpRecords) records = world_records (hosts->there);
      check_case_string (name, ((VfpSlot *) g_ptr_array_index (records->slots, 0))->pool, "fast");
    }
}

/* A slot that the running guest has no VF of is defined there without one of this host. */
static void
test_config_only (void **state)
{
  g_autoptr (Hosts) hosts = hosts_new (STANDBY, FALSE);
  const VfpMigrateRequest request = hosts_request ();
  VfpAttachRequest more = world_attach_request ("web1");

  hosts_attach (hosts->here, "web1", "net0", TRUE);
  more.pf = "enp1s0f0";
  more.slot = "net1";
  more.affect.config = TRUE;
  vfp_result_free (world_must_attach (hosts->here, "config", &more));
  g_autoptr (VfpMigrateResult) result = must_migrate (hosts, "config", &request);
  const VfpMigrateCheck *last = g_ptr_array_index (result->checks, result->checks->len - 1);
  assert_string_equal (last->id, "config");
  assert_int_equal (last->level, VFP_CHECK_NOTE);
  assert_memory_equal (last->text, "net1 has", 8);
  hosts_settle (hosts);
  assert_ptr_equal (hosts_check (hosts, "config", 1), hosts->there);
  assert_null (world_device (hosts->there, "web1", "config.xml", "ua-vfpool-net1"));
}

typedef struct
{
  const char *name;
  void (*spoil) (Hosts *hosts);
  const char *nic; /* NULL: "bridge=br0" */
  gboolean failover, bare;
  VfpMigrateMode mode;
  VfpErrorCode code;
  const char *part;
} Refusal;

static void
turn_off (Hosts *hosts)
{
  world_power_off (hosts->here, "web1", "0000:01:10.0", "igbvf");
}

static void
pause_guest (Hosts *hosts)
{
  world_set_guest (hosts->here, "web1", "paused", TRUE);
}

static void
cut_off (Hosts *hosts)
{
  hosttree_write (hosts->there->tree, VFP_FAKE_DIR "/unreachable", "");
}

static void
remove_hook (Hosts *hosts)
{
  hosttree_remove (hosts->there->tree, VFP_FAKE_DIR "/hook-command");
}

static void
refuse_all (Hosts *hosts)
{
  hosttree_write (hosts->there->tree, VFP_FAKE_DIR "/hook-command", "/bin/false");
}

static void
fill_up (Hosts *hosts)
{
  static const char *const slots[] = { "net0", "net1", "net2" };

  for (gsize i = 0; i < G_N_ELEMENTS (slots); i++)
    hosts_attach (hosts->there, "other", slots[i], FALSE);
}

static void
remove_bridge (Hosts *hosts)
{
  hosttree_remove (hosts->there->tree, "sys/class/net/br0");
}

static void
take_snapshot (Hosts *hosts)
{
  world_set_guest (hosts->here, "web1", "snapshots", TRUE);
  g_autofree char *path = g_build_filename (hosttree_path (hosts->here->tree), VFP_FAKE_DIR,
                                            "guests/web1/guest.conf", NULL);
  g_autoptr (GKeyFile) conf = g_key_file_new ();

  assert_true (g_key_file_load_from_file (conf, path, G_KEY_FILE_NONE, NULL));
  g_key_file_set_integer (conf, "guest", "snapshots", 2);
  assert_true (g_key_file_save_to_file (conf, path, NULL));
}

static void
lack_cpu (Hosts *hosts)
{
  hosttree_write (hosts->there->tree, VFP_FAKE_DIR "/lacks", "its CPU lacks avx512");
}

static void
add_namesake (Hosts *hosts)
{
  hosttree_add_guest (
      hosts->there->tree,
      &(HostGuest){ .name = "web1", .uuid = "00000000-0000-4000-8000-000000000001", .off = TRUE });
}

static void
add_twin (Hosts *hosts)
{
  hosttree_add_guest (hosts->there->tree, &(HostGuest){ .name = "web1" });
}

static void
add_paused_twin (Hosts *hosts)
{
  hosttree_add_guest (hosts->there->tree, &(HostGuest){ .name = "web1", .paused = TRUE });
}

static void
plug_foreign (Hosts *hosts)
{
  world_add_device (hosts->here, "web1", "live.xml", "ua-mine", "0000:01:10.4");
}

static const Refusal refusals[] = {
  { "off", turn_off, .code = VFP_ERROR_GUEST_OFF, .part = "virsh migrate --offline" },
  { "paused", pause_guest, .code = VFP_ERROR_GUEST_PAUSED, .part = "virsh resume web1" },
  { "unreachable", cut_off, .code = VFP_ERROR_LIBVIRT_UNREACHABLE, .part = "No route to host" },
  { "no hook", remove_hook, .code = VFP_ERROR_DESTINATION, .part = "has not run vfpool's hook" },
  { "foreign hook", refuse_all, .code = VFP_ERROR_DESTINATION,
    .part = "a hook there refuses the guest that vfpool asks by: libvirt: Hook script" },
  { "no VF there", fill_up, .code = VFP_ERROR_NO_VF_FITS, .part = "none of 3 VFs fits" },
  { "no bridge there", remove_bridge, .code = VFP_ERROR_DESTINATION, .part = "no bridge 'br0'" },
  { "snapshots", take_snapshot, .code = VFP_ERROR_GUEST_REFUSED, .part = "web1 has 2: 'virsh" },
  { "CPU", lack_cpu, .code = VFP_ERROR_DESTINATION, .part = "lacks avx512" },
  { "namesake", add_namesake, .code = VFP_ERROR_DESTINATION, .part = "the name of web1" },
  { "twin", add_twin, .code = VFP_ERROR_DESTINATION, .part = "web1 runs at " HOSTB_URI " as well" },
  { "paused twin", add_paused_twin, .code = VFP_ERROR_DESTINATION, .part = "the UUID of web1" },
  { "foreign device", plug_foreign, .code = VFP_ERROR_GUEST_REFUSED, .part = "0000:01:10.4" },
  { "only NIC", NULL, .bare = TRUE, .code = VFP_ERROR_GUEST_REFUSED, .part = "--mode unplug" },
  { "failover of no pair", NULL, .mode = VFP_MIGRATE_FAILOVER, .code = VFP_ERROR_GUEST_REFUSED,
    .part = "vfpool attach --failover" },
};

/* The two trees as a whole. */
static char *
dump (Hosts *hosts)
{
  g_autofree char *here = world_dump (hosts->here);
  g_autofree char *there = world_dump (hosts->there);

  return g_strconcat (here, there, NULL);
}

static void
test_refused (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    for (unsigned dry_run = 0; dry_run < 2; dry_run++)
      {
        const Refusal *with = &refusals[i];
        g_autoptr (Hosts) hosts = hosts_new (with->bare ? NULL : "bridge=br0", FALSE);
        VfpMigrateRequest request = hosts_request ();
        g_autoptr (VfpMigrateResult) result = NULL;
        g_autoptr (GError) error = NULL;

        hosts_attach (hosts->here, "web1", "net0", FALSE);
        hosts_attach (hosts->there, "other", "net9", FALSE);
        world_must_detach (hosts->there, "other",
                           &(VfpDetachRequest){ .guest = "other", .timeout_ms = 2000 });
        if (with->spoil != NULL)
          with->spoil (hosts);
        request.mode = with->mode;
        request.dry_run = dry_run != 0;
        g_autofree char *before = dump (hosts);
        check_case (with->name, !hosts_migrate (hosts, &request, &result, &error));
        if (!g_error_matches (error, VFP_ERROR, (int) with->code)
            || strstr (error->message, with->part) == NULL)
          fail_msg ("%s: %s", with->name, error->message);
        g_autofree char *after = dump (hosts);
        check_case_string (with->name, after, before);
      }
}

static void
test_usage (void **state)
{
  static const char *const uris[] = { "qemu:///system",         "qemu+ssh://hostb/session", "hostb",
                                      "xen+ssh://hostb/system", "qemu+unix://hostb/system", "" };
  static const char *const good[]
      = { "qemu+ssh://root@hostb/system", "qemu://hostb/system", "qemu+tls://[fe80::1]:1/system" };

  for (gsize i = 0; i < G_N_ELEMENTS (uris); i++)
    {
      g_autoptr (GError) error = NULL;

      check_case (uris[i], !vfp_virt_check_destination (uris[i], &error));
      check_case (uris[i], g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    check_case (good[i], vfp_virt_check_destination (good[i], NULL));
}

/* A dry run says what would be, and changes nothing. */
static void
test_dry_run (void **state)
{
  g_autoptr (Hosts) hosts = hosts_new (STANDBY, FALSE);
  VfpMigrateRequest request = hosts_request ();

  request.dry_run = TRUE;
  hosts_attach (hosts->here, "web1", "net0", TRUE);
  hosts_attach (hosts->there, "other", "net0", FALSE);
  g_autofree char *before = dump (hosts);
  g_autoptr (VfpMigrateResult) result = must_migrate (hosts, "dry run", &request);
  const VfpMigrateSlot *slot = g_ptr_array_index (result->slots, 0);
  g_autofree char *to = vfp_address_to_string (&slot->to);
  g_autofree char *after = dump (hosts);

  assert_false (result->changed);
  assert_string_equal (to, "0000:01:10.2");
  assert_string_equal (after, before);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_failover),     cmocka_unit_test (test_unplug),
    cmocka_unit_test (test_transient),    cmocka_unit_test (test_keep_source),
    cmocka_unit_test (test_way_back),     cmocka_unit_test (test_pool_map),
    cmocka_unit_test (test_config_only),  cmocka_unit_test (test_refused),
    cmocka_unit_test (test_usage),        cmocka_unit_test (test_dry_run),
    cmocka_unit_test (test_no_hook_here),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
