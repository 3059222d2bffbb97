/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binding functions to drivers: what is written to sysfs, and a write that hangs. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/apart.h"
#include "base/error.h"
#include "host/drivers.h"
#include "tests/lib/check.h"
#include "tests/lib/hosttree.h"

#define VF0 "0000:01:10.0"
#define DEVICE "sys/bus/pci/devices/" VF0

static const VfpAddress vf0 = { 0, 1, 0x10, 0 };

static HostTree *
make_tree (const char *vf_driver)
{
  HostTree *tree = hosttree_new (NULL);

  hosttree_add_pf (
      tree,
      &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 1, .vf_driver = vf_driver });
  hosttree_save_links (tree);
  hosttree_write (tree, DEVICE "/driver_override", "(null)");
  hosttree_write (tree, "sys/bus/pci/drivers_probe", "");
  hosttree_make_folder (tree, "sys/bus/pci/drivers/vfio-pci");
  hosttree_make_folder (tree, "sys/bus/pci/drivers/igbvf");
  hosttree_write (tree, "sys/bus/pci/drivers/igbvf/unbind", "");
  return tree;
}

static void
check_file (const HostTree *tree, const char *path, const char *wanted)
{
  g_autofree char *whole = g_build_filename (hosttree_path (tree), path, NULL);
  g_autofree char *text = NULL;

  assert_true (g_file_get_contents (whole, &text, NULL, NULL));
  assert_true (g_str_has_prefix (text, wanted));
}

/* The tree does nothing by itself: the driver is still the old one afterwards. */
static void
test_kernel (void **state)
{
  g_autoptr (HostTree) tree = make_tree (NULL);
  g_autoptr (VfpRoot) root = hosttree_open (tree);
  g_autoptr (VfpDrivers) drivers = vfp_drivers_kernel_new (root);
  g_autoptr (GError) error = NULL;

  assert_false (vfp_drivers_bind (drivers, &vf0, "vfio-pci", "vfio-pci", FALSE, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_HOST));
  assert_string_equal (error->message,
                       VF0 " is on igbvf and not on vfio-pci; see the kernel's log");
  check_file (tree, DEVICE "/driver_override", "vfio-pci");
  check_file (tree, "sys/bus/pci/drivers/igbvf/unbind", VF0);
  check_file (tree, "sys/bus/pci/drivers_probe", VF0);

  /* It is there already: only the override is put right. */
  assert_true (vfp_drivers_bind (drivers, &vf0, "host", NULL, FALSE, NULL));
  check_file (tree, DEVICE "/driver_override", "\n");
}

static void
test_kernel_refused (void **state)
{
  g_autoptr (HostTree) tree = make_tree (NULL);
  g_autoptr (VfpRoot) root = hosttree_open (tree);
  g_autoptr (VfpDrivers) drivers = vfp_drivers_kernel_new (root);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) missing = NULL;

  hosttree_remove (tree, DEVICE "/driver_override");
  assert_false (vfp_drivers_bind (drivers, &vf0, "vfio-pci", "vfio-pci", FALSE, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_HOST));
  assert_false (vfp_drivers_bind (drivers, &vf0, "bogus", "bogus", FALSE, &missing));
  assert_true (g_error_matches (missing, VFP_ERROR, VFP_ERROR_UNSUPPORTED));
}

static void
check_fake (VfpDrivers *drivers, const char *wanted, const char *override)
{
  g_autoptr (GError) error = NULL;

  if (!vfp_drivers_bind (drivers, &vf0, wanted, override, FALSE, &error))
    fail_msg ("%s: %s", wanted, error->message);
  g_autofree char *held = vfp_drivers_override (drivers->root, &vf0);
  check_case_string (wanted, held, override);
}

static void
test_fake (void **state)
{
  static const char *const starts[] = { NULL, "none", "vfio-pci" };

  for (gsize i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      g_autoptr (HostTree) tree = make_tree (starts[i]);
      g_autoptr (VfpRoot) root = hosttree_open (tree);
      g_autoptr (VfpDrivers) drivers = vfp_drivers_fake_new (root, NULL);

      check_fake (drivers, "vfio-pci", "vfio-pci");
      check_fake (drivers, "host", NULL);
      check_fake (drivers, "none", NULL);
      check_fake (drivers, "igbvf", NULL);
      check_fake (drivers, "vfio-pci", NULL);
    }
}

static void
test_match (void **state)
{
  assert_true (vfp_drivers_match (NULL, "none"));
  assert_false (vfp_drivers_match ("igbvf", "none"));
  assert_true (vfp_drivers_match ("igbvf", "host"));
  assert_false (vfp_drivers_match (NULL, "host"));
  assert_false (vfp_drivers_match ("vfio-pci", "host"));
  assert_true (vfp_drivers_match ("vfio-pci", "vfio-pci"));
  assert_false (vfp_drivers_match (NULL, "vfio-pci"));
}

static void
test_write_refused (void **state)
{
  const int fd = open ("/dev/full", O_WRONLY | O_CLOEXEC);
  int failure = 0;

  assert_true (fd >= 0);
  assert_true (vfp_apart_write (fd, "text", 5000, &failure, NULL));
  assert_int_equal (failure, ENOSPC);
  close (fd);
}

static void
test_write_hangs (void **state)
{
  g_autoptr (GError) error = NULL;
  char block[4096] = { 0 };
  int fds[2], failure;

  assert_int_equal (pipe2 (fds, O_CLOEXEC | O_NONBLOCK), 0);
  while (write (fds[1], block, sizeof block) > 0)
    ;
  assert_int_equal (fcntl (fds[1], F_SETFL, 0), 0);
  assert_false (vfp_apart_write (fds[1], "text", 50, &failure, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_FAILED));
  close (fds[0]);
  close (fds[1]);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_kernel),        cmocka_unit_test (test_kernel_refused),
    cmocka_unit_test (test_fake),          cmocka_unit_test (test_match),
    cmocka_unit_test (test_write_refused), cmocka_unit_test (test_write_hangs),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
