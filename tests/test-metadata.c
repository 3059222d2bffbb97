/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our element in a guest's metadata: written, read back, and damaged. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "guest/domxml-edit.h"
#include "guest/metadata.h"

#define UUID "7c9e6679-7425-40de-944b-e07fc1f90ae7"
#define MAC_0 "56:66:1c:09:aa:01"

static VfpSlotPromise *
make_promise (const char *name, const char *mac, const char *address, unsigned index)
{
  VfpSlotPromise *promise = g_new0 (VfpSlotPromise, 1);

  promise->name = g_strdup (name);
  promise->settings = vfp_settings_default ();
  assert_true (vfp_mac_parse (mac, &promise->mac, NULL));
  promise->placement.acpi_index = index;
  promise->placement.has_address = address != NULL;
  if (address != NULL)
    assert_true (vfp_address_parse (address, &promise->placement.address, NULL));
  return promise;
}

static GPtrArray *
make_promises (void)
{
  GPtrArray *promises = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_slot_promise_free);
  VfpSlotPromise *first = make_promise ("net0", MAC_0, "0000:05:00.0", 101);
  VfpSlotPromise *second = make_promise ("net1", "56:66:1c:09:aa:02", NULL, 0);

  first->pool = g_strdup ("stor\"age & <co>");
  first->alias = g_strdup ("ua-vfpool-net0");
  /* The MAC has its own attribute. */
  first->settings.known |= VFP_SETTING_MAC;
  assert_true (vfp_settings_parse_vlan (&first->settings, "42:3:802.1ad", NULL));
  second->settings.known = 0;
  second->profile_id = g_strdup ("finance");
  second->bond = g_strdup ("bond0");
  second->bond_mac = VFP_BOND_MAC_ACTIVE;
  second->arrive = VFP_ARRIVE_BOTH;
  second->to_pool = g_strdup ("dmz");
  second->standby = g_strdup ("ua-lan");
  g_ptr_array_add (promises, first);
  g_ptr_array_add (promises, second);
  return promises;
}

static void
test_render (void **state)
{
  g_autoptr (GPtrArray) promises = make_promises ();
  g_autofree char *xml = vfp_metadata_render (UUID, promises);

  assert_string_equal (
      xml, "<slots version=\"1\" uuid=\"" UUID "\">"
           "<slot name=\"net0\" mac=\"" MAC_0 "\" address=\"0000:05:00.0\" index=\"101\" "
           "alias=\"ua-vfpool-net0\" pool=\"stor&quot;age &amp; &lt;co&gt;\" "
           "settings=\"vlan=42:3:802.1ad tx-rate=0:0 spoofchk=on trust=off link-state=auto\"/>"
           "<slot name=\"net1\" mac=\"56:66:1c:09:aa:02\" settings=\"\" "
           "virtualport=\"802.1Qbh:finance\" bond=\"bond0\" bond-mac=\"active\" "
           "arrive=\"both\" to-pool=\"dmz\" standby=\"ua-lan\"/></slots>");
}

static void
test_render_none (void **state)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  assert_null (vfp_metadata_render (UUID, none));
}

static void
test_round_trip (void **state)
{
  g_autoptr (GPtrArray) promises = make_promises ();
  g_autofree char *xml = vfp_metadata_render (UUID, promises);
  g_autofree char *uuid = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parsed = vfp_metadata_parse (xml, &uuid, &error);

  assert_non_null (parsed);
  assert_string_equal (uuid, UUID);
  assert_int_equal (parsed->len, 2);

  const VfpSlotPromise *first = g_ptr_array_index (parsed, 0);
  assert_string_equal (first->pool, "stor\"age & <co>");
  assert_true (first->placement.has_address);
  assert_int_equal (first->settings.vlan, 42);
  assert_int_equal (first->settings.known & VFP_SETTING_MAC, 0);

  const VfpSlotPromise *second = g_ptr_array_index (parsed, 1);
  assert_null (second->pool);
  assert_null (second->alias);
  assert_false (second->placement.has_address);
  assert_null (first->bond);
  assert_string_equal (second->bond, "bond0");
  assert_int_equal (second->bond_mac, VFP_BOND_MAC_ACTIVE);
  assert_int_equal (first->arrive, VFP_ARRIVE_NO);
  assert_null (first->to_pool);
  assert_int_equal (second->arrive, VFP_ARRIVE_BOTH);
  assert_string_equal (second->to_pool, "dmz");
  assert_null (first->standby);
  assert_string_equal (second->standby, "ua-lan");

  g_autofree char *again = vfp_metadata_render (uuid, parsed);
  assert_string_equal (again, xml);
}

/* Through a domain's XML, where it has a namespace and is indented. */
static void
test_through_domain (void **state)
{
  g_autoptr (GPtrArray) promises = make_promises ();
  g_autofree char *xml = vfp_metadata_render (UUID, promises);
  g_autofree char *domain = vfp_domxml_set_metadata ("<domain><name>g</name></domain>", xml, NULL);
  assert_non_null (strstr (domain, "<vfpool:slot "));

  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (domain, NULL);
  assert_string_equal (domxml->metadata, xml);
}

static void
test_namespaced (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) parsed
      = vfp_metadata_parse ("<v:slots xmlns:v='" VFP_METADATA_URI "' version='1' uuid='" UUID "'>\n"
                            "  <v:slot name='net0' mac='" MAC_0 "'/>\n</v:slots>",
                            NULL, &error);

  assert_non_null (parsed);
  assert_int_equal (parsed->len, 1);
}

static void
test_refused (void **state)
{
  static const struct
  {
    const char *name, *xml, *part;
  } cases[] = {
    { "not XML", "slots", "line 1" },
    { "other element", "<ports version='1' uuid='u'/>", "not <slots>" },
    { "no version", "<slots uuid='u'/>", "version" },
    { "no UUID", "<slots version='1'/>", "uuid" },
    { "newer", "<slots version='2' uuid='u'/>", "version '2'" },
    { "no name", "<slots version='1' uuid='u'><slot mac='" MAC_0 "'/></slots>", "slot" },
    { "bad name", "<slots version='1' uuid='u'><slot name='eth0' mac='" MAC_0 "'/></slots>",
      "'eth0'" },
    { "no MAC", "<slots version='1' uuid='u'><slot name='net0'/></slots>", "MAC" },
    { "multicast MAC",
      "<slots version='1' uuid='u'><slot name='net0' mac='01:00:5e:00:00:01'/></slots>",
      "multicast" },
    { "bad address",
      "<slots version='1' uuid='u'><slot name='net0' mac='" MAC_0 "' address='5'/></slots>",
      "'5'" },
    { "index too large",
      "<slots version='1' uuid='u'><slot name='net0' mac='" MAC_0 "' index='16384'/></slots>",
      "16384" },
    { "bad settings",
      "<slots version='1' uuid='u'><slot name='net0' mac='" MAC_0 "' settings='x=y'/></slots>",
      "x" },
    { "bad bond",
      "<slots version='1' uuid='u'><slot name='net0' mac='" MAC_0 "' bond='team0' "
      "bond-mac='all'/></slots>",
      "'team0'" },
    { "bad standby",
      "<slots version='1' uuid='u'><slot name='net0' mac='" MAC_0 "' standby='lan'/></slots>",
      "'lan' is no alias" },
    { "bond without MAC",
      "<slots version='1' uuid='u'><slot name='net0' mac='" MAC_0 "' bond='bond0'/></slots>",
      "neither all nor active" },
    { "bad arrival",
      "<slots version='1' uuid='u'><slot name='net0' mac='" MAC_0 "' arrive='config'/></slots>",
      "neither live nor both" },
    { "twice",
      "<slots version='1' uuid='u'><slot name='net0' mac='" MAC_0 "'/><slot name='net0' mac='" MAC_0
      "'/></slots>",
      "'net0' is there twice" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *uuid = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) parsed = vfp_metadata_parse (cases[i].xml, &uuid, &error);

      if (parsed != NULL || uuid != NULL)
        fail_msg ("%s: was accepted", cases[i].name);
      if (!g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT)
          || strstr (error->message, cases[i].part) == NULL)
        fail_msg ("%s: %s", cases[i].name, error->message);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_render),     cmocka_unit_test (test_render_none),
    cmocka_unit_test (test_round_trip), cmocka_unit_test (test_through_domain),
    cmocka_unit_test (test_namespaced), cmocka_unit_test (test_refused),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
