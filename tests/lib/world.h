/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole fake host with a state file, and use cases run in it. */
#pragma once

#include "ops/adopt.h"
#include "ops/attach.h"
#include "ops/detach.h"
#include "ops/forget.h"
#include "ops/hook.h"
#include "ops/move.h"
#include "ops/reconcile.h"
#include "ops/reserve.h"
#include "ops/set.h"
#include "tests/lib/hosttree.h"

typedef struct
{
  HostTree *tree;
  char *state_path;
  const char *user_template_dir;
  VfpFaults faults;
  volatile int interrupted;
  gboolean rebuild;    /* the next use cases open no state file */
  GPtrArray *warnings; /* of the last use case */
} World;

/* PF enp1s0f0 (igb, VFs 0000:01:10.0, .2, .4, .6) and PF enp2s0f0 (ixgbe, VFs 0000:02:10.0, .2);
 * guests web1 and web2 (running, 3 ports), off1 (off), temp1 (transient). */
World *world_new (void);

/* A host with nothing on it. What is put on it is to be followed by world_start(). */
World *world_new_empty (void);
void world_start (World *world);

/* Writes the host's configuration. */
void world_configure (World *world, const char *text);
void world_free (World *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* Opens a VfpWorld in it, for what has no function here. Errors: those of vfp_world_open(). */
gboolean world_open (World *world, VfpWorld *opened, gboolean read_only, GError **error);

/* Each opens a VfpWorld of its own, as one run of the program does. */
VfpResult *world_attach (World *world, const VfpAttachRequest *request, GError **error);
GPtrArray *world_detach (World *world, const VfpDetachRequest *request, GError **error);
GPtrArray *world_forget (World *world, const VfpForgetRequest *request, GError **error);
GPtrArray *world_reconcile (World *world, const VfpReconcileRequest *request, GError **error);
GPtrArray *world_settle (World *world, const char *uuid, unsigned classes, GError **error);
GPtrArray *world_adopt (World *world, const VfpAdoptRequest *request, GError **error);
GPtrArray *world_disown (World *world, const VfpDisownRequest *request, GError **error);
GPtrArray *world_reserve (World *world, const VfpReserveRequest *request, GError **error);
GPtrArray *world_unreserve (World *world, const VfpUnreserveRequest *request, GError **error);
VfpResult *world_set (World *world, const VfpSetRequest *request, GError **error);
VfpResult *world_move (World *world, const VfpMoveRequest *request, GError **error);
VfpRecords *world_records (World *world);

/* A request with the values that mean "not asked". */
VfpAttachRequest world_attach_request (const char *guest);
VfpDetachRequest world_detach_request (const char *guest);

/* Runs them, and fails the test (@name) where they fail. */
VfpResult *world_must_attach (World *world, const char *name, const VfpAttachRequest *request);
void world_must_detach (World *world, const char *name, const VfpDetachRequest *request);

/* Whether a warning of the last use case contains @part. */
gboolean world_warned (const World *world, const char *part);

/* The file at @path, relative to the tree; NULL: none. */
char *world_read (const World *world, const char *path);

/* A guest's <interface> with the alias @alias in "live.xml" or "config.xml", in one line; NULL:
 * none. */
char *world_device (const World *world, const char *guest, const char *file, const char *alias);

/* The settings that the PF holds for a VF, as text. */
char *world_settings (const World *world, const char *netdev, unsigned vf);

/* The state file without ids, revisions, times and history; settings and drivers of all VFs; all
 * guests' XML. The same text means the same world. */
char *world_dump (World *world);

/* What others do. A key of links.conf (@value NULL: it goes), and of a guest's guest.conf. */
void world_set_link (World *world, const char *group, const char *key, const char *value);
void world_set_guest (World *world, const char *guest, const char *key, gboolean value);

/* The host's side of a guest's end: libvirt puts its VF, by address, back on its driver. */
void world_power_off (World *world, const char *guest, const char *vf, const char *vf_driver);

/* A world as the hook gets it. */
VfpWorld world_unopened (World *world);

/* A guest's "live.xml" or "config.xml", and its UUID. */
char *world_guest_xml (const World *world, const char *guest, const char *file);
char *world_uuid (const World *world, const char *guest);

/* A call of libvirt's hook, in this process: with @xml, or with the guest's live XML, else its
 * configuration. */
VfpHookReply world_hook_xml (World *world, const char *operation, const char *xml);
VfpHookReply world_hook (World *world, const char *guest, const char *operation);
VfpHookVerdict world_hook_verdict (World *world, const char *guest, const char *operation);

/* libvirt starts the guest: without its hooks; with "prepare", "start" and "started", which must
 * let it; and its end with "release". */
void world_power_on (World *world, const char *guest);
void world_start_guest (World *world, const char *guest);
VfpHookReply world_end_guest (World *world, const char *guest, const char *vf,
                              const char *vf_driver);

/* An edit of a guest's "live.xml" or "config.xml"; @from is there once. */
void world_replace (World *world, const char *guest, const char *file, const char *from,
                    const char *to);
void world_add_device (World *world, const char *guest, const char *file, const char *alias,
                       const char *vf);

/* Runs @act in a VfpWorld of its own. */
typedef gboolean (*WorldAct) (VfpWorld *opened, gpointer data, GError **error);
gboolean world_act (World *world, WorldAct act, gpointer data, GError **error);

/* The parts of that: opening, and keeping what it has warned of. */
gboolean world_open (World *world, VfpWorld *opened, gboolean read_only, GError **error);
void world_keep_warnings (World *world, VfpWorld *opened);

/* A change of the state file, in a transaction. */
void world_change (World *world, void (*change) (VfpStore *store, gpointer data), gpointer data);

/* libvirt has called the hook in this boot. */
void world_see_hook (World *world);

/* The end of a guest without the hook: the VFs that it has go back, the claims stay. */
void world_pull_plug (World *world, const char *guest);

/* Fails the test (@name) where two guests have one VF, a device has no claim, a claim without
 * intent differs from the XML, or a VF that nobody has is not as it was. */
void world_check (World *world, const char *name);
