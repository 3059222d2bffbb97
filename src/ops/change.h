/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A slot that changes while it has a VF: other settings, another identity or another VF. What set
 * and move have in common. */
#pragma once

#include "ops/world.h"

typedef struct VfpChange VfpChange;

struct VfpChange
{
  /* Set by the command. */
  VfpWorld *world;
  const char *what; /* for the history */
  const char *guest_name;
  const char *uuid;
  unsigned timeout_ms;
  /* Decides what follows, from the snapshot alone. */
  gboolean (*plan) (VfpChange *change, GError **error);
  gpointer data; /* for @plan */

  /* Decided. */
  const VfpGuest *guest;   /* NULL: libvirt no longer knows it */
  const VfpSlot *before;   /* borrowed from the snapshot */
  VfpSlot *after;          /* owned */
  const VfpVfView *from;   /* the VF that the slot has; NULL: none */
  VfpVfView *to;           /* the one that it is to have; the same unless it moves */
  const VfpClaim *claimed; /* the slot's claim as it was read; NULL: none */
  gboolean live, config;   /* the device to change; the slot alone, where neither */
  gboolean replug;         /* the running guest: out, and in again */
  unsigned bits;           /* VfpSetting bits that the VF is to have from @after as it is */
  gboolean keeps_slot;     /* the VF alone changes, for now */
  gboolean changes;        /* anything at all */

  /* Under way. */
  VfpSnapshot *snapshot;
  VfpClaim *claim;          /* the row as it is in the file; NULL: no intent there */
  VfpClaim *held;           /* the row that keeps the other VF from everybody else; NULL: none */
  VfpClaim *origin, *spare; /* claim and held as they were before they changed places */
  gboolean swapped;         /* they have, and the slot is as it is to be */
};

void vfp_change_clear (VfpChange *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpChange, vfp_change_clear)

/* Plans and carries it out, in steps with undo; the guest's lock is to be held. The claim is
 * `changing` meanwhile; what dies in it is brought back by settle. With dry_run only plans. */
gboolean vfp_change_run (VfpChange *change, gboolean dry_run, GError **error);

/* What the VF is to have, by what is decided. */
VfpSettings vfp_change_wanted (const VfpChange *change);

/* For a plan: the slot of the guest, named or the only one; a claim of which nobody is at work.
 * Sets before, from, to and claimed. Errors: as vfp_slot_select(), %VFP_ERROR_BUSY,
 * %VFP_ERROR_NO_SUCH_GUEST, and where the claim is not so: %VFP_ERROR_VF_IN_USE,
 * %VFP_ERROR_NO_SUCH_VF, %VFP_ERROR_DIFFERS. */
gboolean vfp_change_find_slot (VfpChange *change, const char *name, gboolean claimed_only,
                               GError **error);

/* Brings a claim whose change was cut short to what its row and its slot say: the device is
 * plugged in again where it is out, and settings and configuration are the slot's. The guest's lock
 * is to be held. @live and @config: the parts that the guest has, updated. */
gboolean vfp_change_settle (VfpWorld *world, const VfpInventory *inventory, const VfpVfView *vf,
                            const VfpGuest *guest, gboolean *live, gboolean *config,
                            GError **error);
