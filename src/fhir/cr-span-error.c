/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-span.h"

#include "base/cr-error.h"
#include "base/cr-said.h"

static gboolean
looks_like_markup (const CrSpans *self)
{
  return self->fault == CR_SPAN_BAD_CHARACTER && self->fault_at < self->n_bytes &&
         self->text[self->fault_at] == '<' && self->n_nodes == 1;
}

static gboolean
looks_like_html (const CrSpans *self)
{
  gsize n_head = MIN (self->n_bytes - self->fault_at, 1024);
  g_autofree char *head = g_ascii_strdown (self->text + self->fault_at, (gssize) n_head);

  return g_strstr_len (head, (gssize) n_head, "<html") != NULL ||
         g_strstr_len (head, (gssize) n_head, "<!doctype html") != NULL;
}

static void
set_error (const CrSpans *self, const char *what, GError **error)
{
  gsize at = self->fault_at;

  switch (self->fault)
    {
    case CR_SPAN_EMPTY:
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is empty", what);
      break;
    case CR_SPAN_CUT_SHORT:
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is cut short at byte %zu", what, at);
      break;
    case CR_SPAN_TOO_DEEP:
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                   "%s is nested deeper than %d levels at byte %zu", what, CR_SPAN_MAX_DEPTH, at);
      break;
    case CR_SPAN_TOO_MANY:
      g_set_error (error, CR_ERROR, CR_ERROR_TOO_LARGE, "%s holds too many values", what);
      break;
    case CR_SPAN_TRAILING:
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s goes on after its end, at byte %zu",
                   what, at);
      break;
    case CR_SPAN_OK:
    case CR_SPAN_BAD_CHARACTER:
    case CR_SPAN_BAD_STRING:
    case CR_SPAN_BAD_NUMBER:
    default:
      if (looks_like_markup (self))
        g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is %s, not FHIR in JSON", what,
                     looks_like_html (self) ? CR_SAID ("a web page") : "XML");
      else
        g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is not JSON, from byte %zu on", what,
                     at);
      break;
    }
}

/**
 * cr_spans_scan_named:
 * @what: what @text should be, for the error: “The answer of fhir.example.org”
 * @error: %CR_ERROR_BAD_REPLY or %CR_ERROR_TOO_LARGE; quotes nothing of @text
 */
gboolean
cr_spans_scan_named (CrSpans *self,
                     const char *text,
                     gsize n_bytes,
                     const char *what,
                     GError **error)
{
  if (cr_spans_scan (self, text, n_bytes))
    return TRUE;

  set_error (self, what, error);
  return FALSE;
}
