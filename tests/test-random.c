/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random attach, detach, forget, set, move, reserve and unreserve against a model: after each
 * of them the list of VFs is what the model says. VFPOOL_TEST_SEED repeats a run. */
#include "config.h"

#include <stdlib.h>

#include "base/error.h"
#include "ops/reserve.h"
#include "tests/lib/check.h"
#include "tests/lib/world.h"

#define OPERATIONS 200
#define PFS 2
#define VFS 4 /* of each PF */
#define GUESTS 4
#define SLOTS 2
#define OWNERS 2
#define OFF_GUEST (GUESTS - 1)
#define NONE (-1)

typedef struct
{
  gboolean exists;
  int vf; /* PF × VFS + index; NONE */
  int last;
  unsigned vlan;
} ModelSlot;

typedef struct
{
  World *world;
  GRand *random;
  guint32 seed;
  unsigned number; /* of the operation */
  char *name;      /* of the case */
  ModelSlot slots[GUESTS][SLOTS];
  int owner[PFS * VFS]; /* NONE: not reserved */
  unsigned reserved_vlan[PFS * VFS];
} Model;

static const char *const pf_names[PFS] = { "enp1s0f0", "enp2s0f0" };
static const char *const guest_names[GUESTS] = { "web0", "web1", "web2", "off0" };
static const char *const slot_names[SLOTS] = { "net0", "net1" };
static const char *const owner_names[OWNERS] = { "dpdk", "lxc" };

static int
roll (Model *model, int end)
{
  return g_rand_int_range (model->random, 0, end);
}

static gboolean
is_free (const Model *model, int vf)
{
  if (model->owner[vf] != NONE)
    return FALSE;
  for (int i = 0; i < GUESTS * SLOTS; i++)
    if (model->slots[i / SLOTS][i % SLOTS].vf == vf)
      return FALSE;
  return TRUE;
}

/* The VF that the policy is to choose: the last one of the slot, else the first one; NONE: all are
 * taken. */
static int
predict (const Model *model, int pf, int last)
{
  if (last != NONE && last / VFS == pf && is_free (model, last))
    return last;
  for (int vf = pf * VFS; vf < (pf + 1) * VFS; vf++)
    if (is_free (model, vf))
      return vf;
  return NONE;
}

static char *
vf_name (int vf)
{
  return g_strdup_printf ("%s/%d", pf_names[vf / VFS], vf % VFS);
}

G_GNUC_PRINTF (2, 3)
static void
begin (Model *model, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_free (model->name);
  model->name = g_strdup_printf ("seed %u, operation %u: %s", model->seed, model->number, what);
}

/* @wanted 0: it is to succeed. */
static gboolean
ended (const Model *model, gboolean success, const GError *error, int wanted)
{
  if (success != (wanted == 0) || (!success && error->code != wanted))
    fail_msg ("%s: ends with %d (%s), not with %d", model->name, success ? 0 : error->code,
              success ? "done" : error->message, wanted);
  return success;
}

static VfpSettings
settings_with_vlan (unsigned vlan)
{
  return (VfpSettings){ .known = VFP_SETTING_VLAN,
                        .vlan = (guint16) vlan,
                        .vlan_proto = VFP_VLAN_PROTO_8021Q };
}

/* Where a VF is to come from: of a PF, or this one. */
typedef struct
{
  const char *pf;
  char *vf;
  int chosen; /* NONE: none is free */
  int wanted; /* the error; 0: none */
} Source;

static void
source_clear (Source *source)
{
  g_free (source->vf);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

static Source
roll_source (Model *model, int last)
{
  const int vf = roll (model, PFS * VFS);

  if (roll (model, 2) == 0)
    return (Source){ .vf = vf_name (vf),
                     .chosen = vf,
                     .wanted = is_free (model, vf) ? 0 : VFP_ERROR_VF_IN_USE };
  const int chosen = predict (model, vf / VFS, last);
  return (Source){ .pf = pf_names[vf / VFS],
                   .chosen = chosen,
                   .wanted = chosen != NONE ? 0 : VFP_ERROR_NO_VF_FITS };
}

static void
act_attach (Model *model)
{
  const int guest = roll (model, GUESTS), number = roll (model, SLOTS);
  ModelSlot *slot = &model->slots[guest][number];
  g_auto (Source) source = roll_source (model, slot->last);
  VfpAttachRequest request = world_attach_request (guest_names[guest]);
  const unsigned vlan = (unsigned) roll (model, 3);
  g_autoptr (GError) error = NULL;

  request.slot = slot_names[number];
  request.pf = source.pf;
  request.vf = source.vf;
  if (vlan != 0)
    request.settings = settings_with_vlan (vlan);
  begin (model, "attach %s %s %s vlan %u", request.guest, request.slot,
         source.pf != NULL ? source.pf : source.vf, vlan);

  g_autoptr (VfpResult) result = world_attach (model->world, &request, &error);
  if (!ended (model, result != NULL, error,
              slot->vf != NONE ? VFP_ERROR_SLOT_IN_USE : source.wanted))
    return;
  slot->exists = TRUE;
  slot->vf = slot->last = source.chosen;
  if (vlan != 0)
    slot->vlan = vlan;
}

/* What a command on a slot with a VF ends with. */
static int
slot_error (const ModelSlot *slot)
{
  return !slot->exists ? VFP_ERROR_NO_SUCH_SLOT : slot->vf == NONE ? VFP_ERROR_SLOT_EMPTY : 0;
}

static void
act_detach (Model *model)
{
  const int guest = roll (model, GUESTS), number = roll (model, SLOTS);
  ModelSlot *slot = &model->slots[guest][number];
  VfpDetachRequest request = world_detach_request (guest_names[guest]);
  g_autoptr (GError) error = NULL;

  request.slot = slot_names[number];
  begin (model, "detach %s %s", request.guest, request.slot);
  g_autoptr (GPtrArray) results = world_detach (model->world, &request, &error);
  if (ended (model, results != NULL, error, slot_error (slot)))
    slot->vf = NONE;
}

static void
act_forget (Model *model)
{
  const int guest = roll (model, GUESTS), number = roll (model, SLOTS);
  ModelSlot *slot = &model->slots[guest][number];
  const VfpForgetRequest request = { .guest = guest_names[guest], .slot = slot_names[number] };
  g_autoptr (GError) error = NULL;

  begin (model, "forget %s %s", request.guest, request.slot);
  g_autoptr (GPtrArray) results = world_forget (model->world, &request, &error);
  if (ended (model, results != NULL, error,
             !slot->exists      ? VFP_ERROR_NO_SUCH_SLOT
             : slot->vf != NONE ? VFP_ERROR_SLOT_IN_USE
                                : 0))
    *slot = (ModelSlot){ .vf = NONE, .last = NONE };
}

static void
act_set (Model *model)
{
  const int guest = roll (model, GUESTS), number = roll (model, SLOTS);
  ModelSlot *slot = &model->slots[guest][number];
  const unsigned vlan = (unsigned) roll (model, 4);
  VfpSetRequest request = { .asked = world_attach_request (guest_names[guest]) };
  g_autoptr (GError) error = NULL;

  request.asked.slot = slot_names[number];
  request.asked.settings = settings_with_vlan (vlan);
  begin (model, "set %s %s vlan %u", request.asked.guest, request.asked.slot, vlan);
  g_autoptr (VfpResult) result = world_set (model->world, &request, &error);
  if (ended (model, result != NULL, error, slot->exists ? 0 : VFP_ERROR_NO_SUCH_SLOT))
    slot->vlan = vlan;
}

/* A slot that is where it is to be stays there. */
static void
act_move (Model *model)
{
  const int guest = roll (model, GUESTS), number = roll (model, SLOTS);
  ModelSlot *slot = &model->slots[guest][number];
  g_auto (Source) source = roll_source (model, NONE);
  const VfpMoveRequest request = { .guest = guest_names[guest],
                                   .slot = slot_names[number],
                                   .pf = source.pf,
                                   .vf = source.vf,
                                   .timeout_ms = 10000 };
  const gboolean stays = slot->vf != NONE
                         && (source.pf != NULL ? g_str_equal (source.pf, pf_names[slot->vf / VFS])
                                               : source.chosen == slot->vf);
  g_autoptr (GError) error = NULL;

  begin (model, "move %s %s %s", request.guest, request.slot,
         source.pf != NULL ? source.pf : source.vf);
  g_autoptr (VfpResult) result = world_move (model->world, &request, &error);
  const int wrong = slot_error (slot);
  if (ended (model, result != NULL, error,
             wrong != 0 ? wrong
             : stays    ? 0
                        : source.wanted)
      && !stays)
    slot->vf = slot->last = source.chosen;
}

/* All or none. */
static void
act_reserve (Model *model)
{
  const int pf = roll (model, PFS), owner = roll (model, OWNERS), count = 1 + roll (model, 2);
  const unsigned vlan = (unsigned) roll (model, 3);
  const VfpReserveRequest request = { .pf = pf_names[pf],
                                      .count = (unsigned) count,
                                      .owner = owner_names[owner],
                                      .settings = settings_with_vlan (vlan),
                                      .timeout_ms = 10000 };
  int free_vfs = 0;
  g_autoptr (GError) error = NULL;

  for (int vf = pf * VFS; vf < (pf + 1) * VFS; vf++)
    free_vfs += is_free (model, vf);
  begin (model, "reserve %s %d %s vlan %u", request.pf, count, request.owner, vlan);
  g_autoptr (GPtrArray) results = world_reserve (model->world, &request, &error);
  if (!ended (model, results != NULL, error, free_vfs < count ? VFP_ERROR_NO_VF_FITS : 0))
    return;
  for (int i = 0; i < count; i++)
    {
      const int vf = predict (model, pf, NONE);

      model->owner[vf] = owner;
      model->reserved_vlan[vf] = vlan;
    }
}

static void
act_unreserve (Model *model)
{
  const int owner = roll (model, OWNERS);
  const VfpUnreserveRequest request = { .owner = owner_names[owner], .timeout_ms = 10000 };
  gboolean any = FALSE;
  g_autoptr (GError) error = NULL;

  for (int vf = 0; vf < PFS * VFS; vf++)
    any = any || model->owner[vf] == owner;
  begin (model, "unreserve %s", request.owner);
  g_autoptr (GPtrArray) results = world_unreserve (model->world, &request, &error);
  if (!ended (model, results != NULL, error, any ? 0 : VFP_ERROR_NOT_RESERVED))
    return;
  for (int vf = 0; vf < PFS * VFS; vf++)
    if (model->owner[vf] == owner)
      model->owner[vf] = NONE;
}

static void
act_unreserve_vf (Model *model)
{
  const int vf = roll (model, PFS * VFS);
  g_autofree char *name = vf_name (vf);
  const char *const names[] = { name, NULL };
  const VfpUnreserveRequest request = { .vfs = names, .timeout_ms = 10000 };
  const gboolean reserved = model->owner[vf] != NONE;
  g_autoptr (GError) error = NULL;

  begin (model, "unreserve %s", name);
  g_autoptr (GPtrArray) results = world_unreserve (model->world, &request, &error);
  if (ended (model, results != NULL, error,
             reserved              ? 0
             : is_free (model, vf) ? VFP_ERROR_NOT_RESERVED
                                   : VFP_ERROR_VF_IN_USE))
    model->owner[vf] = NONE;
}

/* The line of a VF as "STATE USED-BY PART VLAN". */
static char *
model_line (const Model *model, int vf)
{
  for (int i = 0; i < GUESTS * SLOTS; i++)
    {
      const ModelSlot *slot = &model->slots[i / SLOTS][i % SLOTS];
      const gboolean off = i / SLOTS == OFF_GUEST;

      if (slot->vf == vf)
        return g_strdup_printf ("attached %s %s %s %u", guest_names[i / SLOTS],
                                slot_names[i % SLOTS], off ? "off" : "on", off ? 0 : slot->vlan);
    }
  if (model->owner[vf] != NONE)
    return g_strdup_printf ("reserved %s - on %u", owner_names[model->owner[vf]],
                            model->reserved_vlan[vf]);
  return g_strdup ("free - - off 0");
}

static char *
listed_line (const VfpVfView *vf)
{
  const gboolean reserved = vf->state == VFP_VF_RESERVED;
  const char *who = reserved ? vf->claim->owner : vf->guest;

  return g_strdup_printf ("%s %s %s %s %u", vfp_vf_state_to_string (vf->state),
                          who != NULL ? who : "-", vf->slot != NULL ? vf->slot->name : "-",
                          vf->live || reserved ? "on" : "off", vf->vf->settings.vlan);
}

static void
compare (Model *model)
{
  g_auto (VfpWorld) opened = { 0 };
  g_autoptr (VfpSnapshot) snapshot
      = world_open (model->world, &opened, TRUE, NULL) ? vfp_snapshot_take (&opened, NULL) : NULL;

  check_case (model->name, snapshot != NULL);
  check_case (model->name, snapshot->view->vfs->len == PFS * VFS);
  for (int i = 0; i < PFS * VFS; i++)
    {
      const VfpVfView *vf = g_ptr_array_index (snapshot->view->vfs, i);
      g_autofree char *wanted = model_line (model, i);
      g_autofree char *listed = listed_line (vf);
      g_autofree char *name = vf_name (i);
      g_autofree char *what = g_strdup_printf ("%s: %s", model->name, name);

      check_case_string (what, listed, wanted);
    }
  g_clear_pointer (&snapshot, vfp_snapshot_free);
  world_keep_warnings (model->world, &opened);
  world_check (model->world, model->name);
}

static World *
make_world (void)
{
  World *world = world_new_empty ();

  for (int pf = 0; pf < PFS; pf++)
    {
      g_autofree char *address = g_strdup_printf ("0000:%02d:00.0", pf + 1);

      hosttree_add_pf (
          world->tree,
          &(HostPf){ .name = pf_names[pf], .address = address, .vfs = VFS, .driver = "ixgbe" });
    }
  for (int guest = 0; guest < GUESTS; guest++)
    hosttree_add_guest (
        world->tree,
        &(HostGuest){ .name = guest_names[guest], .ports = SLOTS, .off = guest == OFF_GUEST });
  world_start (world);
  return world;
}

static guint32
choose_seed (void)
{
  const char *given = g_getenv ("VFPOOL_TEST_SEED");

  return given != NULL ? (guint32) strtoul (given, NULL, 10) : g_random_int ();
}

static void
test_random (void **state)
{
  static void (*const acts[]) (Model *) = {
    act_attach, act_attach, act_attach, act_detach,  act_detach,    act_forget,
    act_set,    act_move,   act_move,   act_reserve, act_unreserve, act_unreserve_vf,
  };
  g_autoptr (World) world = make_world ();
  const guint32 seed = choose_seed ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  Model model = { .world = world, .seed = seed, .random = random };

  print_message ("VFPOOL_TEST_SEED=%u\n", model.seed);
  for (int i = 0; i < GUESTS * SLOTS; i++)
    model.slots[i / SLOTS][i % SLOTS] = (ModelSlot){ .vf = NONE, .last = NONE };
  for (int vf = 0; vf < PFS * VFS; vf++)
    model.owner[vf] = NONE;
  for (; model.number < OPERATIONS; model.number++)
    {
      acts[roll (&model, G_N_ELEMENTS (acts))](&model);
      compare (&model);
    }
  g_free (model.name);
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_random) };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
