/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's half of a bond, in every format, as tests/data/bond has it. With UPDATE=1 in the
 * environment those files are written anew. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "guest/bond-config.h"

static GPtrArray *
make_bonds (unsigned legs, VfpBondMac bond_mac, gboolean named)
{
  GPtrArray *bonds = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_bond_config_free);
  VfpBondConfig *bond = vfp_bond_config_new ("bond0", bond_mac);

  for (unsigned i = 0; i < legs; i++)
    {
      const VfpMac mac = { { 0x56, 0x66, 0x1c, 0x09, 0xaa, (guint8) (i + 1) } };
      g_autofree char *slot = g_strdup_printf ("net%u", i);
      g_autofree char *ifname = g_strdup_printf ("eno%u", 101 + i);

      vfp_bond_config_add (bond, slot, &mac, named ? ifname : NULL);
    }
  g_ptr_array_add (bonds, bond);
  return bonds;
}

static char *
render (const VfpBondFormat *format, unsigned legs, VfpBondMac mac, gboolean named)
{
  g_autoptr (GPtrArray) bonds = make_bonds (legs, mac, named);
  g_autoptr (GPtrArray) files = vfp_bond_config_render (format, bonds);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < files->len; i++)
    {
      const VfpBondFile *file = g_ptr_array_index (files, i);

      g_string_append_printf (text, "==> %s %04o\n%s", file->name, file->mode, file->text);
    }
  return g_string_free (text, FALSE);
}

static void
test_formats (void **state)
{
  static const struct
  {
    unsigned legs;
    VfpBondMac mac;
  } cases[] = {
    { 2, VFP_BOND_MAC_ALL },
    { 3, VFP_BOND_MAC_ACTIVE },
  };

  for (const VfpBondFormat *format = vfp_bond_formats; format->name != NULL; format++)
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
      {
        g_autofree char *text = render (format, cases[i].legs, cases[i].mac, TRUE);
        g_autofree char *path
            = g_strdup_printf (TEST_DATA_DIR "/bond/%s-%u-%s", format->name, cases[i].legs,
                               vfp_bond_mac_to_string (cases[i].mac));
        g_autofree char *wanted = NULL;

        if (g_getenv ("UPDATE") != NULL)
          assert_true (g_file_set_contents (path, text, -1, NULL));
        assert_true (g_file_get_contents (path, &wanted, NULL, NULL));
        if (!g_str_equal (text, wanted))
          fail_msg ("%s:\n%s", path, text);
      }
}

/* Whose MAC it is changes one line. */
static void
test_mac (void **state)
{
  for (const VfpBondFormat *format = vfp_bond_formats; format->name != NULL; format++)
    for (unsigned legs = 2; legs <= 3; legs++)
      {
        g_autofree char *all = render (format, legs, VFP_BOND_MAC_ALL, TRUE);
        g_autofree char *active = render (format, legs, VFP_BOND_MAC_ACTIVE, TRUE);
        g_auto (GStrv) all_lines = g_strsplit (all, "\n", -1);
        g_auto (GStrv) active_lines = g_strsplit (active, "\n", -1);
        unsigned different = 0;

        assert_int_equal (g_strv_length (all_lines), g_strv_length (active_lines));
        for (guint i = 0; all_lines[i] != NULL; i++)
          if (!g_str_equal (all_lines[i], active_lines[i]))
            {
              different++;
              assert_non_null (strstr (all_lines[i], "none"));
              assert_non_null (strstr (active_lines[i], "active"));
            }
        assert_int_equal (different, 1);
      }
}

static void
test_no_arp_monitor (void **state)
{
  static const char *const never[] = { "arp_interval", "arp-interval", "ARPInterval", "arp_ip",
                                       "arp-ip",       "ARPIP",        "arp_monitor" };

  for (const VfpBondFormat *format = vfp_bond_formats; format->name != NULL; format++)
    {
      g_autofree char *text = render (format, 2, VFP_BOND_MAC_ALL, TRUE);

      for (gsize i = 0; i < G_N_ELEMENTS (never); i++)
        assert_null (strstr (text, never[i]));
    }
}

/* A name that is not certain is not used, and the legs are found all the same. */
static void
test_no_name (void **state)
{
  for (const VfpBondFormat *format = vfp_bond_formats; format->name != NULL; format++)
    {
      g_autofree char *text
          = format->needs_names ? NULL : render (format, 2, VFP_BOND_MAC_ALL, FALSE);

      if (text == NULL)
        continue;
      assert_null (strstr (text, "(null)"));
      assert_null (strstr (text, "eno"));
      assert_non_null (strstr (text, "56:66:1c:09:aa:01"));
      assert_non_null (strstr (text, "56:66:1c:09:aa:02"));
    }
}

static void
test_find (void **state)
{
  assert_string_equal (vfp_bond_format_find ("netplan")->folder, "/etc/netplan");
  assert_null (vfp_bond_format_find ("wicked"));
  assert_null (vfp_bond_format_find (""));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_formats),        cmocka_unit_test (test_mac),
    cmocka_unit_test (test_no_arp_monitor), cmocka_unit_test (test_no_name),
    cmocka_unit_test (test_find),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
