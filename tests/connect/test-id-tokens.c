/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "cr-rig.h"
#include "model/cr-attempt.h"
#include "model/cr-auth-event.h"
#include "model/cr-connection.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *fault; /* (nullable) */
  const char *parameters;
  const char
      *outcome; /* of an attempt that needs the token: an error, or where the patient is from */
} Row;

static const Row rows[] = {
  { "good", NULL, NULL, "the id token" },
  { "bad-signature", "id-token", "{\"how\":\"signature\"}", "id_token_invalid" },
  { "alg-none", "id-token", "{\"how\":\"none\"}", "id_token_invalid" },
  { "wrong-issuer", "id-token", "{\"how\":\"issuer\"}", "id_token_invalid" },
  { "wrong-audience", "id-token", "{\"how\":\"audience\"}", "id_token_invalid" },
  { "expired", "id-token", "{\"how\":\"expired\"}", "id_token_invalid" },
  { "wrong-nonce", "id-token", "{\"how\":\"nonce\"}", "id_token_invalid" },
  { "keys-unreachable", "keys-status", "{\"status\":503}", "source_unreachable" },
  { "keys-missing", "keys-status", "{\"status\":404}", "a search with one hit" },
  { "user-of-another-server", "id-token", "{\"how\":\"user\"}", "a search with one hit" },
};

static gboolean
is_error (const Row *row)
{
  return strchr (row->outcome, ' ') == NULL;
}

/* An event of the history whose description holds @words. */
static CrAuthEvent *
find_event (GPtrArray *events, const char *words)
{
  for (guint i = 0; i < events->len; i++)
    {
      CrAuthEvent *event = g_ptr_array_index (events, i);

      if (event->description != NULL && strstr (event->description, words) != NULL)
        return event;
    }
  return NULL;
}

/* The token answer names no patient, so that the id token is relied on. */
static void
test_needed (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *back = NULL;
  g_autofree char *error = NULL;
  g_autoptr (GPtrArray) connections = NULL;
  g_autoptr (GPtrArray) events = NULL;

  cr_rig_fault (rig, "missing-patient", "{\"fhir_user\":1}");
  if (row->fault != NULL)
    cr_rig_fault (rig, row->fault, row->parameters);
  back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  error = cr_rig_query (back, "error");
  connections = cr_rig_connections (rig, session->patient_id);
  events = cr_rig_auth_events (rig, session->patient_id);
  if (is_error (row))
    {
      g_assert_cmpstr (error, ==, row->outcome);
      g_assert_cmpuint (connections->len, ==, 0);
      g_assert_cmpuint (cr_rig_count (rig, "GET", "/portal/fhir/Patient", 0), ==, 0);
      return;
    }

  g_assert_null (error);
  g_assert_cmpuint (connections->len, ==, 1);
  g_assert_nonnull (find_event (events, row->outcome));
  g_assert_cmpstr (((CrConnection *) g_ptr_array_index (connections, 0))->portal_patient_id, ==,
                   cr_rig_person (rig, 0, "portal_patient_id"));
}

/* The portal named the patient: what is wrong with the id token is in the history, and no more. */
static void
test_not_needed (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *back = NULL;
  g_autoptr (GPtrArray) events = NULL;
  CrAuthEvent *event;

  if (row->fault != NULL)
    cr_rig_fault (rig, row->fault, row->parameters);
  back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  g_assert_nonnull (strstr (back, "success=true"));
  events = cr_rig_auth_events (rig, session->patient_id);
  g_assert_nonnull (find_event (events, "is known from the token answer"));
  event = find_event (events, "It was not used");
  if (row->fault == NULL || strstr (row->parameters, "user") != NULL)
    {
      g_assert_null (event);
      return;
    }
  g_assert_nonnull (event);
  g_assert_cmpint (event->code, ==,
                   g_str_equal (row->outcome, "id_token_invalid") ? CR_FAILURE_ID_TOKEN_INVALID
                                                                  : CR_FAILURE_NONE);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *needed = g_strconcat ("/connect/id-token/needed/", rows[i].name, NULL);
      g_autofree char *not_needed =
          g_strconcat ("/connect/id-token/not-needed/", rows[i].name, NULL);

      g_test_add_data_func (needed, &rows[i], test_needed);
      g_test_add_data_func (not_needed, &rows[i], test_not_needed);
    }
  return g_test_run ();
}
