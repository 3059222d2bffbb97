/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other host devices in a domain's XML, and not a byte else. */
#include "config.h"

#include "guest/domxml-splice.h"

#include <string.h>

#include "base/error.h"
#include "tests/lib/check.h"

#define HEAD "<domain type='kvm'><name>g</name>"
#define TAIL "</domain>"
#define A "0000:01:10.0"
#define B "0000:01:10.2"
#define C "0001:82:1f.7"

static char *
move (const char *xml, const char *pairs, GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (pairs, "> ", -1);
  g_autoptr (GArray) moves = g_array_new (FALSE, TRUE, sizeof (VfpSourceMove));

  for (char **word = words; *word != NULL; word += 2)
    {
      VfpSourceMove one = { 0 };

      assert_true (vfp_address_parse (word[0], &one.from, NULL));
      assert_true (vfp_address_parse (word[1], &one.to, NULL));
      g_array_append_val (moves, one);
    }
  return vfp_domxml_move_sources (xml, moves, error);
}

#define SOURCE_A                                                                                   \
  "<source><address type='pci' domain='0x0000' bus='0x01' slot='0x10' function='0x0'/></source>"
#define SOURCE_B                                                                                   \
  "<source><address type='pci' domain='0x0000' bus='0x01' slot='0x10' function='0x2'/></source>"
#define SOURCE_C                                                                                   \
  "<source><address type='pci' domain='0x0001' bus='0x82' slot='0x1f' function='0x7'/></source>"
#define NIC(source) "<interface type='hostdev' managed='yes'>" source "</interface>"
#define DEVICES(text) HEAD "<devices>" text "</devices>" TAIL

static const struct
{
  const char *name, *xml, *moves, *want;
} cases[]
    = {
        { "one", DEVICES (NIC (SOURCE_A)), A ">" C, DEVICES (NIC (SOURCE_C)) },
        { "one of two", DEVICES (NIC (SOURCE_A) NIC (SOURCE_B)), B ">" C,
          DEVICES (NIC (SOURCE_A) NIC (SOURCE_C)) },
        { "exchanged", DEVICES (NIC (SOURCE_A) NIC (SOURCE_B)), A ">" B " " B ">" A,
          DEVICES (NIC (SOURCE_B) NIC (SOURCE_A)) },
        { "hostdev, as libvirt writes it",
          DEVICES ("<hostdev mode='subsystem' type='pci'><driver name='vfio'/><source>\n"
                   "  <address domain='0x0000' bus='0x01' slot='0x10' function='0x0'/>\n</source>"
                   "</hostdev>"),
          A ">" C,
          DEVICES ("<hostdev mode='subsystem' type='pci'><driver name='vfio'/><source>\n"
                   "  <address domain='0x0001' bus='0x82' slot='0x1f' function='0x7'/>\n</source>"
                   "</hostdev>") },
        { "blanks, quotes, order, an end tag",
          DEVICES (NIC (
              "<source ><address\n function=\"0\"\tslot = '16' bus= '1'\n></address></source>")),
          A ">" C,
          DEVICES (NIC (
              "<source ><address domain='0x0001'\n function=\"0x7\"\tslot = '0x1f' bus= '0x82'\n>"
              "</address></source>")) },
        { "the guest address stays",
          DEVICES ("<interface type='hostdev'><address type='pci' bus='0x01' slot='0x10'/>" SOURCE_A
                   "<address type='pci' domain='0x0000' bus='0x01' slot='0x10' "
                   "function='0x0'/></interface>"),
          A ">" C,
          DEVICES ("<interface type='hostdev'><address type='pci' bus='0x01' slot='0x10'/>" SOURCE_C
                   "<address type='pci' domain='0x0000' bus='0x01' slot='0x10' "
                   "function='0x0'/></interface>") },
        { "what looks like it",
          HEAD
          "<description><![CDATA[<devices>" NIC (SOURCE_A) "]]></description><!-- <devices>" NIC (
              SOURCE_A) " --><?x <devices>" NIC (SOURCE_A) "?><title a='>' "
                                                           "b=\"'/>\">&lt;devices&gt;</"
                                                           "title><metadata><d:devices "
                                                           "xmlns:d='u'>" NIC (
                                                               SOURCE_A) "</d:devices></"
                                                                         "metadata><devices><disk "
                                                                         "type='block'>" SOURCE_A
                                                                         "</disk><!-- " NIC (SOURCE_A) " -->" NIC (
                                                                             SOURCE_A) "<hostdev "
                                                                                       "type='usb'"
                                                                                       ">" SOURCE_A
                                                                                       "</"
                                                                                       "hostdev></"
                                                                                       "devices"
                                                                                       ">" TAIL,
          A ">" C,
          HEAD
          "<description><![CDATA[<devices>" NIC (SOURCE_A) "]]></description><!-- <devices>" NIC (
              SOURCE_A) " --><?x <devices>" NIC (SOURCE_A) "?><title a='>' "
                                                           "b=\"'/>\">&lt;devices&gt;</"
                                                           "title><metadata><d:devices "
                                                           "xmlns:d='u'>" NIC (
                                                               SOURCE_A) "</d:devices></"
                                                                         "metadata><devices><disk "
                                                                         "type='block'>" SOURCE_A
                                                                         "</disk><!-- " NIC (SOURCE_A) " -->" NIC (
                                                                             SOURCE_C) "<hostdev "
                                                                                       "type='usb'"
                                                                                       ">" SOURCE_A
                                                                                       "</"
                                                                                       "hostdev></"
                                                                                       "devices"
                                                                                       ">" TAIL },
        { "behind the root",
          "<?xml version='1.0'?>\n" DEVICES (NIC (SOURCE_A)) "\n<!-- \303\244 -->\n", A ">" C,
          "<?xml version='1.0'?>\n" DEVICES (NIC (SOURCE_C)) "\n<!-- \303\244 -->\n" },
        { "of a network",
          DEVICES ("<interface type='network'><actual type='hostdev'>" SOURCE_A
                   "</actual></interface>" NIC (SOURCE_B)),
          A ">" C, NULL },
        { "not there", DEVICES (NIC (SOURCE_A)), B ">" C, NULL },
        { "twice", DEVICES (NIC (SOURCE_A) NIC (SOURCE_A)), A ">" C, NULL },
        { "not XML", DEVICES (NIC (SOURCE_A)) "<", A ">" C, NULL },
        { "two lists of devices", HEAD "<devices/><devices>" NIC (SOURCE_A) "</devices>" TAIL,
          A ">" C, NULL },
      };

static void
test_cases (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *got = move (cases[i].xml, cases[i].moves, &error);

      if (g_strcmp0 (got, cases[i].want) != 0)
        fail_msg ("%s: %s", cases[i].name, got != NULL ? got : error->message);
      check_case (cases[i].name,
                  (got == NULL) == g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT));
    }
}

static const char *const noise[] = {
  "",
  "\n  ",
  "<!-- <source> -->",
  "<![CDATA[</devices>]]>",
  "<?pi '?>",
  "<x y='>'/>",
  "<source/>",
  "<address bus='0x01'/>",
  "<interface type='bridge'><source bridge='br0'/></interface>",
  "<x:y xmlns:x='u'><x:source/></x:y>",
  "&amp;&#65;",
  "<devices>" NIC (SOURCE_A) "</devices>",
  "<hostdev type='usb'><source><address bus='1' device='2'/></source></hostdev>",
};

static const char *
pick (GRand *random)
{
  return noise[g_rand_int_range (random, 0, (gint32) G_N_ELEMENTS (noise))];
}

/* There and back is the same text, and what is between is not touched. */
static void
test_random (void **state)
{
  const guint32 seed = g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  for (unsigned round = 0; round < 2000; round++)
    {
      g_autoptr (GString) xml = g_string_new (HEAD);
      const int count = g_rand_int_range (random, 0, 4);

      g_string_append_printf (xml, "<devices><!-- -->");
      for (int i = 0; i < count; i++)
        g_string_append (xml, pick (random));
      g_string_append_printf (xml,
                              "<interface type='hostdev'>%s" SOURCE_A "%s</interface>%s"
                              "<hostdev type='pci'>" SOURCE_B "</hostdev>%s</devices>%s" TAIL,
                              g_rand_boolean (random) ? "<x/>" : "", pick (random), pick (random),
                              pick (random), pick (random));
      g_autoptr (GError) error = NULL;
      g_autofree char *there = move (xml->str, A ">" C " " B ">" A, &error);
      g_autofree char *back = there != NULL ? move (there, C ">" A " " A ">" B, &error) : NULL;

      if (g_strcmp0 (back, xml->str) != 0 || g_str_equal (there, xml->str))
        fail_msg ("seed %u, round %u: %s\n%s", seed, round, xml->str,
                  error != NULL ? error->message : back);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_cases),
    cmocka_unit_test (test_random),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
