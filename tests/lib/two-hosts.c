/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two fake hosts with a guest that goes from one to the other. */
#include "config.h"

#include "tests/lib/two-hosts.h"

#include <string.h>

#include "base/error.h"
#include "host/netlink-fake.h"
#include "ops/settle-loop.h"
#include "tests/lib/check.h"

#define GUEST "web1"

static World *
make_host (const HostGuest *guest)
{
  const char *build = g_getenv ("top_builddir");
  World *world = world_new_empty ();
  const char *root = hosttree_path (world->tree);
  g_autofree char *command = g_strdup_printf ("%s/vfpool-hook\n--sysroot\n%s\n--state\n%s",
                                              build != NULL ? build : ".", root, world->state_path);

  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 3 });
  hosttree_add_guest (world->tree, guest);
  hosttree_add_bridge (world->tree, "br0", "");
  hosttree_write (world->tree, "proc/sys/kernel/random/boot_id", "first-boot");
  hosttree_make_folder (world->tree, "etc/libvirt/qemu");
  hosttree_write (world->tree, VFP_FAKE_DIR "/hook", "");
  hosttree_write (world->tree, VFP_FAKE_DIR "/hook-command", command);
  return world;
}

Hosts *
hosts_new (const char *nic, gboolean transient)
{
  Hosts *hosts = g_new0 (Hosts, 1);

  hosts->here = make_host (
      &(HostGuest){ .name = GUEST, .ports = 6, .nics = { nic }, .transient = transient });
  hosts->there = make_host (&(HostGuest){ .name = "other", .ports = 6, .off = TRUE });
  hosttree_make_folder (hosts->here->tree, VFP_FAKE_DIR "/hosts");
  hosttree_write (hosts->here->tree, VFP_FAKE_DIR "/hosts/hostb",
                  hosttree_path (hosts->there->tree));
  world_start (hosts->here);
  world_start (hosts->there);
  return hosts;
}

void
hosts_free (Hosts *hosts)
{
  world_free (hosts->here);
  world_free (hosts->there);
  g_free (hosts);
}

void
hosts_attach (World *world, const char *guest, const char *slot, gboolean failover)
{
  VfpAttachRequest request = world_attach_request (guest);

  request.pf = "enp1s0f0";
  request.slot = slot;
  request.failover = failover;
  vfp_result_free (world_must_attach (world, slot, &request));
}

VfpMigrateRequest
hosts_request (void)
{
  return (VfpMigrateRequest){ .guest = GUEST, .uri = HOSTB_URI, .detach_timeout_ms = 2000 };
}

gboolean
hosts_migrate (Hosts *hosts, const VfpMigrateRequest *request, VfpMigrateResult **out_result,
               GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (GError) local = NULL;
  const gboolean done = world_open (hosts->here, &opened, request->dry_run, &local)
                        && vfp_migrate (&opened, request, out_result, &local);

  world_keep_warnings (hosts->here, &opened);
  if (done)
    return TRUE;
  if (g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_VF_THERE))
    {
      assert_true ((*out_result)->changed);
      g_ptr_array_add (hosts->here->warnings, g_strdup (local->message));
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
guest_flag (World *world, const char *guest, const char *key)
{
  g_autofree char *path = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/guest.conf", guest);
  g_autofree char *text = world_read (world, path);
  g_autoptr (GKeyFile) conf = g_key_file_new ();

  return text != NULL
         && g_key_file_load_from_data (conf, text, strlen (text), G_KEY_FILE_NONE, NULL)
         && g_key_file_get_boolean (conf, "guest", key, NULL);
}

gboolean
hosts_runs (World *world, const char *guest)
{
  return guest_flag (world, guest, "running");
}

void
hosts_give_up (Hosts *hosts)
{
  if (!guest_flag (hosts->there, GUEST, "arriving"))
    return;

  g_autofree char *xml = world_guest_xml (hosts->there, GUEST, "live.xml");
  world_pull_plug (hosts->there, GUEST);
  world_set_guest (hosts->there, GUEST, "arriving", FALSE);
  g_auto (VfpHookReply) reply G_GNUC_UNUSED = world_hook_xml (hosts->there, "release", xml);
}

static gboolean
settle (VfpWorld *opened, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  return vfp_settle_until_done (opened, data, VFP_CLASS_BOOK | VFP_CLASS_HOST, texts, error);
}

void
hosts_settle (Hosts *hosts)
{
  World *const worlds[] = { hosts->here, hosts->there };
  g_autofree char *uuid = world_uuid (hosts->here, GUEST);

  for (gsize i = 0; i < G_N_ELEMENTS (worlds); i++)
    {
      g_autoptr (GError) error = NULL;

      if (g_file_test (worlds[i]->state_path, G_FILE_TEST_EXISTS)
          && !world_act (worlds[i], settle, uuid, &error))
        print_message ("settle on host %" G_GSIZE_FORMAT ": %s\n", i, error->message);
    }
}

void
hosts_reconcile (Hosts *hosts, const char *name)
{
  World *const worlds[] = { hosts->here, hosts->there };
  const VfpReconcileRequest request = { .fix = TRUE, .live = TRUE };

  for (gsize i = 0; i < G_N_ELEMENTS (worlds); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) findings = world_reconcile (worlds[i], &request, &error);

      if (findings == NULL)
        fail_msg ("%s: reconcile: %s", name, error->message);
    }
}

static void
check_clean (World *world, const char *name)
{
  const VfpReconcileRequest request = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) findings = world_reconcile (world, &request, &error);

  if (findings == NULL)
    fail_msg ("%s: reconcile: %s", name, error->message);
  for (guint i = 0; i < findings->len; i++)
    {
      const VfpFinding *finding = g_ptr_array_index (findings, i);

      if (finding->kind->level != VFP_LEVEL_NOTE)
        fail_msg ("%s: %s: %s", name, finding->kind->id, finding->detail);
    }
  world_check (world, name);
}

static unsigned
count_claims (World *world, gboolean live)
{
  g_autoptr (VfpRecords) records = world_records (world);
  unsigned count = 0;

  for (guint i = 0; i < records->slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (records->slots, i);
      const VfpClaim *claim = vfp_records_find_claim_of_slot (records, slot->id);

      count += g_str_equal (slot->guest_name, GUEST) && claim != NULL
               && (!live || (claim->live && claim->expires == 0 && slot->arrive == VFP_ARRIVE_NO));
    }
  return count;
}

World *
hosts_check (Hosts *hosts, const char *name, unsigned slots)
{
  const gboolean here = hosts_runs (hosts->here, GUEST), there = hosts_runs (hosts->there, GUEST);

  if (here == there)
    fail_msg ("%s: it runs on %s", name, here ? "both hosts" : "neither host");
  World *home = here ? hosts->here : hosts->there;
  World *other = here ? hosts->there : hosts->here;
  check_clean (hosts->here, name);
  check_clean (hosts->there, name);
  if (count_claims (home, TRUE) != slots)
    fail_msg ("%s: %u slots with a VF where it runs", name, count_claims (home, TRUE));
  if (!guest_flag (other, GUEST, "persistent") && count_claims (other, FALSE) != 0)
    fail_msg ("%s: %u claims where it does not run", name, count_claims (other, FALSE));
  return home;
}
