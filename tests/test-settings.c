/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "base/settings.h"

#include "base/error.h"
#include "tests/lib/check.h"

static const struct
{
  const char *text;
  const char *value; /* as written back; NULL: refused */
} vlans[] = {
  { "0", "0" },
  { "1", "1:0:802.1Q" },
  { "4094", "4094:0:802.1Q" },
  { "42:3", "42:3:802.1Q" },
  { "42:7:802.1ad", "42:7:802.1ad" },
  { "42:0:802.1q", "42:0:802.1Q" },
  { "", NULL },
  { "4095", NULL },
  { "-1", NULL },
  { "42:8", NULL },
  { "42:", NULL },
  { "42:0:", NULL },
  { "42:0:802.1x", NULL },
  { "42:0:802.1Q:1", NULL },
  { "0:3", NULL },
  { "vlan42", NULL },
};

static void
test_vlan (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (vlans); i++)
    {
      g_autoptr (GError) error = NULL;
      VfpSettings settings = { 0 };
      const gboolean valid = vfp_settings_parse_vlan (&settings, vlans[i].text, &error);

      check_case (vlans[i].text, valid == (vlans[i].value != NULL));
      check_case (vlans[i].text, valid == (error == NULL));
      check_case (vlans[i].text, settings.known == (valid ? VFP_SETTING_VLAN : 0));
      if (valid)
        {
          g_autofree char *value = vfp_setting_value (&settings, VFP_SETTING_VLAN);
          check_case_string (vlans[i].text, value, vlans[i].value);
        }
    }
}

static void
test_link_state (void **state)
{
  static const char *const names[] = { "auto", "enable", "disable" };
  VfpSettings settings = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      assert_true (vfp_settings_parse_link_state (&settings, names[i], NULL));
      check_case (names[i], settings.link_state == (VfpLinkState) i);
      check_case_string (names[i], vfp_link_state_to_string (settings.link_state), names[i]);
    }
  assert_false (vfp_settings_parse_link_state (&settings, "up", NULL));
  assert_int_equal (settings.link_state, VFP_LINK_STATE_DISABLE);
}

static const struct
{
  const char *text;
  gboolean valid;
} texts[] = {
  { "", TRUE },
  { "mac=56:66:1c:09:aa:01", TRUE },
  { "mac=56:66:1c:09:aa:01 vlan=42:3:802.1ad tx-rate=10:1000 spoofchk=off trust=on "
    "link-state=disable",
    TRUE },
  { "vlan=0 tx-rate=0:0", TRUE },
  { "vlan", FALSE },
  { "colour=red", FALSE },
  { "trust=maybe", FALSE },
  { "tx-rate=5", FALSE },
  { "tx-rate=1:2:3", FALSE },
  { "tx-rate=0:4294967296", FALSE },
  { "mac=nonsense", FALSE },
  { "trust=on  spoofchk=on", FALSE },
};

static void
test_text_round_trip (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      VfpSettings settings = { .known = VFP_SETTING_TRUST };
      const gboolean valid = vfp_settings_from_string (texts[i].text, &settings, &error);

      check_case (texts[i].text, valid == texts[i].valid);
      check_case (texts[i].text, valid == (error == NULL));
      check_case (texts[i].text, valid || settings.known == VFP_SETTING_TRUST);
      if (valid)
        {
          g_autofree char *again = vfp_settings_to_string (&settings);
          check_case_string (texts[i].text, again, texts[i].text);
        }
    }
}

static const struct
{
  const char *name;
  const char *a, *b;
  unsigned differ;
} pairs[] = {
  { "same", "trust=on vlan=42:0:802.1Q", "trust=on vlan=42:0:802.1Q", 0 },
  { "unknown in one", "trust=on", "spoofchk=on", 0 },
  { "trust", "trust=on spoofchk=on", "trust=off spoofchk=on", VFP_SETTING_TRUST },
  { "VLAN", "vlan=42:0:802.1Q", "vlan=43:0:802.1Q", VFP_SETTING_VLAN },
  { "VLAN priority", "vlan=42:0:802.1Q", "vlan=42:1:802.1Q", VFP_SETTING_VLAN },
  { "VLAN protocol", "vlan=42:0:802.1Q", "vlan=42:0:802.1ad", VFP_SETTING_VLAN },
  { "minimum rate", "tx-rate=1:10", "tx-rate=2:10", VFP_SETTING_RATE },
  { "maximum rate", "tx-rate=1:10", "tx-rate=1:11", VFP_SETTING_RATE },
  { "two", "mac=56:66:1c:09:aa:01 link-state=auto trust=on",
    "mac=56:66:1c:09:aa:02 link-state=enable trust=on", VFP_SETTING_MAC | VFP_SETTING_LINK_STATE },
};

static void
test_differ (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      VfpSettings a, b;

      assert_true (vfp_settings_from_string (pairs[i].a, &a, NULL));
      assert_true (vfp_settings_from_string (pairs[i].b, &b, NULL));
      check_case (pairs[i].name, vfp_settings_differ (&a, &b) == pairs[i].differ);
      check_case (pairs[i].name, vfp_settings_differ (&b, &a) == pairs[i].differ);
    }
}

static void
test_take_takes_only_what_is_named (void **state)
{
  VfpSettings settings = vfp_settings_default ();
  VfpSettings from;

  assert_true (vfp_settings_from_string ("vlan=42:3:802.1ad tx-rate=1:2 spoofchk=off trust=on "
                                         "link-state=enable mac=56:66:1c:09:aa:01",
                                         &from, NULL));
  assert_int_equal (settings.known, VFP_SETTING_ALL & ~VFP_SETTING_MAC);
  vfp_settings_take (&settings, &from, VFP_SETTING_MAC | VFP_SETTING_TRUST);

  g_autofree char *text = vfp_settings_to_string (&settings);
  assert_string_equal (text, "mac=56:66:1c:09:aa:01 vlan=0 tx-rate=0:0 spoofchk=on trust=on "
                             "link-state=auto");
}

static const struct
{
  const char *name, *before, *asked;
  unsigned rates;
  const char *after; /* NULL: refused */
} asks[] = {
  { "minimum below", "tx-rate=0:100", "tx-rate=50:0", VFP_RATE_MIN, "tx-rate=50:100" },
  { "minimum at", "tx-rate=0:100", "tx-rate=100:0", VFP_RATE_MIN, "tx-rate=100:100" },
  { "minimum above", "tx-rate=0:100", "tx-rate=101:0", VFP_RATE_MIN, NULL },
  { "maximum below", "tx-rate=50:100", "tx-rate=0:49", VFP_RATE_MAX, NULL },
  { "no maximum", "tx-rate=50:100", "tx-rate=0:0", VFP_RATE_MAX, "tx-rate=50:0" },
  { "minimum without maximum", "tx-rate=0:0", "tx-rate=7:0", VFP_RATE_MIN, "tx-rate=7:0" },
  { "both", "tx-rate=5:6", "tx-rate=8:9", 0, "tx-rate=8:9" },
  { "no rate asked", "tx-rate=5:6", "trust=on", 0, "tx-rate=5:6 trust=on" },
};

static void
test_ask (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      g_autoptr (GError) error = NULL;
      VfpSettings settings, asked;

      assert_true (vfp_settings_from_string (asks[i].before, &settings, NULL));
      assert_true (vfp_settings_from_string (asks[i].asked, &asked, NULL));
      const gboolean taken = vfp_settings_ask (&settings, &asked, asks[i].rates, &error);
      g_autofree char *text = vfp_settings_to_string (&settings);

      check_case (asks[i].name, taken == (asks[i].after != NULL));
      check_case (asks[i].name, taken || g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
      check_case_string (asks[i].name, text, taken ? asks[i].after : asks[i].before);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_vlan),
    cmocka_unit_test (test_link_state),
    cmocka_unit_test (test_text_round_trip),
    cmocka_unit_test (test_differ),
    cmocka_unit_test (test_take_takes_only_what_is_named),
    cmocka_unit_test (test_ask),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
