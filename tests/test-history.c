/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the history, who had what when, and its bound. */
#include "config.h"

#include "state/history.h"

#include <string.h>

#include <glib/gstdio.h>

#include "tests/lib/check.h"

#define DAY G_GINT64_CONSTANT (86400)
#define NOW G_GINT64_CONSTANT (1795137245)
#define WEB1 "11111111-2222-3333-4444-555555555555"
#define DB1 "66666666-2222-3333-4444-555555555555"
#define MAC0 "56:66:00:00:00:01"
#define MAC1 "56:66:00:00:00:02"
#define VF0 "0000:01:10.0"
#define VF1 "0000:01:10.2"

typedef struct
{
  gint64 time;
  const char *what, *uuid, *guest, *slot, *mac, *vf, *result;
} Row;

typedef struct
{
  char *folder, *path;
  VfpStore *store;
} File;

static void
file_clear (File *file)
{
  vfp_store_free (file->store);
  g_unlink (file->path);
  g_rmdir (file->folder);
  g_free (file->path);
  g_free (file->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (File, file_clear)

static File
file_new (void)
{
  File file = { .folder = g_dir_make_tmp ("vfpool-test-XXXXXX", NULL) };

  file.path = g_build_filename (file.folder, "state.db", NULL);
  file.store = vfp_store_open (file.path, VFP_STORE_WRITE, NULL);
  assert_non_null (file.store);
  return file;
}

static void
add (File *file, const Row *row)
{
  const VfpEvent event = {
    .time = row->time,
    .by = "ada",
    .via = VFP_VIA_HOOK,
    .what = row->what,
    .guest_uuid = row->uuid,
    .guest = row->guest,
    .slot = row->slot,
    .mac = row->mac,
    .vf = row->vf,
    .result = row->result != NULL ? row->result : "done",
  };
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (file->store, NULL);

  assert_true (vfp_store_add_event (file->store, &event, NULL));
  assert_true (vfp_transaction_commit (transaction, NULL));
}

/* The times of what is read, relative to NOW, with blanks between them. */
static char *
read_times (File *file, const VfpHistoryFilter *filter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = vfp_store_read_history (file->store, filter, &error);
  GString *text = g_string_new (NULL);

  assert_null (error);
  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? " " : "",
                            ((VfpHistoryRow *) g_ptr_array_index (rows, i))->time - NOW);
  return g_string_free (text, FALSE);
}

static const Row story[] = {
  { NOW - 100, "attach", WEB1, "old", "net0", MAC0, VF0, NULL },
  { NOW - 90, "attach", DB1, "db1", "net0", MAC1, VF0, "failed, undone" },
  { NOW - 80, "attach", DB1, "db1", "net0", MAC1, VF1, NULL },
  { NOW - 70, "detach", WEB1, "old", "net0", MAC0, VF0, VFP_RESULT_CONFIG_STAYS },
  { NOW - 60, "detach", WEB1, "web1", "net0", MAC0, VF0, "the guest refused" },
  { NOW - 50, "detach", WEB1, "web1", "net0", MAC0, VF0, NULL },
  { NOW - 40, "attach", DB1, "db1", "net1", "56:66:00:00:00:03", VF0, NULL },
  { NOW - 30, "fix", DB1, "db1", "net1", "56:66:00:00:00:03", VF0, NULL },
  { NOW - 20, "forget", WEB1, "web1", "net0", MAC0, NULL, NULL },
};

static const struct
{
  const char *name;
  VfpHistoryFilter filter;
  const char *times;
} reads[] = {
  { "all", { 0 }, "-100 -90 -80 -70 -60 -50 -40 -30 -20" },
  { "by a former name", { .guest = "old" }, "-100 -70 -60 -50 -20" },
  { "by the present name", { .guest = "web1" }, "-100 -70 -60 -50 -20" },
  { "by UUID", { .guest = "66666666-2222-3333-4444-555555555555" }, "-90 -80 -40 -30" },
  { "nobody", { .guest = "web9" }, "" },
  { "SQL is a name", { .guest = "' OR 1=1 --" }, "" },
  { "a pattern is a name", { .guest = "%" }, "" },
  { "slot", { .slot = "net1" }, "-40 -30" },
  { "guest and slot", { .guest = "db1", .slot = "net0" }, "-90 -80" },
  { "VF", { .vf = VF1 }, "-80" },
  { "MAC", { .mac = MAC0 }, "-100 -70 -60 -50 -20" },
  { "since", { .has_since = TRUE, .since = NOW - 40 }, "-40 -30 -20" },
  { "MAC since", { .mac = MAC0, .has_since = TRUE, .since = NOW - 55 }, "-50 -20" },
  { "before all", { .has_at = TRUE, .at = NOW - 101 }, "" },
  { "the moment itself", { .has_at = TRUE, .at = NOW - 100 }, "-100" },
  { "what failed is nothing", { .has_at = TRUE, .at = NOW - 90 }, "-100" },
  { "two", { .has_at = TRUE, .at = NOW - 75 }, "-100 -80" },
  { "a part stays", { .has_at = TRUE, .at = NOW - 65 }, "-80 -70" },
  { "a detach that failed", { .vf = VF0, .has_at = TRUE, .at = NOW - 55 }, "-70" },
  { "ended", { .vf = VF0, .has_at = TRUE, .at = NOW - 45 }, "" },
  { "the next one", { .vf = VF0, .has_at = TRUE, .at = NOW }, "-40" },
  { "MAC then", { .mac = MAC0, .has_at = TRUE, .at = NOW - 95 }, "-100" },
  { "MAC now", { .mac = MAC0, .has_at = TRUE, .at = NOW }, "" },
  { "slot now", { .guest = "db1", .slot = "net1", .has_at = TRUE, .at = NOW }, "-40" },
};

static void
test_read (void **state)
{
  g_auto (File) file = file_new ();
  gint64 begin = 1;

  assert_true (vfp_store_history_begin (file.store, &begin, NULL));
  assert_true (begin == 0);
  for (gsize i = 0; i < G_N_ELEMENTS (story); i++)
    add (&file, &story[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (reads); i++)
    {
      g_autofree char *times = read_times (&file, &reads[i].filter);

      check_case_string (reads[i].name, times, reads[i].times);
    }
  assert_true (vfp_store_history_begin (file.store, &begin, NULL));
  assert_true (begin == NOW - 100);
}

/* A lost state file: the VF got a new owner, and nobody has written down the old one's end. */
static void
test_without_end (void **state)
{
  g_auto (File) file = file_new ();
  const Row rows[] = {
    { NOW - 9, "attach", WEB1, "web1", "net0", MAC0, VF0, NULL },
    { NOW - 8, "attach", DB1, "db1", "net0", MAC1, VF0, NULL },
    { NOW - 7, "reserve", NULL, NULL, NULL, NULL, VF1, NULL },
    { NOW - 6, "reserve", NULL, NULL, NULL, NULL, "0000:01:10.4", NULL },
    { NOW - 5, "unreserve", NULL, NULL, NULL, NULL, VF1, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    add (&file, &rows[i]);
  g_autofree char *times = read_times (&file, &(VfpHistoryFilter){ .has_at = TRUE, .at = NOW });
  assert_string_equal (times, "-8 -6");
}

/* The order is that of writing, and nothing is hidden behind a clock that was set back. */
static void
test_clock_back (void **state)
{
  g_auto (File) file = file_new ();
  const Row rows[] = {
    { NOW, "attach", WEB1, "web1", "net0", MAC0, VF0, NULL },
    { NOW - DAY, "attach", DB1, "db1", "net0", MAC1, VF1, NULL },
    { NOW - DAY + 5, "detach", WEB1, "web1", "net0", MAC0, VF0, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    add (&file, &rows[i]);
  g_autofree char *all = read_times (&file, &(VfpHistoryFilter){ 0 });
  g_autofree char *now = read_times (&file, &(VfpHistoryFilter){ .has_at = TRUE, .at = NOW });
  assert_string_equal (all, "0 -86400 -86395");
  assert_string_equal (now, "-86400");
}

static const struct
{
  const char *name;
  gint64 times[6]; /* relative to NOW in days, as all here; ended by 9999 */
  gint64 now;
  const char *left;
} trims[] = {
  { "young", { -399, -1, 9999 }, 0, "-399 -1" },
  { "old", { -403, -402, -1, 9999 }, 0, "-1" },
  { "all old: counts from the last one", { -900, -500, -450, 9999 }, 0, "-500 -450" },
  { "clock is behind", { -900, -401, -1, 9999 }, -800, "-900 -401 -1" },
  { "clock is at the epoch", { -900, -401, -1, 9999 }, -20000, "-900 -401 -1" },
  { "clock is ahead", { -300, -1, 9999 }, 5000, "-300 -1" },
  { "clock was behind for a while", { -500, -10, -20000, -9, 9999 }, 0, "-10 -20000 -9" },
  { "clock was ahead for a while", { -500, 3000, -401, -1, 9999 }, 0, "3000 -1" },
};

static void
test_trim (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (trims); i++)
    {
      g_auto (File) file = file_new ();
      GString *left = g_string_new (NULL);

      for (const gint64 *time = trims[i].times; *time != 9999; time++)
        add (&file, &(Row){ NOW + *time * DAY, "attach", WEB1, "web1", "net0", MAC0, VF0, NULL });
      assert_true (vfp_store_trim_history (file.store, NOW + trims[i].now * DAY, NULL));

      g_autoptr (GPtrArray) rows
          = vfp_store_read_history (file.store, &(VfpHistoryFilter){ 0 }, NULL);
      for (guint k = 0; k < rows->len; k++)
        g_string_append_printf (left, "%s%" G_GINT64_FORMAT, k > 0 ? " " : "",
                                (((VfpHistoryRow *) g_ptr_array_index (rows, k))->time - NOW)
                                    / DAY);
      check_case_string (trims[i].name, left->str, trims[i].left);
      g_string_free (left, TRUE);
    }
}

/* No file is made for the sake of trimming, and a reader sees an empty history. */
static void
test_missing (void **state)
{
  g_auto (File) file = file_new ();
  g_autofree char *times = read_times (&file, &(VfpHistoryFilter){ .has_at = TRUE, .at = NOW });

  assert_string_equal (times, "");
  assert_true (vfp_store_trim_history (file.store, NOW, NULL));
  assert_false (g_file_test (file.path, G_FILE_TEST_EXISTS));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_read),       cmocka_unit_test (test_without_end),
    cmocka_unit_test (test_clock_back), cmocka_unit_test (test_trim),
    cmocka_unit_test (test_missing),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
