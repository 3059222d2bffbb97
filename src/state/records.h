/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of the state file as values. */
#pragma once

#include <glib.h>

#include "base/address.h"
#include "base/mac.h"
#include "base/settings.h"

/* A PF is known by address, permanent MAC and serial together. */
typedef struct
{
  gint64 id; /* 0: not in the file */
  VfpAddress address;
  VfpMac mac;   /* zero: not told (not a NIC) */
  char *serial; /* NULL: not told */
  char *netdev; /* the last name seen; NULL: not a NIC */
} VfpPfRecord;

/* The identity of a guest's named attachment point. */
typedef struct
{
  gint64 id; /* 0: not in the file */
  char *guest_uuid;
  char *guest_name; /* the last name seen */
  char *name;       /* "net0" */
  char *pool;       /* name of the pool that was asked for */
  char *alias;
  VfpMac mac;
  VfpAddress guest_address;
  gboolean has_guest_address;
  unsigned acpi_index;  /* 0: none */
  VfpSettings settings; /* without the MAC */
  unsigned asked;       /* VfpSetting bits that the user named */
  gboolean transient;   /* ends with its guest */
  gint64 created;       /* seconds since the epoch */
} VfpSlot;

typedef enum
{
  VFP_INTENT_NONE,
  VFP_INTENT_CLAIMING,
  VFP_INTENT_DETACHING,
} VfpIntent;

/* A process, recognised even after its number was used again (proc(5), starttime). */
typedef struct
{
  gint64 pid; /* 0: nobody */
  guint64 start_ticks;
} VfpProcess;

/* Slot → VF, or a reservation (owner, no slot). */
typedef struct
{
  gint64 id; /* 0: not in the file */
  gint64 revision;
  gint64 slot_id; /* 0: a reservation */
  char *owner;    /* NULL unless a reservation */
  gint64 pf_id;
  unsigned vf;        /* index */
  VfpAddress address; /* of the VF when it was claimed */
  VfpIntent intent;
  gboolean intent_live; /* the parts that the intent adds or ends */
  gboolean intent_config;
  gboolean live;      /* part: in (or for) the running guest */
  gboolean config;    /* part: in (or for) the persistent XML */
  char *boot_id;      /* the boot that the live part and the claimer belong to */
  VfpProcess claimer; /* who works on the intent */
  gboolean has_saved;
  VfpSettings saved;  /* what the VF had before the live part */
  char *saved_driver; /* NULL: none was bound */
  gint64 since;       /* seconds since the epoch */
  char *by;           /* who asked: login name behind sudo */
} VfpClaim;

typedef struct
{
  gint64 time;
  const char *by;
  const char *what; /* "attach", "detach", … */
  const char *guest;
  const char *slot;
  const char *vf;
  const char *result;
} VfpEvent;

typedef struct
{
  GPtrArray *pfs;    /* VfpPfRecord */
  GPtrArray *slots;  /* VfpSlot, by guest and number */
  GPtrArray *claims; /* VfpClaim */
} VfpRecords;

VfpRecords *vfp_records_new (void);
void vfp_records_free (VfpRecords *records);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpRecords, vfp_records_free)

void vfp_pf_record_free (VfpPfRecord *pf);
void vfp_slot_free (VfpSlot *slot);
void vfp_claim_free (VfpClaim *claim);
VfpSlot *vfp_slot_copy (const VfpSlot *slot);
VfpClaim *vfp_claim_copy (const VfpClaim *claim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpPfRecord, vfp_pf_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpSlot, vfp_slot_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpClaim, vfp_claim_free)

/* Lookups in @records; NULL when there is none. */
VfpPfRecord *vfp_records_find_pf (const VfpRecords *records, const VfpAddress *address,
                                  const VfpMac *mac);
VfpPfRecord *vfp_records_get_pf (const VfpRecords *records, gint64 id);
VfpSlot *vfp_records_get_slot (const VfpRecords *records, gint64 id);
VfpSlot *vfp_records_find_slot (const VfpRecords *records, const char *guest_uuid,
                                const char *name);
VfpClaim *vfp_records_find_claim_of_slot (const VfpRecords *records, gint64 slot_id);

/* The guest's slots, as borrowed pointers, by number. */
GPtrArray *vfp_records_slots_of (const VfpRecords *records, const char *guest_uuid);

const char *vfp_intent_to_string (VfpIntent intent);

/* This process. */
VfpProcess vfp_process_self (void);

/* Whether the process that the value was made of still runs. */
gboolean vfp_process_is_alive (const VfpProcess *process);
