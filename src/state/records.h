/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of the state file as values. */
#pragma once

#include <glib.h>

#include "base/address.h"
#include "base/arrive.h"
#include "base/bond.h"
#include "base/mac.h"
#include "base/settings.h"

/* A PF is known by address, permanent MAC and serial together. */
typedef struct
{
  gint64 id; /* 0: not in the file */
  VfpAddress address;
  VfpMac mac;           /* zero: not told (not a NIC) */
  char *serial;         /* NULL: not told */
  char *netdev;         /* the last name seen; NULL: not a NIC */
  char *former_netdevs; /* seen before that, with spaces between them; NULL: none */
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
  char *profile_id;     /* of a virtualport 802.1Qbh; NULL: none */
  char *driver_model;   /* VFIO driver that libvirt is to bind the VF to, "mlx5_vfio_pci"; NULL: as
                           the template says */
  gboolean on_start;    /* gets a VF at each start of the guest and gives it back at its end */
  gint64 rests_until;   /* an on-start slot that has had its VF in this start of the guest gets one
                           by itself only from the start of this generation on; 0: at once */
  gint64 last_pf_id;    /* the VF that it had last, told by the state file; 0: none yet */
  unsigned last_vf;
  char *bond;          /* that the slot is a leg of, "bond0"; NULL: of none */
  VfpBondMac bond_mac; /* the same in all legs of a bond; says nothing without one */
  VfpArrive arrive;    /* was taken out for a migration, and comes back where the guest runs */
  char *standby;       /* alias of the virtio NIC that its device is a failover pair with; NULL:
                          it is no half of a pair */
  gboolean transient;  /* ends with its guest */
  gint64 created;      /* seconds since the epoch */
} VfpSlot;

typedef enum
{
  VFP_INTENT_NONE,
  VFP_INTENT_CLAIMING,
  VFP_INTENT_CHANGING, /* of what has its VF: other settings, plugged anew, or another VF */
  VFP_INTENT_DETACHING,
} VfpIntent;

/* A process, recognised even after its number was used again (proc(5), starttime). */
typedef struct
{
  gint64 pid; /* 0: nobody */
  guint64 start_ticks;
} VfpProcess;

/* Slot → VF, or a reservation (owner, no slot), or a VF that is kept for a claim which is changing
 * to it or from it (held_for, no slot, no part). */
typedef struct
{
  gint64 id; /* 0: not in the file */
  gint64 revision;
  gint64 slot_id;  /* 0: a reservation */
  char *owner;     /* NULL unless a reservation */
  gint64 held_for; /* id of the claim that it is kept for; 0: none. It ends with that claim */
  gint64 pf_id;
  unsigned vf;        /* index */
  VfpAddress address; /* of the VF when it was claimed */
  VfpIntent intent;
  gboolean intent_live; /* the parts that the intent adds or ends */
  gboolean intent_config;
  gboolean live;      /* part: in (or for) the running guest */
  gboolean config;    /* part: in (or for) the persistent XML */
  char *boot_id;      /* the boot that the live part and the claimer belong to */
  gint64 generation;  /* the guest's start that the live part belongs to; see VfpGuestRecord */
  VfpProcess claimer; /* who works on the intent */
  gint64 expires;     /* claimed by the hook for a guest that is to arrive: until then, in seconds
                         since the boot of boot_id; 0: it is no such claim */
  gboolean has_saved;
  VfpSettings saved;    /* what the VF had before the live part */
  char *saved_driver;   /* NULL: none was bound */
  char *saved_override; /* driver_override of before a reservation; NULL: none, or of a slot */

  /* What a reservation has asked for; nothing of it in the claim of a slot. */
  VfpSettings settings; /* with the MAC, if it is to have one */
  unsigned asked;       /* VfpSetting bits that the user named */
  char *driver;         /* "vfio-pci", "host", "none"; NULL: left alone */
  gint64 until;         /* seconds since the epoch; 0: for ever */

  gint64 since; /* seconds since the epoch */
  char *by;     /* who asked: login name behind sudo */
} VfpClaim;

/* For how long the hook keeps a claim for a guest that is to arrive, and within what of it libvirt
 * calls the hook again, for its start: both belong to one call of a migration's beginning. */
#define VFP_ARRIVE_S (5 * 60)
#define VFP_ARRIVE_START_S 60

/* What the hook tells of a guest that has slots. A guest without a row has zeroes. */
typedef struct
{
  char *uuid;
  char *name;
  gint64 generation; /* counts its starts, refused ones included */
  gint64 wanted;     /* the hook has asked for so many settlings … */
  gint64 settled;    /* … and this is the last of them that was done */
  gint64 arriving; /* the start in which it arrives from elsewhere, until that has been settled; 0:
                      none */
  char *refused;   /* why the hook refused the last start; NULL: it did not */
  char *refused_boot_id;
} VfpGuestRecord;

/* Who does what is done. */
typedef enum
{
  VFP_VIA_COMMAND,
  VFP_VIA_HOOK,
  VFP_VIA_UNIT, /* timer, cron, boot */
} VfpVia;

typedef struct
{
  gint64 time;
  const char *by;
  VfpVia via;
  const char *what; /* "attach", "detach", … */
  const char *guest_uuid;
  const char *guest;
  const char *slot;
  const char *mac;
  const char *vf;
  const char *result;
} VfpEvent;

/* A finding that was there at the last reconcile. */
typedef struct
{
  const char *id;     /* of its kind */
  const char *object; /* what it is about */
  gint64 first_seen;  /* seconds since the epoch; 0: not told */
} VfpSeen;

typedef struct
{
  GPtrArray *pfs;    /* VfpPfRecord */
  GPtrArray *guests; /* VfpGuestRecord */
  GPtrArray *slots;  /* VfpSlot, by guest and number */
  GPtrArray *claims; /* VfpClaim */
} VfpRecords;

VfpRecords *vfp_records_new (void);
void vfp_records_free (VfpRecords *records);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpRecords, vfp_records_free)

void vfp_pf_record_free (VfpPfRecord *pf);
void vfp_guest_record_free (VfpGuestRecord *guest);
void vfp_slot_free (VfpSlot *slot);
void vfp_claim_free (VfpClaim *claim);
VfpSlot *vfp_slot_copy (const VfpSlot *slot);
VfpClaim *vfp_claim_copy (const VfpClaim *claim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpPfRecord, vfp_pf_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpGuestRecord, vfp_guest_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpSlot, vfp_slot_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpClaim, vfp_claim_free)

/* Lookups in @records; NULL when there is none. */
VfpPfRecord *vfp_records_find_pf (const VfpRecords *records, const VfpAddress *address,
                                  const VfpMac *mac);
VfpPfRecord *vfp_records_get_pf (const VfpRecords *records, gint64 id);
VfpGuestRecord *vfp_records_find_guest (const VfpRecords *records, const char *uuid);
VfpSlot *vfp_records_get_slot (const VfpRecords *records, gint64 id);
VfpSlot *vfp_records_find_slot (const VfpRecords *records, const char *guest_uuid,
                                const char *name);
VfpClaim *vfp_records_find_claim_of_slot (const VfpRecords *records, gint64 slot_id);

/* The row that keeps the other VF for the claim with this id. */
VfpClaim *vfp_records_find_held (const VfpRecords *records, gint64 claim_id);

/* The slot of a claim, or of the one that it is kept for; NULL: a reservation. */
VfpSlot *vfp_records_slot_of_claim (const VfpRecords *records, const VfpClaim *claim);

/* Whether an on-start slot has had its VF in the guest's present start already: it was detached by
 * hand, and gets the next one at the next start. */
gboolean vfp_records_slot_rests (const VfpRecords *records, const VfpSlot *slot);

/* Seconds since the boot, suspended time included: no clock that is set changes them. */
gint64 vfp_boot_seconds (void);

/* Whether the guest may still arrive that the hook made the claim for. */
gboolean vfp_claim_is_awaited (const VfpClaim *claim, const char *boot_id);

/* The VfpSetting bits of the slot that are vfpool's to set and to look after: where a port profile
 * says what a VF is set to, only those that were asked for. */
unsigned vfp_slot_governed (const VfpSlot *slot);

/* The start that the guest @uuid is in, or was in last; 0: the hook has seen none. */
gint64 vfp_records_generation (const VfpRecords *records, const char *uuid);

/* The guest's slots, as borrowed pointers, by number. */
GPtrArray *vfp_records_slots_of (const VfpRecords *records, const char *guest_uuid);

const char *vfp_intent_to_string (VfpIntent intent);
const char *vfp_via_to_string (VfpVia via);

/* This process. */
VfpProcess vfp_process_self (void);

/* Whether the process that the value was made of still runs. */
gboolean vfp_process_is_alive (const VfpProcess *process);
