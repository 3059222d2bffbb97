/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done when libvirt tells that a guest starts, arrives or has ended (its qemu hook,
 * hooks.rst). libvirt waits with the guest locked, so nothing here calls it, and all waiting is
 * bounded. */
#pragma once

#include "ops/world.h"

typedef struct
{
  const char *operation; /* as libvirt names it: "prepare", "start", … */
  const char *xml;       /* the domain XML */
  const char *reason;    /* why the guest ended, at "release" (since libvirt 10.5.0); NULL or "-":
                            not told */
  unsigned timeout_ms; /* the work is left behind then; 0: it is done in this process, unbounded */
} VfpHookRequest;

typedef enum
{
  VFP_HOOK_PASS,
  VFP_HOOK_REFUSED,
  VFP_HOOK_TROUBLE, /* let through, unseen */
} VfpHookVerdict;

typedef struct
{
  VfpHookVerdict verdict;
  char *xml;  /* at "migrate" and "restore" with PASS: the XML to go on with; NULL: the same */
  char *text; /* one line: why, or the JSON for a preflight guest; NULL with PASS */
  GPtrArray *notes; /* texts for the log */
  char *uuid;       /* of the guest; NULL: it is none of ours */
  gboolean settle;  /* vfp_hook_ask() is to be called */
} VfpHookReply;

void vfp_hook_reply_clear (VfpHookReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VfpHookReply, vfp_hook_reply_clear)

/* Whether @operation is one at which there is something to do. */
gboolean vfp_hook_has_operation (const char *operation);

/* Does what is to be done at the operation. @world is as its maker has set it and not opened: a
 * guest without host PCI devices and without slots passes before anything is. Errors, with
 * nothing done: %VFP_ERROR_LIBVIRT where the XML is none; all other trouble is in @reply. */
gboolean vfp_hook_run (VfpWorld *world, const VfpHookRequest *request, VfpHookReply *reply,
                       GError **error);

/* Who is asked to settle a guest, and how long is waited for systemd. */
typedef struct
{
  const char *systemd;           /* a folder that is there where systemd runs */
  const char *const *systemctls; /* paths to try, NULL at the end */
  const char *vfpool;            /* the program for a host without systemd */
  unsigned timeout_ms;
} VfpHookAsker;

/* This host's. */
extern const VfpHookAsker vfp_hook_asker;

/* Asks for "vfpool settle UUID": of systemd as vfpool-settle@UUID.service, without waiting for its
 * end; without systemd as a process of its own. Errors: %VFP_ERROR_FAILED. */
gboolean vfp_hook_ask (const VfpHookAsker *asker, const char *uuid, GError **error);
