/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A preflight guest, and the reading of the answer to it out of an error of libvirt's. */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "guest/preflight.h"
#include "ops/preflight-answer.h"
#include "tests/lib/check.h"

#define UUID "5dd0d3b6-6f4e-4a0e-9a53-64a8d3a5b0f1"
#define GUEST "0a4f4a0e-6f4e-4a0e-9a53-64a8d3a5b0f2"
#define BEFORE                                                                                     \
  "Hook script execution failed: internal error: Child process (LC_ALL=C PATH=… "                \
  "/etc/libvirt/hooks/qemu vfpool-preflight-" UUID                                                 \
  " prepare begin -) unexpected exit status 100: "
#define POOLS "\"pools\":[{\"pool\":\"a\",\"total\":4,\"free\":2,\"vfs\":[\"0000:01:10.0\"]}]"
#define SLOTS                                                                                      \
  "\"slots\":[{\"slot\":\"net0\",\"pool\":\"a\",\"vf\":\"0000:01:10.0\"},"                         \
  "{\"slot\":\"net1\",\"pool\":null,\"vf\":null}]"
#define ANSWER "{\"version\":\"1.2\"," POOLS "," SLOTS ",\"reasons\":[\"net1: no \\\"}{\"]}"

static void
test_render (void **state)
{
  g_autoptr (VfpPreflight) asked = vfp_preflight_new (GUEST);
  VfpPreflightSlot *first = vfp_preflight_add_slot (asked),
                   *second = vfp_preflight_add_slot (asked);

  first->name = g_strdup ("net0");
  first->pool = g_strdup ("a'<&");
  second->name = g_strdup ("net1");
  second->pool = g_strdup ("p");
  second->to_pool = g_strdup ("q");
  second->bond = g_strdup ("bond0");
  vfp_preflight_add_netdev (asked, "br'0");
  vfp_preflight_add_netdev (asked, "br'0");
  g_autofree char *xml = vfp_preflight_render (UUID, asked);
  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (xml, NULL);
  assert_true (vfp_preflight_is (domxml));
  g_autoptr (VfpPreflight) parsed = vfp_preflight_parse (domxml->metadata, NULL);
  assert_string_equal (parsed->guest_uuid, GUEST);
  assert_int_equal (parsed->slots->len, 2);
  const VfpPreflightSlot *a = g_ptr_array_index (parsed->slots, 0),
                         *b = g_ptr_array_index (parsed->slots, 1);
  assert_string_equal (a->pool, "a'<&");
  assert_null (a->to_pool);
  assert_string_equal (b->to_pool, "q");
  assert_string_equal (b->bond, "bond0");
  assert_int_equal (parsed->netdevs->len, 1);
  assert_string_equal (g_ptr_array_index (parsed->netdevs, 0), "br'0");

  g_autofree char *none = vfp_preflight_render (UUID, NULL);
  g_autoptr (VfpDomxml) empty = vfp_domxml_parse (none, NULL);
  assert_true (vfp_preflight_is (empty));
  g_autoptr (VfpPreflight) nothing = vfp_preflight_parse (empty->metadata, NULL);
  assert_null (nothing->guest_uuid);
  assert_int_equal (nothing->slots->len + nothing->netdevs->len, 0);
}

static void
test_answers (void **state)
{
  static const char *const texts[] = {
    ANSWER,
    BEFORE ANSWER,
    BEFORE "50-vfpool: what\n" ANSWER "\nanother script's words {\n",
    BEFORE "{\"version\":\"0\"} {\"version\":\"" ANSWER,
    "{\"version\":\"1.2\",\"newer\":{\"a\":[1]}," POOLS "," SLOTS
    ",\"reasons\":[\"net1: no \\\"}{\"]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VfpAnswer) answer = vfp_answer_parse (texts[i], &error);

      if (answer == NULL)
        fail_msg ("%s: %s", texts[i], error->message);
      assert_string_equal (answer->version, "1.2");
      assert_int_equal (answer->pools->len, 1);
      const VfpAnswerPool *pool = g_ptr_array_index (answer->pools, 0);
      assert_true (pool->total == 4 && pool->free == 2 && g_str_equal (pool->name, "a"));
      assert_int_equal (answer->slots->len, 2);
      const VfpAnswerSlot *first = g_ptr_array_index (answer->slots, 0);
      const VfpAnswerSlot *second = g_ptr_array_index (answer->slots, 1);
      assert_true (first->has_vf && first->vf.slot == 0x10 && g_str_equal (first->pool, "a"));
      assert_true (!second->has_vf && second->pool == NULL);
      assert_int_equal (answer->reasons->len, 1);
      assert_string_equal (g_ptr_array_index (answer->reasons, 0), "net1: no \"}{");
    }
}

static void
test_no_answers (void **state)
{
  static const char *const texts[] = {
    "",
    BEFORE,
    BEFORE "vfpool: web1: no",
    BEFORE "{\"version\":\"",
    "{\"version\":\"1\"",
    "{\"version\":\"1\"}",
    "{\"version\":\"1\",\"pools\":[],\"slots\":[]}",
    "{\"version\":\"1\",\"pools\":{},\"slots\":[],\"reasons\":[]}",
    "{\"version\":\"1\",\"pools\":[1],\"slots\":[],\"reasons\":[]}",
    "{\"version\":\"1\",\"pools\":[],\"slots\":[{\"slot\":\"net0\",\"pool\":1,\"vf\":null}],"
    "\"reasons\":[]}",
    "{\"version\":\"1\",\"pools\":[],\"slots\":[{\"slot\":\"net0\",\"pool\":null,\"vf\":\"x\"}],"
    "\"reasons\":[]}",
    "{\"version\":\"1\",\"pools\":[{\"pool\":\"a\",\"total\":-1,\"free\":0}],\"slots\":[],"
    "\"reasons\":[]}",
    "{\"version\":\"1\",\"pools\":[],\"slots\":[],\"reasons\":[null]}",
    "{\"version\":\"1\",\"pools\":[],\"slots\":[],\"missing\":[1],\"reasons\":[]}",
    "{\"version\":\"1\",\"pools\":[[[[[[[[[[]]]]]]]]]],\"slots\":[],\"reasons\":[]}",
    "{\"version\":\"1\",/* */\"pools\":[],\"slots\":[],\"reasons\":[]",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VfpAnswer) answer = vfp_answer_parse (texts[i], &error);

      check_case (texts[i], answer == NULL);
      check_case (texts[i], g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT));
      check_case (texts[i], strchr (error->message, '\n') == NULL);
    }
}

/* An answer with a byte changed, taken out, doubled, or cut off anywhere, and a very long one. */
static void
test_hostile (void **state)
{
  const guint32 seed = g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  for (unsigned round = 0; round < 20000; round++)
    {
      g_autoptr (GString) text = g_string_new (BEFORE ANSWER);
      const int count = g_rand_int_range (random, 1, 6);

      for (int i = 0; i < count; i++)
        {
          const gint32 at = g_rand_int_range (random, 0, MAX (1, (gint32) text->len - 1));

          switch (g_rand_int_range (random, 0, 4))
            {
            case 0:
              text->str[at] = (char) g_rand_int_range (random, 1, 256);
              break;
            case 1:
              g_string_erase (text, at, text->len > 1);
              break;
            case 2:
              g_string_insert_c (text, at, "{}[]\",:\\\n0"[g_rand_int_range (random, 0, 10)]);
              break;
            default:
              g_string_truncate (text, (gsize) MAX (at, 1));
            }
        }
      g_autoptr (GError) error = NULL;
      g_autoptr (VfpAnswer) answer = vfp_answer_parse (text->str, &error);
      if ((answer == NULL) != (error != NULL))
        fail_msg ("seed %u, round %u: %s", seed, round, text->str);
    }

  g_autoptr (GString) large = g_string_new ("{\"version\":\"");
  for (unsigned i = 0; i < 500000; i++)
    g_string_append (large, "[[");
  assert_null (vfp_answer_parse (large->str, NULL));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_render),
    cmocka_unit_test (test_answers),
    cmocka_unit_test (test_no_answers),
    cmocka_unit_test (test_hostile),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
