/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "base/address.h"

#include "base/error.h"
#include "tests/lib/check.h"

static const struct
{
  const char *text;
  const char *full; /* NULL: refused */
} cases[] = {
  { "0000:01:10.0", "0000:01:10.0" },
  { "01:10.7", "0000:01:10.7" },
  { "pci_0000_01_10_3", "0000:01:10.3" },
  { "pci_10000_e1_00_0", "10000:e1:00.0" },
  { "ffff:FF:1f.7", "ffff:ff:1f.7" },
  { "10000:e1:00.0", "10000:e1:00.0" },
  { "ffffffff:ff:1f.7", "ffffffff:ff:1f.7" },
  { "", NULL },
  { "0000:01:10", NULL },
  { "0000:01:10.", NULL },
  { "0000:01:10.8", NULL },
  { "0000:01:20.0", NULL },
  { "0000:01:10.0 ", NULL },
  { " 0000:01:10.0", NULL },
  { "0000:01:10.00", NULL },
  { "000:01:10.0", NULL },
  { "1ffffffff:01:10.0", NULL },
  { "0000:1:10.0", NULL },
  { "1:10.0", NULL },
  { "0000.01.10.0", NULL },
  { "0000:01:10:0", NULL },
  { "0000:01:10.0/../x", NULL },
  { "pci_0000_01_10.0", NULL },
  { "pci_01_10_0", NULL },
  { "pci_0000:01:10.0", NULL },
  { "enp1s0f0", NULL },
};

static void
test_parse (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const VfpAddress untouched = { 1, 2, 3, 4 };
      g_autoptr (GError) error = NULL;
      VfpAddress address = untouched;
      const gboolean valid = vfp_address_parse (cases[i].text, &address, &error);

      check_case (cases[i].text, valid == (cases[i].full != NULL));
      check_case (cases[i].text, valid == (error == NULL));
      if (valid)
        {
          g_autofree char *full = vfp_address_to_string (&address);
          check_case_string (cases[i].text, full, cases[i].full);
          continue;
        }
      check_case (cases[i].text, g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
      check_case (cases[i].text, vfp_address_equal (&address, &untouched));
    }
}

static void
test_compare (void **state)
{
  static const char *const ascending[]
      = { "0000:00:1f.7", "0000:01:00.0", "0000:01:00.1", "0000:01:10.0",
          "0000:ff:00.0", "0001:00:00.0", "2000:00:00.0", "10000:00:00.0" };

  for (gsize i = 0; i < G_N_ELEMENTS (ascending); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (ascending); j++)
      {
        VfpAddress a, b;

        assert_true (vfp_address_parse (ascending[i], &a, NULL));
        assert_true (vfp_address_parse (ascending[j], &b, NULL));
        const int order = vfp_address_compare (&a, &b);
        check_case (ascending[i], (order > 0) - (order < 0) == (i > j) - (i < j));
        check_case (ascending[i], vfp_address_equal (&a, &b) == (i == j));
      }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_parse),
    cmocka_unit_test (test_compare),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
