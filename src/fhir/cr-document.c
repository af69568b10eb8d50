/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-document.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "fhir/cr-outcome.h"
#include "fhir/cr-span.h"

/* Far above the largest CapabilityStatement met. */
#define MAX_BYTES (32 * 1024 * 1024)

static gboolean
is_outcome (const CrSpans *spans, const char *what, GError **error)
{
  guint type = cr_spans_member (spans, 0, "resourceType");
  g_autoptr (GString) text = NULL;

  if (!cr_spans_text_is (spans, type, "OperationOutcome"))
    return FALSE;

  text = g_string_new (NULL);
  cr_outcome_read (spans, 0, text, NULL);
  g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s is an error message: %s", what,
               text->len > 0 ? text->str : CR_SAID ("no reason was given"));
  return TRUE;
}

/**
 * cr_document_parse:
 * @what: what @body should be, for the error
 * @error: %CR_ERROR_BAD_REPLY: empty, HTML, cut short, no JSON, no object, an OperationOutcome
 *
 * The strict scanner goes first: it says better what is wrong, and it bounds the nesting, which
 * json-glib follows by recursion.
 *
 * Returns: (transfer full)
 */
JsonObject *
cr_document_parse (GBytes *body, const char *what, GError **error)
{
  g_auto (CrSpans) spans = { 0 };
  gsize n_bytes;
  const char *text = g_bytes_get_data (body, &n_bytes);

  if (n_bytes > MAX_BYTES)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_TOO_LARGE, "%s is larger than 32 MiB", what);
      return NULL;
    }
  if (!cr_spans_scan_named (&spans, text, n_bytes, what, error) || is_outcome (&spans, what, error))
    return NULL;

  return cr_json_parse (text + spans.nodes[0].start,
                        (gssize) (spans.nodes[0].end - spans.nodes[0].start), what, error);
}
