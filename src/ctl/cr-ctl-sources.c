/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "ctl/cr-ctl-call.h"
#include "engine/cr-wire.h"

static void
source_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (CrSource) saved = cr_engine_save_source_finish (CR_ENGINE (source), result, &error);
  JsonObject *answer;

  if (saved == NULL)
    {
      cr_ctl_fail (user_data, error);
      return;
    }

  answer = cr_wire_source (saved, cr_engine_get_public_url (CR_ENGINE (source)));
  if (saved->client_auth == CR_CLIENT_AUTH_PRIVATE_KEY_JWT)
    cr_ctl_add_key_set_url (user_data, answer);
  cr_ctl_answer (user_data, answer, CR_EXIT_DONE);
}

/* NULL: not given; empty: taken away. */
static char *
dup_ca_file (CrCtlCall *call)
{
  const char *name = cr_ctl_option (call, "ca-file");

  return name == NULL || name[0] == '\0' ? g_strdup (name) : cr_ctl_file (call, name);
}

void
cr_ctl_source_add (CrCtlCall *call)
{
  static const char *const needed[] = { "name", "fhir-base-url", "client-id", NULL };
  g_autoptr (CrSource) source = cr_source_new ("");
  const char *auth = cr_ctl_option (call, "client-auth");
  int value = CR_CLIENT_AUTH_NONE;

  if (!cr_ctl_require (call, needed))
    return;
  if (auth != NULL && !cr_enum_from_string (CR_TYPE_CLIENT_AUTH, auth, &value))
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                      "--client-auth is none, basic, post or private-key-jwt."));
      return;
    }

  source->name = g_strdup (cr_ctl_option (call, "name"));
  source->fhir_base_url = g_strdup (cr_ctl_option (call, "fhir-base-url"));
  source->client_id = g_strdup (cr_ctl_option (call, "client-id"));
  source->type = g_strdup (cr_ctl_option (call, "type"));
  source->scopes = g_strdup (cr_ctl_option (call, "scopes"));
  source->parameters = g_strdup (cr_ctl_option (call, "parameters"));
  source->portal_url = g_strdup (cr_ctl_option (call, "portal-url"));
  source->ca_file = dup_ca_file (call);
  source->client_auth = (CrClientAuth) value;
  cr_engine_save_source_async (call->engine, source, call->input->secret, cr_ctl_person (call),
                               call->cancellable, source_saved_cb, call);
}

static void
change (char **field, const char *value)
{
  if (value == NULL)
    return;

  g_free (*field);
  *field = value[0] != '\0' ? g_strdup (value) : NULL;
}

static void
set_found_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  g_autofree char *ca_file = dup_ca_file (call);
  GError *error = NULL;
  g_autoptr (CrSource) source = cr_engine_get_finish (CR_ENGINE (object), result, &error);

  if (source == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  change (&source->ca_file, ca_file);
  change (&source->scopes, cr_ctl_option (call, "scopes"));
  change (&source->parameters, cr_ctl_option (call, "parameters"));
  cr_engine_save_source_async (call->engine, source, NULL, cr_ctl_person (call), call->cancellable,
                               source_saved_cb, call);
}

/* What is not given stays; what is given empty is taken back. */
void
cr_ctl_source_set (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_SOURCES, set_found_cb);
}

void
cr_ctl_source_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_SOURCES,
                          .text = cr_ctl_option (call, "q"),
                          .type = cr_ctl_option (call, "type") };

  cr_ctl_list (call, &filter);
}

void
cr_ctl_source_show (CrCtlCall *call)
{
  cr_ctl_show (call, CR_LIST_SOURCES);
}

static void
findings_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) findings =
      cr_engine_test_source_finish (CR_ENGINE (source), result, &error);

  cr_ctl_answer_findings (user_data, findings, error);
}

static void
source_to_test_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrSource) tested = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (tested == NULL)
    cr_ctl_fail (call, error);
  else
    cr_engine_test_source_async (call->engine, tested, call->cancellable, findings_cb, call);
}

void
cr_ctl_source_test (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_SOURCES, source_to_test_cb);
}

static void
source_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean ok = cr_engine_remove_source_finish (CR_ENGINE (source), result, &error);

  cr_ctl_finish (user_data, ok, error);
}

void
cr_ctl_source_remove (CrCtlCall *call)
{
  cr_engine_remove_source_async (call->engine, cr_ctl_value (call, 0), cr_ctl_person (call),
                                 call->cancellable, source_removed_cb, call);
}
