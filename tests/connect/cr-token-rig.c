/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cr-token-rig.h"

#include "base/cr-json.h"
#include "store/cr-sources-table.h"

#include <string.h>

void
got_clear (Got *got)
{
  g_clear_pointer (&got->value, g_free);
  g_clear_error (&got->error);
  got->done = FALSE;
}

void
got_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Got *got = user_data;

  g_assert_false (got->done);
  got->value = cr_token_get_finish (CR_TOKEN (object), result, &got->error);
  got->done = TRUE;
}

void
get (CrToken *token, gboolean renew, Got *got)
{
  got_clear (got);
  cr_token_get_async (token, renew, NULL, got_cb, got);
  cr_rig_wait (&got->done);
}

CrToken *
token_of (CrRig *rig, CrConnection *connection)
{
  g_autofree char *base = g_strconcat (rig->sandbox_uri, "/portal/fhir", NULL);

  return cr_tokens_for (rig->tokens, connection->id, base);
}

CrConnection *
the_connection (CrRig *rig, const char *patient_id)
{
  g_autoptr (GPtrArray) connections = cr_rig_connections (rig, patient_id);

  g_assert_cmpuint (connections->len, ==, 1);
  return g_object_ref (g_ptr_array_index (connections, 0));
}

/* Connects patient 0 and gives the connection. */
CrConnection *
connected (CrRig *rig)
{
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *back = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);

  g_assert_nonnull (strstr (back, "success=true"));
  cr_rig_clear_log (rig);
  return the_connection (rig, session->patient_id);
}

guint
works_at_portal (CrRig *rig, const char *value)
{
  g_autofree char *url = g_strconcat (rig->sandbox_uri, "/portal/fhir/Condition", NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  gboolean done = FALSE;

  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", value);
  g_signal_connect_swapped (message, "finished", G_CALLBACK (g_atomic_int_inc), &done);
  soup_session_send_and_read_async (rig->visitor, message, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  cr_rig_wait (&done);
  return soup_message_get_status (message);
}

void
disconnected_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_tokens_disconnect_finish (CR_TOKENS (object), result, &error));
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

void
disconnect (CrRig *rig, CrConnection *connection)
{
  gboolean done = FALSE;

  cr_tokens_disconnect_async (rig->tokens, connection->id, NULL, disconnected_cb, &done);
  cr_rig_wait (&done);
}

static gpointer
change_source (CrDb *db, gpointer data, GError **error)
{
  return cr_sources_table_update (db, data, error) ? data : NULL;
}

static gpointer
get_source (CrDb *db, gpointer data, GError **error)
{
  return cr_sources_table_get (db, data, error);
}

static void
set_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_vault_set_finish (CR_VAULT (object), result, &error));
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

void
make_confidential (CrRig *rig, CrClientAuth auth, const char *secret)
{
  JsonObject *portal = cr_json_object (rig->about, "portal");
  JsonObject *client = cr_json_object (portal, "confidential_client");
  g_autoptr (CrSource) source = cr_rig_read (rig, get_source, rig->source_id);
  g_autofree char *name = g_strconcat ("source/", rig->source_id, NULL);
  gboolean done = FALSE;

  g_free (source->client_id);
  source->client_id = g_strdup (cr_json_string (client, "client_id"));
  source->client_auth = auth;
  cr_rig_write (rig, change_source, source);
  cr_vault_set_async (rig->vault, name, "Client secret",
                      secret != NULL ? secret : cr_json_string (client, "client_secret"), NULL,
                      set_cb, &done);
  cr_rig_wait (&done);
}
