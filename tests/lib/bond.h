/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of bonds share. */
#pragma once

#include "base/error.h"
#include "ops/bond.h"
#include "tests/lib/world.h"

/* Two cards, PFs enp1s0f0 and enp1s0f1 of one, and enp2s0f0, of two VFs each; guests web1 (4 ports)
 * and web2 (1), and off1, which is off. */
World *bond_world (void);

/* @pfs NULL: none is named. */
VfpBondRequest bond_request (const char *guest, const char *const *pfs);

GPtrArray *bond_attach (World *world, const VfpBondRequest *request, GError **error);

/* Fails the test (@name) unless @legs results come of it. */
void bond_must_attach (World *world, const char *name, const VfpBondRequest *request, guint legs);

/* Fails the test unless it fails with @code and a message that has @part, and changes nothing. */
void bond_must_fail (World *world, const char *name, const VfpBondRequest *request,
                     VfpErrorCode code, const char *part);

/* Every slot of the file is a leg of bond0, has a VF, and no PF has two. */
void bond_check (World *world, const char *name, guint legs, VfpBondMac mac);
