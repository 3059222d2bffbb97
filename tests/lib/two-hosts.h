/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two fake hosts with a guest that goes from one to the other; libvirt of both calls vfpool-hook.
 */
#pragma once

#include "ops/migrate.h"
#include "tests/lib/world.h"

#define HOSTB_URI "qemu+tcp://hostb/system"

typedef struct
{
  World *here, *there; /* each with PF enp1s0f0 of three VFs and bridge br0 */
} Hosts;

/* "web1" runs @here, with @nic (as in HostGuest, NULL: none). @there "other" is off. */
Hosts *hosts_new (const char *nic, gboolean transient);
void hosts_free (Hosts *hosts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hosts, hosts_free)

/* A VF for the guest on that host: half of a pair where @failover. */
void hosts_attach (World *world, const char *guest, const char *slot, gboolean failover);

/* As the command line asks without options. */
VfpMigrateRequest hosts_request (void);

/* Nobody settles the other host meanwhile: %VFP_ERROR_NO_VF_THERE is a warning of here, and TRUE.
 */
gboolean hosts_migrate (Hosts *hosts, const VfpMigrateRequest *request,
                        VfpMigrateResult **out_result, GError **error);

/* libvirtd goes on without its client, and gives up a migration that it has not ended. */
void hosts_give_up (Hosts *hosts);

/* What the hook has asked systemd for on either host. */
void hosts_settle (Hosts *hosts);

/* vfpool reconcile --fix --live on both. */
void hosts_reconcile (Hosts *hosts, const char *name);

gboolean hosts_runs (World *world, const char *guest);

/* Fails the test (@name) unless web1 runs on exactly one host, has its VFs there and nothing on the
 * other, and no finding is left on either; returns that host. @slots: how many it has. */
World *hosts_check (Hosts *hosts, const char *name, unsigned slots);
