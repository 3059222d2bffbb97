/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests byte by byte, replies as kernels send them, and the fake. */
#include "config.h"

#include "host/netlink-private.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <netlink/attr.h>

#include "host/netlink-fake.h"
#include "tests/lib/check.h"
#include "tests/lib/hosttree.h"

static char *
to_hex (const void *data, int length)
{
  const guint8 *bytes = data;
  GString *text = g_string_new (NULL);

  for (int i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

static VfpSettings
settings_of (const char *text)
{
  VfpSettings settings;

  assert_true (vfp_settings_from_string (text, &settings, NULL));
  return settings;
}

/* The content of IFLA_VF_INFO, for VF 3, on a little-endian machine. */
static const struct
{
  const char *settings;
  VfpSetting which;
  gboolean legacy_rate;
  const char *bytes;
} requests[] = {
  { "mac=56:66:1c:09:aa:01", VFP_SETTING_MAC, FALSE,
    "28000100"
    "03000000"
    "56661c09aa01"
    "0000000000000000000000000000"
    "000000000000000000000000" },
  { "vlan=42:5:802.1Q", VFP_SETTING_VLAN, FALSE,
    "10000200"
    "03000000"
    "2a000000"
    "05000000" },
  { "vlan=0", VFP_SETTING_VLAN, FALSE,
    "10000200"
    "03000000"
    "00000000"
    "00000000" },
  { "vlan=42:5:802.1ad", VFP_SETTING_VLAN, FALSE,
    "18000c80"
    "14000100"
    "03000000"
    "2a000000"
    "05000000"
    "88a80000" },
  { "tx-rate=10:1000", VFP_SETTING_RATE, FALSE,
    "10000600"
    "03000000"
    "0a000000"
    "e8030000" },
  { "tx-rate=0:1000", VFP_SETTING_RATE, TRUE,
    "0c000300"
    "03000000"
    "e8030000" },
  { "spoofchk=on", VFP_SETTING_SPOOFCHK, FALSE,
    "0c000400"
    "03000000"
    "01000000" },
  { "trust=off", VFP_SETTING_TRUST, FALSE,
    "0c000900"
    "03000000"
    "00000000" },
  { "link-state=disable", VFP_SETTING_LINK_STATE, FALSE,
    "0c000500"
    "03000000"
    "02000000" },
};

static void
test_set_requests (void **state)
{
  if (G_BYTE_ORDER != G_LITTLE_ENDIAN)
    skip ();

  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      const VfpSettings settings = settings_of (requests[i].settings);
      g_autoptr (NlMsg) message = vfp_netlink_build_set_vf ("enp1s0f0", 3, requests[i].which,
                                                            &settings, requests[i].legacy_rate);
      struct nlmsghdr *header = nlmsg_hdr (message);
      struct nlattr *name = nlmsg_find_attr (header, sizeof (struct ifinfomsg), IFLA_IFNAME);
      struct nlattr *list = nlmsg_find_attr (header, sizeof (struct ifinfomsg), IFLA_VFINFO_LIST);
      struct nlattr *info = nla_data (list);
      g_autofree char *bytes = to_hex (nla_data (info), nla_len (info));

      check_case (requests[i].settings, header->nlmsg_type == RTM_SETLINK);
      check_case (requests[i].settings, header->nlmsg_flags & NLM_F_ACK);
      check_case_string (requests[i].settings, nla_get_string (name), "enp1s0f0");
      check_case (requests[i].settings, nla_type (info) == IFLA_VF_INFO);
      check_case (requests[i].settings, nla_len (list) == nla_total_size (nla_len (info)));
      check_case_string (requests[i].settings, bytes, requests[i].bytes);
    }
}

static void
test_up_request (void **state)
{
  g_autoptr (NlMsg) message = vfp_netlink_build_set_up ("enp1s0f0");
  struct nlmsghdr *header = nlmsg_hdr (message);
  const struct ifinfomsg *link = nlmsg_data (header);
  struct nlattr *name = nlmsg_find_attr (header, sizeof *link, IFLA_IFNAME);

  assert_int_equal (header->nlmsg_type, RTM_SETLINK);
  assert_true (header->nlmsg_flags & NLM_F_ACK);
  assert_int_equal (link->ifi_flags, IFF_UP);
  assert_int_equal (link->ifi_change, IFF_UP);
  assert_string_equal (nla_get_string (name), "enp1s0f0");
}

static void
test_get_requests (void **state)
{
  g_autoptr (NlMsg) link = vfp_netlink_build_get_link ("enp1s0f0");
  g_autoptr (NlMsg) addresses = vfp_netlink_build_get_addresses ();
  struct nlmsghdr *header = nlmsg_hdr (link);

  assert_int_equal (header->nlmsg_type, RTM_GETLINK);
  assert_int_equal (header->nlmsg_flags & NLM_F_DUMP, 0);
  assert_int_equal (
      nla_get_u32 (nlmsg_find_attr (header, sizeof (struct ifinfomsg), IFLA_EXT_MASK)),
      RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS);
  assert_int_equal (nlmsg_hdr (addresses)->nlmsg_type, RTM_GETADDR);
  assert_int_equal (nlmsg_hdr (addresses)->nlmsg_flags & NLM_F_DUMP, NLM_F_DUMP);
}

/* One entry as rtnl_fill_vfinfo() writes it. */
static void
put_vf (NlMsg *message, guint32 index, const VfpSettings *settings)
{
  struct ifla_vf_mac mac = { .vf = index };
  struct ifla_vf_vlan vlan = { .vf = index, .vlan = settings->vlan, .qos = settings->vlan_qos };
  struct ifla_vf_vlan_info vlan_info = { .vf = index,
                                         .vlan = settings->vlan,
                                         .qos = settings->vlan_qos,
                                         .vlan_proto = htons (settings->vlan_proto) };
  struct ifla_vf_rate rate = { index, settings->min_tx_rate, settings->max_tx_rate };
  struct ifla_vf_tx_rate tx_rate = { index, settings->max_tx_rate };
  struct ifla_vf_spoofchk spoofchk
      = { index, settings->known & VFP_SETTING_SPOOFCHK ? settings->spoofchk : -1 };
  struct ifla_vf_trust trust
      = { index, settings->known & VFP_SETTING_TRUST ? settings->trust : -1 };
  struct ifla_vf_link_state link_state = { index, settings->link_state };
  struct nlattr *info = nla_nest_start (message, IFLA_VF_INFO);

  memcpy (mac.mac, settings->mac.octet, sizeof settings->mac.octet);
  nla_put (message, IFLA_VF_MAC, sizeof mac, &mac);
  nla_put (message, IFLA_VF_VLAN, sizeof vlan, &vlan);
  nla_put (message, IFLA_VF_RATE, sizeof rate, &rate);
  nla_put (message, IFLA_VF_TX_RATE, sizeof tx_rate, &tx_rate);
  nla_put (message, IFLA_VF_SPOOFCHK, sizeof spoofchk, &spoofchk);
  nla_put (message, IFLA_VF_LINK_STATE, sizeof link_state, &link_state);
  nla_put (message, IFLA_VF_TRUST, sizeof trust, &trust);
  struct nlattr *list = nla_nest_start (message, IFLA_VF_VLAN_LIST);
  nla_put (message, IFLA_VF_VLAN_INFO, sizeof vlan_info, &vlan_info);
  nla_nest_end (message, list);
  nla_nest_end (message, info);
}

static NlMsg *
new_reply (unsigned flags)
{
  struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = 3, .ifi_flags = flags };
  const guint8 address[] = { 0x02, 0, 0, 0, 0, 1 };
  NlMsg *message = nlmsg_alloc_size (65536);

  nlmsg_put (message, 0, 0, RTM_NEWLINK, 0, 0);
  nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  nla_put_string (message, IFLA_IFNAME, "enp1s0f0");
  nla_put_u8 (message, IFLA_CARRIER, flags & IFF_RUNNING ? 1 : 0);
  nla_put (message, IFLA_ADDRESS, sizeof address, address);
  return message;
}

static void
test_parse_link (void **state)
{
  static const char *const vfs[] = {
    "mac=56:66:1c:09:aa:01 vlan=42:5:802.1ad tx-rate=10:1000 spoofchk=on link-state=disable",
    "mac=00:00:00:00:00:00 vlan=0 tx-rate=0:0 spoofchk=off trust=on link-state=auto",
    "mac=00:00:00:00:00:00 vlan=7:0:802.1Q tx-rate=0:0 link-state=enable",
  };
  const guint8 permanent[] = { 0xa0, 0x36, 0x9f, 0x8f, 0x3f, 0xb8 };
  g_autoptr (NlMsg) message = new_reply (IFF_UP | IFF_RUNNING);

  nla_put_u32 (message, IFLA_NUM_VF, G_N_ELEMENTS (vfs));
  struct nlattr *list = nla_nest_start (message, IFLA_VFINFO_LIST);
  for (guint32 i = 0; i < G_N_ELEMENTS (vfs); i++)
    {
      const VfpSettings settings = settings_of (vfs[i]);
      put_vf (message, i, &settings);
    }
  nla_nest_end (message, list);
  struct nlattr *names = nla_nest_start (message, IFLA_PROP_LIST);
  nla_put_string (message, IFLA_ALT_IFNAME, "uplink-a");
  nla_put_string (message, IFLA_ALT_IFNAME, "card-a");
  nla_nest_end (message, names);
  nla_put (message, IFLA_PERM_ADDRESS, sizeof permanent, permanent);

  g_autoptr (VfpLink) link = vfp_netlink_parse_link (message);
  g_autofree char *mac = vfp_mac_to_string (&link->mac);
  assert_true (link->up && link->carrier);
  assert_string_equal (mac, "a0:36:9f:8f:3f:b8");
  assert_string_equal (link->altnames[0], "uplink-a");
  assert_string_equal (link->altnames[1], "card-a");
  assert_null (link->altnames[2]);
  assert_int_equal (link->vfs->len, G_N_ELEMENTS (vfs));
  for (guint i = 0; i < link->vfs->len; i++)
    {
      g_autofree char *text = vfp_settings_to_string (&g_array_index (link->vfs, VfpSettings, i));
      check_case_string (vfs[i], text, vfs[i]);
    }
}

static void
test_parse_link_that_is_no_pf (void **state)
{
  g_autoptr (NlMsg) message = new_reply (0);
  g_autoptr (VfpLink) link = vfp_netlink_parse_link (message);
  g_autofree char *mac = vfp_mac_to_string (&link->mac);

  assert_false (link->up || link->carrier);
  assert_string_equal (mac, "02:00:00:00:00:01");
  assert_null (link->altnames);
  assert_int_equal (link->vfs->len, 0);
}

static void
test_parse_link_without_list (void **state)
{
  g_autoptr (NlMsg) message = new_reply (IFF_UP);

  nla_put_u32 (message, IFLA_NUM_VF, 2);
  g_autoptr (VfpLink) link = vfp_netlink_parse_link (message);
  assert_int_equal (link->vfs->len, 2);
  assert_int_equal (g_array_index (link->vfs, VfpSettings, 1).known, 0);
}

static void
test_parse_short_list (void **state)
{
  static const guint32 listed[] = { 0, 2 };
  const VfpSettings settings = settings_of ("mac=56:66:1c:09:aa:01");
  g_autoptr (NlMsg) message = new_reply (IFF_UP);

  nla_put_u32 (message, IFLA_NUM_VF, 5);
  struct nlattr *list = nla_nest_start (message, IFLA_VFINFO_LIST);
  for (gsize i = 0; i < G_N_ELEMENTS (listed); i++)
    put_vf (message, listed[i], &settings);
  nla_nest_end (message, list);

  g_autoptr (VfpLink) link = vfp_netlink_parse_link (message);
  assert_int_equal (link->vfs->len, 5);
  for (guint i = 0; i < link->vfs->len; i++)
    assert_int_equal (g_array_index (link->vfs, VfpSettings, i).known != 0, i == 0 || i == 2);
}

/* The length of the list has 16 bits: with 400 VFs it wraps, and the rest is taken for attributes
 * of the link. */
static void
test_parse_wrapped_list (void **state)
{
  const VfpSettings settings = settings_of ("mac=56:66:1c:09:aa:01");
  struct ifinfomsg header = { .ifi_index = 3, .ifi_flags = IFF_UP };
  g_autoptr (NlMsg) message = nlmsg_alloc_size (262144);
  unsigned told = 0;

  nlmsg_put (message, 0, 0, RTM_NEWLINK, 0, 0);
  nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
  nla_put_u32 (message, IFLA_NUM_VF, 400);
  struct nlattr *list = nla_nest_start (message, IFLA_VFINFO_LIST);
  for (guint32 i = 0; i < 400; i++)
    put_vf (message, i, &settings);
  list->nla_len = (guint16) ((char *) nlmsg_tail (nlmsg_hdr (message)) - (char *) list);

  g_autoptr (VfpLink) link = vfp_netlink_parse_link (message);
  assert_true (link->up);
  assert_int_equal (link->vfs->len, 400);
  for (guint i = 0; i < link->vfs->len; i++)
    told += g_array_index (link->vfs, VfpSettings, i).known != 0 ? 1 : 0;
  assert_true (told < 400);
  for (guint i = 0; i < told; i++)
    assert_true (vfp_mac_equal (&g_array_index (link->vfs, VfpSettings, i).mac, &settings.mac));
}

static void
test_parse_link_refuses_others (void **state)
{
  g_autoptr (NlMsg) message = nlmsg_alloc_simple (RTM_NEWADDR, 0);
  g_autoptr (NlMsg) empty = nlmsg_alloc_simple (RTM_NEWLINK, 0);

  assert_null (vfp_netlink_parse_link (message));
  assert_null (vfp_netlink_parse_link (empty));
}

static const struct
{
  const char *name;
  guint8 family, prefix, scope;
  const char *address, *local; /* NULL: no such attribute */
  const char *text;
} addresses[] = {
  { "IPv4", AF_INET, 24, RT_SCOPE_UNIVERSE, "192.0.2.7", "192.0.2.7", "192.0.2.7/24" },
  { "peer", AF_INET, 32, RT_SCOPE_UNIVERSE, "192.0.2.8", "192.0.2.7", "192.0.2.7/32" },
  { "IPv6", AF_INET6, 64, RT_SCOPE_UNIVERSE, "2001:db8::7", NULL, "2001:db8::7/64" },
  { "link-local", AF_INET6, 64, RT_SCOPE_LINK, "fe80::1", NULL, NULL },
  { "link-local IPv4", AF_INET, 16, RT_SCOPE_LINK, "169.254.1.1", "169.254.1.1", NULL },
  { "loopback", AF_INET, 8, RT_SCOPE_HOST, "127.0.0.1", "127.0.0.1", NULL },
  { "none", AF_INET, 24, RT_SCOPE_UNIVERSE, NULL, NULL, NULL },
};

static void
put_address (NlMsg *message, int type, int family, const char *text)
{
  guint8 bytes[16];

  if (text == NULL)
    return;
  assert_int_equal (inet_pton (family, text, bytes), 1);
  nla_put (message, type, family == AF_INET ? 4 : 16, bytes);
}

static void
test_parse_address (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      struct ifaddrmsg header = { .ifa_family = addresses[i].family,
                                  .ifa_prefixlen = addresses[i].prefix,
                                  .ifa_scope = addresses[i].scope,
                                  .ifa_index = 9 };
      g_autoptr (NlMsg) message = nlmsg_alloc_simple (RTM_NEWADDR, 0);
      unsigned ifindex = 0;

      nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
      put_address (message, IFA_ADDRESS, addresses[i].family, addresses[i].address);
      put_address (message, IFA_LOCAL, addresses[i].family, addresses[i].local);
      g_autofree char *text = vfp_netlink_parse_address (message, &ifindex);
      check_case_string (addresses[i].name, text, addresses[i].text);
      check_case (addresses[i].name, ifindex == (addresses[i].text != NULL ? 9 : 0));
    }
}

/* Kernels that do not cap the reply put the whole request before the text. */
static void
test_ext_ack (void **state)
{
  static const struct
  {
    const char *name;
    guint16 flags;
    unsigned request_length;
    const char *text;
  } cases[] = {
    { "capped", NLM_F_CAPPED | NLM_F_ACK_TLVS, 60, "no such VLAN" },
    { "not capped", NLM_F_ACK_TLVS, 61, "no such VLAN" },
    { "without", NLM_F_CAPPED, 60, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint8 zeros[64] = { 0 };
      struct nlmsgerr reply = { .error = -EINVAL };
      g_autoptr (NlMsg) message = nlmsg_alloc_simple (NLMSG_ERROR, cases[i].flags);

      reply.msg.nlmsg_len = cases[i].request_length;
      nlmsg_append (message, &reply, sizeof reply, NLMSG_ALIGNTO);
      if (!(cases[i].flags & NLM_F_CAPPED))
        nlmsg_append (message, (void *) zeros, cases[i].request_length - NLMSG_HDRLEN,
                      NLMSG_ALIGNTO);
      if (cases[i].text != NULL)
        nla_put_string (message, NLMSGERR_ATTR_MSG, cases[i].text);
      g_autofree char *text = vfp_netlink_parse_ext_ack (nlmsg_hdr (message));
      check_case_string (cases[i].name, text, cases[i].text);
    }
}

static void
test_refusals (void **state)
{
  static const struct
  {
    int errnum;
    VfpErrorCode code;
  } cases[] = {
    { EOPNOTSUPP, VFP_ERROR_UNSUPPORTED }, { EPERM, VFP_ERROR_NO_PERMISSION },
    { EACCES, VFP_ERROR_NO_PERMISSION },   { EINVAL, VFP_ERROR_HOST },
    { EPROTONOSUPPORT, VFP_ERROR_HOST },   { ENODEV, VFP_ERROR_HOST },
  };
  const VfpSettings settings = settings_of ("vlan=42:0:802.1ad");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      const char *reason = g_strerror (cases[i].errnum);

      assert_false (vfp_netlink_throw_set ("enp1s0f0", 3, VFP_SETTING_VLAN, &settings,
                                           cases[i].errnum, "says the driver", &error));
      check_case (reason, g_error_matches (error, VFP_ERROR, (int) cases[i].code));
      check_case (reason, strstr (error->message, "'enp1s0f0'") != NULL);
      check_case (reason, strstr (error->message, "42:0:802.1ad") != NULL);
      check_case (reason, strstr (error->message, reason) != NULL);
      check_case (reason, strstr (error->message, "(says the driver)") != NULL);
    }
}

static void
test_kernel_knows_loopback (void **state)
{
  g_autoptr (VfpNetlink) netlink = vfp_netlink_kernel_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VfpLink) link = netlink->get_link (netlink, "lo", &error);

  if (link == NULL)
    skip ();
  assert_int_equal (link->vfs->len, 0);
  assert_true (vfp_mac_is_zero (&link->mac));
  assert_null (netlink->get_link (netlink, "no-such-netdev", &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_HOST));

  g_autoptr (VfpLink) again = netlink->get_link (netlink, "lo", NULL);
  assert_non_null (again);
  g_autoptr (GHashTable) found = netlink->get_addresses (netlink, NULL);
  assert_non_null (found);
  assert_false (g_hash_table_contains (found, "lo"));
}

static void
test_fake (void **state)
{
  g_autoptr (HostTree) tree = hosttree_new (NULL);
  g_autoptr (VfpRoot) root = hosttree_open (tree);
  VfpFaults faults = { .fail_at = 3 };
  const VfpSettings settings = settings_of ("vlan=42:5:802.1ad trust=on link-state=enable");
  g_autoptr (GError) error = NULL;

  hosttree_add_pf (tree, &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 4 });
  hosttree_save_links (tree);
  g_autoptr (VfpNetlink) netlink = vfp_netlink_fake_new (root, &faults);
  g_autoptr (VfpNetlink) other = vfp_netlink_fake_new (root, NULL);
  g_autoptr (VfpLink) before = other->get_link (other, "enp1s0f0", NULL);
  assert_int_equal (before->vfs->len, 4);

  assert_true (netlink->set_vf (netlink, "enp1s0f0", 3, VFP_SETTING_VLAN, &settings, NULL));
  assert_false (
      netlink->set_vf (netlink, "enp1s0f0", 3, VFP_SETTING_LINK_STATE, &settings, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_UNSUPPORTED));
  g_clear_error (&error);
  assert_false (netlink->set_vf (netlink, "enp1s0f0", 3, VFP_SETTING_TRUST, &settings, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_FAILED));
  g_clear_error (&error);
  assert_false (netlink->set_vf (netlink, "enp1s0f0", 4, VFP_SETTING_VLAN, &settings, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_HOST));
  g_clear_error (&error);
  assert_null (netlink->get_link (netlink, "enp9s0", &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_HOST));
  assert_int_equal (faults.calls, 4);

  g_autoptr (VfpLink) after = other->get_link (other, "enp1s0f0", NULL);
  g_autofree char *changed = vfp_settings_to_string (&g_array_index (after->vfs, VfpSettings, 3));
  g_autofree char *unchanged = vfp_settings_to_string (&g_array_index (after->vfs, VfpSettings, 2));
  assert_string_equal (changed, "mac=00:00:00:00:00:00 vlan=42:5:802.1ad tx-rate=0:0 spoofchk=on "
                                "trust=off link-state=auto");
  assert_string_equal (unchanged, "mac=00:00:00:00:00:00 vlan=0 tx-rate=0:0 spoofchk=on "
                                  "trust=off link-state=auto");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_set_requests),
    cmocka_unit_test (test_up_request),
    cmocka_unit_test (test_get_requests),
    cmocka_unit_test (test_parse_link),
    cmocka_unit_test (test_parse_link_that_is_no_pf),
    cmocka_unit_test (test_parse_link_without_list),
    cmocka_unit_test (test_parse_short_list),
    cmocka_unit_test (test_parse_wrapped_list),
    cmocka_unit_test (test_parse_link_refuses_others),
    cmocka_unit_test (test_parse_address),
    cmocka_unit_test (test_ext_ack),
    cmocka_unit_test (test_refusals),
    cmocka_unit_test (test_kernel_knows_loopback),
    cmocka_unit_test (test_fake),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
