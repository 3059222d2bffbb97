/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One call of the hook: whom it concerns, and what is answered when something fails. */
#include "config.h"

#include "ops/hook.h"

#include <string.h>

#include "base/apart.h"
#include "base/error.h"
#include "guest/metadata.h"
#include "guest/preflight.h"
#include "ops/hook-run.h"

typedef struct
{
  const char *name;
  gboolean (*act) (VfpHookRun *run, GError **error);
  gboolean decides; /* whether the guest starts */
  gboolean arrives; /* the guest comes from elsewhere */
  gboolean safe;    /* the guest goes on where it is when this fails */
} Operation;

static const Operation operations[] = {
  { .name = "prepare", .act = vfp_hook_prepare, .decides = TRUE },
  { .name = "start", .act = vfp_hook_start, .decides = TRUE },
  { .name = "started", .act = vfp_hook_started },
  { .name = "release", .act = vfp_hook_release },
  { .name = "migrate", .act = vfp_hook_arrive, .decides = TRUE, .arrives = TRUE, .safe = TRUE },
  { .name = "restore", .act = vfp_hook_arrive, .decides = TRUE, .arrives = TRUE },
};

static const Operation *
find_operation (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++)
    if (g_str_equal (operations[i].name, name))
      return &operations[i];
  return NULL;
}

gboolean
vfp_hook_has_operation (const char *operation)
{
  return find_operation (operation) != NULL;
}

void
vfp_hook_reply_clear (VfpHookReply *reply)
{
  g_clear_pointer (&reply->text, g_free);
  g_clear_pointer (&reply->xml, g_free);
  g_clear_pointer (&reply->notes, g_ptr_array_unref);
  g_clear_pointer (&reply->uuid, g_free);
}

/* Names of hostile guests stand in what is printed and logged in one line. */
static void
make_line (char *text)
{
  for (char *at = text; at != NULL && *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
}

static void
set_trouble (VfpHookReply *reply, const char *guest, const char *message)
{
  g_autofree char *line = g_strdup_printf ("%s: %s", guest, message);

  make_line (line);
  reply->verdict = VFP_HOOK_TROUBLE;
  g_free (reply->text);
  reply->text = g_steal_pointer (&line);
}

/* For the finding "hook-blind", where it can be written. */
static void
note_blind (VfpHookRun *run, const char *message)
{
  VfpStore *store = run->world->store;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *when = g_date_time_format (now, "%F %T");
  g_autofree char *text = g_strdup_printf ("%s %s: %s", when, run->domxml->name, message);

  make_line (text);
  if (store == NULL || vfp_store_is_missing (store))
    return;
  vfp_store_set_timeout (store, 0);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  if (transaction != NULL && vfp_store_put_meta (store, VFP_META_HOOK_BLIND, text, NULL))
    (void) vfp_transaction_commit (transaction, NULL);
}

/* That there is no VF for a guest, and what a slot of it may not have, is no trouble of ours. */
static gboolean
is_refusal (const GError *error)
{
  static const VfpErrorCode codes[] = { VFP_ERROR_NO_VF_FITS,
                                        VFP_ERROR_NO_VFS,
                                        VFP_ERROR_PF_DOWN,
                                        VFP_ERROR_IOMMU,
                                        VFP_ERROR_VF_IN_USE,
                                        VFP_ERROR_NO_SUCH_POOL,
                                        VFP_ERROR_MAC_IN_USE,
                                        VFP_ERROR_SLOT_IN_USE,
                                        VFP_ERROR_GUEST_ADDRESS_IN_USE,
                                        VFP_ERROR_ACPI_INDEX_IN_USE,
                                        VFP_ERROR_BUSY };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, VFP_ERROR, (int) codes[i]))
      return TRUE;
  return FALSE;
}

/* Whoever sends a guest reads it there: it names this host. */
static void
refuse_arrival (VfpHookRun *run, const char *message)
{
  g_free (run->reply->text);
  run->reply->text = g_strdup_printf ("%s cannot come to %s: %s", run->domxml->name,
                                      g_get_host_name (), message);
  make_line (run->reply->text);
  run->reply->verdict = VFP_HOOK_REFUSED;
}

static gboolean
has_own_slots (const VfpDomxml *domxml)
{
  g_autofree char *uuid = NULL;
  g_autoptr (GPtrArray) promises
      = domxml->metadata != NULL ? vfp_metadata_parse (domxml->metadata, &uuid, NULL) : NULL;

  return promises != NULL && promises->len > 0 && g_strcmp0 (uuid, domxml->uuid) == 0;
}

/* A file that is not there is never made here: it would look as if there had been no slots. */
static gboolean
act_on_file (VfpHookRun *run, const Operation *operation, GError **error)
{
  VfpStore *store = run->world->store;

  if (!vfp_store_is_missing (store) || operation->arrives)
    return operation->act (run, error);
  return !has_own_slots (run->domxml)
         || vfp_throw (error, VFP_ERROR_STATE_MISSING,
                       "%s is missing, but the guest has vfpool slots; run 'vfpool reconcile "
                       "--rebuild'",
                       vfp_store_path (store));
}

static gboolean
open_world (VfpHookRun *run, GError **error)
{
  const gint64 start = g_get_monotonic_time ();

  run->world->via = VFP_VIA_HOOK;
  run->world->state_timeout_ms = VFP_HOOK_STATE_MS;
  if (!vfp_world_open_local (run->world, error))
    return FALSE;
  const gint64 spent_ms = (g_get_monotonic_time () - start) / 1000;
  run->state_left_ms = VFP_HOOK_STATE_MS - (unsigned) CLAMP (spent_ms, 0, VFP_HOOK_STATE_MS);
  vfp_store_set_timeout (run->world->store, run->state_left_ms);
  return TRUE;
}

static void
take_notes (VfpHookRun *run)
{
  GPtrArray *warnings = run->world->warnings;

  for (guint i = 0; warnings != NULL && i < warnings->len; i++)
    {
      char *note = g_strdup (g_ptr_array_index (warnings, i));

      make_line (note);
      g_ptr_array_add (run->reply->notes, note);
    }
  make_line (run->reply->text);
}

static void
fail (VfpHookRun *run, const Operation *operation, const GError *error)
{
  if (operation->safe || (operation->arrives && is_refusal (error)))
    {
      refuse_arrival (run, error->message);
      return;
    }
  set_trouble (run->reply, run->domxml->name, error->message);
  if (operation->decides)
    note_blind (run, error->message);
  else
    run->reply->settle = run->reply->settle || has_own_slots (run->domxml);
}

static void
act (VfpHookRun *run, const Operation *operation)
{
  g_autoptr (GError) error = NULL;
  const gboolean open = open_world (run, &error);

  if (vfp_preflight_is (run->domxml))
    vfp_hook_preflight (run, open ? NULL : error->message);
  else if (!open || !act_on_file (run, operation, &error))
    fail (run, operation, error);
  take_notes (run);
}

typedef struct
{
  VfpHookRun *run;
  const Operation *operation;
} Apart;

/* A line of its own, behind which all is the XML. */
#define XML_FOLLOWS "xml\n"

/* Lines "VERDICT", "settle", "text …" and "note …"; then, if there is one, "xml" and that. */
static char *
act_apart (gpointer data)
{
  const Apart *apart = data;
  const VfpHookReply *reply = apart->run->reply;

  act (apart->run, apart->operation);
  GString *lines = g_string_new (NULL);
  g_string_append_printf (lines, "%d\n%s", (int) reply->verdict, reply->settle ? "settle\n" : "");
  if (reply->text != NULL)
    g_string_append_printf (lines, "text %s\n", reply->text);
  for (guint i = 0; i < reply->notes->len; i++)
    g_string_append_printf (lines, "note %s\n", (char *) g_ptr_array_index (reply->notes, i));
  if (reply->xml != NULL)
    g_string_append_printf (lines, "%s%s", XML_FOLLOWS, reply->xml);
  return g_string_free (lines, FALSE);
}

static void
read_reply (VfpHookReply *reply, const char *text)
{
  const char *xml = strstr (text, "\n" XML_FOLLOWS);
  g_autofree char *head = g_strndup (text, xml != NULL ? (gsize) (xml - text) : strlen (text));
  g_auto (GStrv) lines = g_strsplit (head, "\n", -1);

  if (xml != NULL)
    reply->xml = g_strdup (xml + strlen ("\n" XML_FOLLOWS));
  reply->verdict = (VfpHookVerdict) g_ascii_digit_value (*lines[0]);
  for (char **line = lines + 1; *line != NULL; line++)
    if (g_str_equal (*line, "settle"))
      reply->settle = TRUE;
    else if (g_str_has_prefix (*line, "text "))
      reply->text = g_strdup (*line + strlen ("text "));
    else if (g_str_has_prefix (*line, "note "))
      g_ptr_array_add (reply->notes, g_strdup (*line + strlen ("note ")));
}

static void
run_apart (VfpHookRun *run, const Operation *operation, unsigned timeout_ms)
{
  Apart apart = { run, operation };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = vfp_apart_run (act_apart, &apart, timeout_ms, &error);

  if (text != NULL)
    {
      read_reply (run->reply, text);
      return;
    }
  if (vfp_preflight_is (run->domxml))
    {
      vfp_hook_preflight (run, error->message);
      return;
    }
  if (operation->safe)
    {
      refuse_arrival (run, error->message);
      return;
    }
  set_trouble (run->reply, run->domxml->name, error->message);
  run->reply->settle = !operation->decides && has_own_slots (run->domxml);
}

/* Of what libvirt writes, the UUID becomes a part of a unit's name and of a command line. */
static gboolean
check_uuid (const VfpDomxml *domxml, GError **error)
{
  if (domxml->uuid != NULL && strlen (domxml->uuid) == VFP_UUID_STRLEN - 1
      && g_uuid_string_is_valid (domxml->uuid))
    return TRUE;
  return vfp_throw (error, VFP_ERROR_LIBVIRT, "domain XML: there is no <uuid> that is one");
}

/* Metadata that cannot be read is told of; that of another guest is a copy, and none of ours. */
static gboolean
has_arrivals (const VfpDomxml *domxml)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) promises
      = domxml->metadata != NULL ? vfp_metadata_parse (domxml->metadata, NULL, &error) : NULL;

  return error != NULL || (promises != NULL && has_own_slots (domxml));
}

static gboolean
concerns (const VfpDomxml *domxml, const Operation *operation)
{
  if (vfp_preflight_is (domxml))
    return g_str_equal (operation->name, "prepare");
  if (operation->arrives)
    return has_arrivals (domxml);
  return domxml->devices->len > 0 || domxml->metadata != NULL;
}

/* In trouble of our own; a configuration that cannot be read says nothing. */
static gboolean
refuses_on_error (VfpWorld *world)
{
  return vfp_world_load_config (world, NULL) && world->config->refuse_on_error;
}

gboolean
vfp_hook_run (VfpWorld *world, const VfpHookRequest *request, VfpHookReply *reply, GError **error)
{
  const Operation *operation = find_operation (request->operation);

  *reply = (VfpHookReply){ .notes = g_ptr_array_new_with_free_func (g_free) };
  if (operation == NULL)
    return TRUE;

  g_autoptr (VfpDomxml) domxml = vfp_domxml_parse (request->xml, error);
  if (domxml == NULL || !check_uuid (domxml, error))
    return FALSE;
  if (!concerns (domxml, operation))
    return TRUE;

  VfpHookRun run = { .world = world,
                     .xml = request->xml,
                     .domxml = domxml,
                     .from_file = g_str_equal (request->operation, "restore"),
                     .reason = request->reason,
                     .reply = reply };
  reply->uuid = g_strdup (domxml->uuid);
  if (request->timeout_ms != 0)
    run_apart (&run, operation, request->timeout_ms);
  else
    act (&run, operation);
  if (reply->verdict == VFP_HOOK_TROUBLE && operation->decides && refuses_on_error (world))
    reply->verdict = VFP_HOOK_REFUSED;
  return TRUE;
}
