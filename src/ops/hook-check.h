/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a guest may start with the host devices that its XML names, and which slots they are of.
 * Pure: nothing is read here. */
#pragma once

#include "guest/domxml.h"
#include "pool/view.h"

/* A VF in the XML that is one of the guest's slots. */
typedef struct
{
  const VfpGuestDevice *device;
  VfpVfView *vf;            /* on this host */
  VfpSlot *slot;            /* of the guest */
  const VfpClaim *claim;    /* the slot's; NULL: none */
  const VfpClaim *occupant; /* a claim of the VF that holds no more; NULL: none */
  gboolean moved;           /* the claim names another VF */
  gboolean busy;            /* a process works on a claim of it */
} VfpHookDevice;

/* All but the texts is borrowed from the view and the XML. */
typedef struct
{
  char *refused;      /* why the guest must not start; NULL: it may */
  GPtrArray *devices; /* VfpHookDevice */
  GPtrArray *slots;   /* VfpSlot: all of the guest */
} VfpHookDecision;

/* @view: of host and state file, without guests. A claim without live part of this boot, config
 * part or living claimer holds nothing. */
VfpHookDecision *vfp_hook_decide (const VfpView *view, const VfpDomxml *domxml);
void vfp_hook_decision_free (VfpHookDecision *decision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpHookDecision, vfp_hook_decision_free)

/* Whether the process that works on the claim's intent lives. */
gboolean vfp_hook_is_worked_on (const VfpClaim *claim);
