/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-outcome.h"

#include "base/cr-said.h"
#include "fhir/cr-resource.h"

#include <string.h>

/* More does not help a person. */
#define MAX_TEXT 1000

/* Worst first. */
static const char *const severities[] = { "fatal", "error", "warning", "information" };

static guint
rank (const char *severity)
{
  for (guint i = 0; i < G_N_ELEMENTS (severities); i++)
    if (g_strcmp0 (severity, severities[i]) == 0)
      return i;

  return G_N_ELEMENTS (severities);
}

/* Both nullable; NULL is better than anything. */
const char *
cr_outcome_worse (const char *severity, const char *other)
{
  return rank (other) < rank (severity) ? other : severity;
}

/* An issue that does not say how bad it is counts as an error. */
static const char *
issue_severity (const CrSpans *spans, guint issue)
{
  guint node = cr_spans_find (spans, issue, "severity");

  for (guint i = 0; i < G_N_ELEMENTS (severities); i++)
    if (cr_spans_text_is (spans, node, severities[i]))
      return severities[i];

  return "error";
}

static void
append_words (GString *text, const char *words)
{
  g_autofree char *line = NULL;

  if (words == NULL)
    return;

  line = g_strdelimit (g_strdup (words), "\r\n\t", ' ');
  g_strstrip (line);
  if (*line == '\0' || text->len >= MAX_TEXT || strstr (text->str, line) != NULL)
    return;

  if (text->len > 0)
    g_string_append (text, "; ");
  g_string_append (text, line);
}

static void
append_issue (GString *text, const CrSpans *spans, guint issue)
{
  static const char *const paths[] = { "details.text", "diagnostics", "details.coding.display" };
  gsize before = text->len;

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *words = cr_spans_dup (spans, cr_spans_find (spans, issue, paths[i]));

      if (i < 2 || text->len == before)
        append_words (text, words);
    }

  if (text->len == before)
    {
      g_autofree char *code =
          cr_spans_dup (spans, cr_spans_find (spans, issue, "details.coding.code"));
      g_autofree char *kind = cr_spans_dup (spans, cr_spans_find (spans, issue, "code"));

      append_words (text, code != NULL ? code : kind);
    }
}

/**
 * cr_outcome_read:
 * @node: an OperationOutcome
 * @text: grows by what the issues say, separated by semicolons
 * @code: (out) (optional) (nullable): `issue.code` of the worst
 *
 * Returns: (transfer none): the worst severity; an outcome without issues is an `error`
 * Source: FHIR R4, operationoutcome.html
 */
const char *
cr_outcome_read (const CrSpans *spans, guint node, GString *text, char **code)
{
  guint issues = cr_spans_member_of_kind (spans, node, "issue", CR_SPAN_KIND_ARRAY);
  const char *severity = NULL;
  guint worst = CR_SPAN_NONE;

  for (guint i = cr_spans_first (spans, issues); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, issues, i))
    {
      const char *worse = cr_outcome_worse (severity, issue_severity (spans, i));

      if (worse != severity)
        worst = i;
      severity = worse;
      append_issue (text, spans, i);
    }

  if (text->len > MAX_TEXT)
    {
      const char *cut = g_utf8_find_prev_char (text->str, text->str + MAX_TEXT + 1);

      g_string_truncate (text, (gsize) (cut - text->str));
      g_string_append (text, "…");
    }
  if (code != NULL)
    *code = cr_spans_dup (spans, cr_spans_find (spans, worst, "code"));

  return severity != NULL ? severity : "error";
}

/**
 * cr_outcome_text:
 * @severity: (out) (optional): the worst: `fatal`, `error`, `warning` or `information`
 * @code: (out) (optional) (nullable): `issue.code` of the worst
 *
 * Returns: (transfer full) (nullable): what an OperationOutcome says; NULL, and nothing written,
 *   when @body is none
 */
char *
cr_outcome_text (const char *body, gsize n_bytes, char **severity, char **code)
{
  g_auto (CrSpans) spans = { 0 };
  g_autoptr (GString) text = g_string_new (NULL);
  const char *worst;

  if (!cr_spans_scan (&spans, body, n_bytes) ||
      !cr_spans_text_is (&spans, cr_spans_member (&spans, 0, "resourceType"), "OperationOutcome"))
    return NULL;

  worst = cr_outcome_read (&spans, 0, text, code);
  if (text->len == 0)
    g_string_append (text, CR_SAID ("No reason was given"));
  if (severity != NULL)
    *severity = g_strdup (worst);

  return g_strdup (text->str);
}
