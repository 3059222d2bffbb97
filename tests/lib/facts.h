/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be known of a host, made up for the layers that only decide. */
#pragma once

#include "ops/world.h"
#include "tests/lib/hosttree.h"

#define FACTS_BOOT "this-boot"
#define FACTS_NOW 1000 /* seconds since the epoch */

typedef struct
{
  HostTree *tree;
  VfpInventory *inventory;
  VfpRecords *records;
  GPtrArray *guests;   /* VfpGuest; NULL it to be without libvirt */
  GPtrArray *networks; /* VfpNetwork */
  VfpConfig *config;   /* NULL: nothing is configured */
  VfpView *view;       /* of the last facts_view() */
} Facts;

/* A host with these PFs, an empty state file and no guests. */
Facts *facts_new (const HostPf *pfs, gsize n_pfs);
void facts_free (Facts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Facts, facts_free)

VfpPf *facts_pf (const Facts *facts, const char *name);
VfpVf *facts_vf (const Facts *facts, const char *address);

/* A q35 guest with three hot-plug ports. @live, @config: the VFs in the XML, with blanks between
 * them; by a netdev's name as macvtap; NULL: it has no such XML. */
VfpGuest *facts_add_guest (Facts *facts, const char *name, const char *live, const char *config);

void facts_add_network (Facts *facts, const char *xml);

/* @guest: the name; its UUID is that of facts_add_guest(), whether it is there or not. */
VfpSlot *facts_add_slot (Facts *facts, const char *guest, const char *name);

/* The id of the PF's row, which is made if there is none. */
gint64 facts_record_pf (Facts *facts, const VfpPf *pf);

/* A claim of @slot (NULL: a reservation of the owner "backup") on VF @vf of the PF @netdev. */
VfpClaim *facts_add_claim (Facts *facts, const VfpSlot *slot, const char *netdev, unsigned vf);

/* Reads the configuration from @text. */
void facts_configure (Facts *facts, const char *text);

char *facts_uuid (const char *guest);

VfpView *facts_view (Facts *facts);

/* The same as ops/ see it; its parts stay with @facts. */
VfpSnapshot facts_snapshot (Facts *facts);
