/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "fhir/cr-bundle.h"
#include "fhir/cr-resource.h"
#include "pull/cr-pull-ask.h"
#include "pull/cr-pull-log.h"

#include <string.h>

#define MAX_RAW_BYTES 4096
#define PATIENCE_MS (60 * 1000) /* when nobody says how long */
#define KEYRING_WAIT_MS (10 * 1000)
#define SPREAD_MS (5 * 1000)
#define STORAGE_WAIT_MS (10 * 1000)

CrAskEnd *
cr_ask_end_new (CrAskResult result)
{
  CrAskEnd *end = g_new0 (CrAskEnd, 1);

  end->result = result;
  return end;
}

void
cr_ask_end_free (CrAskEnd *self)
{
  g_clear_error (&self->error);
  g_strfreev (self->narrower);
  g_free (self->hint);
  g_free (self);
}

/* Until the source is tried again, when it is known that it does not answer. Those who were sent
 * away together do not come back together. */
static gint64
patience_ms (CrPullContext *context)
{
  CrPullParts *parts = &context->parts;
  gint64 left_ms = cr_source_gates_is_out (parts->gates, parts->source->id)
                     ? cr_source_gates_left_ms (parts->gates, parts->source->id)
                     : 0;

  return (left_ms > 0 ? left_ms : PATIENCE_MS) + g_random_int_range (0, SPREAD_MS);
}

/* Takes @error. What waits for the world outside waits; everything else ends the pull. */
CrAskEnd *
cr_ask_end_for_error (CrPullContext *context, GError *error)
{
  CrAskEnd *end = cr_ask_end_new (CR_ASK_STOP);
  gint64 now_ms = context->parts.clock ();

  end->error = error;
  if (cr_error_is_keyring (error))
    {
      end->result = CR_ASK_WAIT;
      end->reason = CR_WAIT_KEYRING_LOCKED;
      end->until_ms = now_ms + KEYRING_WAIT_MS;
    }
  else if (cr_error_is_storage (error))
    {
      end->result = CR_ASK_WAIT;
      end->reason = CR_WAIT_STORAGE;
      end->until_ms = now_ms + STORAGE_WAIT_MS;
    }
  else if (cr_error_is_retryable (error))
    {
      end->result = CR_ASK_WAIT;
      end->reason = g_error_matches (error, CR_ERROR, CR_ERROR_OFFLINE) ? CR_WAIT_OFFLINE
                                                                        : CR_WAIT_SOURCE_OUTAGE;
      end->until_ms = now_ms + patience_ms (context);
    }

  return end;
}

/* Takes @error. A store that cannot write just now waits, any other trouble with it ends the pull:
 * what looks retryable is so for the world outside only. */
CrAskEnd *
cr_ask_end_for_store (CrPullContext *context, GError *error)
{
  CrAskEnd *end = cr_ask_end_for_error (context, error);

  if (!cr_error_is_storage (error))
    end->result = CR_ASK_STOP;
  return end;
}

/* A 429 or 503 that says when to come back stops the whole pull for that long; other 5xx end the
 * query only. */
gboolean
cr_ask_must_wait (CrPullContext *context, const CrReply *reply)
{
  return reply->status == 429 || (reply->status == 503 && reply->retry_after_ms > 0);
}

CrAskEnd *
cr_ask_end_for_wait (CrPullContext *context, const CrReply *reply)
{
  CrAskEnd *end = cr_ask_end_new (CR_ASK_WAIT);
  gsize size;
  const char *body = g_bytes_get_data (reply->body, &size);
  g_autofree char *code = NULL;
  g_autofree char *text = cr_outcome_text (body, size, NULL, &code);

  end->reason = reply->status != 429               ? CR_WAIT_SOURCE_OUTAGE
              : g_strcmp0 (code, "transient") == 0 ? CR_WAIT_SOURCE_PREPARING
                                                   : CR_WAIT_RATE_LIMIT;
  end->until_ms = context->parts.clock () +
                  (reply->retry_after_ms > 0
                       ? MAX (reply->retry_after_ms, 1000) + g_random_int_range (0, SPREAD_MS)
                       : patience_ms (context));
  return end;
}

/* @path: relative to the FHIR base; `{patient}` stands for the portal's patient id.
 * @count: of records a page; 0: the source's own */
char *
cr_ask_url (CrPullContext *context, const char *path, guint count)
{
  g_autofree char *patient =
      g_uri_escape_string (context->parts.connection->portal_patient_id, NULL, FALSE);
  g_autofree char *whole = cr_source_join (context->parts.source->fhir_base_url, path);
  g_autoptr (GString) url = g_string_new (whole);

  g_string_replace (url, "{patient}", patient, 0);
  if (strchr (path, '?') != NULL && count > 0 && strstr (path, "_count=") == NULL)
    g_string_append_printf (url, "&_count=%u", count);

  return g_strdup (url->str);
}

/* The start of an answer, for the details of a failed query. */
char *
cr_ask_raw (GBytes *body)
{
  gsize size;
  const char *text = g_bytes_get_data (body, &size);

  return size > 0 ? g_utf8_make_valid (text, (gssize) MIN (size, MAX_RAW_BYTES)) : NULL;
}

/* The patient's ids at the source: the one who gave access, the one read in its place, and those it
 * links to as the same person. */
void
cr_pull_context_set_kin (CrPullContext *self, const char *id, const char *const *kin)
{
  GHashTable *patients = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_hash_table_add (patients, g_strdup (self->parts.connection->portal_patient_id));
  if (id != NULL)
    g_hash_table_add (patients, g_strdup (id));
  for (guint i = 0; kin != NULL && kin[i] != NULL; i++)
    g_hash_table_add (patients, g_strdup (kin[i]));

  g_clear_pointer (&self->patients, g_hash_table_unref);
  self->patients = patients;
}

/* The portal says that another of its patients took this one's place. */
gboolean
cr_ask_is_merged (CrQuery *query, CrBundle *bundle)
{
  guint n;
  const CrIncoming *entries = cr_bundle_get_entries (bundle, &n);

  return query->kind == CR_QUERY_KIND_READ && n == 1 && g_str_equal (entries[0].type, "Patient") &&
         cr_patient_is_replaced (entries[0].body, entries[0].n_bytes);
}

/* The patient that access was given for is not there any more: nothing else can be believed. */
gboolean
cr_ask_is_lost (CrQuery *query, const CrReply *reply)
{
  return (reply->status == 404 || reply->status == 410) && query->kind == CR_QUERY_KIND_READ &&
         g_str_equal (query->type, "Patient");
}

/* From when on what led nowhere is not tried again: @for_ms long, or for this pull alone if the
 * patient has just given access. */
gint64
cr_pull_tried_since_ms (CrPullContext *context, gint64 for_ms)
{
  CrPull *pull = context->parts.pull;

  if (pull->trigger == CR_PULL_TRIGGER_ACTIVATION)
    return pull->started_ms;
  return for_ms > 0 ? context->parts.clock () - for_ms : 0;
}

typedef struct
{
  CrPullContext *context;
  char *url; /* (owned) */
  gboolean lacks_token;
} Sent;

static void
sent_free (gpointer data)
{
  Sent *sent = data;

  g_free (sent->url);
  g_free (sent);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Sent *sent = g_task_get_task_data (task);
  gint64 took_ms = cr_source_gates_took_ms (result);
  gboolean lacks_token = cr_source_gates_send_lacks_token (result);
  GError *error = NULL;
  CrReply *reply = cr_source_gates_send_finish (result, &error);

  sent->lacks_token = lacks_token;
  cr_pull_log_add (sent->context, sent->url, took_ms, reply, error);
  if (reply != NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify) cr_reply_free);
  else
    g_task_return_error (task, error);
}

void
cr_pull_send_async (CrPullContext *context,
                    const CrRequest *request,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  CrPullParts *parts = &context->parts;
  CrGateRules rules = { parts->source->id, parts->source->fhir_base_url, context->max_parallel,
                        context->per_minute, context->no_more };
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Sent *sent = g_new0 (Sent, 1);
  CrRequest bulk = *request;

  bulk.room = cr_source_gates_get_room (parts->gates);
  sent->context = context;
  sent->url = g_strdup (request->url);
  g_task_set_source_tag (task, cr_pull_send_async);
  g_task_set_task_data (task, sent, sent_free);
  if (g_cancellable_is_cancelled (context->no_more))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Nothing new is asked");
      g_object_unref (task);
      return;
    }

  cr_source_gates_send_async (parts->gates, parts->client, &rules, &bulk, context->cancellable,
                              sent_cb, task);
}

CrReply *
cr_pull_send_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
cr_pull_send_lacks_token (GAsyncResult *result)
{
  return ((Sent *) g_task_get_task_data (G_TASK (result)))->lacks_token;
}
