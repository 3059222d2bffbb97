/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "host/vf.h"

#include <string.h>

#include "base/error.h"
#include "host/netlink-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/hosttree.h"

#define PF_NETDEV "enp1s0f0"
#define VF "0000:01:10.6"
#define VF_FOLDER "sys/bus/pci/devices/" VF
#define VF_INDEX 3

static const VfpAddress vf_address = { 0, 1, 0x10, 6 };

typedef struct
{
  HostTree *tree;
  VfpRoot *root;
  VfpFaults faults;
  VfpNetlink *netlink;
} Host;

static int
set_up (void **state)
{
  Host *host = g_new0 (Host, 1);

  host->tree = hosttree_new (NULL);
  hosttree_add_pf (host->tree, &(HostPf){ .name = PF_NETDEV, .address = "0000:01:00.0", .vfs = 4 });
  hosttree_save_links (host->tree);
  host->root = hosttree_open (host->tree);
  host->netlink = vfp_netlink_fake_new (host->root, &host->faults);
  *state = host;
  return 0;
}

static int
tear_down (void **state)
{
  Host *host = *state;

  vfp_netlink_free (host->netlink);
  vfp_root_free (host->root);
  hosttree_free (host->tree);
  g_free (host);
  return 0;
}

static void
test_driver_names (void **state)
{
  static const struct
  {
    const char *driver;
    gboolean is_vfio;
  } cases[] = {
    { "vfio-pci", TRUE }, { "mlx5_vfio_pci", TRUE }, { "hisi-acc-vfio-pci", TRUE },
    { "igbvf", FALSE },   { "pci-stub", FALSE },     { "vfio-pci-x", FALSE },
    { "", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (cases[i].driver, vfp_vf_driver_is_vfio (cases[i].driver) == cases[i].is_vfio);
  assert_false (vfp_vf_driver_is_vfio (NULL));
}

static void
test_vfio_open (void **state)
{
  Host *host = *state;
  g_autofree char *driver = vfp_vf_driver (host->root, &vf_address);

  /* A host driver enables the device as well. */
  assert_string_equal (driver, "igbvf");
  assert_false (vfp_vf_vfio_open (host->root, &vf_address));

  hosttree_bind (host->tree, VF, "vfio-pci");
  hosttree_write (host->tree, VF_FOLDER "/enable", "0");
  assert_false (vfp_vf_vfio_open (host->root, &vf_address));
  hosttree_write (host->tree, VF_FOLDER "/enable", "1");
  assert_true (vfp_vf_vfio_open (host->root, &vf_address));

  hosttree_bind (host->tree, VF, NULL);
  assert_null (vfp_vf_driver (host->root, &vf_address));
  assert_false (vfp_vf_vfio_open (host->root, &vf_address));
}

static const struct
{
  const char *name;
  const char *driver, *enable;
  const char *former;
  unsigned timeout_ms;
  gboolean back;
  gboolean at_once;
} returns[] = {
  { "former driver", "igbvf", "1", "igbvf", 0, TRUE, TRUE },
  { "former none", NULL, "0", NULL, 0, TRUE, TRUE },
  { "former vfio, closed", "vfio-pci", "0", "vfio-pci", 0, TRUE, TRUE },
  { "former vfio, still open", "vfio-pci", "1", "vfio-pci", 50, FALSE, FALSE },
  { "still open", "vfio-pci", "1", "igbvf", 1200, FALSE, FALSE },
  { "not settled yet", NULL, "0", "igbvf", 50, FALSE, FALSE },
  { "settled without driver", NULL, "0", "igbvf", 3000, TRUE, FALSE },
};

static void
test_wait_back (void **state)
{
  Host *host = *state;

  for (gsize i = 0; i < G_N_ELEMENTS (returns); i++)
    {
      const gint64 start = g_get_monotonic_time ();

      hosttree_bind (host->tree, VF, returns[i].driver);
      hosttree_write (host->tree, VF_FOLDER "/enable", returns[i].enable);
      check_case (returns[i].name, vfp_vf_wait_back (host->root, &vf_address, returns[i].former,
                                                     returns[i].timeout_ms)
                                       == returns[i].back);
      const gint64 waited_ms = (g_get_monotonic_time () - start) / 1000;
      check_case (returns[i].name,
                  returns[i].at_once || waited_ms >= MIN (returns[i].timeout_ms, 1000));
      check_case (returns[i].name, waited_ms < 2900);
    }
}

static VfpSettings
settings_of (const char *text)
{
  VfpSettings settings;

  assert_true (vfp_settings_from_string (text, &settings, NULL));
  return settings;
}

static char *
settings_now (const Host *host)
{
  g_autoptr (VfpLink) link = host->netlink->get_link (host->netlink, PF_NETDEV, NULL);

  return vfp_settings_to_string (&g_array_index (link->vfs, VfpSettings, VF_INDEX));
}

/* The PF (igb) lacks link-state, the VF is as the kernel creates it. */
static const struct
{
  const char *name;
  const char *settings;
  unsigned which, asked;
  gboolean applied;
  int code; /* of the error */
  unsigned changed;
  unsigned calls;
} applies[] = {
  { "nothing differs", "vlan=0 tx-rate=0:0 spoofchk=on trust=off link-state=auto", VFP_SETTING_ALL,
    VFP_SETTING_ALL, TRUE, 0, 0, 0 },
  { "two differ", "mac=56:66:1c:09:aa:01 vlan=42:3:802.1Q spoofchk=on", VFP_SETTING_ALL, 0, TRUE, 0,
    VFP_SETTING_MAC | VFP_SETTING_VLAN, 2 },
  { "only what is named", "vlan=42:0:802.1Q trust=on", VFP_SETTING_TRUST, 0, TRUE, 0,
    VFP_SETTING_TRUST, 1 },
  { "nothing named", "vlan=42:0:802.1Q trust=on", 0, 0, TRUE, 0, 0, 0 },
  { "lacking, nobody asked", "trust=on link-state=enable", VFP_SETTING_ALL, VFP_SETTING_TRUST, TRUE,
    0, VFP_SETTING_TRUST, 2 },
  { "lacking, asked", "trust=on link-state=enable", VFP_SETTING_ALL, VFP_SETTING_LINK_STATE, FALSE,
    VFP_ERROR_UNSUPPORTED, VFP_SETTING_TRUST, 2 },
};

static void
test_apply (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (applies); i++)
    {
      void *fresh = NULL;
      g_autoptr (GError) error = NULL;
      const VfpSettings settings = settings_of (applies[i].settings);
      unsigned changed = 4711;

      set_up (&fresh);
      Host *host = fresh;
      const gboolean applied = vfp_vf_apply (host->netlink, PF_NETDEV, VF_INDEX, &settings,
                                             applies[i].which, applies[i].asked, &changed, &error);
      check_case (applies[i].name, applied == applies[i].applied);
      check_case (applies[i].name, applied == (error == NULL));
      check_case (applies[i].name, applied || g_error_matches (error, VFP_ERROR, applies[i].code));
      check_case (applies[i].name, changed == applies[i].changed);
      check_case (applies[i].name, host->faults.calls == applies[i].calls);

      g_autofree char *text = settings_now (host);
      const VfpSettings now = settings_of (text);
      check_case (applies[i].name, (vfp_settings_differ (&now, &settings) & changed) == 0);
      tear_down (&fresh);
    }
}

static void
test_apply_says_what_was_set_before_an_error (void **state)
{
  Host *host = *state;
  g_autoptr (GError) error = NULL;
  const VfpSettings settings = settings_of ("mac=56:66:1c:09:aa:01 vlan=42:0:802.1Q trust=on");
  unsigned changed = 0;

  host->faults.fail_at = 2;
  assert_false (vfp_vf_apply (host->netlink, PF_NETDEV, VF_INDEX, &settings, VFP_SETTING_ALL, 0,
                              &changed, &error));
  assert_int_equal (changed, VFP_SETTING_MAC);
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_FAILED));

  g_autofree char *now = settings_now (host);
  assert_true (g_str_has_prefix (now, "mac=56:66:1c:09:aa:01 vlan=0 "));
}

static void
test_apply_beyond_the_list (void **state)
{
  Host *host = *state;
  g_autoptr (GError) error = NULL;
  const VfpSettings settings = settings_of ("trust=on");

  assert_false (
      vfp_vf_apply (host->netlink, PF_NETDEV, 250, &settings, VFP_SETTING_ALL, 0, NULL, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_HOST));
  assert_non_null (strstr (error->message, "VF 250"));
  assert_int_equal (host->faults.calls, 0);
}

/* A driver that accepts a setting and does not keep it. */
static gboolean
set_nothing (VfpNetlink *netlink, const char *netdev, unsigned index, VfpSetting which,
             const VfpSettings *settings, GError **error)
{
  return TRUE;
}

static void
test_apply_reads_back (void **state)
{
  Host *host = *state;
  g_autoptr (GError) error = NULL;
  const VfpSettings settings = settings_of ("vlan=42:0:802.1Q");
  unsigned changed = 0;

  host->netlink->set_vf = set_nothing;
  assert_false (vfp_vf_apply (host->netlink, PF_NETDEV, VF_INDEX, &settings, VFP_SETTING_ALL, 0,
                              &changed, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_HOST));
  assert_non_null (strstr (error->message, "42:0:802.1Q"));
  assert_int_equal (changed, VFP_SETTING_VLAN);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_driver_names),
    cmocka_unit_test_setup_teardown (test_vfio_open, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_wait_back, set_up, tear_down),
    cmocka_unit_test (test_apply),
    cmocka_unit_test_setup_teardown (test_apply_says_what_was_set_before_an_error, set_up,
                                     tear_down),
    cmocka_unit_test_setup_teardown (test_apply_beyond_the_list, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_apply_reads_back, set_up, tear_down),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
