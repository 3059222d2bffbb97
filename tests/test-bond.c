/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people say of bonds. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bond.h"
#include "base/error.h"

static void
test_name (void **state)
{
  static const struct
  {
    const char *text;
    gboolean good;
  } cases[] = {
    { "bond0", TRUE },  { "bond7", TRUE },    { "bond999", TRUE }, { "bond1000", FALSE },
    { "bond", FALSE },  { "bond00", FALSE },  { "bond01", FALSE }, { "bond-1", FALSE },
    { "team0", FALSE }, { "bond0 ", FALSE },  { "Bond0", FALSE },  { "", FALSE },
    { "b", FALSE },     { "bond0x1", FALSE }, { "bond+1", FALSE }, { "bond1.2", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      if (vfp_bond_parse_name (cases[i].text, &error) != cases[i].good
          || (!cases[i].good && !g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE)))
        fail_msg ("'%s'", cases[i].text);
    }
}

static void
test_mac (void **state)
{
  g_autoptr (GError) error = NULL;
  VfpBondMac mac = VFP_BOND_MAC_ALL;

  assert_true (vfp_bond_mac_parse ("active", &mac, &error));
  assert_int_equal (mac, VFP_BOND_MAC_ACTIVE);
  assert_string_equal (vfp_bond_mac_to_string (mac), "active");
  assert_string_equal (vfp_bond_mac_fail_over (mac), "active");
  assert_false (vfp_bond_mac_parse ("none", &mac, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
  assert_int_equal (mac, VFP_BOND_MAC_ACTIVE);
  assert_true (vfp_bond_mac_parse ("all", &mac, NULL));
  assert_string_equal (vfp_bond_mac_fail_over (mac), "none");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_name),
    cmocka_unit_test (test_mac),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
