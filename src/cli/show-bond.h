/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bonds of a guest, as a part of what show tells of it. */
#pragma once

#include <json-glib/json-glib.h>

#include "pool/bond.h"

/* Adds the member "bonds" for @bonds (VfpBond). */
void vfp_show_bonds_json (JsonBuilder *builder, GPtrArray *bonds);

/* Prints a line each: "bond0: 1 of 2 legs up (net1: enp2s0f0 has no carrier)". */
void vfp_show_bonds_print (GPtrArray *bonds);
