/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Announces where the guest's MAC is when the halves of its failover pairs take turns. */
#include "config.h"

#include "ops/handover.h"

#include "host/sysfs.h"
#include "host/vf.h"

/* A VF is used when its link is up, which a driver awaits for a second or two after it has enabled
 * the interrupts. */
#define ROUND_MS 150
#define ROUNDS 32

/* For a driver that does not take the VF on: it was told to by a hotplug, whose button is 5 s long.
 */
#define DRIVER_WAIT_MS 15000

typedef struct
{
  VfpMac mac;
  char *slot;
  char *bridge;  /* that the standby is on; NULL: it is a macvtap, whose MAC the kernel knows */
  char *standby; /* netdev that the standby is on; NULL: not one of the kernel's bridges */
  char *pf;      /* netdev */
  guint16 vlan;  /* of the VF; 0: none */
  guint16 vlan_proto;
  VfpAddress vf;
  unsigned rounds; /* so often it was told that the VF has the MAC */
} Pair;

struct VfpHandover
{
  VfpWorld *world;
  VfpNetlink *netlink; /* of its own beside the thread, where it is the kernel's */
  GPtrArray *pairs;    /* Pair */
  char *guest;         /* name */
  GThread *thread;     /* NULL: none */
  gboolean was_interrupted;
  gboolean told;  /* once at least */
  int waits_ms;   /* atomic: for drivers that have not come; -1: without end */
  GError *failed; /* the first; of the thread while there is one */
};

static void
pair_free (Pair *pair)
{
  g_free (pair->slot);
  g_free (pair->bridge);
  g_free (pair->standby);
  g_free (pair->pf);
  g_free (pair);
}

/* Open vSwitch would learn from a frame of its own netdev that the guest is the host itself. */
static gboolean
is_kernel_bridge (const VfpRoot *root, const char *name)
{
  g_autofree char *path = g_strdup_printf ("sys/class/net/%s/bridge", name);

  return vfp_sysfs_exists (root->fd, path);
}

static Pair *
make_pair (const VfpSnapshot *snapshot, const VfpGuest *guest, const VfpSlot *slot)
{
  const VfpClaim *claim = vfp_records_find_claim_of_slot (snapshot->records, slot->id);
  const VfpVfView *vf = claim != NULL ? vfp_view_find_claim (snapshot->view, claim) : NULL;
  const VfpGuestNic *nic
      = slot->standby != NULL ? vfp_domxml_find_nic (guest->live, slot->standby) : NULL;

  if (vf == NULL || vf->pf == NULL || vf->pf->netdev == NULL || nic == NULL
      || vfp_guest_nic_netdev (nic) == NULL
      || vfp_domxml_find_source (guest->live, &vf->address) == NULL)
    return NULL;

  Pair *pair = g_new0 (Pair, 1);
  pair->mac = slot->mac;
  pair->slot = g_strdup (slot->name);
  pair->vlan = slot->settings.vlan;
  pair->vlan_proto = slot->settings.vlan_proto;
  if (nic->bridge == NULL || is_kernel_bridge (snapshot->root, nic->bridge))
    {
      pair->bridge = g_strdup (nic->bridge);
      pair->standby = g_strdup (vfp_guest_nic_netdev (nic));
    }
  pair->pf = g_strdup (vf->pf->netdev);
  pair->vf = vf->address;
  return pair;
}

VfpHandover *
vfp_handover_new (VfpWorld *world, const VfpSnapshot *snapshot, const char *uuid, const char *name)
{
  const VfpGuest *guest = vfp_guest_find (snapshot->guests, uuid);
  g_autoptr (GPtrArray) slots = vfp_records_slots_of (snapshot->records, uuid);
  g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func ((GDestroyNotify) pair_free);

  for (guint i = 0; guest != NULL && guest->live != NULL && i < slots->len; i++)
    {
      const VfpSlot *slot = g_ptr_array_index (slots, i);
      Pair *pair = name == NULL || g_str_equal (name, slot->name)
                       ? make_pair (snapshot, guest, slot)
                       : NULL;

      if (pair != NULL)
        g_ptr_array_add (pairs, pair);
    }
  if (pairs->len == 0 || world->netlink == NULL)
    return NULL;

  VfpHandover *handover = g_new0 (VfpHandover, 1);
  handover->world = world;
  handover->netlink = world->root->is_system ? vfp_netlink_kernel_new () : world->netlink;
  handover->guest = g_strdup (guest->name);
  handover->pairs = g_steal_pointer (&pairs);
  handover->waits_ms = -1;
  return handover;
}

static void
keep_failure (VfpHandover *handover, GError *error)
{
  if (handover->failed == NULL)
    handover->failed = error;
  else
    g_error_free (error);
}

/* The standby's port is the bridge's affair, the VF's VLAN that of its PF. */
static void
tell (VfpHandover *handover, const Pair *pair, gboolean to_vf)
{
  VfpNetlink *netlink = handover->netlink;
  GError *error = NULL;

  if (pair->bridge != NULL && !netlink->forget_mac (netlink, pair->bridge, &pair->mac, &error))
    keep_failure (handover, g_steal_pointer (&error));
  if (netlink->announce (netlink, to_vf ? pair->pf : pair->standby, &pair->mac,
                         to_vf ? pair->vlan : 0, pair->vlan_proto, &error))
    handover->told = TRUE;
  else
    keep_failure (handover, error);
}

static void
warn (VfpHandover *handover)
{
  if (handover->failed != NULL && !handover->told)
    vfp_world_warn (handover->world,
                    "%s: it may be silent until it sends something itself, for its MAC cannot be "
                    "announced: %s",
                    handover->guest, handover->failed->message);
  g_clear_error (&handover->failed);
}

void
vfp_handover_to_standbys (VfpHandover *handover)
{
  if (handover == NULL)
    return;
  for (guint i = 0; i < handover->pairs->len; i++)
    {
      const Pair *pair = g_ptr_array_index (handover->pairs, i);

      if (pair->standby != NULL)
        tell (handover, pair, FALSE);
    }
  warn (handover);
}

/* Returns whether there is more to tell, or to wait for. A driver that goes again, since the guest
 * stops or the VF is taken out of it, ends it. */
static gboolean
tell_round (VfpHandover *handover, gboolean waits)
{
  gboolean more = FALSE;

  for (guint i = 0; i < handover->pairs->len; i++)
    {
      Pair *pair = g_ptr_array_index (handover->pairs, i);

      if (pair->rounds == ROUNDS)
        continue;
      if (vfp_vf_has_interrupts (handover->world->root, &pair->vf))
        {
          pair->rounds++;
          tell (handover, pair, TRUE);
        }
      else if (pair->rounds > 0)
        pair->rounds = ROUNDS;
      more = more || (pair->rounds == 0 ? waits : pair->rounds < ROUNDS);
    }
  return more;
}

static gpointer
tell_until_done (gpointer data)
{
  VfpHandover *handover = data;
  int waited_ms = 0;

  while (TRUE)
    {
      const int waits_ms = g_atomic_int_get (&handover->waits_ms);

      if (waits_ms == 0
          || (!handover->was_interrupted && vfp_world_is_interrupted (handover->world))
          || !tell_round (handover, waits_ms < 0 || waited_ms < waits_ms))
        return NULL;
      if (handover->world->root->is_system)
        g_usleep (ROUND_MS * 1000);
      if (waits_ms > 0)
        waited_ms += ROUND_MS;
    }
}

void
vfp_handover_to_vfs (VfpHandover *handover)
{
  if (handover == NULL || handover->thread != NULL)
    return;
  handover->was_interrupted = vfp_world_is_interrupted (handover->world);
  handover->thread = g_thread_new ("handover", tell_until_done, handover);
}

static void
end_thread (VfpHandover *handover, int waits_ms)
{
  g_atomic_int_set (&handover->waits_ms, waits_ms);
  if (handover->thread != NULL)
    g_thread_join (g_steal_pointer (&handover->thread));
  warn (handover);
}

void
vfp_handover_finish (VfpHandover *handover)
{
  if (handover != NULL)
    end_thread (handover, handover->world->root->is_system ? DRIVER_WAIT_MS : 1);
}

char *
vfp_handover_find_unused (const VfpHandover *handover)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; handover != NULL && i < handover->pairs->len; i++)
    {
      const Pair *pair = g_ptr_array_index (handover->pairs, i);

      if (!vfp_vf_has_interrupts (handover->world->root, &pair->vf))
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", pair->slot);
    }
  return names->len > 0 ? g_strdup (names->str) : NULL;
}

void
vfp_handover_free (VfpHandover *handover)
{
  if (handover == NULL)
    return;
  end_thread (handover, 0);
  if (handover->netlink != handover->world->netlink)
    vfp_netlink_free (handover->netlink);
  g_ptr_array_unref (handover->pairs);
  g_free (handover->guest);
  g_free (handover);
}
