/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests: made of XML, found by name, UUID and id; and the URIs that are this host. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "guest/guest.h"
#include "guest/virt.h"

#define XML "<domain><name>g</name></domain>"
#define UUID_A "aaaaaaaa-2222-3333-4444-555555555555"
#define UUID_B "bbbbbbbb-2222-3333-4444-555555555555"

static void
test_new (void **state)
{
  g_autoptr (VfpGuest) off
      = vfp_guest_new ("AAAAAAAA-2222-3333-4444-555555555555", "g", NULL, XML, NULL);
  g_autoptr (VfpGuest) transient = vfp_guest_new (UUID_B, "g", XML, NULL, NULL);

  assert_string_equal (off->uuid, UUID_A);
  assert_int_equal (off->id, -1);
  assert_true (off->persistent && !off->running && off->live == NULL && off->config != NULL);
  assert_true (!transient->persistent && transient->running && transient->config == NULL);
}

static void
test_new_bad (void **state)
{
  g_autoptr (GError) error = NULL;

  assert_null (vfp_guest_new (UUID_A, "web1", "<domain>", XML, &error));
  assert_true (g_error_matches (error, VFP_ERROR, VFP_ERROR_LIBVIRT));
  assert_non_null (strstr (error->message, "guest 'web1', running: domain XML, line 1"));
}

static void
add_guest (GPtrArray *guests, const char *uuid, const char *name, int id)
{
  VfpGuest *guest = vfp_guest_new (uuid, name, id >= 0 ? XML : NULL, XML, NULL);

  guest->id = id;
  g_ptr_array_add (guests, guest);
}

static void
test_find (void **state)
{
  static const struct
  {
    const char *name;
    int expected; /* place among the guests; -1: none */
  } cases[] = {
    { "web1", 0 },
    { "WEB1", -1 },
    { UUID_B, 1 },
    { "BBBBBBBB-2222-3333-4444-555555555555", 1 },
    { "bbbbbbbb222233334444555555555555", 1 },
    { "bbbbbbbb-2222-3333-4444-55555555555", -1 },
    { "bbbbbbbb-2222-3333-4444-5555555555555", -1 },
    { "5", 0 },
    { "7", 2 }, /* a name wins over an id */
    { "-1", -1 },
    { UUID_A, 3 }, /* and over a UUID */
    { "", -1 },
  };
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_guest_free);

  add_guest (guests, UUID_A, "web1", 5);
  add_guest (guests, UUID_B, "web2", 7);
  add_guest (guests, "cccccccc-2222-3333-4444-555555555555", "7", -1);
  add_guest (guests, "dddddddd-2222-3333-4444-555555555555", UUID_A, -1);

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const VfpGuest *expected
          = cases[i].expected < 0 ? NULL : g_ptr_array_index (guests, cases[i].expected);

      if (vfp_guest_find (guests, cases[i].name) != expected)
        fail_msg ("'%s': another guest", cases[i].name);
    }
}

static void
test_uri (void **state)
{
  static const struct
  {
    const char *uri;
    const char *refusal; /* NULL: accepted */
  } cases[] = {
    { "qemu:///system", NULL },
    { "qemu+unix:///system", NULL },
    { "qemu+unix:///system?socket=/run/libvirt/libvirt-sock", NULL },
    { "test:///default", NULL },
    { "test:///tmp/world.xml", NULL },
    { "qemu:///session", "no VFIO" },
    { "qemu+unix:///session", "no VFIO" },
    { "qemu+ssh://hostb/system", "another host" },
    { "qemu+ssh:///system", "another host" },
    { "qemu+tls://hostb/system", "another host" },
    { "qemu+tcp://192.0.2.7:16509/system", "another host" },
    { "qemu+libssh2://root@hostb/system", "another host" },
    { "qemu+libssh://hostb/system", "another host" },
    { "qemu://hostb/system", "another host" },
    { "qemu+unix://hostb/system", "another host" },
    { "test://hostb/default", "another host" },
    { "test+tcp:///default", "another host" },
    { "xen:///system", "not the system driver" },
    { "lxc:///", "not the system driver" },
    { "qemu:///systems", "not the system driver" },
    { "qemu+foo:///system", "not the system driver" },
    { "qemu", "not a libvirt URI" },
    { "", "not a libvirt URI" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      const gboolean accepted = vfp_virt_check_uri (cases[i].uri, &error);

      if (accepted != (cases[i].refusal == NULL))
        fail_msg ("'%s': %s", cases[i].uri, accepted ? "was accepted" : error->message);
      if (!accepted
          && (!g_error_matches (error, VFP_ERROR, VFP_ERROR_USAGE)
              || strstr (error->message, cases[i].refusal) == NULL))
        fail_msg ("'%s': %s", cases[i].uri, error->message);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_new),
    cmocka_unit_test (test_new_bad),
    cmocka_unit_test (test_find),
    cmocka_unit_test (test_uri),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
