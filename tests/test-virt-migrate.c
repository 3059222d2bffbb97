/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a migration asks of the real libvirt, by its test driver, which can migrate nothing. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "guest/virt.h"
#include "tests/lib/check.h"

#define URI "test:///default"
#define UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define NO_UUID "00000000-0000-0000-0000-000000000001"

static VfpVirt *
open_virt (void)
{
  g_autoptr (GError) error = NULL;
  VfpVirt *virt = vfp_virt_libvirt_open (URI, FALSE, 5000, NULL, &error);

  if (virt == NULL)
    fail_msg ("%s", error->message);
  return virt;
}

static void
test_dump (void **state)
{
  static const VfpAffect parts[] = { VFP_AFFECT_LIVE, VFP_AFFECT_CONFIG };
  g_autoptr (VfpVirt) virt = open_virt ();
  g_autoptr (GError) error = NULL;
  unsigned snapshots = 77;

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *xml = virt->dump_xml (virt, UUID, parts[i], &error);

      assert_non_null (xml);
      assert_non_null (strstr (xml, UUID));
      /* Only a running guest has an id. */
      assert_true ((strstr (xml, " id='1'") != NULL) == (parts[i] == VFP_AFFECT_LIVE));
    }
  assert_true (virt->count_snapshots (virt, UUID, &snapshots, &error));
  assert_int_equal (snapshots, 0);
  assert_null (virt->dump_xml (virt, NO_UUID, VFP_AFFECT_LIVE, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST));
}

static void
test_autostart (void **state)
{
  g_autoptr (VfpVirt) virt = open_virt ();
  g_autoptr (GError) error = NULL;
  gboolean autostart = TRUE;

  assert_true (virt->get_autostart (virt, UUID, &autostart, NULL));
  assert_false (autostart);
  assert_true (virt->set_autostart (virt, UUID, NULL));
  assert_true (virt->get_autostart (virt, UUID, &autostart, NULL));
  assert_true (autostart);
  assert_false (virt->set_autostart (virt, NO_UUID, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST));
}

static const struct
{
  const char *name;
  VfpSays says;
} networks[] = {
  { "default", VFP_SAYS_YES },
  { "absent", VFP_SAYS_NO },
};

static void
test_networks (void **state)
{
  g_autoptr (VfpVirt) virt = open_virt ();

  for (gsize i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autoptr (GError) error = NULL;
      VfpSays says = VFP_SAYS_UNKNOWN;

      if (!virt->has_network (virt, networks[i].name, &says, &error))
        fail_msg ("%s: %s", networks[i].name, error->message);
      check_case (networks[i].name, says == networks[i].says);
    }
}

/* The thread comes back, and the guest is where it was. */
static void
test_migrate (void **state)
{
  g_autoptr (VfpVirt) virt = open_virt ();
  g_autoptr (GError) error = NULL, absent = NULL;
  const VfpMigration migration = { .uri = "qemu+tcp://127.0.0.1:1/system",
                                   .persists = TRUE,
                                   .bandwidth_mib = 10,
                                   .live_xml = "<domain/>",
                                   .config_xml = "<domain/>" };

  assert_false (virt->migrate (virt, UUID, &migration, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT));
  g_autoptr (VfpGuest) guest = virt->get_guest (virt, UUID, NULL);
  assert_true (guest != NULL && guest->running);
  assert_false (virt->migrate (virt, NO_UUID, &migration, &absent));
  assert_true (g_error_matches (absent, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST));
}

static const struct
{
  const char *name;
  unsigned limit_ms;
  guint64 memory_kib;
  struct
  {
    gint64 at_ms;
    gboolean early; /* the other host does not wait yet */
    VfpProgress progress;
  } told[5];
  guint over; /* number of what was told last that ends the wait, from 1 on; 0: none */
} waits[] = {
  { "kept", 1000, 0, { { .at_ms = 1 }, { .at_ms = 1000 }, { .at_ms = 1001 } }, 3 },
  { "no pair", 0, 0, { { .at_ms = 1 }, { .at_ms = 5000 } }, 0 },
  { "let go",
    1000,
    0,
    { { .at_ms = 1 }, { 500, FALSE, { .memory_sent = 1 } }, { .at_ms = 5000 } },
    0 },
  { "large", 1000, 4096, { { .at_ms = 1 }, { .at_ms = 1004 }, { .at_ms = 1005 } }, 3 },
  { "disks first",
    1000,
    0,
    { { .at_ms = 1 },
      { 5000, FALSE, { .disks_left = 1 } },
      { .at_ms = 5500 },
      { .at_ms = 6499 },
      { .at_ms = 6500 } },
    5 },
  { "slow there",
    1000,
    0,
    { { .at_ms = 1, .early = TRUE },
      { .at_ms = 5000, .early = TRUE },
      { .at_ms = 5500 },
      { .at_ms = 6499 },
      { .at_ms = 6500 } },
    5 },
};

static void
test_unplug_wait (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      const VfpMigration migration = { .unplug_timeout_ms = waits[i].limit_ms };
      VfpUnplugWait wait = vfp_unplug_wait_new (&migration, waits[i].memory_kib);

      for (guint k = 0; k < G_N_ELEMENTS (waits[i].told) && waits[i].told[k].at_ms > 0; k++)
        check_case (waits[i].name,
                    vfp_unplug_wait_is_over (&wait, &waits[i].told[k].progress,
                                             !waits[i].told[k].early, waits[i].told[k].at_ms * 1000)
                        == (k + 1 == waits[i].over));
    }
}

/* A host whose libvirt starts the preflight guest has no hook, and no such guest afterwards. */
static void
test_ask_hook (void **state)
{
  g_autoptr (VfpVirt) virt = open_virt ();
  g_autoptr (GError) error = NULL;

  assert_null (virt->ask_hook (virt, NULL, &error));
  g_autoptr (GPtrArray) guests = virt->list_guests (virt, NULL);
  assert_int_equal (guests->len, 1);
}

static void
test_needs (void **state)
{
  static const char xml[]
      = "<domain type='kvm'><name>a</name><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>"
        "</os><cpu mode='%s'><model>Skylake</model></cpu></domain>";
  static const char *const modes[] = { "custom", "host-passthrough" };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_auto (GStrv) parts = g_strsplit (xml, "%s", 2);
      g_autofree char *text = g_strjoin (modes[i], parts[0], parts[1], NULL);
      g_autoptr (VfpGuestNeeds) needs = vfp_guest_needs_parse (text, NULL);

      assert_non_null (needs);
      assert_string_equal (needs->virt_type, "kvm");
      assert_string_equal (needs->arch, "x86_64");
      assert_string_equal (needs->machine, "pc-q35-7.2");
      assert_string_equal (needs->cpu_mode, modes[i]);
      /* Another mode than custom is no CPU that could be compared. */
      assert_true ((needs->cpu_xml != NULL) == (i == 0));
    }
  assert_null (vfp_guest_needs_parse ("<network/>", NULL));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_dump),        cmocka_unit_test (test_networks),
    cmocka_unit_test (test_migrate),     cmocka_unit_test (test_ask_hook),
    cmocka_unit_test (test_needs),       cmocka_unit_test (test_autostart),
    cmocka_unit_test (test_unplug_wait),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
