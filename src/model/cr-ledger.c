/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-ledger.h"

#include "model/cr-record.h"

#include <string.h>

static void
line_free (gpointer data)
{
  CrLedgerLine *line = data;

  g_free (line->type);
  g_free (line);
}

/* Of the scope `patient/Type.permission?parameters`, in either of its two ways to be written. */
static gboolean
lets_read (const char *scope, const char *type)
{
  const char *slash = strchr (scope, '/');
  const char *dot = slash != NULL ? strchr (slash, '.') : NULL;
  g_autofree char *name = NULL;
  g_autofree char *permission = NULL;

  if (dot == NULL)
    return FALSE;
  name = g_strndup (slash + 1, (gsize) (dot - slash - 1));
  permission = g_strndup (dot + 1, strcspn (dot + 1, "?"));
  if (strcmp (name, "*") != 0 && strcmp (name, type) != 0)
    return FALSE;
  return strcmp (permission, "*") == 0 || strcmp (permission, "read") == 0 ||
         (strspn (permission, "cruds") == strlen (permission) && strchr (permission, 'r') != NULL);
}

static CrLedgerMark
mark_of (const char *scopes, const char *type)
{
  g_auto (GStrv) list = g_strsplit (scopes != NULL ? scopes : "", " ", -1);

  if (scopes == NULL)
    return CR_LEDGER_UNKNOWN;
  for (guint i = 0; list[i] != NULL; i++)
    if (lets_read (list[i], type))
      return CR_LEDGER_YES;
  return CR_LEDGER_NO;
}

/* Of several queries of one type, what stands for them all comes first. */
static guint
rank (CrQueryStatus status, gboolean is_cut_off)
{
  static const guint ranks[] = {
    [CR_QUERY_FAILED] = 0,  [CR_QUERY_RUNNING] = 1,     [CR_QUERY_COMPLETE] = 3,
    [CR_QUERY_PENDING] = 4, [CR_QUERY_NOT_GRANTED] = 5, [CR_QUERY_NOT_SUPPORTED] = 6,
  };

  return is_cut_off ? 2 : ranks[status];
}

static CrLedgerLine *
find (GPtrArray *lines, const char *type)
{
  for (guint i = 0; i < lines->len; i++)
    {
      CrLedgerLine *line = lines->pdata[i];

      if (g_str_equal (line->type, type))
        return line;
    }
  return NULL;
}

static void
take_query (GPtrArray *lines, CrQuery *query)
{
  CrLedgerLine *line = find (lines, query->type);
  gboolean is_cut_off = cr_query_is_cut_off (query);

  if (query->kind != CR_QUERY_KIND_SEARCH && query->kind != CR_QUERY_KIND_READ)
    return;
  if (line == NULL)
    {
      line = g_new0 (CrLedgerLine, 1);
      line->type = g_strdup (query->type);
      g_ptr_array_add (lines, line);
    }
  else if (rank (query->status, is_cut_off) >= rank (line->status, line->is_cut_off))
    return;
  line->status = query->status;
  line->is_cut_off = is_cut_off;
  line->has_begun = query->pages > 0;
}

static guint
count_of (GPtrArray *counts, const char *type)
{
  for (guint i = 0; counts != NULL && i < counts->len; i++)
    {
      const CrTypeCount *count = counts->pdata[i];

      if (g_str_equal (count->type, type))
        return count->n;
    }
  return 0;
}

static void
mark (CrLedgerLine *line, CrConnection *connection)
{
  line->asked = mark_of (
      connection->asked_scopes != NULL ? connection->asked_scopes : connection->scopes, line->type);
  line->granted = line->status == CR_QUERY_NOT_GRANTED ? CR_LEDGER_NO
                                                       : mark_of (connection->scopes, line->type);
  line->supported = line->status == CR_QUERY_NOT_SUPPORTED ? CR_LEDGER_NO
                  : line->status == CR_QUERY_PENDING || line->status == CR_QUERY_NOT_GRANTED ||
                            (line->is_cut_off && !line->has_begun)
                      ? CR_LEDGER_UNKNOWN
                      : CR_LEDGER_YES;
}

/**
 * cr_ledger_new:
 * @queries: of CrQuery: those of the connection's last pull
 * @counts: (nullable): of CrTypeCount: what is kept of the source
 *
 * Returns: (transfer full): of CrLedgerLine, in the order of the queries
 * Source: SMART App Launch 2.2.0, “Scopes for requesting FHIR Resources”
 */
GPtrArray *
cr_ledger_new (CrConnection *connection, GPtrArray *queries, GPtrArray *counts)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (line_free);

  for (guint i = 0; i < queries->len; i++)
    take_query (lines, queries->pdata[i]);
  for (guint i = 0; i < lines->len; i++)
    {
      CrLedgerLine *line = lines->pdata[i];

      line->n_records = count_of (counts, line->type);
      mark (line, connection);
    }
  return lines;
}
