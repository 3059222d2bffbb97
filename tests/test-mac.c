/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "base/mac.h"

#include "base/error.h"
#include "tests/lib/check.h"

#define UUID "c7a5fdbd-edaf-9455-926a-d65c16db1809"

static const struct
{
  const char *text;
  gboolean valid, unicast;
} cases[] = {
  { "56:66:1c:09:aa:01", TRUE, TRUE },   { "56:66:1C:09:AA:01", TRUE, TRUE },
  { "00:00:00:00:00:00", TRUE, FALSE },  { "01:00:5e:00:00:01", TRUE, FALSE },
  { "ff:ff:ff:ff:ff:ff", TRUE, FALSE },  { "", FALSE, FALSE },
  { "56:66:1c:09:aa", FALSE, FALSE },    { "56:66:1c:09:aa:01:02", FALSE, FALSE },
  { "56-66-1c-09-aa-01", FALSE, FALSE }, { "56:66:1c:09:aa:0g", FALSE, FALSE },
  { "56661c09aa01", FALSE, FALSE },      { " 56:66:1c:09:aa:0", FALSE, FALSE },
  { "5:666:1c:09:aa:01", FALSE, FALSE },
};

static void
test_parse (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *lower = g_ascii_strdown (cases[i].text, -1);
      VfpMac mac = { { 9 } };
      const gboolean valid = vfp_mac_parse (cases[i].text, &mac, &error);

      check_case (cases[i].text, valid == cases[i].valid);
      check_case (cases[i].text, valid == (error == NULL));
      check_case (cases[i].text, valid || g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
      check_case (cases[i].text, valid || mac.octet[0] == 9);
      if (valid)
        {
          g_autofree char *text = vfp_mac_to_string (&mac);
          check_case_string (cases[i].text, text, lower);
        }
    }
}

static void
test_parse_unicast (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      VfpMac mac = { { 9 } };

      check_case (cases[i].text,
                  vfp_mac_parse_unicast (cases[i].text, &mac, &error) == cases[i].unicast);
      check_case (cases[i].text, cases[i].unicast == (error == NULL));
      check_case (cases[i].text, cases[i].unicast || mac.octet[0] == 9);
    }
}

/* Addresses that were once given out must come again from every later version. */
static void
test_derive_is_stable (void **state)
{
  static const struct
  {
    const char *slot;
    unsigned attempt;
    const char *mac;
  } derived[] = {
    { "net0", 0, "56:66:35:07:11:0b" },
    { "net1", 0, "56:66:06:5c:f6:1a" },
    { "net0", 1, "56:66:26:10:56:6a" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (derived); i++)
    {
      const VfpMacPrefix prefix = vfp_mac_prefix_default ();
      const VfpMac mac = vfp_mac_derive (&prefix, UUID, derived[i].slot, derived[i].attempt);
      char text[VFP_MAC_STRLEN];

      check_case_string (derived[i].slot, vfp_mac_format (&mac, text), derived[i].mac);
      check_case (derived[i].slot, vfp_mac_parse_unicast (text, &(VfpMac){ 0 }, NULL));
    }
}

static void
test_derive_reserved (void **state)
{
  const VfpMacPrefix prefix = vfp_mac_prefix_default ();
  const VfpMac pf = { { 0xa0, 0x36, 0x9f, 0x11, 0x22, 0x33 } };
  const VfpMac first = vfp_mac_derive_reserved (&prefix, "dpdk", &pf, 0, 0);
  const VfpMac same = vfp_mac_derive_reserved (&prefix, "dpdk", &pf, 0, 0);
  const VfpMac others[] = { vfp_mac_derive_reserved (&prefix, "dpdk", &pf, 1, 0),
                            vfp_mac_derive_reserved (&prefix, "dpdk", &pf, 0, 1),
                            vfp_mac_derive_reserved (&prefix, "lxc", &pf, 0, 0) };
  char text[VFP_MAC_STRLEN];

  assert_true (vfp_mac_equal (&first, &same));
  assert_true (vfp_mac_parse_unicast (vfp_mac_format (&first, text), &(VfpMac){ 0 }, NULL));
  assert_true (g_str_has_prefix (text, "56:66:"));
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    assert_false (vfp_mac_equal (&first, &others[i]));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_parse),
    cmocka_unit_test (test_parse_unicast),
    cmocka_unit_test (test_derive_is_stable),
    cmocka_unit_test (test_derive_reserved),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
