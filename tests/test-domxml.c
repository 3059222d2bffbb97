/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domain and network XML: what is read of it, and what is refused. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "guest/domxml-edit.h"
#include "guest/domxml.h"
#include "guest/metadata.h"

/* Set by the Makefile. */
#ifndef TEST_DATA_DIR
#define TEST_DATA_DIR "tests/data"
#endif

static char *
read_data (const char *name)
{
  g_autofree char *path = g_build_filename (TEST_DATA_DIR, "domxml", name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, &error))
    fail_msg ("%s", error->message);
  return text;
}

static VfpDomxml *
parse_data (const char *name)
{
  g_autofree char *text = read_data (name);
  g_autoptr (GError) error = NULL;
  VfpDomxml *domxml = vfp_domxml_parse (text, &error);

  if (domxml == NULL)
    fail_msg ("%s: %s", name, error->message);
  return domxml;
}

static void
assert_address (const VfpAddress *address, const char *expected)
{
  char text[VFP_ADDRESS_STRLEN];

  assert_string_equal (vfp_address_format (address, text), expected);
}

static void
test_q35 (void **state)
{
  g_autoptr (VfpDomxml) domxml = parse_data ("q35-live.xml");

  assert_string_equal (domxml->name, "web1");
  assert_string_equal (domxml->uuid, "7c9e6679-7425-40de-944b-e07fc1f90ae7");
  assert_int_equal (domxml->machine, VFP_MACHINE_Q35);
  assert_true (domxml->has_acpi);
  assert_int_equal (domxml->memory_kib, 4 * 1024 * 1024);
  assert_int_equal (domxml->addresses->len, 11);
  assert_int_equal (domxml->macs->len, 2);
  assert_int_equal (domxml->acpi_indexes->len, 2);
  assert_int_equal (g_array_index (domxml->acpi_indexes, unsigned, 1), 101);
}

static void
test_q35_devices (void **state)
{
  g_autoptr (VfpDomxml) domxml = parse_data ("q35-live.xml");
  assert_int_equal (domxml->devices->len, 2);

  const VfpGuestDevice *vf = vfp_domxml_find_alias (domxml, "ua-vfpool-net0");
  assert_non_null (vf);
  assert_true (vf->is_interface && vf->has_mac && vf->has_address);
  assert_address (&vf->source, "0000:01:10.6");
  assert_address (&vf->address, "0000:05:00.0");
  assert_int_equal (vf->acpi_index, 101);
  assert_int_equal (vf->vlan, 42);
  assert_ptr_equal (vfp_domxml_find_source (domxml, &vf->source), vf);

  const VfpGuestDevice *plain = vfp_domxml_find_alias (domxml, "hostdev0");
  assert_non_null (plain);
  assert_false (plain->is_interface || plain->has_mac);
  assert_address (&plain->source, "0000:41:00.1");

  const VfpAddress guest_address = { .bus = 5 };
  assert_null (vfp_domxml_find_source (domxml, &guest_address));
  assert_null (vfp_domxml_find_alias (domxml, "ua-vfpool-net1"));
}

/* In order of buses; 4 is without hot-plug. */
static void
test_q35_ports (void **state)
{
  static const VfpGuestPort expected[] = { { 1, TRUE }, { 2, TRUE }, { 3, FALSE }, { 5, TRUE } };
  g_autoptr (VfpDomxml) domxml = parse_data ("q35-live.xml");

  assert_int_equal (domxml->ports->len, G_N_ELEMENTS (expected));
  for (unsigned i = 0; i < domxml->ports->len; i++)
    {
      const VfpGuestPort *port = &g_array_index (domxml->ports, VfpGuestPort, i);

      if (port->bus != expected[i].bus || port->in_use != expected[i].in_use)
        fail_msg ("port %u: bus %u, in use %d", i, port->bus, port->in_use);
    }
}

static void
test_q35_metadata (void **state)
{
  g_autoptr (VfpDomxml) domxml = parse_data ("q35-live.xml");

  assert_string_equal (domxml->metadata,
                       "<slots version=\"1\" uuid=\"7c9e6679-7425-40de-944b-e07fc1f90ae7\">"
                       "<slot name=\"net0\" mac=\"56:66:1c:09:aa:01\" pool=\"enp1s0f0\"/></slots>");
}

static void
test_i440fx (void **state)
{
  g_autoptr (VfpDomxml) domxml = parse_data ("i440fx.xml");

  assert_int_equal (domxml->machine, VFP_MACHINE_I440FX);
  assert_false (domxml->has_acpi);
  assert_null (domxml->metadata);
  assert_int_equal (domxml->ports->len, 0);
  assert_int_equal (domxml->macs->len, 2);

  /* The VF that a hostdev network gave. */
  assert_int_equal (domxml->devices->len, 1);
  const VfpGuestDevice *device = g_ptr_array_index (domxml->devices, 0);
  assert_true (device->is_interface);
  assert_null (device->alias);
  assert_address (&device->source, "0000:01:10.2");
  assert_address (&device->address, "0000:00:04.0");
}

static void
test_arm (void **state)
{
  g_autoptr (VfpDomxml) domxml = parse_data ("arm.xml");

  assert_int_equal (domxml->machine, VFP_MACHINE_OTHER);
  assert_false (domxml->has_acpi);
  assert_null (domxml->uuid);
  assert_int_equal (domxml->memory_kib, 524288);
  assert_int_equal (domxml->addresses->len, 1);
  assert_int_equal (domxml->ports->len, 0);
}

static void
test_machines (void **state)
{
  static const struct
  {
    const char *arch, *machine;
    VfpMachine expected;
  } cases[] = {
    { "x86_64", "q35", VFP_MACHINE_Q35 },
    { "x86_64", "pc-q35-rhel9.2.0", VFP_MACHINE_Q35 },
    { "x86_64", "pc", VFP_MACHINE_I440FX },
    { "x86_64", "pc-0.15", VFP_MACHINE_OTHER },
    { "x86_64", "microvm", VFP_MACHINE_OTHER },
    { "ppc64le", "q35", VFP_MACHINE_OTHER },
    { "s390x", "s390-ccw-virtio-7.2", VFP_MACHINE_OTHER },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *xml = g_strdup_printf (
          "<domain><name>g</name><os><type arch='%s' machine='%s'/></os></domain>", cases[i].arch,
          cases[i].machine);
      g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, NULL);

      if (domxml == NULL || domxml->machine != cases[i].expected)
        fail_msg ("%s %s: wrong machine", cases[i].arch, cases[i].machine);
    }
}

static void
test_memory (void **state)
{
  static const struct
  {
    const char *element;
    guint64 expected;
  } cases[] = {
    { "<memory>2048</memory>", 2048 },
    { "<memory unit='bytes'>1048576</memory>", 1024 },
    { "<memory unit='M'>1</memory>", 1024 },
    { "<memory unit='TiB'>1</memory>", 1024 * 1024 * 1024 },
    { "<memory unit='KiB'> 4096 </memory>", 4096 },
    { "<memory unit='KiB'>lots</memory>", 0 },
    { "", 0 },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *xml
          = g_strdup_printf ("<domain><name>g</name>%s</domain>", cases[i].element);
      g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, NULL);

      if (domxml == NULL || domxml->memory_kib != cases[i].expected)
        fail_msg ("%s: wrong memory", cases[i].element);
    }
}

/* Refuses @xml, and says @part. */
static void
assert_refused (const char *name, const char *xml, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, &error);

  if (domxml != NULL)
    fail_msg ("%s: was accepted", name);
  if (!g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT)
      || strstr (error->message, part) == NULL || strchr (error->message, '\n') != NULL)
    fail_msg ("%s: %s", name, error->message);
}

static void
test_hostile (void **state)
{
  static const struct
  {
    const char *name, *xml, *part;
  } cases[] = {
    { "empty", "", "domain XML, line" },
    { "not XML", "connection refused", "domain XML, line 1" },
    { "truncated", "<domain>\n<name>g</name>\n<devices>", "line 3" },
    { "other root", "<network/>", "the root element is <network>, not <domain>" },
    { "no name", "<domain/>", "there is no <name>" },
    { "namespaced root", "<domain xmlns='urn:x'><name>g</name></domain>", "root element" },
    { "DTD", "<!DOCTYPE domain><domain><name>g</name></domain>", "document type declaration" },
    { "external DTD", "<!DOCTYPE domain SYSTEM 'file:///etc/passwd'><domain/>",
      "document type declaration" },
    { "external entity",
      "<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><domain><name>&e;</name></domain>",
      "document type declaration" },
    { "entity bomb",
      "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
      "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;'>]>"
      "<domain><name>&d;</name></domain>",
      "document type declaration" },
    { "undeclared entity", "<domain><name>&e;</name></domain>", "line 1" },
    { "bad UTF-8", "<domain><name>\xff\xfe</name></domain>", "line 1" },
    { "slot too large",
      "<domain><name>g</name><devices>\n<hostdev type='pci'><source><address domain='0' bus='1' "
      "slot='0x20' function='0'/></source></hostdev></devices></domain>",
      "slot: '20'" },
    { "guest address is no number",
      "<domain><name>g</name><devices><disk><address type='pci' bus='one'/></disk></devices>"
      "</domain>",
      "bus: 'one'" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (cases[i].name, cases[i].xml, cases[i].part);
}

static void
test_deep (void **state)
{
  g_autoptr (GString) xml = g_string_new ("<domain><name>g</name>");

  for (unsigned i = 0; i < 100000; i++)
    g_string_append (xml, "<a>");
  for (unsigned i = 0; i < 100000; i++)
    g_string_append (xml, "</a>");
  g_string_append (xml, "</domain>");
  assert_refused ("deep nesting", xml->str, "domain XML, line 1");
}

static void
test_large (void **state)
{
  g_autoptr (GString) xml = g_string_new ("<domain><name>g</name>");

  while (xml->len < 20 * 1024 * 1024)
    g_string_append (xml, "<description>text</description>");
  g_string_append (xml, "</domain>");
  assert_refused ("20 MiB", xml->str, "longer than 16 MiB");
}

/* Attributes and elements that mean something elsewhere only. */
static void
test_look_alikes (void **state)
{
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (
      "<domain><name>a&amp;b</name><os><type arch='x86_64' machine='q35'/></os>"
      "<metadata><slots xmlns='urn:other'/><slots/></metadata><devices>"
      "<interface type='hostdev'/>"
      "<interface type='hostdev'><source/></interface>"
      "<interface type='hostdev'><source><address type='usb' bus='1' device='2'/></source>"
      "</interface>"
      "<hostdev type='pci'><source><address/></source></hostdev>"
      "<disk><address type='pci'/></disk>"
      "<controller type='usb' model='pcie-root-port' index='1'/>"
      "<controller type='pci' model='pcie-root-port' index='many'/>"
      "<controller type='pci' model='pcie-root-port'/>"
      "</devices></domain>",
      NULL);

  assert_non_null (domxml);
  assert_string_equal (domxml->name, "a&b");
  assert_int_equal (domxml->devices->len, 0);
  assert_int_equal (domxml->addresses->len, 0);
  assert_int_equal (domxml->ports->len, 0);
  assert_null (domxml->metadata);
}

static void
test_add_ports (void **state)
{
  g_autofree char *xml = read_data ("q35-live.xml");
  g_autoptr (GError) error = NULL;
  g_autofree char *grown = vfp_domxml_add_ports (xml, 2, &error);
  assert_non_null (grown);
  g_autofree char *numbered = vfp_domxml_number_ports (grown, &error);
  assert_non_null (numbered);
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (numbered, &error);
  assert_non_null (domxml);

  /* libvirt numbers them; until then they are no ports that a device can name. */
  g_autoptr (VfpDomxml) unnumbered = vfp_domxml_parse (grown, &error);
  assert_non_null (unnumbered);
  assert_int_equal (unnumbered->ports->len, 4);
  assert_non_null (strstr (grown, "<controller type=\"pci\" model=\"pcie-root-port\"/>"));

  assert_int_equal (domxml->ports->len, 6);
  assert_int_equal (g_array_index (domxml->ports, VfpGuestPort, 4).bus, 6);
  assert_int_equal (g_array_index (domxml->ports, VfpGuestPort, 5).bus, 7);
  assert_int_equal (domxml->addresses->len, 13);
}

static void
test_add_ports_other_machine (void **state)
{
  g_autofree char *xml = read_data ("i440fx.xml");
  g_autoptr (GError) error = NULL;

  assert_null (vfp_domxml_add_ports (xml, 1, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT));
}

static void
test_edit_metadata (void **state)
{
  static const char element[] = "<slots version=\"1\" uuid=\"u\"><slot name=\"net0\"/></slots>";
  g_autofree char *xml = read_data ("q35-live.xml");
  g_autofree char *set = vfp_domxml_set_metadata (xml, element, NULL);
  assert_non_null (set);
  g_autoptr (VfpDomxml) with = vfp_domxml_parse (set, NULL);
  assert_non_null (with);
  assert_string_equal (with->metadata, element);
  assert_non_null (strstr (set, "libosinfo:os"));

  g_autofree char *removed = vfp_domxml_set_metadata (set, NULL, NULL);
  g_autoptr (VfpDomxml) without = vfp_domxml_parse (removed, NULL);
  assert_null (without->metadata);
  assert_non_null (strstr (removed, "libosinfo:os"));
}

static void
test_networks (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpNetwork) by_pf = vfp_network_parse (
      "<network><name>vfs</name><forward mode='hostdev' managed='yes'><pf dev='enp1s0f0'/>"
      "<address type='pci' domain='0x0000' bus='0x01' slot='0x10' function='0x2'/></forward>"
      "</network>",
      &error);
  assert_non_null (by_pf);
  assert_string_equal (by_pf->name, "vfs");
  assert_int_equal (by_pf->pfs->len, 1);
  assert_string_equal (g_ptr_array_index (by_pf->pfs, 0), "enp1s0f0");
  assert_int_equal (by_pf->addresses->len, 1);
  assert_address (&g_array_index (by_pf->addresses, VfpAddress, 0), "0000:01:10.2");

  g_autoptr (VfpNetwork) nat = vfp_network_parse (
      "<network><name>default</name><forward mode='nat'/><bridge name='virbr0'/></network>",
      &error);
  assert_non_null (nat);
  assert_int_equal (nat->pfs->len, 0);
  assert_string_equal (nat->bridge, "virbr0");
  g_autoptr (VfpNetwork) isolated
      = vfp_network_parse ("<network><name>isolated</name></network>", &error);
  assert_non_null (isolated);
  assert_null (isolated->bridge);
  assert_null (error);
  assert_null (vfp_network_parse ("<domain/>", &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_q35),           cmocka_unit_test (test_q35_devices),
    cmocka_unit_test (test_q35_ports),     cmocka_unit_test (test_q35_metadata),
    cmocka_unit_test (test_i440fx),        cmocka_unit_test (test_arm),
    cmocka_unit_test (test_machines),      cmocka_unit_test (test_memory),
    cmocka_unit_test (test_hostile),       cmocka_unit_test (test_deep),
    cmocka_unit_test (test_large),         cmocka_unit_test (test_look_alikes),
    cmocka_unit_test (test_add_ports),     cmocka_unit_test (test_add_ports_other_machine),
    cmocka_unit_test (test_edit_metadata), cmocka_unit_test (test_networks),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
