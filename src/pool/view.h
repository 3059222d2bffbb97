/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has which VF: the kernel's, libvirt's and the state file's words joined. Pure. */
#pragma once

#include <glib.h>

#include "guest/guest.h"
#include "host/inventory.h"
#include "pool/conf.h"
#include "pool/pool.h"
#include "state/records.h"

typedef enum
{
  VFP_VF_FREE,
  VFP_VF_CLAIMING,
  VFP_VF_ATTACHED,
  VFP_VF_DETACHING,
  VFP_VF_RESERVED,
  VFP_VF_FOREIGN,
  VFP_VF_MISSING, /* claimed, and not on this host now */
  VFP_VF_UNKNOWN, /* libvirt, who could tell, cannot be asked */
} VfpVfState;

/* What was read of the world. The parts are owned by the caller of vfp_view_new(). */
typedef struct
{
  const VfpInventory *inventory;
  const VfpRecords *records;
  GPtrArray *guests;       /* VfpGuest; NULL: libvirt did not answer */
  GPtrArray *networks;     /* VfpNetwork; NULL: libvirt did not answer */
  const char *boot_id;     /* of this boot */
  const VfpConfig *config; /* NULL: nothing is configured */
  gint64 now;              /* seconds since the epoch */

  /* For the audit alone. */
  GPtrArray
      *net_records; /* char *: "enp1s0f0_vf3", VFs that libvirt keeps settings of; may be NULL */
  GHashTable *meta; /* single values of the state file, by key; may be NULL */
} VfpFacts;

typedef struct
{
  VfpPf *pf; /* NULL only in state missing */
  VfpVf *vf; /* NULL only in state missing */
  char *pf_name;
  VfpAddress pf_address;
  unsigned index;
  VfpAddress address;
  VfpVfState state;
  VfpClaim *claim;                   /* NULL: none */
  VfpSlot *slot;                     /* NULL: none, or a reservation */
  const VfpConfigReserve *wanted_by; /* a group of the configuration is to have it, and no claim
                                       says so yet; free ones are in state reserved; NULL: none */
  gboolean stale;                    /* there is a claim, and truth has ended it */
  gboolean arrived;                  /* its guest is awaited no longer, whatever the clock says */
  gboolean live;                     /* in the live XML of the guest that has it */
  gboolean config;                   /* in its persistent XML */
  char *guest; /* name and UUID of the guest that has it, foreign ones too; NULL: none */
  char *guest_uuid;
  char *used_by; /* for people: guest, owner, network, use by the host; NULL: nobody */
} VfpVfView;

typedef struct
{
  VfpFacts facts;
  GPtrArray *vfs; /* VfpVfView, by PF address and index, missing ones last */
} VfpView;

/* @facts and what it points to must outlive the view. */
VfpView *vfp_view_new (const VfpFacts *facts);
void vfp_view_free (VfpView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpView, vfp_view_free)

/* What the names of pools and PFs are looked up in. */
VfpPoolNames vfp_view_names (const VfpView *view);

/* Whether a claim that the hook made for the arrival of @guest (NULL: libvirt does not know it)
 * waits for nothing any more: it has the VF; "prepare" has seen it, which a later generation tells,
 * and it is off; or it came with "virsh migrate --offline", which only defines it: known when no
 * start has followed for %VFP_ARRIVE_START_S. */
gboolean vfp_view_has_arrived (const VfpRecords *records, const VfpClaim *claim,
                               const VfpSlot *slot, const VfpGuest *guest);

/* Whether the guest is off, and its configuration has a device of the slot. */
gboolean vfp_view_is_defined (const VfpSlot *slot, const VfpGuest *guest);

/* NULL when there is none. */
VfpVfView *vfp_view_find (const VfpView *view, const VfpAddress *address);
VfpVfView *vfp_view_find_claim (const VfpView *view, const VfpClaim *claim);

const char *vfp_vf_state_to_string (VfpVfState state);
