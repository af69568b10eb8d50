/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-time-asking.h"

#define MINUTE_US (60 * G_USEC_PER_SEC)
#define PATIENCE_S 20

struct _CrTimeAsking
{
  CrClient *client;          /* (owned) */
  GCancellable *cancellable; /* (owned) */
  gint64 next_us;            /* monotonic */
};

CrTimeAsking *
cr_time_asking_new (CrClient *client)
{
  CrTimeAsking *self = g_new0 (CrTimeAsking, 1);

  self->client = g_object_ref (client);
  self->cancellable = g_cancellable_new ();
  return self;
}

void
cr_time_asking_stop (CrTimeAsking *self)
{
  g_cancellable_cancel (self->cancellable);
}

void
cr_time_asking_free (CrTimeAsking *self)
{
  cr_time_asking_stop (self);
  g_object_unref (self->cancellable);
  g_object_unref (self->client);
  g_free (self);
}

/* Whatever the status, its Date counts; without an answer it stays unknown, and is asked again. */
static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrReply) reply = cr_client_send_finish (CR_CLIENT (source), result, NULL);
}

void
cr_time_asking_begin (CrTimeAsking *self, GPtrArray *sources)
{
  gint64 now_us = g_get_monotonic_time ();
  gboolean is_wrong = cr_skew_look (cr_client_get_skew (self->client)) == CR_SKEW_WRONG;

  if (sources->len == 0 || now_us < self->next_us || g_cancellable_is_cancelled (self->cancellable))
    return;

  self->next_us = now_us + (is_wrong ? 10 : 1) * MINUTE_US;
  for (guint i = 0; i < sources->len; i++)
    {
      CrSource *source = g_ptr_array_index (sources, i);
      g_autoptr (CrClient) client = cr_client_trusting (self->client, source->ca_file);
      g_autofree char *url = cr_source_join (source->fhir_base_url, "metadata");
      CrRequest request = { .method = "HEAD",
                            .url = url,
                            .max_attempts = 1,
                            .total_s = PATIENCE_S,
                            .new_connection = TRUE };

      cr_client_send_async (client, &request, self->cancellable, answered_cb, NULL);
    }
}
