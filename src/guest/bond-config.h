/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's half of its bonds: what the system in the guest is to be told, in the format of what
 * configures its network. Pure. */
#pragma once

#include <glib.h>

#include "base/bond.h"
#include "base/mac.h"

/* A NIC of the bond. */
typedef struct
{
  char *slot;   /* "net0" */
  VfpMac mac;   /* what the NIC has before the bond gives it another */
  char *ifname; /* its name in the guest; NULL: not certain */
} VfpBondLegConfig;

typedef struct
{
  char *name; /* "bond0", in the guest too */
  VfpBondMac mac;
  GPtrArray *legs; /* VfpBondLegConfig; the first is the primary one */
} VfpBondConfig;

typedef struct
{
  char *name; /* without folder */
  char *text;
  unsigned mode; /* permissions, as in chmod(2) */
} VfpBondFile;

/* One format. */
typedef struct
{
  const char *name;     /* for --format */
  const char *folder;   /* where its files belong in the guest; NULL: nowhere, it is run */
  gboolean needs_names; /* of the NICs in the guest; the others match by MAC */
  void (*render) (const VfpBondConfig *bond, GPtrArray *files);
} VfpBondFormat;

/* All formats; ended by a name of NULL. */
extern const VfpBondFormat vfp_bond_formats[];

/* NULL: there is none of that name. */
const VfpBondFormat *vfp_bond_format_find (const char *name);

VfpBondConfig *vfp_bond_config_new (const char *name, VfpBondMac mac);
void vfp_bond_config_add (VfpBondConfig *bond, const char *slot, const VfpMac *mac,
                          const char *ifname);
void vfp_bond_config_free (VfpBondConfig *bond);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpBondConfig, vfp_bond_config_free)

/* The files (VfpBondFile) of all @bonds (VfpBondConfig). With a format that needs names, every leg
 * has one. */
GPtrArray *vfp_bond_config_render (const VfpBondFormat *format, GPtrArray *bonds);
