/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real libvirt with its test driver, which needs no daemon; and the deadline of calls. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "base/deadline.h"
#include "guest/virt.h"

#define URI "test:///default"
#define UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define NO_UUID "00000000-0000-0000-0000-000000000001"

static VfpVirt *
open_virt (gboolean read_only)
{
  g_autoptr (GError) error = NULL;
  VfpVirt *virt = vfp_virt_libvirt_open (URI, read_only, 5000, NULL, &error);

  if (virt == NULL)
    fail_msg ("%s", error->message);
  return virt;
}

static void
test_list (void **state)
{
  g_autoptr (VfpVirt) virt = open_virt (TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) guests = virt->list_guests (virt, &error);

  assert_non_null (guests);
  assert_int_equal (guests->len, 1);
  const VfpGuest *guest = g_ptr_array_index (guests, 0);
  assert_string_equal (guest->name, "test");
  assert_string_equal (guest->uuid, UUID);
  assert_true (guest->running && guest->persistent && !guest->paused);
  assert_int_equal (guest->id, 1);
  assert_string_equal (guest->live->name, "test");
  assert_string_equal (guest->config->uuid, UUID);
}

/* Somebody else was faster. */
static void
test_start_running (void **state)
{
  g_autoptr (VfpVirt) virt = open_virt (FALSE);
  g_autoptr (GError) error = NULL;

  if (!virt->start_guest (virt, UUID, &error))
    fail_msg ("%s", error->message);
  assert_false (virt->start_guest (virt, NO_UUID, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST));
}

static void
test_get (void **state)
{
  g_autoptr (VfpVirt) virt = open_virt (TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, UUID, &error);

  assert_non_null (guest);
  assert_int_equal (guest->id, 1);
  assert_non_null (guest->live);

  assert_null (virt->get_guest (virt, NO_UUID, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST));
}

/* A guest's name wins over another one's id. */
static void
test_find (void **state)
{
  static const char node[]
      = "<node>"
        "<domain type='test'><name>first</name><uuid>" UUID "</uuid><memory>8192</memory>"
        "<os><type>hvm</type></os></domain>"
        "<domain type='test'><name>1</name><uuid>" NO_UUID "</uuid><memory>8192</memory>"
        "<os><type>hvm</type></os></domain>"
        "</node>";
  static const struct
  {
    const char *name, *uuid;
  } cases[] = { { "first", UUID }, { UUID, UUID }, { "1", NO_UUID }, { "2", NO_UUID } };
  g_autofree char *folder = g_dir_make_tmp ("vfpool-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "node.xml", NULL);
  g_autofree char *uri = g_strdup_printf ("test://%s", path);
  g_autoptr (GError) error = NULL;

  assert_true (g_file_set_contents (path, node, -1, NULL));
  g_autoptr (VfpVirt) virt = vfp_virt_libvirt_open (uri, TRUE, 5000, NULL, &error);
  if (virt == NULL)
    fail_msg ("%s", error->message);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *uuid = virt->find_guest (virt, cases[i].name, NULL);

      if (g_strcmp0 (uuid, cases[i].uuid) != 0)
        fail_msg ("%s: %s", cases[i].name, uuid);
    }
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_networks (void **state)
{
  g_autoptr (VfpVirt) virt = open_virt (TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) networks = virt->list_networks (virt, &error);

  assert_non_null (networks);
  assert_int_equal (networks->len, 1);
  const VfpNetwork *network = g_ptr_array_index (networks, 0);
  assert_string_equal (network->name, "default");
  assert_string_equal (network->bridge, "virbr0");
  assert_int_equal (network->pfs->len, 0);
}

static void
assert_metadata (VfpVirt *virt, const char *live, const char *config)
{
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, UUID, NULL);

  assert_non_null (guest);
  if (g_strcmp0 (guest->live->metadata, live) != 0)
    fail_msg ("live: %s", guest->live->metadata);
  if (g_strcmp0 (guest->config->metadata, config) != 0)
    fail_msg ("configuration: %s", guest->config->metadata);
}

static void
test_metadata (void **state)
{
  static const char element[] = "<slots version=\"1\" uuid=\"" UUID "\"><slot name=\"net0\" "
                                "mac=\"56:66:1c:09:aa:01\"/></slots>";
  const unsigned both = VFP_AFFECT_LIVE | VFP_AFFECT_CONFIG;
  g_autoptr (VfpVirt) virt = open_virt (FALSE);
  g_autoptr (GError) error = NULL;

  if (!virt->set_metadata (virt, UUID, element, VFP_AFFECT_CONFIG, &error))
    fail_msg ("%s", error->message);
  assert_metadata (virt, NULL, element);
  if (!virt->set_metadata (virt, UUID, element, both, &error))
    fail_msg ("%s", error->message);
  assert_metadata (virt, element, element);

  if (!virt->pass_job_queue (virt, UUID, &error))
    fail_msg ("%s", error->message);
  assert_metadata (virt, element, element);

  for (unsigned i = 0; i < 2; i++)
    if (!virt->set_metadata (virt, UUID, NULL, both, &error))
      fail_msg ("removing, time %u: %s", i + 1, error->message);
  assert_metadata (virt, NULL, NULL);
}

static void
test_changes_refused (void **state)
{
  g_autoptr (VfpVirt) virt = open_virt (FALSE);
  g_autoptr (GError) no_attach = NULL, no_guest = NULL, no_ports = NULL;

  assert_false (
      virt->attach_device (virt, UUID, "<interface type='x'/>", VFP_AFFECT_LIVE, &no_attach));
  assert_true (g_error_matches (no_attach, VFP_ERROR, VFP_ERROR_LIBVIRT));
  assert_false (virt->set_metadata (virt, NO_UUID, NULL, VFP_AFFECT_CONFIG, &no_guest));
  assert_true (g_error_matches (no_guest, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST));
  assert_false (virt->add_ports (virt, UUID, 1, &no_ports));
  assert_true (g_error_matches (no_ports, VFP_ERROR, VFP_ERROR_LIBVIRT));
}

/* What is not there is gone, whoever took it. */
static void
test_detach_absent (void **state)
{
  g_autoptr (VfpVirt) virt = open_virt (FALSE);
  g_autoptr (GError) error = NULL;
  const VfpAddress vf = { .bus = 1, .slot = 0x10 };

  assert_true (virt->detach_live (virt, UUID, &vf, 1000, &error));
  assert_true (virt->detach_config (virt, UUID, &vf, &error));
  assert_true (virt->detach_live (virt, NO_UUID, &vf, 1000, &error));
}

/* libvirt takes what makes a NIC a standby, and gives it back. */
static void
test_change_nic (void **state)
{
  static const char xml[]
      = "<node><domain type='test'><name>web1</name><uuid>" UUID "</uuid><memory>8192</memory>"
        "<os><type>hvm</type></os><devices><interface type='bridge'>"
        "<mac address='52:54:00:00:00:01'/><source bridge='br0'/><model type='virtio'/>"
        "</interface></devices></domain></node>";
  g_autofree char *folder = g_dir_make_tmp ("vfpool-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "node.xml", NULL);
  g_autofree char *uri = g_strconcat ("test://", path, NULL);
  VfpNicChange change = { .is_standby = TRUE, .alias = "ua-lan" };

  assert_true (g_file_set_contents (path, xml, -1, NULL));
  assert_true (vfp_mac_parse ("52:54:00:00:00:01", &change.mac, NULL));
  g_autoptr (VfpVirt) virt = vfp_virt_libvirt_open (uri, FALSE, 5000, NULL, NULL);
  assert_non_null (virt);
  assert_true (virt->change_nic (virt, UUID, &change, NULL));
  g_autoptr (VfpGuest) made = virt->get_guest (virt, UUID, NULL);
  const VfpGuestNic *nic = vfp_domxml_find_nic (made->config, "ua-lan");
  assert_true (nic != NULL && nic->is_standby && nic->is_virtio);
  assert_string_equal (nic->bridge, "br0");

  change.is_standby = FALSE;
  change.alias = NULL;
  assert_true (virt->change_nic (virt, UUID, &change, NULL));
  g_autoptr (VfpGuest) undone = virt->get_guest (virt, UUID, NULL);
  nic = g_ptr_array_index (undone->config->nics, 0);
  assert_false (nic->is_standby);
  assert_null (nic->alias);
  assert_true (virt->detach_nic_live (virt, UUID, "ua-lan", 1000, NULL));
  assert_true (virt->detach_nic_config (virt, UUID, "ua-lan", NULL));
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_unreachable (void **state)
{
  g_autoptr (GError) error = NULL;

  assert_null (
      vfp_virt_libvirt_open ("qemu+unix:///system?socket=/nowhere/sock", TRUE, 2000, NULL, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE));
  assert_non_null (strstr (error->message, "/nowhere/sock"));
}

/* A daemon that takes connections and says nothing, as one that was stopped does. */
static void
test_silent_daemon (void **state)
{
  g_autofree char *folder = g_dir_make_tmp ("vfpool-test-XXXXXX", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autoptr (GError) error = NULL;

  g_snprintf (address.sun_path, sizeof address.sun_path, "%s/sock", folder);
  g_autofree char *uri = g_strdup_printf ("qemu+unix:///system?socket=%s", address.sun_path);
  assert_int_equal (bind (fd, (struct sockaddr *) &address, sizeof address), 0);
  assert_int_equal (listen (fd, 5), 0);

  const gint64 start_us = g_get_monotonic_time ();
  assert_null (vfp_virt_libvirt_open (uri, TRUE, 300, NULL, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE));
  assert_non_null (strstr (error->message, "does not answer"));
  assert_in_range (g_get_monotonic_time () - start_us, 300 * 1000, 5 * G_USEC_PER_SEC);

  /* The thread that was left behind sees the end of the connection and goes. */
  close (fd);
  g_usleep (300 * 1000);
  g_unlink (address.sun_path);
  g_rmdir (folder);
}

/* The deadline. */

static gint freed;

static void
count_freed (gpointer data)
{
  g_atomic_int_inc (&freed);
}

static gpointer
answer (gpointer data, GError **error)
{
  return data;
}

static gpointer
refuse (gpointer data, GError **error)
{
  vfp_throw (error, VFP_ERROR_BUSY, "no");
  return NULL;
}

static gpointer
hang (gpointer data, GError **error)
{
  g_usleep (400 * 1000);
  return data;
}

static void
test_deadline (void **state)
{
  static const volatile int interrupted = 1;
  static char thing[] = "thing";
  const gint64 start_us = g_get_monotonic_time ();
  g_autoptr (GError) failed = NULL, late = NULL, stopped = NULL;

  freed = 0;
  assert_ptr_equal (vfp_deadline_run (answer, thing, count_freed, count_freed,
                                      start_us + G_USEC_PER_SEC, NULL, "it", NULL),
                    thing);
  assert_int_equal (freed, 1);
  assert_null (vfp_deadline_run (refuse, thing, count_freed, count_freed, start_us + G_USEC_PER_SEC,
                                 NULL, "it", &failed));
  assert_true (g_error_matches (failed, VFP_ERROR, VFP_ERROR_BUSY));

  assert_null (vfp_deadline_run (hang, thing, count_freed, count_freed,
                                 g_get_monotonic_time () + 50 * 1000, NULL, "it", &late));
  assert_true (g_error_matches (late, VFP_ERROR, VFP_ERROR_LIBVIRT_UNREACHABLE));
  assert_null (vfp_deadline_run (hang, thing, count_freed, count_freed,
                                 g_get_monotonic_time () + 50 * 1000, &interrupted, "it",
                                 &stopped));
  assert_true (g_error_matches (stopped, VFP_ERROR, VFP_ERROR_INTERRUPTED));
  assert_int_equal (g_atomic_int_get (&freed), 2);

  /* The threads that were left behind free data and result when they come back. */
  for (unsigned i = 0; i < 100 && g_atomic_int_get (&freed) < 6; i++)
    g_usleep (20 * 1000);
  assert_int_equal (g_atomic_int_get (&freed), 6);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_list),
    cmocka_unit_test (test_get),
    cmocka_unit_test (test_start_running),
    cmocka_unit_test (test_find),
    cmocka_unit_test (test_networks),
    cmocka_unit_test (test_metadata),
    cmocka_unit_test (test_changes_refused),
    cmocka_unit_test (test_detach_absent),
    cmocka_unit_test (test_change_nic),
    cmocka_unit_test (test_unreachable),
    cmocka_unit_test (test_silent_daemon),
    cmocka_unit_test (test_deadline),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
