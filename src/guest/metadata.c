/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our element in a guest's <metadata>. */
#include "config.h"

#include "guest/metadata.h"

#include "base/error.h"
#include "base/parse.h"
#include "guest/xml.h"

#define FORMAT_VERSION "1"

void
vfp_slot_promise_free (VfpSlotPromise *promise)
{
  if (promise == NULL)
    return;
  g_free (promise->name);
  g_free (promise->pool);
  g_free (promise->alias);
  g_free (promise->profile_id);
  g_free (promise->driver_model);
  g_free (promise->bond);
  g_free (promise->to_pool);
  g_free (promise->standby);
  g_free (promise);
}

static void
set_optional (xmlNode *node, const char *name, const char *value)
{
  if (value != NULL)
    vfp_xml_set (node, name, value);
}

static void
render_slot (xmlNode *slots, const VfpSlotPromise *promise)
{
  xmlNode *node = vfp_xml_add (slots, "slot");
  const VfpPlacement *placement = &promise->placement;
  VfpSettings settings = promise->settings;
  char mac[VFP_MAC_STRLEN], address[VFP_ADDRESS_STRLEN];

  settings.known &= ~(unsigned) VFP_SETTING_MAC;
  g_autofree char *text = vfp_settings_to_string (&settings);
  g_autofree char *port = vfp_virtualport_to_string (promise->profile_id);

  vfp_xml_set (node, "name", promise->name);
  vfp_xml_set (node, "mac", vfp_mac_format (&promise->mac, mac));
  if (placement->has_address)
    vfp_xml_set (node, "address", vfp_address_format (&placement->address, address));
  if (placement->acpi_index != 0)
    vfp_xml_set_format (node, "index", "%u", placement->acpi_index);
  set_optional (node, "alias", promise->alias);
  set_optional (node, "pool", promise->pool);
  vfp_xml_set (node, "settings", text);
  set_optional (node, "virtualport", port);
  set_optional (node, "on-start", promise->on_start ? "yes" : NULL);
  set_optional (node, "bond", promise->bond);
  set_optional (node, "bond-mac",
                promise->bond != NULL ? vfp_bond_mac_to_string (promise->bond_mac) : NULL);
  set_optional (node, "arrive", vfp_arrive_to_string (promise->arrive));
  set_optional (node, "to-pool", promise->to_pool);
  set_optional (node, "standby", promise->standby);
  set_optional (node, "driver-model", promise->driver_model);
}

char *
vfp_metadata_render (const char *uuid, GPtrArray *promises)
{
  if (promises->len == 0)
    return NULL;

  g_autoptr (xmlDoc) doc = xmlNewDoc (BAD_CAST "1.0");
  xmlNode *slots = xmlNewDocNode (doc, NULL, BAD_CAST "slots", NULL);

  xmlDocSetRootElement (doc, slots);
  vfp_xml_set (slots, "version", FORMAT_VERSION);
  vfp_xml_set (slots, "uuid", uuid);
  for (unsigned i = 0; i < promises->len; i++)
    render_slot (slots, g_ptr_array_index (promises, i));
  return vfp_xml_serialize (slots, FALSE);
}

static gboolean
parse_index (const char *text, unsigned *out_index, GError **error)
{
  guint64 value;

  if (!vfp_parse_uint (text, 10, 1, VFP_ACPI_INDEX_MAX, "index", &value, error))
    return FALSE;
  *out_index = (unsigned) value;
  return TRUE;
}

static gboolean
parse_bond (const xmlNode *node, VfpSlotPromise *promise, GError **error)
{
  const char *bond = vfp_xml_attribute (node, "bond");
  const char *mac = vfp_xml_attribute (node, "bond-mac");

  if (bond == NULL)
    return TRUE;
  if (!vfp_bond_parse_name (bond, error)
      || !vfp_bond_mac_parse (mac != NULL ? mac : "", &promise->bond_mac, error))
    return FALSE;
  promise->bond = g_strdup (bond);
  return TRUE;
}

/* The values of one slot; the error is that of the parser of the value. */
static VfpSlotPromise *
parse_slot (const xmlNode *node, GError **error)
{
  g_autoptr (VfpSlotPromise) promise = g_new0 (VfpSlotPromise, 1);
  const char *name = vfp_xml_attribute (node, "name");
  const char *mac = vfp_xml_attribute (node, "mac");
  const char *address = vfp_xml_attribute (node, "address");
  const char *index = vfp_xml_attribute (node, "index");
  const char *settings = vfp_xml_attribute (node, "settings");
  const char *port = vfp_xml_attribute (node, "virtualport");
  const char *arrive = vfp_xml_attribute (node, "arrive");
  const char *standby = vfp_xml_attribute (node, "standby");
  const char *model = vfp_xml_attribute (node, "driver-model");

  if (!vfp_parse_slot_name (name != NULL ? name : "", NULL, error)
      || !vfp_mac_parse_unicast (mac != NULL ? mac : "", &promise->mac, error)
      || (address != NULL && !vfp_address_parse (address, &promise->placement.address, error))
      || (index != NULL && !parse_index (index, &promise->placement.acpi_index, error))
      || (port != NULL && !vfp_parse_virtualport (port, &promise->profile_id, error))
      || (settings != NULL && !vfp_settings_from_string (settings, &promise->settings, error))
      || (standby != NULL && !vfp_parse_alias (standby, error))
      || (model != NULL && !vfp_parse_driver_model (model, error))
      || !parse_bond (node, promise, error)
      || (arrive != NULL && !vfp_arrive_parse (arrive, &promise->arrive, error)))
    return NULL;

  promise->placement.has_address = address != NULL;
  promise->settings.known &= ~(unsigned) VFP_SETTING_MAC;
  promise->name = g_strdup (name);
  promise->alias = g_strdup (vfp_xml_attribute (node, "alias"));
  promise->on_start = vfp_xml_attribute_is (node, "on-start", "yes");
  promise->pool = g_strdup (vfp_xml_attribute (node, "pool"));
  promise->driver_model = g_strdup (model);
  promise->to_pool = g_strdup (vfp_xml_attribute (node, "to-pool"));
  promise->standby = g_strdup (standby);
  return g_steal_pointer (&promise);
}

static gboolean
has_name (GPtrArray *promises, const char *name)
{
  for (unsigned i = 0; i < promises->len; i++)
    if (g_str_equal (((VfpSlotPromise *) g_ptr_array_index (promises, i))->name, name))
      return TRUE;
  return FALSE;
}

static GPtrArray *
parse_slots (const xmlNode *root, GError **error)
{
  g_autoptr (GPtrArray) promises
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_slot_promise_free);

  for (const xmlNode *node = vfp_xml_child (root, "slot"); node != NULL;
       node = vfp_xml_next (node, "slot"))
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (VfpSlotPromise) promise = parse_slot (node, &local);

      if (promise == NULL)
        {
          vfp_throw (error, VFP_ERROR_LIBVIRT, "vfpool's metadata: %s", local->message);
          return NULL;
        }
      if (has_name (promises, promise->name))
        {
          vfp_throw (error, VFP_ERROR_LIBVIRT, "vfpool's metadata: slot '%s' is there twice",
                     promise->name);
          return NULL;
        }
      g_ptr_array_add (promises, g_steal_pointer (&promise));
    }
  return g_steal_pointer (&promises);
}

GPtrArray *
vfp_metadata_parse (const char *xml, char **out_uuid, GError **error)
{
  g_autoptr (xmlDoc) doc = vfp_xml_parse (xml, "vfpool's metadata", NULL, VFP_XML_DROP_BLANKS,
                                          VFP_ERROR_LIBVIRT, error);
  if (doc == NULL)
    return NULL;

  const xmlNode *root = xmlDocGetRootElement (doc);
  const char *version = vfp_xml_attribute (root, "version");
  const char *uuid = vfp_xml_attribute (root, "uuid");
  if (!vfp_xml_is (root, "slots") || version == NULL || uuid == NULL)
    {
      vfp_throw (error, VFP_ERROR_LIBVIRT,
                 "vfpool's metadata: it is not <slots> with a version and a uuid");
      return NULL;
    }
  if (!g_str_equal (version, FORMAT_VERSION))
    {
      vfp_throw (
          error, VFP_ERROR_LIBVIRT,
          "vfpool's metadata: version '%s' is of a newer vfpool; this one knows " FORMAT_VERSION,
          version);
      return NULL;
    }

  GPtrArray *promises = parse_slots (root, error);
  if (promises != NULL && out_uuid != NULL)
    *out_uuid = g_ascii_strdown (uuid, -1);
  return promises;
}
