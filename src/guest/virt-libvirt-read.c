/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading guests and networks from libvirt. */
#include "config.h"

#include "guest/virt-libvirt-private.h"

#include "base/error.h"

/* An array of libvirt's, with its length; freed whole. */
typedef struct
{
  virDomain **at;
  int count;
} Domains;

static void
domains_clear (Domains *domains)
{
  for (int i = 0; i < domains->count; i++)
    virDomainFree (domains->at[i]);
  free (domains->at);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Domains, domains_clear)

typedef struct
{
  virNetwork **at;
  int count;
} Networks;

static void
networks_clear (Networks *networks)
{
  for (int i = 0; i < networks->count; i++)
    virNetworkFree (networks->at[i]);
  free (networks->at);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Networks, networks_clear)

typedef char LibvirtText;

static void
libvirt_text_free (LibvirtText *text)
{
  free (text);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LibvirtText, libvirt_text_free)

static VfpGuest *
read_domain (virDomain *domain, gboolean persistent, GError **error)
{
  const unsigned id = virDomainGetID (domain);
  const gboolean active = id != (unsigned) -1;
  g_autoptr (LibvirtText) live = active ? virDomainGetXMLDesc (domain, 0) : NULL;
  char uuid[VIR_UUID_STRING_BUFLEN];

  if (active && live == NULL)
    {
      vfp_virt_error_take (error);
      return NULL;
    }

  g_autoptr (LibvirtText) config
      = persistent ? virDomainGetXMLDesc (domain, VIR_DOMAIN_XML_INACTIVE) : NULL;
  if ((persistent && config == NULL) || virDomainGetUUIDString (domain, uuid) < 0)
    {
      vfp_virt_error_take (error);
      return NULL;
    }

  VfpGuest *guest = vfp_guest_new (uuid, virDomainGetName (domain), live, config, error);
  if (guest != NULL && active)
    guest->id = (int) id;
  return guest;
}

/* UUIDs of the domains that a listing with @flags shows: one call instead of one per domain. */
static GHashTable *
list_uuids (virConnect *connection, unsigned flags, GError **error)
{
  g_autoptr (GHashTable) uuids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (Domains) domains = { 0 };

  domains.count = virConnectListAllDomains (connection, &domains.at, flags);
  if (domains.count < 0)
    {
      vfp_virt_error_take (error);
      return NULL;
    }
  for (int i = 0; i < domains.count; i++)
    {
      char uuid[VIR_UUID_STRING_BUFLEN];

      if (virDomainGetUUIDString (domains.at[i], uuid) == 0)
        g_hash_table_add (uuids, g_strdup (uuid));
    }
  return g_steal_pointer (&uuids);
}

static gboolean
add_domain (GPtrArray *guests, virDomain *domain, GHashTable *transient, GHashTable *paused,
            GError **error)
{
  g_autoptr (GError) local = NULL;
  char uuid[VIR_UUID_STRING_BUFLEN] = "";

  virDomainGetUUIDString (domain, uuid);
  VfpGuest *guest = read_domain (domain, !g_hash_table_contains (transient, uuid), &local);
  if (guest == NULL)
    {
      if (g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  guest->paused = guest->running && g_hash_table_contains (paused, uuid);
  g_ptr_array_add (guests, guest);
  return TRUE;
}

GPtrArray *
vfp_virt_read_guests (virConnect *connection, GError **error)
{
  g_autoptr (GPtrArray) guests = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_guest_free);
  g_auto (Domains) domains = { 0 };

  domains.count = virConnectListAllDomains (connection, &domains.at, 0);
  if (domains.count < 0)
    {
      vfp_virt_error_take (error);
      return NULL;
    }

  g_autoptr (GHashTable) transient
      = list_uuids (connection, VIR_CONNECT_LIST_DOMAINS_TRANSIENT, error);
  if (transient == NULL)
    return NULL;
  g_autoptr (GHashTable) paused = list_uuids (connection, VIR_CONNECT_LIST_DOMAINS_PAUSED, error);
  if (paused == NULL)
    return NULL;

  for (int i = 0; i < domains.count; i++)
    if (!add_domain (guests, domains.at[i], transient, paused, error))
      return NULL;
  return g_steal_pointer (&guests);
}

GPtrArray *
vfp_virt_read_autostart_off (virConnect *connection, GError **error)
{
  g_autoptr (GHashTable) found = list_uuids (
      connection, VIR_CONNECT_LIST_DOMAINS_AUTOSTART | VIR_CONNECT_LIST_DOMAINS_INACTIVE, error);
  if (found == NULL)
    return NULL;

  GPtrArray *uuids = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer uuid;

  g_hash_table_iter_init (&iter, found);
  while (g_hash_table_iter_next (&iter, &uuid, NULL))
    g_ptr_array_add (uuids, g_strdup (uuid));
  return uuids;
}

/* A guest that starts or ends between the calls would have the XML of one state and the flags of
 * the other, so it is then read again. */
static VfpGuest *
read_once (virConnect *connection, const char *uuid, gboolean *out_settled, GError **error)
{
  g_autoptr (virDomain) domain = virDomainLookupByUUIDString (connection, uuid);
  int state = VIR_DOMAIN_NOSTATE, reason = 0;

  if (domain == NULL || virDomainGetState (domain, &state, &reason, 0) < 0)
    {
      vfp_virt_error_take (error);
      return NULL;
    }

  const int persistent = virDomainIsPersistent (domain);
  if (persistent < 0)
    {
      vfp_virt_error_take (error);
      return NULL;
    }

  g_autoptr (VfpGuest) guest = read_domain (domain, persistent, error);
  if (guest == NULL)
    return NULL;
  guest->paused = guest->running && (state == VIR_DOMAIN_PAUSED || state == VIR_DOMAIN_PMSUSPENDED);
  /* Such is the reason from the start of QEMU until the migration has ended, and then no more
   * (src/qemu/qemu_process.c, qemu_migration.c: PAUSED_USER where it stays paused). On the host
   * that it leaves, it is the reason for its last moments. */
  guest->arriving
      = state == VIR_DOMAIN_PAUSED
        && (reason == VIR_DOMAIN_PAUSED_MIGRATION || reason == VIR_DOMAIN_PAUSED_STARTING_UP);
  guest->awaited = guest->arriving && reason == VIR_DOMAIN_PAUSED_MIGRATION;
  *out_settled = virDomainIsActive (domain) == guest->running;
  return g_steal_pointer (&guest);
}

VfpGuest *
vfp_virt_read_guest (virConnect *connection, const char *uuid, GError **error)
{
  gboolean settled = FALSE;
  g_autoptr (VfpGuest) guest = read_once (connection, uuid, &settled, error);

  if (guest == NULL || settled)
    return g_steal_pointer (&guest);
  return read_once (connection, uuid, &settled, error);
}

static gboolean
add_network (GPtrArray *networks, virNetwork *network, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (LibvirtText) xml = virNetworkGetXMLDesc (network, 0);

  if (xml == NULL)
    return vfp_virt_error_code () == VIR_ERR_NO_NETWORK || vfp_virt_error_take (error);

  VfpNetwork *found = vfp_network_parse (xml, &local);
  if (found != NULL)
    g_ptr_array_add (networks, found);
  if (local == NULL)
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&local),
                              "network '%s': ", virNetworkGetName (network));
  return FALSE;
}

GPtrArray *
vfp_virt_read_networks (virConnect *connection, GError **error)
{
  g_autoptr (GPtrArray) networks
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vfp_network_free);
  g_auto (Networks) all = { 0 };

  all.count = virConnectListAllNetworks (connection, &all.at, VIR_CONNECT_LIST_NETWORKS_ACTIVE);
  /* A host without libvirt's network driver has no networks. */
  if (all.count < 0 && vfp_virt_error_code () == VIR_ERR_NO_SUPPORT)
    return g_steal_pointer (&networks);
  if (all.count < 0)
    {
      vfp_virt_error_take (error);
      return NULL;
    }

  for (int i = 0; i < all.count; i++)
    if (!add_network (networks, all.at[i], error))
      return NULL;
  return g_steal_pointer (&networks);
}

/* In the order of vfp_guest_find(). */
static virDomain *
lookup (virConnect *connection, const char *name)
{
  guint64 id;
  virDomain *domain = virDomainLookupByName (connection, name);

  if (domain == NULL && g_uuid_string_is_valid (name))
    domain = virDomainLookupByUUIDString (connection, name);
  if (domain == NULL && g_ascii_string_to_unsigned (name, 10, 0, G_MAXINT, &id, NULL))
    domain = virDomainLookupByID (connection, (int) id);
  return domain;
}

char *
vfp_virt_find_guest (virConnect *connection, const char *name, GError **error)
{
  g_autoptr (virDomain) domain = lookup (connection, name);
  g_autoptr (GError) local = NULL;
  char uuid[VIR_UUID_STRING_BUFLEN];

  if (domain != NULL && virDomainGetUUIDString (domain, uuid) == 0)
    return g_strdup (uuid);

  vfp_virt_error_take (&local);
  if (g_error_matches (local, VFP_ERROR, VFP_ERROR_NO_SUCH_GUEST))
    vfp_throw (error, VFP_ERROR_NO_SUCH_GUEST, "no guest '%s'; 'virsh list --all' shows them",
               name);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}
