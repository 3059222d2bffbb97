/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device XML from templates. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>

#include "base/error.h"
#include "guest/template.h"
#include "guest/xml.h"

/* Set by the Makefile. */
#ifndef TEST_TEMPLATE_DIR
#define TEST_TEMPLATE_DIR "xml-templates"
#endif

#define SCHEMA "/usr/share/libvirt/schemas/domaincommon.rng"

static const VfpDeviceSpec spec = {
  .source = { 0, 0x01, 0x10, 6 },
  .mac = { { 0x56, 0x66, 0x1c, 0x09, 0xaa, 0x01 } },
  .alias = "ua-vfpool-net0",
  .placement = { .address = { .bus = 5 }, .has_address = TRUE, .acpi_index = 101 },
  .vlan = 42,
};

static const VfpDeviceSpec bare_spec = {
  .source = { 0, 0x01, 0x10, 6 },
  .mac = { { 0x56, 0x66, 0x1c, 0x09, 0xaa, 0x01 } },
};

static const VfpDeviceSpec pair_spec = {
  .source = { 0, 0x01, 0x10, 6 },
  .mac = { { 0x56, 0x66, 0x1c, 0x09, 0xaa, 0x01 } },
  .alias = "ua-vfpool-net0",
  .standby = "ua-lan",
};

static const VfpStandbySpec standby_specs[] = {
  { .bridge = "br0",
    .mac = { { 0x56, 0x66, 0x1c, 0x09, 0xaa, 0x01 } },
    .alias = "ua-lan",
    .placement = { .address = { .bus = 6 }, .has_address = TRUE } },
  { .network = "default", .mac = { { 0x56, 0x66, 0x1c, 0x09, 0xaa, 0x01 } }, .alias = "ua-lan" },
};

static int
make_folder (void **state)
{
  *state = g_dir_make_tmp ("vfpool-test-XXXXXX", NULL);
  return *state == NULL ? -1 : 0;
}

static int
remove_folder (void **state)
{
  g_autofree char *folder = *state;
  g_autofree char *path = g_build_filename (folder, "interface.xml", NULL);

  g_unlink (path);
  return g_rmdir (folder);
}

static char *
write_template (const char *folder, const char *text)
{
  char *path = g_build_filename (folder, "interface.xml", NULL);

  assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static char *
make_interface (const char *path, const VfpDeviceSpec *from)
{
  g_autoptr (GError) error = NULL;
  char *xml = vfp_template_interface (path, from, &error);

  if (xml == NULL)
    fail_msg ("%s", error->message);
  return xml;
}

static void
test_installed (void **state)
{
  g_autofree char *path = vfp_template_find (*state, TEST_TEMPLATE_DIR, "interface.xml");
  g_autofree char *xml = make_interface (path, &spec);

  assert_string_equal (xml,
                       "<interface type=\"hostdev\" managed=\"yes\">\n"
                       "  <driver name=\"vfio\"/>\n"
                       "  <source>\n"
                       "    <address type=\"pci\" domain=\"0x0000\" bus=\"0x01\" slot=\"0x10\" "
                       "function=\"0x6\"/>\n"
                       "  </source>\n"
                       "  <mac address=\"56:66:1c:09:aa:01\"/>\n"
                       "  <vlan>\n"
                       "    <tag id=\"42\"/>\n"
                       "  </vlan>\n"
                       "  <alias name=\"ua-vfpool-net0\"/>\n"
                       "  <address type=\"pci\" domain=\"0x0000\" bus=\"0x05\" slot=\"0x00\" "
                       "function=\"0x0\"/>\n"
                       "  <acpi index=\"101\"/>\n"
                       "</interface>");
}

static void
test_installed_bare (void **state)
{
  g_autofree char *path = vfp_template_find (*state, TEST_TEMPLATE_DIR, "interface.xml");
  g_autofree char *xml = make_interface (path, &bare_spec);

  assert_string_equal (xml,
                       "<interface type=\"hostdev\" managed=\"yes\">\n"
                       "  <driver name=\"vfio\"/>\n"
                       "  <source>\n"
                       "    <address type=\"pci\" domain=\"0x0000\" bus=\"0x01\" slot=\"0x10\" "
                       "function=\"0x6\"/>\n"
                       "  </source>\n"
                       "  <mac address=\"56:66:1c:09:aa:01\"/>\n"
                       "</interface>");
}

static void
test_find (void **state)
{
  g_autofree char *system = vfp_template_find (*state, "/usr/share/x", "interface.xml");
  assert_string_equal (system, "/usr/share/x/interface.xml");

  g_autofree char *written = write_template (*state, "<interface/>");
  g_autofree char *user = vfp_template_find (*state, "/usr/share/x", "interface.xml");
  assert_string_equal (user, written);
}

static const char user_template[]
    = "<?xml version='1.0'?>\n"
      "<!-- of this host -->\n"
      "<interface type='network' managed='no' trustGuestRxFilters='no'>\n"
      "  <source network='default'/>\n"
      "  <rom file='/usr/share/qemu/pxe.rom'/>\n"
      "  <alias name='mine'/>\n"
      "  <alias name='twice'/>\n"
      "  <vlan trunk='yes'><tag id='1'/><tag id='2'/></vlan>\n"
      "  <mac address='52:54:00:00:00:01' type='static'/>\n"
      "  <address type='pci' bus='0x09' slot='0x01' function='0x1' multifunction='on'/>\n"
      "  <acpi index='3'/>\n"
      "</interface>\n";

static void
test_user (void **state)
{
  g_autofree char *path = write_template (*state, user_template);
  g_autofree char *xml = make_interface (path, &spec);

  assert_string_equal (xml,
                       "<interface type=\"hostdev\" managed=\"yes\" trustGuestRxFilters=\"no\">\n"
                       "  <source>\n"
                       "    <address type=\"pci\" domain=\"0x0000\" bus=\"0x01\" slot=\"0x10\" "
                       "function=\"0x6\"/>\n"
                       "  </source>\n"
                       "  <rom file=\"/usr/share/qemu/pxe.rom\"/>\n"
                       "  <alias name=\"ua-vfpool-net0\"/>\n"
                       "  <vlan>\n"
                       "    <tag id=\"42\"/>\n"
                       "  </vlan>\n"
                       "  <mac address=\"56:66:1c:09:aa:01\"/>\n"
                       "  <address type=\"pci\" domain=\"0x0000\" bus=\"0x05\" slot=\"0x00\" "
                       "function=\"0x0\"/>\n"
                       "  <acpi index=\"101\"/>\n"
                       "</interface>");
}

/* What was not promised goes, whatever the template says. */
static void
test_user_bare (void **state)
{
  g_autofree char *path = write_template (*state, user_template);
  g_autofree char *xml = make_interface (path, &bare_spec);

  assert_null (strstr (xml, "<vlan"));
  assert_null (strstr (xml, "<alias"));
  assert_null (strstr (xml, "<acpi"));
  assert_null (strstr (xml, "multifunction"));
  assert_non_null (strstr (xml, "pxe.rom"));
}

static void
test_escaping (void **state)
{
  g_autofree char *path = write_template (*state, "<interface/>");
  VfpDeviceSpec odd = spec;

  odd.alias = "ua-\"<&'>";
  g_autofree char *xml = make_interface (path, &odd);
  assert_non_null (strstr (xml, "<alias name=\"ua-&quot;&lt;&amp;'&gt;\"/>"));
}

static void
test_refused (void **state)
{
  static const struct
  {
    const char *name, *text, *part;
  } cases[] = {
    { "not well-formed", "<interface>\n  <driver name='vfio'>\n</interface>\n", "line 3" },
    { "empty", "", "line" },
    { "other root", "<!-- a -->\n<hostdev/>\n",
      "line 2: the root element is <hostdev>, not <interface>" },
    { "namespace", "<interface xmlns='urn:x'/>", "root element" },
    { "DTD", "<!DOCTYPE interface [<!ENTITY a 'b'>]><interface/>", "document type" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_template (*state, cases[i].text);
      g_autoptr (GError) error = NULL;
      g_autofree char *xml = vfp_template_interface (path, &spec, &error);

      if (xml != NULL)
        fail_msg ("%s: was accepted", cases[i].name);
      if (!g_error_matches (error, VFP_ERROR, VFP_ERROR_CONFIG)
          || strstr (error->message, path) == NULL
          || strstr (error->message, cases[i].part) == NULL)
        fail_msg ("%s: %s", cases[i].name, error->message);
    }
}

static char *
make_standby (const char *path, const VfpStandbySpec *from)
{
  g_autoptr (GError) error = NULL;
  char *xml = vfp_template_standby (path, from, &error);

  if (xml == NULL)
    fail_msg ("%s", error->message);
  return xml;
}

static void
test_standby (void **state)
{
  g_autofree char *path = vfp_template_find (*state, TEST_TEMPLATE_DIR, "standby.xml");
  g_autofree char *bridge = make_standby (path, &standby_specs[0]);
  g_autofree char *network = make_standby (path, &standby_specs[1]);

  assert_string_equal (bridge,
                       "<interface type=\"bridge\">\n"
                       "  <model type=\"virtio\"/>\n"
                       "  <source bridge=\"br0\"/>\n"
                       "  <mac address=\"56:66:1c:09:aa:01\"/>\n"
                       "  <teaming type=\"persistent\"/>\n"
                       "  <alias name=\"ua-lan\"/>\n"
                       "  <address type=\"pci\" domain=\"0x0000\" bus=\"0x06\" slot=\"0x00\" "
                       "function=\"0x0\"/>\n"
                       "</interface>");
  assert_non_null (strstr (network, "<interface type=\"network\">"));
  assert_non_null (strstr (network, "<source network=\"default\"/>"));
}

/* What a pair cannot do without is put in, all else stays. */
static void
test_standby_user (void **state)
{
  g_autofree char *path
      = write_template (*state, "<interface type='user'><model type='e1000'/>"
                                "<teaming type='transient' persistent='x'/><mtu size='9000'/>"
                                "<source dev='eth0'/></interface>");
  g_autofree char *xml = make_standby (path, &standby_specs[1]);

  assert_string_equal (xml, "<interface type=\"network\">\n"
                            "  <model type=\"virtio\"/>\n"
                            "  <teaming type=\"persistent\"/>\n"
                            "  <mtu size=\"9000\"/>\n"
                            "  <source network=\"default\"/>\n"
                            "  <mac address=\"56:66:1c:09:aa:01\"/>\n"
                            "  <alias name=\"ua-lan\"/>\n"
                            "</interface>");
}

static void
test_missing (void **state)
{
  g_autoptr (GError) error = NULL;

  assert_null (vfp_template_interface ("/nowhere/interface.xml", &spec, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_CONFIG));
  assert_non_null (strstr (error->message, "/nowhere/interface.xml"));
}

static void
keep_quiet (void *context, const char *format, ...)
{
}

static xmlRelaxNG *
load_schema (void)
{
  /* The schemas of libvirt have no start for a device alone. */
  static const char wrapper[]
      = "<grammar xmlns='http://relaxng.org/ns/structure/1.0'><include href='file://" SCHEMA "'/>"
        "<start><choice><ref name='interface'/><ref name='hostdev'/></choice></start></grammar>";
  xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewMemParserCtxt (wrapper, (int) strlen (wrapper));
  xmlRelaxNG *schema = xmlRelaxNGParse (parser);

  xmlRelaxNGFreeParserCtxt (parser);
  return schema;
}

static gboolean
validate (xmlRelaxNG *schema, const char *text)
{
  g_autoptr (xmlDoc) doc = xmlReadMemory (text, (int) strlen (text), NULL, NULL, 0);
  xmlRelaxNGValidCtxt *validator = xmlRelaxNGNewValidCtxt (schema);

  xmlRelaxNGSetValidErrors (validator, keep_quiet, keep_quiet, NULL);
  const int result = xmlRelaxNGValidateDoc (validator, doc);
  xmlRelaxNGFreeValidCtxt (validator);
  return result == 0;
}

static void
test_schema (void **state)
{
  if (!g_file_test (SCHEMA, G_FILE_TEST_EXISTS))
    {
      print_message ("no schemas of libvirt in %s\n", SCHEMA);
      return;
    }

  xmlRelaxNG *schema = load_schema ();
  g_autofree char *path = vfp_template_find (*state, TEST_TEMPLATE_DIR, "interface.xml");
  g_autofree char *full = make_interface (path, &spec);
  g_autofree char *bare = make_interface (path, &bare_spec);
  g_autofree char *half = make_interface (path, &pair_spec);
  g_autofree char *standby_path = vfp_template_find (*state, TEST_TEMPLATE_DIR, "standby.xml");
  g_autofree char *bridge = make_standby (standby_path, &standby_specs[0]);
  g_autofree char *network = make_standby (standby_path, &standby_specs[1]);

  assert_non_null (strstr (half, "<teaming type=\"transient\" persistent=\"ua-lan\"/>"));
  assert_non_null (schema);
  assert_false (validate (schema, "<interface type='hostdev' managed='maybe'/>"));
  assert_true (validate (schema, full));
  assert_true (validate (schema, bare));
  assert_true (validate (schema, half));
  assert_true (validate (schema, bridge));
  assert_true (validate (schema, network));
  xmlRelaxNGFree (schema);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (test_installed, make_folder, remove_folder),
    cmocka_unit_test_setup_teardown (test_installed_bare, make_folder, remove_folder),
    cmocka_unit_test_setup_teardown (test_find, make_folder, remove_folder),
    cmocka_unit_test_setup_teardown (test_user, make_folder, remove_folder),
    cmocka_unit_test_setup_teardown (test_user_bare, make_folder, remove_folder),
    cmocka_unit_test_setup_teardown (test_escaping, make_folder, remove_folder),
    cmocka_unit_test_setup_teardown (test_refused, make_folder, remove_folder),
    cmocka_unit_test_setup_teardown (test_standby, make_folder, remove_folder),
    cmocka_unit_test_setup_teardown (test_standby_user, make_folder, remove_folder),
    cmocka_unit_test (test_missing),
    cmocka_unit_test_setup_teardown (test_schema, make_folder, remove_folder),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
