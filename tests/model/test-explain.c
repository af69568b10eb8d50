/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-explain.h"

#include <string.h>

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "base/cr-first.h"

typedef const CrExplanation *(*Explain) (int value);

#define WRAP(name, Type)                                                                           \
  static const CrExplanation *name (int value) { return cr_explain_##name ((Type) value); }

WRAP (record_status, CrRecordStatus)
WRAP (connection, CrConnectionStatus)
WRAP (session, CrSessionStatus)
WRAP (attempt, CrAttemptStatus)
WRAP (failure, CrFailureCode)
WRAP (pull, CrPullStatus)
WRAP (wait, CrWaitReason)
WRAP (query, CrQueryStatus)
WRAP (hold, CrHoldStatus)
WRAP (guard, CrGuardResult)
WRAP (destination, CrDestinationStatus)
WRAP (run, CrRunStatus)
WRAP (item, CrItemStatus)
WRAP (source, CrSourceStatus)
WRAP (attachment, CrAttachmentStatus)

static const struct
{
  GType (*get_type) (void);
  Explain explain;
} tables[] = {
  { cr_record_status_get_type, record_status },
  { cr_connection_status_get_type, connection },
  { cr_session_status_get_type, session },
  { cr_attempt_status_get_type, attempt },
  { cr_failure_code_get_type, failure },
  { cr_pull_status_get_type, pull },
  { cr_wait_reason_get_type, wait },
  { cr_query_status_get_type, query },
  { cr_hold_status_get_type, hold },
  { cr_guard_result_get_type, guard },
  { cr_destination_status_get_type, destination },
  { cr_run_status_get_type, run },
  { cr_item_status_get_type, item },
  { cr_source_status_get_type, source },
  { cr_attachment_status_get_type, attachment },
};

/* A sentence for people: it ends, and holds no name of a state. */
static void
assert_sentence (const char *text)
{
  gsize length = strlen (text);

  g_assert_cmpint (length, >, 8);
  g_assert_true (text[length - 1] == '.' || strchr (text, ' ') == NULL);
  g_assert_null (strchr (text, '_'));
  g_assert_true (g_ascii_isupper (text[0]));
}

static void
assert_whole (const CrExplanation *words)
{
  static const char *const tones[] = { "success", "warning", "error", "accent", "dim-label", NULL };

  g_assert_nonnull (words);
  g_assert_nonnull (words->title);
  g_assert_true (g_ascii_isupper (words->title[0]));
  g_assert_null (strchr (words->title, '_'));
  g_assert_null (strchr (words->title, '.'));
  assert_sentence (words->sentence);
  if (words->patient != NULL)
    assert_sentence (words->patient);
  g_assert_true (g_str_has_suffix (words->icon, "-symbolic"));
  g_assert_true (g_strv_contains (tones, words->tone));
}

/* Where the theme is installed, its symbols must be there. */
static void
assert_icon (const char *icon)
{
  static const char *const folders[] = { "actions", "status", "emblems", "devices",
                                         "places",  "apps",   "ui",      "legacy" };
  const char *theme = "/usr/share/icons/Adwaita/symbolic";
  gboolean found = FALSE;

  if (!g_file_test (theme, G_FILE_TEST_IS_DIR))
    theme = "/usr/share/icons/Adwaita/scalable";
  if (!g_file_test (theme, G_FILE_TEST_IS_DIR))
    return;

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s/%s.svg", theme, folders[i], icon);

      found = found || g_file_test (path, G_FILE_TEST_EXISTS);
    }
  g_test_message ("%s", icon);
  g_assert_true (found);
}

static void
test_all (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      GEnumClass *klass = g_type_class_ref (tables[i].get_type ());
      g_autoptr (GHashTable) titles = g_hash_table_new (g_str_hash, g_str_equal);

      for (guint j = 0; j < klass->n_values; j++)
        {
          const CrExplanation *words = tables[i].explain (klass->values[j].value);

          g_test_message ("%s", klass->values[j].value_name);
          assert_whole (words);
          assert_icon (words->icon);
          if (tables[i].explain != failure)
            g_assert_true (g_hash_table_add (titles, (gpointer) words->title));
        }
      g_type_class_unref (klass);
    }
}

static void
test_errors (void)
{
  GEnumClass *klass = g_type_class_ref (CR_TYPE_ERROR_CODE);

  for (guint i = 0; i < klass->n_values; i++)
    {
      const CrExplanation *words = cr_explain_error (klass->values[i].value_nick);

      assert_whole (words);
      assert_icon (words->icon);
      if (klass->values[i].value != CR_ERROR_INTERNAL)
        g_assert_true (words != cr_explain_error ("internal"));
    }
  assert_whole (cr_explain_error ("cancelled"));
  g_assert_true (cr_explain_error ("never heard of") == cr_explain_error ("internal"));
  g_assert_true (cr_explain_error (NULL) == cr_explain_error ("internal"));
  g_type_class_unref (klass);
}

/* The failures of the mission, each with what is done about it. */
static void
test_remedies (void)
{
  g_assert_cmpint (cr_explain_attempt (CR_ATTEMPT_FAILED)->remedy, ==, CR_REMEDY_CONNECT);
  g_assert_cmpint (cr_explain_pull (CR_PULL_FAILED)->remedy, ==, CR_REMEDY_REVIEW_PULL);
  g_assert_cmpint (cr_explain_query (CR_QUERY_FAILED)->remedy, ==, CR_REMEDY_REVIEW_PULL);
  g_assert_cmpint (cr_explain_connection (CR_CONNECTION_REFRESH_FAILED)->remedy, ==,
                   CR_REMEDY_RECONNECT);
  g_assert_cmpint (cr_explain_connection (CR_CONNECTION_EXPIRED)->remedy, ==, CR_REMEDY_RECONNECT);
  g_assert_cmpint (cr_explain_run (CR_RUN_FAILED)->remedy, ==, CR_REMEDY_RETRY_RUN);
  g_assert_cmpint (cr_explain_run (CR_RUN_PARTIAL)->remedy, ==, CR_REMEDY_RETRY_RUN);
  g_assert_cmpint (cr_explain_hold (CR_HOLD_OPEN)->remedy, ==, CR_REMEDY_DECIDE_HOLD);
  g_assert_cmpint (cr_explain_destination (CR_DESTINATION_DISABLED)->remedy, ==, CR_REMEDY_ENABLE);
}

/* What is not there cannot be unlocked. */
static void
test_waiting (void)
{
  static const int errors[] = { CR_ERROR_KEYRING_LOCKED, CR_ERROR_KEYRING_MISSING,
                                CR_ERROR_KEYRING_REFUSED };

  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      const char *code = cr_enum_to_string (CR_TYPE_ERROR_CODE, errors[i]);
      const CrExplanation *words = cr_explain_waiting (CR_WAIT_KEYRING_LOCKED, code);

      g_assert_cmpstr (words->title, ==, cr_explain_error (code)->title);
      g_assert_cmpint (words->remedy, ==,
                       errors[i] == CR_ERROR_KEYRING_LOCKED ? CR_REMEDY_UNLOCK_KEYRING
                                                            : CR_REMEDY_CHECK_KEYRING);
      g_assert_true (cr_explain_waiting (CR_WAIT_OFFLINE, code) ==
                     cr_explain_wait (CR_WAIT_OFFLINE));
    }
  g_assert_true (cr_explain_waiting (CR_WAIT_KEYRING_LOCKED, NULL) ==
                 cr_explain_wait (CR_WAIT_KEYRING_LOCKED));
}

/* Every stable code of a sign-in: staff and the patient each read in words of their own what there
 * is to do about it. */
static void
test_failures_say_what_to_do (void)
{
  static const char *const staff[] = { "ask", "make a new link", "must check", "unlock", NULL };
  static const char *const patient[] = { "please", "you can", "try again", NULL };
  GEnumClass *klass = g_type_class_ref (CR_TYPE_FAILURE_CODE);

  for (guint i = 1; i < klass->n_values; i++)
    {
      const CrExplanation *words = cr_explain_failure ((CrFailureCode) klass->values[i].value);
      g_autofree char *told_staff = g_ascii_strdown (words->sentence, -1);
      g_autofree char *told_patient = NULL;
      gboolean staff_knows = FALSE;
      gboolean patient_knows = FALSE;

      g_test_message ("%s", klass->values[i].value_nick);
      g_assert_nonnull (words->patient);
      g_assert_cmpstr (words->patient, !=, words->sentence);
      told_patient = g_ascii_strdown (words->patient, -1);
      for (guint j = 0; staff[j] != NULL; j++)
        staff_knows = staff_knows || strstr (told_staff, staff[j]) != NULL;
      for (guint j = 0; patient[j] != NULL; j++)
        patient_knows = patient_knows || strstr (told_patient, patient[j]) != NULL;
      g_assert_true (staff_knows);
      g_assert_true (patient_knows);
    }
  g_type_class_unref (klass);
}

/* A patient sees words for every end of a sign-in. */
static void
test_patient_words (void)
{
  for (int i = CR_FAILURE_USER_DENIED; i <= CR_FAILURE_NO_ANSWER; i++)
    g_assert_nonnull (cr_explain_failure ((CrFailureCode) i)->patient);
  for (int i = CR_ATTEMPT_STARTED; i <= CR_ATTEMPT_EXPIRED; i++)
    g_assert_nonnull (cr_explain_attempt ((CrAttemptStatus) i)->patient);
  for (int i = CR_SESSION_OPEN; i <= CR_SESSION_EXPIRED; i++)
    g_assert_nonnull (cr_explain_session ((CrSessionStatus) i)->patient);
  for (int i = CR_CONNECTION_ACTIVE; i <= CR_CONNECTION_DISCONNECTED; i++)
    g_assert_nonnull (cr_explain_connection ((CrConnectionStatus) i)->patient);
}

static void
test_triggers (void)
{
  for (int i = CR_PULL_TRIGGER_ACTIVATION; i <= CR_PULL_TRIGGER_RETRY; i++)
    g_assert_cmpstr (cr_explain_pull_trigger ((CrPullTrigger) i), !=, NULL);
  for (int i = CR_RUN_TRIGGER_DESTINATION_ADDED; i <= CR_RUN_TRIGGER_AUTOMATIC_RETRY; i++)
    g_assert_cmpstr (cr_explain_run_trigger ((CrRunTrigger) i), !=, NULL);
  /* for the first time, or not */
  g_assert_cmpstr (cr_explain_run_trigger (CR_RUN_TRIGGER_REACTIVATED), ==, "destination enabled");
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/explain/failures-say-what-to-do", test_failures_say_what_to_do);
  g_test_add_func ("/model/explain/all", test_all);
  g_test_add_func ("/model/explain/errors", test_errors);
  g_test_add_func ("/model/explain/remedies", test_remedies);
  g_test_add_func ("/model/explain/waiting", test_waiting);
  g_test_add_func ("/model/explain/patient-words", test_patient_words);
  g_test_add_func ("/model/explain/triggers", test_triggers);

  return g_test_run ();
}
