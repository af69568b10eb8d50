/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"
#include "base/cr-first.h"
#include "model/cr-connection.h"
#include "model/cr-event.h"
#include "model/cr-explain.h"
#include "model/cr-source.h"

/* Every allowed move, written once more as text; every other pair must be refused. */
typedef struct
{
  const char *name;
  GType (*get_type) (void);
  gboolean (*can_become) (int from, int to);
  const char *moves[24]; /* `from to` */
} Machine;

#define WRAP(name, Type)                                                                           \
  static gboolean name##_moves (int from, int to)                                                  \
  {                                                                                                \
    return cr_##name##_status_can_become ((Type) from, (Type) to);                                 \
  }

WRAP (session, CrSessionStatus)
WRAP (attempt, CrAttemptStatus)
WRAP (connection, CrConnectionStatus)
WRAP (pull, CrPullStatus)
WRAP (query, CrQueryStatus)
WRAP (hold, CrHoldStatus)
WRAP (run, CrRunStatus)
WRAP (item, CrItemStatus)

#define WORK                                                                                       \
  {                                                                                                \
    "queued running", "queued cancelled", "running queued", "running waiting", "running complete", \
        "running partial", "running failed", "running cancelled", "waiting running",               \
        "waiting complete", "waiting partial", "waiting failed", "waiting cancelled"               \
  }

static const Machine machines[] = {
  { "session", cr_session_status_get_type, session_moves, { "open complete", "open expired" } },
  { "attempt",
    cr_attempt_status_get_type,
    attempt_moves,
    { "started active", "started failed", "started expired" } },
  { "connection",
    cr_connection_status_get_type,
    connection_moves,
    { "active refresh_failed", "active expired", "active disconnected", "refresh_failed active",
      "refresh_failed disconnected", "expired active", "expired disconnected",
      "disconnected active" } },
  { "pull", cr_pull_status_get_type, pull_moves, WORK },
  { "query",
    cr_query_status_get_type,
    query_moves,
    { "pending running", "pending not_granted", "pending not_supported", "pending failed",
      "running pending", "running complete", "running not_granted", "running not_supported",
      "running failed" } },
  { "hold", cr_hold_status_get_type, hold_moves, { "open released", "open rejected" } },
  { "run", cr_run_status_get_type, run_moves, WORK },
  { "item",
    cr_item_status_get_type,
    item_moves,
    { "pending sent", "pending failed", "pending superseded", "failed pending",
      "failed superseded" } },
};

static gboolean
is_listed (const Machine *machine, const char *from, const char *to)
{
  g_autofree char *move = g_strconcat (from, " ", to, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (machine->moves) && machine->moves[i] != NULL; i++)
    if (g_str_equal (machine->moves[i], move))
      return TRUE;
  return FALSE;
}

static void
test_moves (gconstpointer data)
{
  const Machine *machine = data;
  GEnumClass *klass = g_type_class_ref (machine->get_type ());
  guint n_allowed = 0, n_listed = 0;

  while (n_listed < G_N_ELEMENTS (machine->moves) && machine->moves[n_listed] != NULL)
    n_listed++;
  for (guint i = 0; i < klass->n_values; i++)
    for (guint j = 0; j < klass->n_values; j++)
      {
        const GEnumValue *from = &klass->values[i], *to = &klass->values[j];
        gboolean allowed = machine->can_become (from->value, to->value);

        g_test_message ("%s → %s", from->value_nick, to->value_nick);
        g_assert_cmpint (allowed, ==, is_listed (machine, from->value_nick, to->value_nick));
        n_allowed += allowed ? 1 : 0;
      }
  g_assert_cmpint (n_allowed, ==, n_listed);
  g_type_class_unref (klass);
}

static void
test_final (void)
{
  static const struct
  {
    CrPullStatus pull;
    CrRunStatus run;
    gboolean is_final;
  } rows[] = {
    { CR_PULL_QUEUED, CR_RUN_QUEUED, FALSE },      { CR_PULL_RUNNING, CR_RUN_RUNNING, FALSE },
    { CR_PULL_WAITING, CR_RUN_WAITING, FALSE },    { CR_PULL_COMPLETE, CR_RUN_COMPLETE, TRUE },
    { CR_PULL_PARTIAL, CR_RUN_PARTIAL, TRUE },     { CR_PULL_FAILED, CR_RUN_FAILED, TRUE },
    { CR_PULL_CANCELLED, CR_RUN_CANCELLED, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_cmpint (cr_pull_status_is_final (rows[i].pull), ==, rows[i].is_final);
      g_assert_cmpint (cr_run_status_is_final (rows[i].run), ==, rows[i].is_final);
    }
}

/* Names that others read: the wire contract, stored rows, the command line. */
static void
test_names (void)
{
  static const struct
  {
    GType (*get_type) (void);
    const char *names;
  } rows[] = {
    { cr_record_status_get_type,
      "none current pulling waiting_first_pull partial failing access_lapsed held" },
    { cr_connection_status_get_type, "active refresh_failed expired disconnected" },
    { cr_failure_code_get_type,
      "none user_denied oauth_callback_failed token_exchange_failed invalid_state state_expired "
      "portal_error patient_unknown id_token_invalid different_portal_patient scopes_insufficient "
      "registration_refused client_not_active source_unreachable keyring_unavailable "
      "refresh_refused no_answer source_closed patient_ambiguous site_not_enabled session_expired "
      "scopes_reduced" },
    { cr_wait_reason_get_type,
      "none rate_limit source_preparing keyring_locked offline source_outage storage paused" },
    { cr_pull_trigger_get_type, "activation manual schedule retry" },
    { cr_run_trigger_get_type,
      "destination_added pull_completed reactivated manual_retry manual rewind hold_released "
      "automatic_retry withdrawal" },
    { cr_destination_status_get_type, "idle running failing action_required disabled" },
    { cr_event_type_get_type,
      "patient_session.completed connection.token_refresh_failed records.sync.completed "
      "records.sync.failed" },
    { cr_client_auth_get_type, "none basic post private-key-jwt" },
    { cr_query_kind_get_type, "search read references attachments" },
    { cr_guard_result_get_type, "match unverified sex_differs birth_date_differs name_differs" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GEnumClass *klass = g_type_class_ref (rows[i].get_type ());
      g_auto (GStrv) names = g_strsplit (rows[i].names, " ", -1);

      g_assert_cmpint (klass->n_values, ==, g_strv_length (names));
      for (guint j = 0; j < klass->n_values; j++)
        {
          g_assert_cmpint (klass->values[j].value, ==, (int) j);
          g_assert_cmpstr (klass->values[j].value_nick, ==, names[j]);
        }
      g_type_class_unref (klass);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      g_autofree char *path = g_strconcat ("/model/states/moves/", machines[i].name, NULL);

      g_test_add_data_func (path, &machines[i], test_moves);
    }
  g_test_add_func ("/model/states/final", test_final);
  g_test_add_func ("/model/states/names", test_names);

  return g_test_run ();
}
