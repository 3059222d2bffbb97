/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What does not agree between state file, both XMLs and the kernel. Pure: nothing is changed. */
#pragma once

#include <glib.h>

#include "pool/view.h"

typedef enum
{
  VFP_LEVEL_NOTE, /* for those who look; no reason to exit 7 */
  VFP_LEVEL_WARN,
  VFP_LEVEL_FAIL,
} VfpLevel;

/* What a repair touches, and so who may ask for it. */
typedef enum
{
  VFP_CLASS_NEVER = 0,       /* only people can tell what is right */
  VFP_CLASS_BOOK = 1 << 0,   /* the state file, metadata */
  VFP_CLASS_HOST = 1 << 1,   /* a VF that nobody has */
  VFP_CLASS_CONFIG = 1 << 2, /* a persistent XML */
  VFP_CLASS_LIVE = 1 << 3,   /* what a running guest sees */
} VfpClass;

#define VFP_CLASSES_SAFE ((unsigned) (VFP_CLASS_BOOK | VFP_CLASS_HOST | VFP_CLASS_CONFIG))
#define VFP_CLASSES_ALL (VFP_CLASSES_SAFE | (unsigned) VFP_CLASS_LIVE)

/* One kind of finding. The ids are stable: scripts and the manual name them. */
typedef struct
{
  const char *id; /* "claim-without-device" */
  VfpLevel level;
  VfpClass class;
  gboolean asked_for; /* of class live, and done by any repair: its owner has asked for it */
  const char *meaning;
  const char *cure;
} VfpFindingKind;

typedef struct
{
  const VfpFindingKind *kind;
  char *object;       /* what people know it by: "web1 net0", "enp1s0f0 VF 3" */
  char *detail;       /* one sentence without final period */
  char *guest_uuid;   /* NULL: of no guest */
  gint64 slot_id;     /* 0: none */
  gint64 claim_id;    /* 0: none */
  gboolean lost_live; /* the parts of the claim that are in no XML, of a claim-without-device */
  gboolean lost_config;
  VfpAddress address; /* of the VF (pf-moved: the former one of the PF) it is about: the claim's, or
                         the one that an XML has instead; only if has_address */
  gboolean has_address;
  gboolean by_hand;  /* no repair of this one, though its kind has a repair */
  gint64 first_seen; /* seconds since the epoch; 0: not told */
  gboolean fixed;
} VfpFinding;

void vfp_finding_free (VfpFinding *finding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpFinding, vfp_finding_free)

/* All kinds, in the order of the manual; ended by an id of NULL. */
extern const VfpFindingKind vfp_finding_kinds[];

/* NULL when there is none of that id. */
const VfpFindingKind *vfp_finding_kind (const char *id);

const char *vfp_level_to_string (VfpLevel level);
const char *vfp_class_to_string (VfpClass class);

/* The findings (VfpFinding) of @view, by object, one per kind and object; of the guest @uuid alone
 * (whose VFs need not be joined with other guests), or of everything where @uuid is NULL. What a
 * living process is at work on is left out. Without libvirt's answer, only what needs none. */
GPtrArray *vfp_audit (const VfpView *view, const char *uuid);

/* What the VF of @slot is to have where it has @now. A guest with trust may have given its NIC
 * another MAC, as bonds do; that one stays. */
VfpSettings vfp_audit_wanted_settings (const VfpSlot *slot, const VfpSettings *now);

/* The same kind, object, detail and rows: what the one was made of is unchanged. */
gboolean vfp_finding_equal (const VfpFinding *a, const VfpFinding *b);

/* Whether @findings (VfpFinding) has one of that kind and object. */
gboolean vfp_finding_is_among (GPtrArray *findings, const VfpFinding *finding);

/* Where libvirt keeps what VFs had before, below the root (HOSTDEV_STATE_DIR in its virhostdev.c).
 */
#define VFP_NET_RECORDS_DIR "run/libvirt/hostdevmgr"
