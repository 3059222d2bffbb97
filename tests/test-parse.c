/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "base/parse.h"

#include "base/error.h"
#include "tests/lib/check.h"

static const struct
{
  const char *text;
  unsigned base;
  guint64 min, max;
  gboolean valid;
  guint64 value;
} numbers[] = {
  { "0", 10, 0, 10, TRUE, 0 },
  { "10", 10, 0, 10, TRUE, 10 },
  { "007", 10, 0, 10, TRUE, 7 },
  { "ff", 16, 0, 0xff, TRUE, 255 },
  { "FF", 16, 0, 0xff, TRUE, 255 },
  { "18446744073709551615", 10, 0, G_MAXUINT64, TRUE, G_MAXUINT64 },
  { "11", 10, 0, 10, FALSE, 0 },
  { "3", 10, 4, 10, FALSE, 0 },
  { "", 10, 0, 10, FALSE, 0 },
  { " 1", 10, 0, 10, FALSE, 0 },
  { "1 ", 10, 0, 10, FALSE, 0 },
  { "1\n", 10, 0, 10, FALSE, 0 },
  { "+1", 10, 0, 10, FALSE, 0 },
  { "-1", 10, 0, 10, FALSE, 0 },
  { "1x", 10, 0, 10, FALSE, 0 },
  { "0x1", 16, 0, 10, FALSE, 0 },
  { "a", 10, 0, 10, FALSE, 0 },
  { "18446744073709551616", 10, 0, G_MAXUINT64, FALSE, 0 },
};

static void
test_numbers (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (GError) error = NULL;
      guint64 value = 4711;
      const gboolean valid = vfp_parse_uint (numbers[i].text, numbers[i].base, numbers[i].min,
                                             numbers[i].max, "thing", &value, &error);

      check_case (numbers[i].text, valid == numbers[i].valid);
      check_case (numbers[i].text, valid == (error == NULL));
      check_case (numbers[i].text, value == (valid ? numbers[i].value : 4711));
      check_case (numbers[i].text, valid || g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
      check_case (numbers[i].text, valid || g_str_has_prefix (error->message, "thing: '"));
    }
}

static void
test_number_names_range (void **state)
{
  g_autoptr (GError) error = NULL;
  guint64 value;

  assert_false (vfp_parse_uint ("5000", 10, 1, 4094, "VLAN", &value, &error));
  assert_string_equal (error->message, "VLAN: '5000' is not a number from 1 to 4094");
}

static const struct
{
  const char *text;
  gboolean valid, value;
} switches[] = {
  { "on", TRUE, TRUE },   { "off", TRUE, FALSE },  { "", FALSE, FALSE },
  { "On", FALSE, FALSE }, { "yes", FALSE, FALSE }, { "on ", FALSE, FALSE },
};

static void
test_on_off (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (switches); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean value = -1;
      const gboolean valid = vfp_parse_on_off (switches[i].text, "trust", &value, &error);

      check_case (switches[i].text, valid == switches[i].valid);
      check_case (switches[i].text, value == (valid ? switches[i].value : -1));
      check_case (switches[i].text, valid == (error == NULL));
    }
}

static const struct
{
  const char *text;
  gboolean valid;
  unsigned number;
} slots[] = {
  { "net0", TRUE, 0 },      { "net7", TRUE, 7 },   { "net999", TRUE, 999 }, { "net1000", FALSE, 0 },
  { "net", FALSE, 0 },      { "net00", FALSE, 0 }, { "net01", FALSE, 0 },   { "net-1", FALSE, 0 },
  { "Net0", FALSE, 0 },     { "eth0", FALSE, 0 },  { "", FALSE, 0 },        { "net0 ", FALSE, 0 },
  { "net0/../", FALSE, 0 },
};

static void
test_slot_names (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (slots); i++)
    {
      g_autoptr (GError) error = NULL;
      unsigned number = 4711;
      const gboolean valid = vfp_parse_slot_name (slots[i].text, &number, &error);

      check_case (slots[i].text, valid == slots[i].valid);
      check_case (slots[i].text, number == (valid ? slots[i].number : 4711));
      check_case (slots[i].text, vfp_parse_slot_name (slots[i].text, NULL, NULL) == valid);
    }
}

static const struct
{
  const char *text;
  gboolean valid;
  const char *profile_id;
} virtualports[] = {
  { "802.1Qbh:finance", TRUE, "finance" },
  { "802.1qbh:a:b", TRUE, "a:b" },
  { "none", TRUE, NULL },
  { "802.1Qbh:012345678901234567890123456789012345678", TRUE,
    "012345678901234567890123456789012345678" },
  { "802.1Qbh:0123456789012345678901234567890123456789", FALSE, NULL },
  { "802.1Qbh:", FALSE, NULL },
  { "802.1Qbh", FALSE, NULL },
  { "802.1Qbh:a b", FALSE, NULL },
  { "802.1Qbh:a\n", FALSE, NULL },
  { "802.1Qbg:x", FALSE, NULL },
  { "openvswitch", FALSE, NULL },
  { "", FALSE, NULL },
};

static void
test_virtualports (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (virtualports); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *profile_id = NULL;
      const gboolean valid = vfp_parse_virtualport (virtualports[i].text, &profile_id, &error);

      check_case (virtualports[i].text, valid == virtualports[i].valid);
      check_case (virtualports[i].text, valid == (error == NULL));
      check_case (virtualports[i].text, g_strcmp0 (profile_id, virtualports[i].profile_id) == 0);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_numbers),      cmocka_unit_test (test_number_names_range),
    cmocka_unit_test (test_on_off),       cmocka_unit_test (test_slot_names),
    cmocka_unit_test (test_virtualports),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
