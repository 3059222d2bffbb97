/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failover pairs in domain XML: the halves, who could stand by, and what bridges stand on. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "guest/domxml-edit.h"
#include "guest/pair.h"
#include "guest/standby.h"
#include "host/lower.h"
#include "tests/lib/check.h"
#include "tests/lib/hosttree.h"

#define MAC "<mac address='52:54:00:00:00:01'/>"
#define VF_WITH(mac, teaming)                                                                      \
  "<interface type='hostdev'>" mac "<source><address type='pci' domain='0x0000' bus='0x01' "       \
  "slot='0x10' function='0x0'/></source>" teaming "</interface>"
#define VF_2                                                                                       \
  "<interface type='hostdev'>" MAC "<source><address type='pci' domain='0x0000' bus='0x01' "       \
  "slot='0x10' function='0x2'/></source>" TRANSIENT "</interface>"
#define GPU                                                                                        \
  "<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x05' slot='0x00' "  \
  "function='0x0'/></source></hostdev>"
#define TRANSIENT "<teaming type='transient' persistent='ua-lan'/>"
#define NIC_WITH(model, teaming, alias)                                                            \
  "<interface type='bridge'><source bridge='br0'/>" MAC "<model type='" model "'/>" teaming        \
  "<alias name='" alias "'/></interface>"
#define PERSISTENT "<teaming type='persistent'/>"
#define STANDBY NIC_WITH ("virtio", PERSISTENT, "ua-lan")
#define PLAIN(mac, source)                                                                         \
  "<interface type='bridge'>" source "<mac address='52:54:00:00:00:" mac "'/>"                     \
  "<model type='virtio'/></interface>"
#define BR0 "<source bridge='br0'/>"
#define BR1 "<source bridge='br1'/>"
#define DEFAULT "<source network='default'/>"

static VfpDomxml *
make_domain (const char *devices)
{
  g_autofree char *xml
      = g_strdup_printf ("<domain><name>web1</name><devices>%s</devices></domain>", devices);
  VfpDomxml *domxml = vfp_domxml_parse (xml, NULL);

  assert_non_null (domxml);
  return domxml;
}

static const struct
{
  const char *name, *devices;
  const char *why; /* NULL: it is a pair */
} pairs[] = {
  { "pair", VF_WITH (MAC, TRANSIENT) STANDBY, NULL },
  { "transitional virtio",
    VF_WITH (MAC, TRANSIENT) NIC_WITH ("virtio-transitional", PERSISTENT, "ua-lan"), NULL },
  { "no teaming", VF_WITH (MAC, "") STANDBY, "it has no standby" },
  { "persistent itself", VF_WITH (MAC, PERSISTENT) STANDBY, "it has no standby" },
  { "no NIC", VF_WITH (MAC, TRANSIENT), "its standby ua-lan is not there" },
  { "other alias", VF_WITH (MAC, TRANSIENT) NIC_WITH ("virtio", PERSISTENT, "ua-x"),
    "its standby ua-lan is not there" },
  { "no virtio", VF_WITH (MAC, TRANSIENT) NIC_WITH ("e1000", PERSISTENT, "ua-lan"),
    "its standby ua-lan is no virtio NIC with <teaming type='persistent'/>" },
  { "NIC without teaming", VF_WITH (MAC, TRANSIENT) NIC_WITH ("virtio", "", "ua-lan"),
    "its standby ua-lan is no virtio NIC with <teaming type='persistent'/>" },
  { "other MAC", VF_WITH ("<mac address='52:54:00:00:00:02'/>", TRANSIENT) STANDBY,
    "its standby ua-lan has another MAC" },
  { "two VFs", VF_WITH (MAC, TRANSIENT) VF_2 STANDBY, "its standby ua-lan is that of two VFs" },
  { "absent", STANDBY, "the guest does not have it" },
};

static void
test_pairs (void **state)
{
  const VfpAddress source = { .bus = 1, .slot = 0x10 };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr (VfpDomxml) domxml = make_domain (pairs[i].devices);
      g_autofree char *why = NULL;
      const VfpGuestNic *standby = vfp_pair_of_vf (domxml, &source, &why);

      check_case_string (pairs[i].name, why, pairs[i].why);
      check_case (pairs[i].name, (standby != NULL) == (why == NULL));
    }
}

/* What decides whether a guest can be migrated with its VFs. */
static void
test_single (void **state)
{
  static const struct
  {
    const char *name, *devices;
    gboolean all;
  } cases[] = {
    { "no device", STANDBY, TRUE },
    { "pair", VF_WITH (MAC, TRANSIENT) STANDBY, TRUE },
    { "VF alone", VF_WITH (MAC, "") STANDBY, FALSE },
    { "pair, and another device", VF_WITH (MAC, TRANSIENT) STANDBY GPU, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (VfpDomxml) domxml = make_domain (cases[i].devices);
      g_autofree char *why = NULL;

      check_case (cases[i].name, (vfp_pair_find_single (domxml, &why) == NULL) == cases[i].all);
      check_case (cases[i].name, (why == NULL) == cases[i].all);
    }
}

static void
test_parse_wish (void **state)
{
  static const char *const bad[]
      = { "", "br0", "bridge", "bridge=", "tap=x", "alias=net0", "alias=ua-", "alias=ua-a b" };
  VfpStandbyWish wish;

  assert_true (vfp_standby_parse ("bridge=br0", &wish, NULL));
  assert_int_equal (wish.kind, VFP_STANDBY_BRIDGE);
  assert_string_equal (wish.name, "br0");
  assert_true (vfp_standby_parse ("network=a=b", &wish, NULL));
  assert_int_equal (wish.kind, VFP_STANDBY_NETWORK);
  assert_string_equal (wish.name, "a=b");
  assert_true (vfp_standby_parse ("alias=ua-lan_1", &wish, NULL));
  assert_int_equal (wish.kind, VFP_STANDBY_ALIAS);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      check_case (bad[i], !vfp_standby_parse (bad[i], &wish, &error));
      check_case (bad[i], g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE));
    }
}

static const struct
{
  const char *name, *devices, *wish;
  const char *mac; /* last byte of the NIC that is chosen; NULL: none */
  int code;        /* of the error; 0: none */
} choices[] = {
  { "the only one", PLAIN ("01", BR0), NULL, "01", 0 },
  { "none", "", NULL, NULL, VFP_ERROR_USAGE },
  { "none of virtio", NIC_WITH ("e1000", "", "net0"), NULL, NULL, VFP_ERROR_USAGE },
  { "two", PLAIN ("01", BR0) PLAIN ("02", BR1), NULL, NULL, VFP_ERROR_USAGE },
  { "the other one is taken", STANDBY PLAIN ("02", BR1), NULL, "02", 0 },
  { "by bridge", PLAIN ("01", BR0) PLAIN ("02", BR1), "bridge=br1", "02", 0 },
  { "by the bridge of its network", PLAIN ("01", BR0) PLAIN ("02", DEFAULT), "bridge=virbr0", "02",
    0 },
  { "two on a bridge", PLAIN ("01", BR0) PLAIN ("02", BR0), "bridge=br0", NULL, VFP_ERROR_USAGE },
  { "none on the bridge", PLAIN ("01", BR0), "bridge=br1", NULL, 0 },
  { "a taken one on the bridge", STANDBY, "bridge=br0", NULL, 0 },
  { "by network", PLAIN ("01", BR0) PLAIN ("02", DEFAULT), "network=default", "02", 0 },
  { "none on the network", PLAIN ("01", BR0), "network=default", NULL, 0 },
  { "by alias", NIC_WITH ("virtio", "", "ua-wan") PLAIN ("02", BR0), "alias=ua-wan", "01", 0 },
  { "no such alias", PLAIN ("01", BR0), "alias=ua-wan", NULL, VFP_ERROR_NO_STANDBY },
  { "alias of a VF", VF_WITH (MAC "<alias name='ua-wan'/>", ""), "alias=ua-wan", NULL,
    VFP_ERROR_NO_STANDBY },
};

static void
test_choose (void **state)
{
  VfpNetwork nat = { .name = (char *) "default", .bridge = (char *) "virbr0" };
  g_autoptr (GPtrArray) networks = g_ptr_array_new ();
  g_autoptr (GPtrArray) taken = g_ptr_array_new ();

  g_ptr_array_add (networks, &nat);
  g_ptr_array_add (taken, (char *) "ua-lan");
  for (gsize i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      g_autoptr (VfpDomxml) domxml = make_domain (choices[i].devices);
      g_autoptr (GError) error = NULL;
      VfpStandbyWish wish = { 0 };
      char mac[VFP_MAC_STRLEN];

      if (choices[i].wish != NULL)
        assert_true (vfp_standby_parse (choices[i].wish, &wish, NULL));
      const VfpGuestNic *nic = vfp_standby_choose (domxml, networks, &wish, taken, &error);
      check_case_string (choices[i].name,
                         nic != NULL ? vfp_mac_format (&nic->mac, mac) + strlen ("52:54:00:00:00:")
                                     : NULL,
                         choices[i].mac);
      check_case (choices[i].name, choices[i].code != 0
                                       ? g_error_matches (error, VFP_ERROR, choices[i].code)
                                       : error == NULL);
    }
}

/* There and back again; VFs with the same MAC are left alone. */
static void
test_change (void **state)
{
  static const char before[] = "<domain><name>web1</name><devices>" VF_WITH (MAC, "")
      PLAIN ("01", BR0) PLAIN ("02", BR0) "</devices></domain>";
  VfpNicChange change = { .is_standby = TRUE, .alias = "ua-lan" };
  g_autoptr (GError) error = NULL;

  assert_true (vfp_mac_parse ("52:54:00:00:00:01", &change.mac, NULL));
  g_autofree char *made = vfp_domxml_change_nic (before, &change, NULL);
  assert_non_null (made);
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (made, NULL);
  const VfpGuestNic *nic = vfp_domxml_find_nic (domxml, "ua-lan");
  assert_non_null (nic);
  assert_true (nic->is_standby && vfp_mac_equal (&nic->mac, &change.mac));
  assert_null (((VfpGuestDevice *) g_ptr_array_index (domxml->devices, 0))->alias);

  change.is_standby = FALSE;
  change.alias = NULL;
  g_autofree char *undone = vfp_domxml_change_nic (made, &change, NULL);
  g_autofree char *again = vfp_domxml_change_nic (before, &change, NULL);
  assert_string_equal (undone, again);

  assert_true (vfp_mac_parse ("52:54:00:00:00:03", &change.mac, NULL));
  assert_null (vfp_domxml_change_nic (before, &change, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT));

  g_autofree char *without = vfp_domxml_detach_nic (made, "ua-lan", NULL);
  g_autoptr (VfpDomxml) rest = vfp_domxml_parse (without, NULL);
  assert_int_equal (rest->nics->len, 1);
  assert_int_equal (rest->devices->len, 1);
  assert_null (vfp_domxml_detach_nic (without, "ua-lan", NULL));
}

static void
test_lower (void **state)
{
  static const struct
  {
    const char *netdev, *pf;
  } cases[] = {
    { "enp1s0f0", "enp1s0f0" }, { "br0", "enp1s0f0" },  { "brvf", "enp1s0f1" }, { "brbond", NULL },
    { "brnone", NULL },         { "bron", "enp1s0f0" }, { "brgone", NULL },     { "absent", NULL },
  };
  g_autoptr (HostTree) tree = hosttree_new (NULL);

  hosttree_add_pf (tree, &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 1 });
  hosttree_add_pf (tree, &(HostPf){ .name = "enp1s0f1", .address = "0000:01:00.1", .vfs = 1 });
  hosttree_add_bridge (tree, "br0", "enp1s0f0");
  hosttree_add_bridge (tree, "brvf", "enp1s0f1v0");
  hosttree_add_bridge (tree, "bond0", "enp1s0f0,enp1s0f1");
  hosttree_add_bridge (tree, "brbond", "bond0");
  hosttree_add_bridge (tree, "brnone", "");
  hosttree_add_bridge (tree, "bron", "br0");
  hosttree_add_bridge (tree, "brgone", "brgone");
  hosttree_save_links (tree);

  g_autoptr (VfpRoot) root = hosttree_open (tree);
  g_autoptr (VfpInventory) inventory = vfp_inventory_read (root, NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const VfpPf *pf = vfp_lower_only_pf (root, inventory, cases[i].netdev);

      check_case_string (cases[i].netdev, pf != NULL ? pf->netdev : NULL, cases[i].pf);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_pairs),      cmocka_unit_test (test_single),
    cmocka_unit_test (test_parse_wish), cmocka_unit_test (test_choose),
    cmocka_unit_test (test_change),     cmocka_unit_test (test_lower),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
