/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/cr-id.h"
#include "base/cr-time.h"
#include "sandbox/cr-pen.h"
#include "sandbox/cr-sandbox-reader.h"
#include "sandbox/cr-sandbox-text.h"

#define DEFAULT_COUNT 50
#define MAX_COUNT 250

typedef struct
{
  CrVisit *x;                      /* (unowned) */
  const CrSandboxReaderType *type; /* (unowned) */
  CrChart *chart;                  /* (unowned) */
  const CrPerson *person;          /* (unowned) */
  GPtrArray *terms;                /* (unowned): name, value, … */
  guint offset;
  guint count;
} Search;

/* A partial date stands for all of its span (https://hl7.org/fhir/R4/search.html#date). */
static gboolean
read_span (const char *text, gint64 *low, gint64 *high)
{
  int year = 0, month = 1, day = 1;
  gsize length = strlen (text);

  if (length > 10)
    {
      if (!cr_time_from_string (text, low))
        return FALSE;
      *high = *low + 1000;
      return TRUE;
    }
  if (sscanf (text, "%4d-%2d-%2d", &year, &month, &day) < 1 || month < 1 || month > 12)
    return FALSE;

  *low = cr_sandbox_text_civil_ms (year, month, day);
  *high = length <= 4 ? cr_sandbox_text_civil_ms (year + 1, 1, 1)
        : length <= 7 ? cr_sandbox_text_civil_ms (month == 12 ? year + 1 : year, month % 12 + 1, 1)
                      : *low + CR_DAY_MS;
  return TRUE;
}

static gboolean
match_date (const char *value, gint64 ms)
{
  char prefix[3] = "eq";
  gint64 low, high;

  if (g_ascii_isalpha (value[0]) && g_ascii_isalpha (value[1]))
    {
      memcpy (prefix, value, 2);
      value += 2;
    }
  if (!read_span (value, &low, &high))
    return FALSE;

  if (strcmp (prefix, "ge") == 0)
    return ms >= low;
  if (strcmp (prefix, "gt") == 0)
    return ms >= high;
  if (strcmp (prefix, "le") == 0)
    return ms < high;
  if (strcmp (prefix, "lt") == 0)
    return ms < low;
  return ms >= low && ms < high;
}

/* `code`, `system|code`, and several by commas. */
static gboolean
match_token (const char *value, const char *code)
{
  g_auto (GStrv) parts = g_strsplit (value, ",", -1);

  for (guint i = 0; code != NULL && parts[i] != NULL; i++)
    {
      const char *bar = strrchr (parts[i], '|');

      if (strcmp (bar != NULL ? bar + 1 : parts[i], code) == 0)
        return TRUE;
    }

  return FALSE;
}

static gboolean
match_reference (const char *value, CrChartRecord *record)
{
  g_autofree char *needle = g_strdup_printf ("\"reference\":\"%s\"", value);
  g_autofree char *with_type = g_strdup_printf ("/%s\"", value);

  return strstr (record->json, needle) != NULL || strstr (record->json, with_type) != NULL;
}

static gboolean
match_term (Search *search, CrChartRecord *record, const char *name, const char *value)
{
  if (strcmp (name, "_id") == 0)
    return match_token (value, record->id);
  if (strcmp (name, "_lastUpdated") == 0)
    return cr_faults_is_on (search->x->house->faults, "ignore-last-updated", record->type) ||
           cr_sandbox_reader_is_changed (search->x, search->chart, record) ||
           match_date (value, cr_sandbox_reader_is_late (search->x, search->chart, record)
                                  ? cr_sandbox_reader_late_ms (search->x, record->updated_ms)
                                  : record->updated_ms);
  if (strcmp (name, "date") == 0)
    return match_date (value, record->date_ms);
  if (strcmp (name, "category") == 0)
    return match_token (value, record->category);
  if (strcmp (name, "code") == 0 || strcmp (name, "type") == 0 || strcmp (name, "class") == 0)
    return match_token (value, record->code);
  if (g_str_has_suffix (name, "status"))
    return match_token (value, record->status);
  if (strcmp (name, "intent") == 0)
    return match_token (value, "order");
  if (strcmp (name, "practitioner") == 0 || strcmp (name, "target") == 0)
    return match_reference (value, record);
  if (strcmp (name, "name") == 0)
    return strstr (record->json, value) != NULL;
  return TRUE;
}

static gboolean
match_record (Search *search, CrChartRecord *record)
{
  for (guint i = 0; i + 1 < search->terms->len; i += 2)
    if (!match_term (search, record, g_ptr_array_index (search->terms, i),
                     g_ptr_array_index (search->terms, i + 1)))
      return FALSE;

  return !cr_sandbox_reader_is_hidden (search->x, search->chart, record);
}

static gboolean
is_known_param (const CrSandboxReaderType *type, const char *name)
{
  static const char *const common[] = {
    "_id",    "_lastUpdated", "_count",  "_format", "_pretty", "_summary",    "_revinclude",
    "_total", "page",         "subject", "_sort",   "patient", "beneficiary", NULL
  };
  g_auto (GStrv) own = g_strsplit (type->params != NULL ? type->params : "", " ", -1);

  return g_strv_contains (common, name) || g_strv_contains ((const char *const *) own, name);
}

static gboolean
is_same_patient (const char *value, const char *id)
{
  const char *slash = strrchr (value, '/');

  return strcmp (slash != NULL ? slash + 1 : value, id) == 0;
}

/* Refuses what the server cannot or may not do. Returns TRUE when it answered. */
static gboolean
answer_problem (Search *search)
{
  CrVisit *x = search->x;
  const CrSandboxReaderType *type = search->type;
  gboolean narrowed = FALSE;

  for (guint i = 0; i + 1 < search->terms->len; i += 2)
    {
      const char *name = g_ptr_array_index (search->terms, i);
      const char *value = g_ptr_array_index (search->terms, i + 1);

      narrowed = narrowed || strcmp (name, "category") == 0 || strcmp (name, "code") == 0 ||
                 strcmp (name, "_id") == 0;
      if (type->is_strict && !is_known_param (type, name))
        {
          g_autofree char *text =
              g_strdup_printf ("The search parameter %s is not supported here", name);

          cr_visit_outcome (x, 400, "not-supported", text);
          return TRUE;
        }
      if ((strcmp (name, "patient") == 0 || strcmp (name, "subject") == 0 ||
           strcmp (name, "beneficiary") == 0) &&
          !is_same_patient (value, search->person->portal_id))
        {
          cr_visit_outcome (x, 403, "forbidden", "The access is for another patient");
          return TRUE;
        }
    }

  if (cr_sandbox_reader_refuse (x, type->type, search->terms))
    return TRUE;
  if (strcmp (type->type, "Observation") == 0 && !narrowed &&
      cr_faults_take (x->house->faults, "require-category", type->type))
    {
      cr_visit_outcome (x, 400, "required", "Observation needs category or code");
      return TRUE;
    }
  if (type->params == NULL && strcmp (type->type, "Patient") != 0)
    {
      cr_visit_outcome (x, 400, "not-supported", "This type is read by id only");
      return TRUE;
    }

  return FALSE;
}

/* The first @n patients there are, in place of the one who signed in. */
static void
show_patients (CrVisit *x, GPtrArray *matches, guint n)
{
  g_ptr_array_set_size (matches, 0);
  for (guint i = 0; i < MIN (n, cr_people_count (x->house->people)); i++)
    {
      g_autofree char *name =
          g_strconcat ("Patient/", cr_people_get (x->house->people, i)->portal_id, NULL);

      g_ptr_array_add (matches,
                       g_hash_table_lookup (cr_people_chart (x->house->people, i)->by_name, name));
    }
}

static GPtrArray *
find_matches (Search *search)
{
  GPtrArray *matches = g_ptr_array_new ();
  const char *type = g_intern_string (search->type->type);
  CrFaults *faults = search->x->house->faults;

  for (guint i = 0; i < search->chart->records->len; i++)
    {
      CrChartRecord *record = g_ptr_array_index (search->chart->records, i);

      if (record->type == type && match_record (search, record))
        g_ptr_array_add (matches, record);
    }
  if (strcmp (type, "Patient") == 0 && cr_faults_is_on (faults, "patient-search", NULL))
    show_patients (search->x, matches, (guint) cr_faults_int (faults, "patient-search", "n", 0));

  return matches;
}

/* The rest of the query and how far it got, in a form that says nothing to the reader. */
static char *
make_page_token (Search *search, guint offset)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "%u %u", offset, search->count);
  for (guint i = 0; i + 1 < search->terms->len; i += 2)
    {
      g_autofree char *name =
          g_uri_escape_string (g_ptr_array_index (search->terms, i), NULL, FALSE);
      g_autofree char *value =
          g_uri_escape_string (g_ptr_array_index (search->terms, i + 1), NULL, FALSE);

      g_string_append_printf (text, " %s %s", name, value);
    }

  return cr_base64url_encode ((const guint8 *) text->str, text->len);
}

/* Returns: (transfer full) (nullable): terms of the token */
static GPtrArray *
read_page_token (Search *search, const char *token)
{
  gsize length = 0;
  g_autofree guint8 *bytes = cr_base64url_decode (token, &length);
  g_autofree char *text = bytes != NULL ? g_strndup ((const char *) bytes, length) : g_strdup ("");
  g_auto (GStrv) parts = g_strsplit (text, " ", -1);
  guint n = g_strv_length (parts);
  GPtrArray *terms;

  if (n < 2 || n % 2 != 0)
    return NULL;

  search->offset = (guint) g_ascii_strtoull (parts[0], NULL, 10);
  search->count = CLAMP ((guint) g_ascii_strtoull (parts[1], NULL, 10), 1, MAX_COUNT);
  terms = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 2; i < n; i++)
    g_ptr_array_add (terms, g_uri_unescape_string (parts[i], NULL));

  return terms;
}

static const char *
bearer_of (CrVisit *x)
{
  const char *header = cr_visit_header (x, "Authorization");
  const char *space = header != NULL ? strchr (header, ' ') : NULL;

  return space != NULL ? space + 1 : "";
}

static void
add_next_link (Search *search, GString *out, guint total)
{
  CrFaults *faults = search->x->house->faults;
  const char *type = search->type->type;
  guint next = search->offset + search->count;
  g_autofree char *token = NULL;
  const char *base = search->x->house->uri;

  if (cr_faults_take (faults, "loop-next", type))
    next = search->offset;
  else if (cr_faults_take (faults, "repeat-page", type))
    {
      next = search->offset;
      cr_sandbox_reader_add_serial (search->terms);
    }
  else if (next < total && search->count > 1 && cr_faults_take (faults, "overlap-pages", type))
    next--;
  else if (next >= total && search->offset < total &&
           cr_faults_take (faults, "empty-last-page", type))
    next = total;
  else if (next >= total || cr_faults_take (faults, "missing-next", type))
    return;

  token = make_page_token (search, next);
  if (cr_faults_take (faults, "foreign-next", type))
    cr_sandbox_text_add (out, ",{'relation':'next','url':'%sportal/fhir/%s?page=%s'}",
                         cr_faults_string (faults, "foreign-next", "url", "http://127.0.0.2:9/"),
                         type, token);
  else if (cr_faults_take (faults, "relative-next", type))
    cr_sandbox_text_add (out, ",{'relation':'next','url':'%s?page=%s'}", type, token);
  else if (cr_faults_take (faults, "token-in-link", type))
    cr_sandbox_text_add (out, ",{'relation':'next','url':'%s?access_token=%s&page=%s'}", type,
                         bearer_of (search->x), token);
  else
    cr_sandbox_text_add (out, ",{'relation':'next','url':'%s/portal/fhir/%s?page=%s'}", base, type,
                         token);
}

static void
add_entry (Search *search, GString *out, CrChart *chart, CrChartRecord *record, const char *mode)
{
  gsize length;
  g_autofree char *text = cr_sandbox_reader_record_text (search->x, chart, record, &length);
  gboolean bare = cr_faults_take (search->x->house->faults, "entry-without-resource", record->type);

  if (out->str[out->len - 1] != '[')
    g_string_append_c (out, ',');
  cr_sandbox_text_add (out, "{'fullUrl':'%s/portal/fhir/%s/%s'", search->x->house->uri,
                       record->type, record->id);
  if (!bare)
    {
      g_string_append (out, ",\"resource\":");
      if (cr_faults_take (search->x->house->faults, "pad-entries", record->type))
        cr_sandbox_reader_add_padded (search->x, out, text, length);
      else
        g_string_append_len (out, text, (gssize) length);
    }
  cr_sandbox_text_add (out, ",'search':{'mode':%q}}", mode);
}

static void
add_provenance (Search *search, GString *out, CrChartRecord *record)
{
  const char *type = g_intern_static_string ("Provenance");
  g_autofree char *name = g_strconcat (record->type, "/", record->id, NULL);

  for (guint i = 0; i < search->chart->records->len; i++)
    {
      CrChartRecord *other = g_ptr_array_index (search->chart->records, i);

      if (other->type == type && match_reference (name, other))
        add_entry (search, out, search->chart, other, "include");
    }
}

static void
add_others (Search *search, GString *out)
{
  CrFaults *faults = search->x->house->faults;
  gint64 index = cr_faults_int (faults, "other-patient-records", "index", 0);
  gint64 n = cr_faults_int (faults, "other-patient-records", "n", 2);
  CrChart *chart = cr_people_chart (search->x->house->people, (guint) index);
  const char *type = g_intern_string (search->type->type);

  for (guint i = 0; i < chart->records->len && n > 0; i++)
    {
      CrChartRecord *record = g_ptr_array_index (chart->records, i);

      if (record->type != type)
        continue;
      add_entry (search, out, chart, record, "match");
      n--;
    }
}

static void
add_entries (Search *search, GString *out, GPtrArray *matches)
{
  CrFaults *faults = search->x->house->faults;
  gboolean include =
      g_strcmp0 (cr_visit_query (search->x, "_revinclude"), "Provenance:target") == 0 &&
      !cr_faults_is_on (faults, "ignore-revinclude", search->type->type);
  guint end = MIN (search->offset + search->count, matches->len);

  if (cr_faults_take (faults, "no-entry", search->type->type) ||
      (search->offset >= end && !cr_sandbox_reader_has_extra (search->x, search->type->type)))
    return;
  if (search->offset < end &&
      cr_faults_int (faults, "lose-records", "from", 100) <= (gint64) search->count &&
      cr_faults_take (faults, "lose-records", search->type->type))
    end--;

  g_string_append (out, ",\"entry\":[");
  if (cr_faults_take (faults, "outcome-entry", search->type->type))
    cr_sandbox_text_add (
        out,
        "{'resource':{'resourceType':'OperationOutcome','issue':[{'severity':%q,"
        "'code':'processing','diagnostics':'Part of the records could not be searched'"
        "}]},'search':{'mode':'outcome'}}",
        cr_faults_string (faults, "outcome-entry", "severity", "warning"));
  for (guint i = search->offset; i < end; i++)
    add_entry (search, out, search->chart, g_ptr_array_index (matches, i), "match");
  for (guint i = search->offset; include && i < end; i++)
    add_provenance (search, out, g_ptr_array_index (matches, i));
  if (cr_faults_take (faults, "other-patient-records", search->type->type))
    add_others (search, out);
  if (search->offset == 0)
    {
      cr_sandbox_reader_add_extra (search->x, search->type->type, out);
      cr_sandbox_reader_add_documents (search->x, search->type->type, search->person, out);
    }
  g_string_append_c (out, ']');
}

static void
add_self_link (Search *search, GString *out)
{
  g_autoptr (GString) self = g_string_new (NULL);

  for (guint i = 0; i + 1 < search->terms->len; i += 2)
    if (is_known_param (search->type, g_ptr_array_index (search->terms, i)) &&
        !cr_sandbox_reader_is_ignored (search->x, search->type->type,
                                       g_ptr_array_index (search->terms, i)))
      {
        g_autofree char *value =
            g_uri_escape_string (g_ptr_array_index (search->terms, i + 1), ",:", FALSE);

        g_string_append_printf (self, "%s%s=%s", self->len > 0 ? "&" : "?",
                                (const char *) g_ptr_array_index (search->terms, i), value);
      }
  if (cr_faults_is_on (search->x->house->faults, "opaque-self", search->type->type))
    g_string_assign (self, "?_getpages=1f2e3d");
  cr_sandbox_text_add (out, "{'relation':'self','url':'%s/portal/fhir/%s%s'}",
                       search->x->house->uri, search->type->type, self->str);
}

static void
answer_bundle (Search *search)
{
  CrVisit *x = search->x;
  CrFaults *faults = x->house->faults;
  const char *type = search->type->type;
  g_autoptr (GPtrArray) matches = find_matches (search);
  GString *out;
  int more = 0;

  if (cr_sandbox_reader_refuse_many (x, type, matches->len) ||
      cr_sandbox_reader_answer_odd (x, type))
    return;

  if (cr_faults_take (faults, "total-more", type))
    more = (int) cr_faults_int (faults, "total-more", "n", 1);
  more += (int) cr_sandbox_reader_count_documents (x, type);
  out = g_string_sized_new (64 * 1024);
  cr_sandbox_text_add (out, "{'resourceType':%q,'type':'searchset',",
                       cr_faults_take (faults, "not-a-bundle", type) ? "Parameters" : "Bundle");
  if (!cr_faults_is_on (faults, "no-total", type))
    cr_sandbox_text_add (out, "'total':%d,", (int) matches->len + more);
  cr_sandbox_text_add (out, "'link':[");
  add_self_link (search, out);
  add_next_link (search, out, matches->len);
  g_string_append_c (out, ']');
  if (g_strcmp0 (cr_visit_query (x, "_summary"), "count") != 0)
    add_entries (search, out, matches);
  g_string_append_c (out, '}');

  if (cr_faults_is_on (faults, "pretty", type) ||
      g_strcmp0 (cr_visit_query (x, "_pretty"), "true") == 0)
    {
      char *pretty = cr_sandbox_text_pretty (out->str, out->len);

      g_string_assign (out, pretty);
      g_free (pretty);
    }
  if (cr_faults_take (faults, "truncated-body", type))
    g_string_truncate (out, out->len * 2 / 3);
  if (cr_faults_take (faults, "cut-connection", type))
    cr_visit_answer_cut (x, CR_TYPE_TEXT_FHIR, out);
  else
    cr_visit_answer_string (x, 200, CR_TYPE_TEXT_FHIR, out);
}

/* Source: https://hl7.org/fhir/R4/http.html#search and #paging */
void
cr_sandbox_reader_answer_search (CrVisit *x,
                                 const CrSandboxReaderType *type,
                                 CrChart *chart,
                                 const CrPerson *person)
{
  Search search = { x, type, chart, person, x->query, 0, DEFAULT_COUNT };
  const char *token = cr_visit_query (x, "page");
  const char *count = cr_visit_query (x, "_count");
  g_autoptr (GPtrArray) terms = NULL;

  if (token != NULL)
    {
      terms = read_page_token (&search, token);
      if (terms == NULL)
        {
          cr_visit_outcome (x, 410, "expired", "This page is no longer there; search again");
          return;
        }
      search.terms = terms;
    }
  else if (count != NULL)
    search.count = CLAMP ((guint) g_ascii_strtoull (count, NULL, 10), 1, MAX_COUNT);

  if (!answer_problem (&search))
    answer_bundle (&search);
}
