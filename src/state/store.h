/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file: promises (slots) and intents (claims), nothing that can be read elsewhere. One
 * SQLite file, opened for one command, never held across a libvirt call. */
#pragma once

#include <glib.h>

#include "state/records.h"

typedef struct VfpStore VfpStore;

typedef enum
{
  VFP_STORE_READ,  /* never writes, not even a schema step */
  VFP_STORE_WRITE, /* a missing file is made by the first transaction */
} VfpStoreMode;

/* Opens the file at @path. A missing file is no error: the store is then empty, see
 * vfp_store_is_missing(). Errors: %VFP_ERROR_STATE, %VFP_ERROR_STATE_NEWER (written by a newer
 * vfpool), %VFP_ERROR_STATE_DAMAGED (damaged, or not ours); the file is left as it is. */
VfpStore *vfp_store_open (const char *path, VfpStoreMode mode, GError **error);

/* The same, waiting for another writer up to @timeout_ms. */
VfpStore *vfp_store_open_within (const char *path, VfpStoreMode mode, unsigned timeout_ms,
                                 GError **error);

/* The same for a file that is to be made anew and is not looked at: an empty store to read. */
VfpStore *vfp_store_open_nothing (const char *path, GError **error);
void vfp_store_free (VfpStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpStore, vfp_store_free)

/* TRUE while there is no file. */
gboolean vfp_store_is_missing (const VfpStore *store);

/* Reads the file to its end and checks it (PRAGMA integrity_check, foreign_key_check). Errors:
 * %VFP_ERROR_STATE_DAMAGED, %VFP_ERROR_STATE, %VFP_ERROR_BUSY. */
gboolean vfp_store_check (VfpStore *store, GError **error);

/* A number that grows whenever another process has committed a change. */
guint64 vfp_store_change_count (VfpStore *store);

const char *vfp_store_path (const VfpStore *store);

/* How long another writer is waited for; 10 s unless told. */
void vfp_store_set_timeout (VfpStore *store, unsigned timeout_ms);

/* Reads all rows, in one transaction. Errors as vfp_store_open(). */
VfpRecords *vfp_store_load (VfpStore *store, GError **error);

/* A write transaction: BEGIN IMMEDIATE, waiting for another writer. Rolled back by the
 * free function unless it was committed. Errors: %VFP_ERROR_BUSY, %VFP_ERROR_STATE. */
typedef struct VfpTransaction VfpTransaction;
VfpTransaction *vfp_store_begin (VfpStore *store, GError **error);
gboolean vfp_transaction_commit (VfpTransaction *transaction, GError **error);
void vfp_transaction_free (VfpTransaction *transaction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpTransaction, vfp_transaction_free)

/* The keys of the single values. The last reconcile's: "SECONDS COUNT", when it ended and how many
 * findings of level warn or fail were left. */
#define VFP_META_HOOK_SEEN "hook-seen"     /* boot id of the last call of the hook */
#define VFP_META_HOOK_BLIND "hook-blind"   /* when and why it let a guest start unseen */
#define VFP_META_BOOT_GUESTS "boot-guests" /* boot whose late guests were started */
#define VFP_META_LAST_RECONCILE "last-reconcile"

/* A single value, NULL if there is none; needs no transaction. */
gboolean vfp_store_get_meta (VfpStore *store, const char *key, char **out_value, GError **error);

/* All single values, key → value. NULL with @error set. */
GHashTable *vfp_store_list_meta (VfpStore *store, GError **error);

/* Sets first_seen of those of @seen (VfpSeen) that are in the file. */
gboolean vfp_store_load_seen (VfpStore *store, GArray *seen, GError **error);

/* The following need a transaction. A violated invariant is an error that says which:
 * %VFP_ERROR_VF_IN_USE, %VFP_ERROR_SLOT_IN_USE, %VFP_ERROR_MAC_IN_USE,
 * %VFP_ERROR_GUEST_ADDRESS_IN_USE, %VFP_ERROR_ACPI_INDEX_IN_USE. */

/* Removes all PFs, guests, slots and claims; the history and single values stay. */
gboolean vfp_store_clear (VfpStore *store, GError **error);

/* Inserts the PF or, where one of this address and MAC is known, refreshes its name; sets id. */
gboolean vfp_store_put_pf (VfpStore *store, VfpPfRecord *pf, GError **error);

/* Inserts (id 0, which is then set) or updates. */
gboolean vfp_store_put_slot (VfpStore *store, VfpSlot *slot, GError **error);
gboolean vfp_store_delete_slot (VfpStore *store, gint64 id, GError **error);

/* Inserts (id 0, which is then set) or updates; either way the revision goes up by one. An update
 * or delete that meets another revision than the claim's is %VFP_ERROR_BUSY: somebody else has
 * changed the row and owns it now. */
gboolean vfp_store_put_claim (VfpStore *store, VfpClaim *claim, GError **error);
gboolean vfp_store_delete_claim (VfpStore *store, const VfpClaim *claim, GError **error);

/* Deletes the row that keeps another VF for the claim with this id, if there is one. With the claim
 * it goes by itself. */
gboolean vfp_store_delete_held (VfpStore *store, gint64 claim_id, GError **error);

/* Inserts or replaces; deletes if there. */
gboolean vfp_store_put_guest (VfpStore *store, const VfpGuestRecord *guest, GError **error);
gboolean vfp_store_delete_guest (VfpStore *store, const char *uuid, GError **error);

/* Single values; @value NULL: the key goes. */
gboolean vfp_store_put_meta (VfpStore *store, const char *key, const char *value, GError **error);

/* Keeps @seen (VfpSeen); with @complete nothing else. */
gboolean vfp_store_put_seen (VfpStore *store, GArray *seen, gboolean complete, GError **error);

/* Appends to the history. @result: "done" or the text of an error. */
gboolean vfp_store_add_event (VfpStore *store, const VfpEvent *event, GError **error);
