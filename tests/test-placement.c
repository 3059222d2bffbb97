/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest addresses and ACPI indexes, case by case. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "guest/placement.h"

/* A domain with ports and devices in a short form: words "port:BUS", "at:BB:SS.F", "index:N". */
static char *
make_xml (const char *machine, gboolean acpi, const char *words)
{
  g_autoptr (GString) xml = g_string_new ("<domain><name>g</name>");
  g_auto (GStrv) parts = g_strsplit (words, " ", -1);

  g_string_append_printf (xml, "<os><type arch='x86_64' machine='%s'/></os>", machine);
  g_string_append (xml, acpi ? "<features><acpi/></features><devices>" : "<devices>");
  for (char **part = parts; *part != NULL; part++)
    {
      const char *value = *part + 5;

      if (g_str_has_prefix (*part, "port:"))
        g_string_append_printf (xml, "<controller type='pci' model='pcie-root-port' index='%s'/>",
                                value);
      else if (g_str_has_prefix (*part, "at:"))
        g_string_append_printf (
            xml, "<disk><address type='pci' bus='0x%.2s' slot='0x%.2s' function='0x%.1s'/></disk>",
            *part + 3, *part + 6, *part + 9);
      else if (g_str_has_prefix (*part, "index:"))
        g_string_append_printf (xml, "<interface type='user'><acpi index='%s'/></interface>",
                                *part + 6);
    }
  g_string_append (xml, "</devices></domain>");
  return g_string_free (g_steal_pointer (&xml), FALSE);
}

typedef struct
{
  const char *name;
  const char *machine;
  const char *live;   /* NULL: off */
  const char *config; /* NULL: transient */
  unsigned slot_number;
  const char *address; /* asked for; NULL: planned */
  int acpi_index;
  const char *taken;    /* one address of another slot; NULL: none */
  unsigned taken_index; /* 0: none */
  int error;            /* VfpErrorCode; -1: none */
  const char *expected; /* address; NULL: libvirt chooses */
  unsigned expected_index;
} Case;

static const Case cases[] = {
  { "first free port", "q35", NULL, "port:1 port:2 at:01:00.0", 0, NULL, -1, NULL, 0, -1,
    "0000:02:00.0", 101 },
  { "ports in order of buses", "q35", NULL, "port:9 port:4", 2, NULL, -1, NULL, 0, -1,
    "0000:04:00.0", 103 },
  { "free live, in use in configuration", "q35", "port:1 port:2", "port:1 port:2 at:01:00.0", 0,
    NULL, -1, NULL, 0, -1, "0000:02:00.0", 101 },
  { "free in configuration, in use live", "q35", "port:1 port:2 at:01:00.0", "port:1 port:2", 0,
    NULL, -1, NULL, 0, -1, "0000:02:00.0", 101 },
  { "port only in the configuration", "q35", "port:1 at:01:00.0", "port:1 port:2 at:01:00.0", 0,
    NULL, -1, NULL, 0, VFP_ERROR_NO_PORT, NULL, 0 },
  { "port only live", "q35", "port:1 port:2 at:01:00.0", "port:1 at:01:00.0", 0, NULL, -1, NULL, 0,
    VFP_ERROR_NO_PORT, NULL, 0 },
  { "transient", "q35", "port:1", NULL, 0, NULL, -1, NULL, 0, -1, "0000:01:00.0", 101 },
  { "port of a detached slot", "q35", NULL, "port:1 port:2", 0, NULL, -1, "0000:01:00.0", 0, -1,
    "0000:02:00.0", 101 },
  { "no port at all", "q35", NULL, "", 0, NULL, -1, NULL, 0, VFP_ERROR_NO_PORT, NULL, 0 },
  { "i440fx from above", "pc", NULL, "at:00:02.0", 0, NULL, -1, NULL, 0, -1, "0000:00:1f.0", 101 },
  { "i440fx, whole slot of several functions", "pc", NULL, "at:00:1f.2 at:00:1e.0", 0, NULL, -1,
    NULL, 0, -1, "0000:00:1d.0", 101 },
  { "i440fx, both XMLs", "pc", "at:00:1f.0", "at:00:1e.0", 0, NULL, -1, NULL, 0, -1, "0000:00:1d.0",
    101 },
  { "other machine", "microvm", NULL, "", 0, NULL, 0, NULL, 0, -1, NULL, 0 },
  { "asked for", "q35", NULL, "port:1 port:2", 0, "0000:02:00.0", -1, NULL, 0, -1, "0000:02:00.0",
    101 },
  { "asked for, other machine", "microvm", NULL, "", 0, "0000:00:05.0", 0, NULL, 0, -1,
    "0000:00:05.0", 0 },
  { "asked for, in use", "q35", NULL, "port:1 at:01:00.0", 0, "0000:01:00.0", -1, NULL, 0,
    VFP_ERROR_GUEST_ADDRESS_IN_USE, NULL, 0 },
  { "asked for, in use live only", "q35", "port:1 at:01:00.0", "port:1", 0, "0000:01:00.0", -1,
    NULL, 0, VFP_ERROR_GUEST_ADDRESS_IN_USE, NULL, 0 },
  { "asked for, of a detached slot", "q35", NULL, "port:1", 0, "0000:01:00.0", -1, "0000:01:00.0",
    0, VFP_ERROR_GUEST_ADDRESS_IN_USE, NULL, 0 },
  { "index in use", "q35", NULL, "port:1 index:101 index:102", 0, NULL, -1, NULL, 0, -1,
    "0000:01:00.0", 103 },
  { "index of a detached slot", "q35", NULL, "port:1", 1, NULL, -1, NULL, 102, -1, "0000:01:00.0",
    103 },
  { "no index", "q35", NULL, "port:1", 0, NULL, 0, NULL, 0, -1, "0000:01:00.0", 0 },
  { "index asked for", "q35", NULL, "port:1", 0, NULL, 7, NULL, 0, -1, "0000:01:00.0", 7 },
  { "index asked for, in use", "q35", NULL, "port:1 index:7", 0, NULL, 7, NULL, 0,
    VFP_ERROR_ACPI_INDEX_IN_USE, NULL, 0 },
  { "index asked for, of a detached slot", "q35", NULL, "port:1", 0, NULL, 7, NULL, 7,
    VFP_ERROR_ACPI_INDEX_IN_USE, NULL, 0 },
};

static VfpGuest *
make_guest (const char *machine, gboolean acpi, const char *live, const char *config)
{
  g_autofree char *live_xml = live == NULL ? NULL : make_xml (machine, acpi, live);
  g_autofree char *config_xml = config == NULL ? NULL : make_xml (machine, acpi, config);
  g_autoptr (GError) error = NULL;
  VfpGuest *guest
      = vfp_guest_new ("11111111-2222-3333-4444-555555555555", "g", live_xml, config_xml, &error);

  if (guest == NULL)
    fail_msg ("%s", error->message);
  return guest;
}

static void
check_case (const Case *at)
{
  g_autoptr (VfpGuest) guest = make_guest (at->machine, TRUE, at->live, at->config);
  g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (VfpAddress));
  g_autoptr (GArray) indexes = g_array_new (FALSE, FALSE, sizeof (unsigned));
  g_autoptr (GError) error = NULL;
  VfpPlacement placement = { .acpi_index = 9999 };
  VfpAddress asked, taken;

  if (at->address != NULL)
    assert_true (vfp_address_parse (at->address, &asked, NULL));
  if (at->taken != NULL && vfp_address_parse (at->taken, &taken, NULL))
    g_array_append_val (addresses, taken);
  if (at->taken_index != 0)
    g_array_append_val (indexes, at->taken_index);

  const VfpPlacementRequest request = {
    .slot_number = at->slot_number,
    .address = at->address != NULL ? &asked : NULL,
    .acpi_index = at->acpi_index,
    .taken_addresses = at->taken != NULL ? addresses : NULL,
    .taken_indexes = at->taken_index != 0 ? indexes : NULL,
  };
  const gboolean planned = vfp_placement_plan (guest, &request, &placement, &error);

  if (planned != (at->error < 0))
    fail_msg ("%s: %s", at->name, planned ? "was planned" : error->message);
  if (!planned)
    {
      if (!g_error_matches (error, VFP_ERROR, at->error))
        fail_msg ("%s: other error: %s", at->name, error->message);
      if (placement.acpi_index != 9999)
        fail_msg ("%s: the result was touched", at->name);
      return;
    }

  g_autofree char *text = placement.has_address ? vfp_address_to_string (&placement.address) : NULL;
  if (g_strcmp0 (text, at->expected) != 0)
    fail_msg ("%s: address %s", at->name, text);
  if (placement.acpi_index != at->expected_index)
    fail_msg ("%s: index %u", at->name, placement.acpi_index);
}

static void
test_plan (void **state)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static void
test_without_acpi (void **state)
{
  g_autoptr (VfpGuest) guest = make_guest ("q35", FALSE, NULL, "port:1");
  const VfpPlacementRequest request = { .acpi_index = -1 };
  VfpPlacement placement;

  assert_true (vfp_placement_plan (guest, &request, &placement, NULL));
  assert_int_equal (placement.acpi_index, 0);
}

static void
test_i440fx_full (void **state)
{
  g_autoptr (GString) words = g_string_new (NULL);
  const VfpPlacementRequest request = { .acpi_index = -1 };
  g_autoptr (GError) error = NULL;
  VfpPlacement placement;

  for (unsigned slot = 3; slot < 32; slot++)
    g_string_append_printf (words, "at:00:%02x.0 ", slot);
  g_autoptr (VfpGuest) guest = make_guest ("pc", TRUE, NULL, words->str);

  assert_false (vfp_placement_plan (guest, &request, &placement, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_NO_PORT));
}

/* A guest that was re-defined with another machine type while it runs. */
static void
test_machine_changed (void **state)
{
  g_autofree char *live = make_xml ("q35", TRUE, "port:1");
  g_autofree char *config = make_xml ("pc", TRUE, "");
  g_autoptr (VfpGuest) guest
      = vfp_guest_new ("11111111-2222-3333-4444-555555555555", "g", live, config, NULL);
  const VfpPlacementRequest request = { .acpi_index = -1 };
  VfpPlacement placement;

  assert_true (vfp_placement_plan (guest, &request, &placement, NULL));
  assert_false (placement.has_address);
  assert_int_equal (placement.acpi_index, 101);
}

static void
test_count_ports (void **state)
{
  g_autoptr (VfpGuest) running
      = make_guest ("q35", TRUE, "port:1 port:2 at:02:00.0", "port:1 port:2 port:3");
  g_autoptr (VfpGuest) off = make_guest ("q35", TRUE, NULL, "port:1 port:2 port:3");
  unsigned free_ports, total;

  vfp_placement_count_ports (running, &free_ports, &total);
  assert_int_equal (free_ports, 1);
  assert_int_equal (total, 2);
  vfp_placement_count_ports (off, &free_ports, &total);
  assert_int_equal (free_ports, 3);
  assert_int_equal (total, 3);
}

static void
test_ifname (void **state)
{
  static const struct
  {
    VfpPlacement placement;
    const char *expected;
  } names[] = {
    { { .acpi_index = 101, .has_address = TRUE, .address = { .bus = 2 } }, "eno101" },
    { { .acpi_index = 7 }, "eno7" },
    { { .has_address = TRUE, .address = { .bus = 0x10 } }, "enp16s0" },
    { { .has_address = TRUE, .address = { .slot = 0x1f } }, "ens31" },
    { { .has_address = TRUE, .address = { .bus = 2, .function = 1 } }, NULL },
    { { .has_address = TRUE, .address = { .domain = 1, .bus = 2 } }, NULL },
    { { .has_address = FALSE }, NULL },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = vfp_placement_ifname (&names[i].placement);

      if (g_strcmp0 (name, names[i].expected) != 0)
        fail_msg ("case %u (%s): %s", i, names[i].expected, name);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_plan),        cmocka_unit_test (test_without_acpi),
    cmocka_unit_test (test_i440fx_full), cmocka_unit_test (test_machine_changed),
    cmocka_unit_test (test_count_ports), cmocka_unit_test (test_ifname),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
