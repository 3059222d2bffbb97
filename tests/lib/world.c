/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole fake host: making it, and running use cases in it. */
#include "config.h"

#include "tests/lib/world.h"

#include <string.h>

#include "guest/xml.h"
#include "host/netlink-fake.h"
#include "ops/settle.h"
#include "tests/lib/check.h"

World *
world_new_empty (void)
{
  World *world = g_new0 (World, 1);

  world->tree = hosttree_new (NULL);
  world->state_path = g_build_filename (hosttree_path (world->tree), "state/state.db", NULL);
  world->user_template_dir = "/nonexistent";
  world->warnings = g_ptr_array_new_with_free_func (g_free);
  return world;
}

void
world_start (World *world)
{
  hosttree_save_links (world->tree);
}

void
world_configure (World *world, const char *text)
{
  g_autofree char *path = g_strconcat (hosttree_path (world->tree), VFP_CONFIG_FILE, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0777) != 0 || !g_file_set_contents (path, text, -1, NULL))
    fail_msg ("%s cannot be written", path);
}

World *
world_new (void)
{
  World *world = world_new_empty ();

  hosttree_add_pf (world->tree,
                   &(HostPf){ .name = "enp1s0f0", .address = "0000:01:00.0", .vfs = 4 });
  hosttree_add_pf (
      world->tree,
      &(HostPf){ .name = "enp2s0f0", .address = "0000:02:00.0", .vfs = 2, .driver = "ixgbe" });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web1", .ports = 3 });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "web2", .ports = 3 });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "off1", .ports = 3, .off = TRUE });
  hosttree_add_guest (world->tree, &(HostGuest){ .name = "temp1", .ports = 3, .transient = TRUE });
  world_start (world);
  return world;
}

void
world_free (World *world)
{
  if (world == NULL)
    return;
  hosttree_free (world->tree);
  g_free (world->state_path);
  g_ptr_array_unref (world->warnings);
  g_free (world);
}

gboolean
world_open (World *world, VfpWorld *opened, gboolean read_only, GError **error)
{
  *opened = (VfpWorld){
    .sysroot = hosttree_path (world->tree),
    .state_path = world->state_path,
    .uri = "qemu:///system",
    .user_template_dir = world->user_template_dir,
    .template_dir = TEST_TEMPLATE_DIR,
    .interrupted = &world->interrupted,
    .read_only = read_only,
    .needs_libvirt = TRUE,
    .rebuild = world->rebuild,
    .faults = &world->faults,
  };
  return vfp_world_open (opened, error);
}

void
world_keep_warnings (World *world, VfpWorld *opened)
{
  g_ptr_array_set_size (world->warnings, 0);
  if (opened->warnings != NULL)
    g_ptr_array_extend_and_steal (world->warnings, g_steal_pointer (&opened->warnings));
}

VfpResult *
world_attach (World *world, const VfpAttachRequest *request, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  VfpResult *result = world_open (world, &opened, request->dry_run, error)
                          ? vfp_attach (&opened, request, error)
                          : NULL;

  world_keep_warnings (world, &opened);
  return result;
}

GPtrArray *
world_detach (World *world, const VfpDetachRequest *request, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  const gboolean done = world_open (world, &opened, request->dry_run, error)
                        && vfp_detach (&opened, request, results, error);

  world_keep_warnings (world, &opened);
  return done ? g_steal_pointer (&results) : NULL;
}

GPtrArray *
world_forget (World *world, const VfpForgetRequest *request, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  GPtrArray *results = world_open (world, &opened, request->dry_run, error)
                           ? vfp_forget (&opened, request, error)
                           : NULL;

  world_keep_warnings (world, &opened);
  return results;
}

GPtrArray *
world_reconcile (World *world, const VfpReconcileRequest *request, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  GPtrArray *findings = world_open (world, &opened, request->dry_run || !request->fix, error)
                            ? vfp_reconcile (&opened, request, error)
                            : NULL;

  world_keep_warnings (world, &opened);
  return findings;
}

GPtrArray *
world_settle (World *world, const char *uuid, unsigned classes, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (GPtrArray) findings
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_finding_free);
  const gboolean done = world_open (world, &opened, FALSE, error)
                        && vfp_settle (&opened, uuid, classes, findings, error);

  world_keep_warnings (world, &opened);
  return done ? g_steal_pointer (&findings) : NULL;
}

GPtrArray *
world_adopt (World *world, const VfpAdoptRequest *request, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  const gboolean done = world_open (world, &opened, request->dry_run, error)
                        && vfp_adopt (&opened, request, results, error);

  world_keep_warnings (world, &opened);
  return done ? g_steal_pointer (&results) : NULL;
}

VfpResult *
world_set (World *world, const VfpSetRequest *request, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  VfpResult *result = world_open (world, &opened, request->asked.dry_run, error)
                          ? vfp_set (&opened, request, error)
                          : NULL;

  world_keep_warnings (world, &opened);
  return result;
}

VfpResult *
world_move (World *world, const VfpMoveRequest *request, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  VfpResult *result = world_open (world, &opened, request->dry_run, error)
                          ? vfp_move (&opened, request, error)
                          : NULL;

  world_keep_warnings (world, &opened);
  return result;
}

GPtrArray *
world_disown (World *world, const VfpDisownRequest *request, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_result_free);
  const gboolean done = world_open (world, &opened, request->dry_run, error)
                        && vfp_disown (&opened, request, results, error);

  world_keep_warnings (world, &opened);
  return done ? g_steal_pointer (&results) : NULL;
}

GPtrArray *
world_reserve (World *world, const VfpReserveRequest *request, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  GPtrArray *results = world_open (world, &opened, request->dry_run, error)
                           ? vfp_reserve (&opened, request, error)
                           : NULL;

  world_keep_warnings (world, &opened);
  return results;
}

GPtrArray *
world_unreserve (World *world, const VfpUnreserveRequest *request, GError **error)
{
  g_auto (VfpWorld) opened = { 0 };
  GPtrArray *results = world_open (world, &opened, request->dry_run, error)
                           ? vfp_unreserve (&opened, request, error)
                           : NULL;

  world_keep_warnings (world, &opened);
  return results;
}

VfpRecords *
world_records (World *world)
{
  g_autoptr (VfpStore) store = vfp_store_open (world->state_path, VFP_STORE_READ, NULL);
  VfpRecords *records = store != NULL ? vfp_store_load (store, NULL) : NULL;

  assert_non_null (records);
  return records;
}

VfpAttachRequest
world_attach_request (const char *guest)
{
  return (VfpAttachRequest){ .guest = guest, .acpi_index = -1, .timeout_ms = 2000 };
}

VfpDetachRequest
world_detach_request (const char *guest)
{
  return (VfpDetachRequest){ .guest = guest, .timeout_ms = 2000 };
}

VfpResult *
world_must_attach (World *world, const char *name, const VfpAttachRequest *request)
{
  g_autoptr (GError) error = NULL;
  VfpResult *result = world_attach (world, request, &error);

  if (result == NULL)
    fail_msg ("%s: %s", name, error->message);
  return result;
}

void
world_must_detach (World *world, const char *name, const VfpDetachRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) results = world_detach (world, request, &error);

  if (results == NULL)
    fail_msg ("%s: %s", name, error->message);
}

gboolean
world_warned (const World *world, const char *part)
{
  for (guint i = 0; i < world->warnings->len; i++)
    if (strstr (g_ptr_array_index (world->warnings, i), part) != NULL)
      return TRUE;
  return FALSE;
}

char *
world_read (const World *world, const char *path)
{
  g_autofree char *whole = g_build_filename (hosttree_path (world->tree), path, NULL);
  char *text = NULL;

  (void) g_file_get_contents (whole, &text, NULL, NULL);
  return text;
}

char *
world_device (const World *world, const char *guest, const char *file, const char *alias)
{
  g_autofree char *path = g_strdup_printf (VFP_FAKE_DIR "/guests/%s/%s", guest, file);
  g_autofree char *xml = world_read (world, path);
  g_autoptr (xmlDoc) document
      = xml != NULL
            ? vfp_xml_parse (xml, path, "domain", VFP_XML_DROP_BLANKS, VFP_ERROR_FAILED, NULL)
            : NULL;
  xmlNode *devices
      = document != NULL ? vfp_xml_child (xmlDocGetRootElement (document), "devices") : NULL;

  for (xmlNode *node = vfp_xml_child (devices, "interface"); node != NULL;
       node = vfp_xml_next (node, "interface"))
    if (vfp_xml_attribute_is (vfp_xml_child (node, "alias"), "name", alias))
      return vfp_xml_serialize (node, FALSE);
  return NULL;
}

char *
world_settings (const World *world, const char *netdev, unsigned vf)
{
  g_autoptr (VfpRoot) root = hosttree_open (world->tree);
  g_autoptr (VfpNetlink) netlink = vfp_netlink_fake_new (root, NULL);
  g_autoptr (VfpLink) link = netlink->get_link (netlink, netdev, NULL);

  assert_non_null (link);
  assert_true (vf < link->vfs->len);
  return vfp_settings_to_string (&g_array_index (link->vfs, VfpSettings, vf));
}
