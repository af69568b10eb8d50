/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-request-log.h"

#include <string.h>

#include "sandbox/cr-sandbox-text.h"

#define N_KEPT 5000

/* The latest requests, for tests to count: no ids, no values, no tokens. */
struct _CrRequestLog
{
  GQueue lines; /* of char *: JSON objects, oldest first */
  guint64 n_seen;
};

CrRequestLog *
cr_request_log_new (void)
{
  return g_new0 (CrRequestLog, 1);
}

void
cr_request_log_free (CrRequestLog *self)
{
  g_queue_clear_full (&self->lines, g_free);
  g_free (self);
}

/* "/portal/fhir/Observation/{id}", "/s3/clinic-lake/{key}" */
static char *
make_template (CrVisit *x)
{
  GString *path = g_string_new (NULL);
  const char *first = cr_visit_segment (x, 0);
  gboolean is_bucket = strcmp (first, "s3") == 0;
  gboolean is_fhir = strcmp (cr_visit_segment (x, 1), "fhir") == 0;

  for (guint i = 0; i < x->n_path; i++)
    {
      const char *segment = cr_visit_segment (x, i);

      if (is_bucket && i == 2 && segment[0] != '\0')
        {
          g_string_append (path, "/{key}");
          break;
        }
      if (is_fhir && i == 3 && strcmp (cr_visit_segment (x, 2), ".well-known") != 0 &&
          segment[0] != '\0')
        g_string_append (path, "/{id}");
      else
        g_string_append_printf (path, "/%s", segment);
    }

  return g_string_free (path, FALSE);
}

static char *
make_names (CrVisit *x)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i + 1 < x->query->len; i += 2)
    g_string_append_printf (names, "%s%s", i > 0 ? "&" : "",
                            (const char *) g_ptr_array_index (x->query, i));

  return g_string_free (names, FALSE);
}

/* Call it once the answer is set. */
void
cr_request_log_add (CrRequestLog *self, CrVisit *x)
{
  g_autofree char *path = make_template (x);
  g_autofree char *names = make_names (x);
  GString *line = g_string_new (NULL);

  if (strcmp (cr_visit_segment (x, 0), "_sandbox") == 0)
    {
      g_string_free (line, TRUE);
      return;
    }

  cr_sandbox_text_add (line, "{'method':%q,'path':%q,'query':%q,'status':%d}", x->method, path,
                       names, (int) soup_server_message_get_status (x->message));
  g_queue_push_tail (&self->lines, g_string_free (line, FALSE));
  self->n_seen++;
  if (g_queue_get_length (&self->lines) > N_KEPT)
    g_free (g_queue_pop_head (&self->lines));
}

void
cr_request_log_answer (CrRequestLog *self, CrVisit *x)
{
  const char *separator = "";
  GString *out;

  if (cr_visit_is (x, "DELETE"))
    {
      g_queue_clear_full (&self->lines, g_free);
      g_queue_init (&self->lines);
      self->n_seen = 0;
      cr_visit_answer_text (x, 204, "text/plain", "");
      return;
    }

  out = g_string_new (NULL);
  g_string_append_printf (out, "{\"seen\":%" G_GUINT64_FORMAT ",\"requests\":[", self->n_seen);
  for (GList *l = self->lines.head; l != NULL; l = l->next)
    {
      g_string_append_printf (out, "%s\n%s", separator, (const char *) l->data);
      separator = ",";
    }
  g_string_append (out, "\n]}\n");
  cr_visit_answer_string (x, 200, CR_TYPE_TEXT_JSON, out);
}
