/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writers of the state file that are killed at any moment. */
#include "config.h"

#include "state/store.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "tests/lib/check.h"

#define WRITERS 3
#define ROUNDS 500
#define VFS 4

static gboolean
claim_or_free (VfpStore *store, unsigned writer, unsigned turn)
{
  g_autofree char *name = g_strdup_printf ("net%u", turn % 8);
  g_autofree char *uuid = g_strdup_printf ("%08u-2222-3333-4444-555555555555", writer);
  g_autoptr (VfpTransaction) transaction = vfp_store_begin (store, NULL);
  g_autoptr (VfpRecords) records = transaction != NULL ? vfp_store_load (store, NULL) : NULL;

  if (records == NULL)
    return FALSE;
  const VfpSlot *known = vfp_records_find_slot (records, uuid, name);
  const VfpClaim *held = known != NULL ? vfp_records_find_claim_of_slot (records, known->id) : NULL;
  if (held != NULL)
    return vfp_store_delete_claim (store, held, NULL)
           && vfp_store_delete_slot (store, known->id, NULL)
           && vfp_transaction_commit (transaction, NULL);

  VfpPfRecord pf = { .address = { .bus = 1 }, .netdev = (char *) "enp1s0f0" };
  VfpSlot slot = { .guest_uuid = uuid,
                   .guest_name = (char *) "web1",
                   .name = name,
                   .pool = (char *) "enp1s0f0",
                   .alias = (char *) "ua-vfpool-net0",
                   .mac = { { 2, 0, 0, 0, (guint8) writer, (guint8) (turn % 8) } } };
  if (!vfp_store_put_pf (store, &pf, NULL) || !vfp_store_put_slot (store, &slot, NULL))
    return FALSE;
  VfpClaim claim = { .slot_id = slot.id,
                     .pf_id = pf.id,
                     .vf = turn % VFS,
                     .live = TRUE,
                     .claimer = vfp_process_self (),
                     .by = (char *) "root" };
  /* Another writer may have the VF: then slot and PF must go with the transaction. */
  return !vfp_store_put_claim (store, &claim, NULL) || vfp_transaction_commit (transaction, NULL);
}

static G_NORETURN void
write_for_ever (const char *path, unsigned writer)
{
  for (unsigned turn = writer;; turn++)
    {
      g_autoptr (VfpStore) store = vfp_store_open (path, VFP_STORE_WRITE, NULL);

      if (store == NULL || !claim_or_free (store, writer, turn))
        _exit (1);
    }
}

static void
check_file (const char *path, unsigned round)
{
  g_autoptr (GError) error = NULL;
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;

  /* A writer finishes what was interrupted. */
  g_autoptr (VfpStore) store = vfp_store_open (path, VFP_STORE_WRITE, &error);
  g_autoptr (VfpRecords) records = store != NULL ? vfp_store_load (store, &error) : NULL;
  if (records == NULL)
    fail_msg ("round %u: %s", round, error->message);

  assert_int_equal (sqlite3_open (path, &db), SQLITE_OK);
  assert_int_equal (sqlite3_prepare_v2 (db, "PRAGMA integrity_check", -1, &statement, NULL),
                    SQLITE_OK);
  assert_int_equal (sqlite3_step (statement), SQLITE_ROW);
  if (strcmp ((const char *) sqlite3_column_text (statement, 0), "ok") != 0)
    fail_msg ("round %u: %s", round, (const char *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_close (db);

  /* Slot and claim come and go in one transaction. */
  assert_int_equal (records->slots->len, records->claims->len);
  for (guint i = 0; i < records->claims->len; i++)
    {
      const VfpClaim *claim = g_ptr_array_index (records->claims, i);

      assert_non_null (vfp_records_get_slot (records, claim->slot_id));
      for (guint k = i + 1; k < records->claims->len; k++)
        assert_int_not_equal (claim->vf,
                              ((const VfpClaim *) g_ptr_array_index (records->claims, k))->vf);
    }
}

static void
test_kill (void **state)
{
  g_autofree char *folder = g_dir_make_tmp ("vfpool-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "state.db", NULL);
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);
  pid_t children[WRITERS];

  for (unsigned round = 0; round < ROUNDS; round++)
    {
      for (unsigned i = 0; i < WRITERS; i++)
        if ((children[i] = fork ()) == 0)
          write_for_ever (path, i);
      g_usleep ((gulong) g_random_int_range (1000, 40000));
      for (unsigned i = 0; i < WRITERS; i++)
        kill (children[i], SIGKILL);
      for (unsigned i = 0; i < WRITERS; i++)
        {
          int status = 0;

          assert_int_equal (waitpid (children[i], &status, 0), children[i]);
          assert_true (WIFSIGNALED (status));
        }
      check_file (path, round);
    }
  g_unlink (journal);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (test_kill) };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
