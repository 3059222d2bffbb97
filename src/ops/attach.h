/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main job: a VF into a guest. */
#pragma once

#include <glib.h>

#include "guest/standby.h"
#include "ops/affect.h"
#include "ops/result.h"
#include "ops/world.h"

typedef struct
{
  const char *guest;
  const char *pf;   /* NULL: not named */
  const char *pool; /* NULL: not named */
  const char *vf;   /* NULL: not named */
  const char *slot; /* NULL: not named */
  gboolean has_mac;
  VfpMac mac;
  VfpSettings settings; /* known: what was asked for */
  unsigned rates;       /* VfpRate bits: the limits that were asked for; 0: both */
  gboolean has_virtualport;
  const char *profile_id; /* of a virtualport 802.1Qbh; NULL: none */
  gboolean has_driver_model;
  const char *driver_model; /* NULL: as the template says */
  gboolean has_guest_address;
  VfpAddress guest_address;
  int acpi_index; /* -1: not asked, 0: none */
  VfpAffectFlags affect;
  gboolean on_start; /* a VF at each start of the guest: now live if it runs, else only the mark */
  gboolean serve;    /* what an on-start slot that waits gets at its guest's start: @slot is one,
                        %VFP_ERROR_NO_SUCH_SLOT where it no longer is */
  gboolean ensure;
  gboolean force;   /* pin the guest's memory though the host is short of it */
  gboolean explain; /* tell why the other VFs were not chosen */
  gboolean dry_run;
  unsigned timeout_ms;
  const char *bond;       /* the slot becomes a leg of it; NULL: it stays what it is */
  VfpBondMac bond_mac;    /* with @bond */
  gboolean failover;      /* the slot becomes half of a pair; else it stays what it is */
  VfpStandbyWish standby; /* with @failover */
} VfpAttachRequest;

/* Attaches, or with dry_run says what would be done and changes nothing. On failure everything
 * done is undone; what cannot be undone stays an intent and is told as a warning. Errors: nearly
 * all of VfpErrorCode. */
VfpResult *vfp_attach (VfpWorld *world, const VfpAttachRequest *request, GError **error);

/* The device XML that vfp_attach() would use; nothing is changed. */
char *vfp_attach_xml (VfpWorld *world, const VfpAttachRequest *request, GError **error);
