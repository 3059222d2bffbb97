/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that act at once in one fake host, and libvirt's part for guests that start and end
 * beside them. A process fails by its exit status: cmocka belongs to the first one. */
#pragma once

#include <sys/types.h>

#include "tests/lib/world.h"

/* What a process does. FALSE: it has failed, and has said why. */
typedef gboolean (*ParallelAct) (World *world, unsigned number, gpointer data);

/* To be called first. Ends this process where it is not done within @seconds: a deadlock. Makes the
 * hosts in memory, if it can: processes die here and no machine does, so that no disk is needed. */
void parallel_init (unsigned seconds);

/* Starts a process, which has the time limit too. */
pid_t parallel_start (World *world, ParallelAct act, unsigned number, gpointer data);

/* Waits for it. Fails the test (@name) where it has failed, or was killed unless @killed. */
void parallel_end (const char *name, pid_t process, gboolean killed);

/* @count processes, numbered from 0, from start to end. */
void parallel_run (World *world, const char *name, unsigned count, ParallelAct act, gpointer data);

/* In a process: says why it fails. */
gboolean parallel_fail (const char *name, const GError *error);

/* Integrity of the state file, and world_check(). */
void parallel_check (World *world, const char *name);

/* In a process: libvirt starts the guest with "prepare", "start" and "started", or destroys it with
 * "release". Readers see the guest as active from before "prepare" on, and as off from before
 * "release" on. *out_settle (may be NULL): the hook wants it settled. */
gboolean parallel_power_on (World *world, const char *guest, gboolean *out_settle);
gboolean parallel_power_off (World *world, const char *guest, gboolean *out_settle);

/* The parts of the latter: the host's side, which gives the guest's live XML (NULL: it was off),
 * and the hook's. */
char *parallel_destroy (World *world, const char *guest);
gboolean parallel_hook (World *world, const char *operation, const char *xml, gboolean *out_settle);
