/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "host/sysfs.h"

#include <string.h>

#include "base/error.h"
#include "host/root.h"
#include "tests/lib/check.h"
#include "tests/lib/hosttree.h"

typedef struct
{
  HostTree *tree;
  VfpRoot *root;
} Host;

static int
set_up (void **state)
{
  Host *host = g_new0 (Host, 1);

  host->tree = hosttree_new (NULL);
  host->root = hosttree_open (host->tree);
  *state = host;
  return 0;
}

static int
tear_down (void **state)
{
  Host *host = *state;

  vfp_root_free (host->root);
  hosttree_free (host->tree);
  g_free (host);
  return 0;
}

static const struct
{
  const char *name;
  const char *content; /* a newline is added */
  const char *text;
  gint64 number; /* -7: none */
} attributes[] = {
  { "decimal", "42", "42", 42 },
  { "negative", "-1", "-1", -1 },
  { "hexadecimal", "0x020000", "0x020000", 0x020000 },
  { "empty", "", "", -7 },
  { "words", "auto on", "auto on", -7 },
  { "number and more", "4 VFs", "4 VFs", -7 },
  { "two lines", "1\n2", "1\n2", -7 },
  { "trailing newline of its own", "x\n", "x\n", -7 },
  { "bare 0x", "0x", "0x", -7 },
  { "too large", "99999999999999999999", "99999999999999999999", -7 },
};

static void
test_attributes (void **state)
{
  Host *host = *state;

  for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
    {
      g_autoptr (GError) error = NULL;

      hosttree_write (host->tree, "attribute", attributes[i].content);
      g_autofree char *text = vfp_sysfs_read (host->root->fd, "attribute", &error);
      check_case_string (attributes[i].name, text, attributes[i].text);
      check_case (attributes[i].name, error == NULL);
      check_case (attributes[i].name,
                  vfp_sysfs_read_int (host->root->fd, "attribute", -7) == attributes[i].number);
    }
}

static void
test_missing (void **state)
{
  const Host *host = *state;
  g_autoptr (GError) error = NULL;

  assert_null (vfp_sysfs_read (host->root->fd, "sys/nothing", &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_HOST));
  assert_non_null (strstr (error->message, "'sys/nothing'"));
  assert_null (vfp_sysfs_read_optional (host->root->fd, "sys/nothing"));
  assert_null (vfp_sysfs_read_optional (host->root->fd, "sys"));
  assert_null (vfp_sysfs_link_name (host->root->fd, "sys/nothing"));
  assert_null (vfp_sysfs_link_name (host->root->fd, "sys"));
  assert_int_equal (vfp_sysfs_read_int (host->root->fd, "sys/nothing", 5), 5);
  assert_false (vfp_sysfs_exists (host->root->fd, "sys/nothing"));

  g_autoptr (GPtrArray) names = vfp_sysfs_list (host->root->fd, "sys/nothing");
  assert_int_equal (names->len, 0);
}

static void
test_long_attribute_is_bounded (void **state)
{
  Host *host = *state;
  g_autofree char *content = g_strnfill (10000, 'x');

  hosttree_write (host->tree, "attribute", content);
  g_autofree char *text = vfp_sysfs_read (host->root->fd, "attribute", NULL);
  assert_int_equal (strlen (text), 4096);
}

static void
test_link_may_dangle (void **state)
{
  Host *host = *state;

  hosttree_link (host->tree, "link", "../../0000:01:10.0");
  hosttree_link (host->tree, "bare", "igb");
  g_autofree char *name = vfp_sysfs_link_name (host->root->fd, "link");
  g_autofree char *bare = vfp_sysfs_link_name (host->root->fd, "bare");
  assert_string_equal (name, "0000:01:10.0");
  assert_string_equal (bare, "igb");
  assert_true (vfp_sysfs_exists (host->root->fd, "link"));
}

static void
test_list_is_sorted (void **state)
{
  Host *host = *state;

  hosttree_make_folder (host->tree, "folder/b");
  hosttree_make_folder (host->tree, "folder/a");
  hosttree_write (host->tree, "folder/c", "");
  g_autoptr (GPtrArray) names = vfp_sysfs_list (host->root->fd, "folder");
  assert_int_equal (names->len, 3);
  assert_string_equal (g_ptr_array_index (names, 0), "a");
  assert_string_equal (g_ptr_array_index (names, 1), "b");
  assert_string_equal (g_ptr_array_index (names, 2), "c");
}

static void
test_root (void **state)
{
  Host *host = *state;
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpRoot) system = vfp_root_open (NULL, NULL);
  g_autofree char *boot_id = vfp_root_boot_id (host->root);

  assert_true (system->is_system);
  assert_string_equal (system->path, "/");
  assert_false (host->root->is_system);
  assert_int_equal (strlen (boot_id), 36);

  hosttree_remove (host->tree, "proc");
  g_autofree char *none = vfp_root_boot_id (host->root);
  assert_string_equal (none, "");

  assert_null (vfp_root_open ("/nowhere/at/all", &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (test_attributes, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_missing, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_long_attribute_is_bounded, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_link_may_dangle, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_list_is_sorted, set_up, tear_down),
    cmocka_unit_test_setup_teardown (test_root, set_up, tear_down),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
