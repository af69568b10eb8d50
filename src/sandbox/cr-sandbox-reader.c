/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-sandbox-reader.h"

#include <string.h>

#include "sandbox/cr-sandbox-portal.h"
#include "sandbox/cr-sandbox-text.h"

/* The place of a record among those of its type, for the faults that strike the first n. */
static guint
rank_of (CrChart *chart, CrChartRecord *record)
{
  guint rank = 0;

  for (guint i = 0; i < chart->records->len; i++)
    {
      CrChartRecord *other = g_ptr_array_index (chart->records, i);

      if (other == record)
        break;
      if (other->type == record->type)
        rank++;
    }

  return rank;
}

gboolean
cr_sandbox_reader_is_hidden (CrVisit *x, CrChart *chart, CrChartRecord *record)
{
  CrFaults *faults = x->house->faults;

  return cr_faults_is_on (faults, "hidden-records", record->type) &&
         (gint64) rank_of (chart, record) < cr_faults_int (faults, "hidden-records", "n", 1);
}

gboolean
cr_sandbox_reader_is_changed (CrVisit *x, CrChart *chart, CrChartRecord *record)
{
  CrFaults *faults = x->house->faults;

  return cr_faults_is_on (faults, "changed-records", record->type) &&
         (gint64) rank_of (chart, record) < cr_faults_int (faults, "changed-records", "n", 5);
}

gboolean
cr_sandbox_reader_is_late (CrVisit *x, CrChart *chart, CrChartRecord *record)
{
  CrFaults *faults = x->house->faults;

  return cr_faults_is_on (faults, "late-records", record->type) &&
         (gint64) rank_of (chart, record) < cr_faults_int (faults, "late-records", "n", 1);
}

/* New content that every type may have: a language, and the stamps that come with a change. */
static char *
change_record (CrChartRecord *record, gint64 round, gsize *length)
{
  static const char *const languages[] = { "en-US", "es-US", "fr-CA", "de-DE", "en-GB" };
  GString *text = g_string_new_len (record->json, (gssize) record->length - 1);
  g_autoptr (GString) stamp = g_string_new (NULL);
  char *version = strstr (text->str, "\"versionId\":\"1\",\"lastUpdated\":\"");
  gint64 later = record->updated_ms + round * G_GINT64_CONSTANT (86400000);

  cr_sandbox_text_add (stamp, "'versionId':'%d','lastUpdated':%I", (int) round + 1, later);
  if (version != NULL)
    {
      gsize at = (gsize) (version - text->str);

      g_string_erase (text, (gssize) at, (gssize) stamp->len);
      g_string_insert_len (text, (gssize) at, stamp->str, (gssize) stamp->len);
    }
  cr_sandbox_text_add (text, ",'language':%q}",
                       languages[(round - 1) % (gint64) G_N_ELEMENTS (languages)]);
  *length = text->len;
  return g_string_free (text, FALSE);
}

/* Source: https://hl7.org/fhir/R4/patient.html#links */
static char *
merge_patient (CrVisit *x, char *text, gsize *length)
{
  GString *string = g_string_new_len (text, (gssize) *length - 1);

  g_free (text);
  cr_sandbox_text_add (string,
                       ",'link':[{'other':{'reference':'Patient/%s'},'type':'replaced-by'}]}",
                       cr_faults_string (x->house->faults, "merged-patient", "id", "merged-into"));
  *length = string->len;
  return g_string_free (string, FALSE);
}

static char *
add_photo (CrVisit *x, char *text, gsize *length)
{
  GString *string = g_string_new_len (text, (gssize) *length - 1);

  g_free (text);
  cr_sandbox_text_add (
      string, ",'photo':[{'contentType':'image/png','url':%q,'title':'Photo'}]}",
      cr_faults_string (x->house->faults, "patient-photo", "url", "Binary/made-photo"));
  *length = string->len;
  return g_string_free (string, FALSE);
}

static char *
move_attachments (const char *to, char *text, gsize *length)
{
  g_autofree char *with = g_strconcat ("\"url\":\"", to, NULL);
  GString *string = g_string_new_len (text, (gssize) *length);

  g_free (text);
  g_string_replace (string, "\"url\":\"Binary/", with, 0);
  *length = string->len;
  return g_string_free (string, FALSE);
}

/* Returns: (transfer full): the record as it is served now */
char *
cr_sandbox_reader_record_text (CrVisit *x, CrChart *chart, CrChartRecord *record, gsize *length)
{
  CrFaults *faults = x->house->faults;
  char *text;

  if (cr_sandbox_reader_is_changed (x, chart, record))
    text = change_record (
        record, CLAMP (cr_faults_int (faults, "changed-records", "round", 1), 1, 8), length);
  else
    {
      text = g_memdup2 (record->json, record->length + 1);
      *length = record->length;
    }
  if (g_str_equal (record->type, "Patient") && cr_faults_is_on (faults, "merged-patient", NULL))
    text = merge_patient (x, text, length);
  if (g_str_equal (record->type, "Patient") && cr_faults_is_on (faults, "patient-photo", NULL))
    text = add_photo (x, text, length);
  if (cr_faults_is_on (faults, "absolute-attachments", record->type))
    {
      g_autofree char *to = g_strconcat (x->house->uri, "/portal/fhir/Binary/", NULL);

      text = move_attachments (to, text, length);
    }
  if (cr_faults_is_on (faults, "attachment-url", record->type))
    text = move_attachments (cr_faults_string (faults, "attachment-url", "url", "/files/"), text,
                             length);
  if (cr_faults_is_on (faults, "absolute-references", record->type))
    text = cr_sandbox_reader_lengthen_references (x, text, length);
  if (cr_sandbox_reader_is_late (x, chart, record))
    text = cr_sandbox_reader_stamp_late (x, text, length);

  return text;
}

/* Faults that answer in the place of the FHIR server. @type is "metadata" for the two documents. */
static gboolean
answer_fault (CrVisit *x, const char *type)
{
  CrFaults *faults = x->house->faults;

  if (cr_faults_take (faults, "slow", type))
    x->delay_ms = (guint) CLAMP (cr_faults_int (faults, "slow", "delay_ms", 1000), 0, 600000);

  if (cr_faults_take (faults, "status", type))
    cr_visit_outcome (x, (guint) cr_faults_int (faults, "status", "status", 500), "exception",
                      "The sandbox was told to fail here");
  else if (cr_faults_take (faults, "rate-limit", type))
    {
      cr_visit_set_header (x, cr_faults_string (faults, "rate-limit", "header", "Retry-After"),
                           cr_faults_string (faults, "rate-limit", "retry_after", "2"));
      cr_visit_outcome (x, (guint) cr_faults_int (faults, "rate-limit", "status", 429), "throttled",
                        "Too many requests");
    }
  else if (cr_faults_take (faults, "source-preparing", type))
    {
      cr_visit_set_header (x, "Retry-After",
                           cr_faults_string (faults, "source-preparing", "retry_after", "2"));
      cr_visit_outcome (x, 429, "transient", "The records are still being prepared");
    }
  else if (cr_faults_take (faults, "html-page", type))
    cr_visit_answer_text (x, 200, "text/html; charset=utf-8",
                          "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>");
  else
    return FALSE;

  return TRUE;
}

static void
answer_record_text (CrVisit *x, char *text, gsize length, gint64 updated_ms)
{
  g_autoptr (GDateTime) stamp = g_date_time_new_from_unix_utc (updated_ms / 1000);
  g_autofree char *modified = g_date_time_format (stamp, "%a, %d %b %Y %H:%M:%S GMT");
  const char *version = strstr (text, "\"versionId\":\"");
  g_autofree char *etag = g_strdup_printf ("W/\"%c\"", version != NULL ? version[13] : '1');

  cr_visit_set_header (x, "Last-Modified", modified);
  cr_visit_set_header (x, "ETag", etag);
  if (cr_faults_is_on (x->house->faults, "pretty", NULL) ||
      g_strcmp0 (cr_visit_query (x, "_pretty"), "true") == 0)
    {
      char *pretty = cr_sandbox_text_pretty (text, length);

      g_free (text);
      text = pretty;
      length = strlen (pretty);
    }
  cr_visit_answer (x, 200, CR_TYPE_TEXT_FHIR, text, length);
}

/* Raw bytes, unless FHIR is what was asked for first
 * (https://hl7.org/fhir/R4/binary.html#rest). */
static gboolean
wants_fhir (CrVisit *x)
{
  const char *accept = cr_visit_header (x, "Accept");
  const char *form = cr_faults_string (x->house->faults, "attachment-form", "form", "raw");

  if (cr_faults_is_on (x->house->faults, "attachment-form", NULL))
    return strcmp (form, "fhir") == 0;

  return accept != NULL && g_str_has_prefix (accept, "application/fhir+json");
}

static void
answer_binary (CrVisit *x, CrChartRecord *record)
{
  const char *type = strstr (record->json, "\"contentType\":\"") + strlen ("\"contentType\":\"");
  const char *data = strstr (record->json, "\"data\":\"") + strlen ("\"data\":\"");
  g_autofree char *content_type = g_strndup (type, strcspn (type, "\""));
  g_autofree char *base64 = g_strndup (data, strcspn (data, "\""));
  gsize length;
  guchar *bytes;

  if (cr_faults_take (x->house->faults, "attachment-moved", NULL))
    {
      cr_visit_set_header (x, "Location",
                           cr_faults_string (x->house->faults, "attachment-moved", "url", "/"));
      cr_visit_answer_text (x, 307, "text/plain", "It is elsewhere");
      return;
    }
  if (wants_fhir (x))
    {
      answer_record_text (x, g_strdup (record->json), record->length, record->updated_ms);
      return;
    }

  bytes = g_base64_decode (base64, &length);
  if (cr_faults_is_on (x->house->faults, "attachment-new", NULL) && length > 0)
    bytes[length - 1] = (guchar) (32 + g_random_int_range (0, 90));
  cr_visit_answer (x, 200, content_type, (char *) bytes, length);
}

/* What was the patient's is somebody else's now. Takes @text. */
static char *
give_away (CrVisit *x, const CrPerson *person, char *text, gsize *length)
{
  gint64 index = cr_faults_int (x->house->faults, "hidden-records", "index", -1);
  GString *changed;

  if (index < 0)
    return text;

  changed = g_string_new_len (text, (gssize) *length);
  g_free (text);
  g_string_replace (changed, person->portal_id,
                    cr_people_get (x->house->people, (guint) index)->portal_id, 0);
  *length = changed->len;
  return g_string_free (changed, FALSE);
}

static void
answer_read (CrVisit *x,
             const CrSandboxReaderType *type,
             CrChart *chart,
             const CrPerson *person,
             const char *id)
{
  g_autofree char *name = g_strconcat (type->type, "/", id, NULL);
  CrChartRecord *record = g_hash_table_lookup (chart->by_name, name);
  gboolean is_binary = strcmp (type->type, "Binary") == 0;
  guint hidden = (guint) cr_faults_int (x->house->faults, "hidden-records", "status", 404);
  gsize length;
  char *text;

  if (strcmp (type->type, "Patient") == 0 &&
      cr_faults_take (x->house->faults, "wrong-patient", NULL))
    {
      chart = cr_people_chart (
          x->house->people, (guint) cr_faults_int (x->house->faults, "wrong-patient", "index", 0));
      record = g_ptr_array_index (chart->records, 0);
      for (guint i = 0; strcmp (record->type, "Patient") != 0 && i < chart->records->len; i++)
        record = g_ptr_array_index (chart->records, i);
    }

  if (record != NULL && cr_sandbox_reader_is_hidden (x, chart, record) && hidden != 200)
    cr_visit_outcome (x, hidden, hidden == 403 ? "forbidden" : "not-found",
                      "There is no such record, or it is not yours");
  else if (record == NULL ||
           (is_binary && cr_faults_take (x->house->faults, "attachment-missing", NULL)))
    cr_visit_outcome (x, 404, "not-found", "There is no such record, or it is not yours");
  else if (is_binary)
    answer_binary (x, record);
  else
    {
      text = cr_sandbox_reader_record_text (x, chart, record, &length);
      if (cr_sandbox_reader_is_hidden (x, chart, record))
        text = give_away (x, person, text, &length);
      answer_record_text (x, text, length, record->updated_ms);
    }
}

static void
answer_type (CrVisit *x, const CrSandboxReaderType *type)
{
  g_autoptr (CrPass) pass = cr_sandbox_portal_check_bearer (x);
  gboolean is_read = x->n_path > 3 && cr_visit_segment (x, 3)[0] != '\0';
  CrChart *chart;

  if (pass == NULL)
    return;

  if (!cr_pass_allows (pass, type->type, is_read ? 'r' : 's') ||
      cr_faults_take (x->house->faults, "not-granted", type->type))
    {
      cr_visit_outcome (x, 403, "forbidden",
                        "The access that was granted does not cover this type");
      return;
    }

  chart = type->is_shared ? cr_people_directory (x->house->people)
                          : cr_people_chart (x->house->people, pass->person->index);
  if (is_read && x->n_path == 4 &&
      cr_sandbox_reader_answer_made (x, type->type, pass->person, cr_visit_segment (x, 3)))
    return;
  if (is_read && x->n_path == 4)
    answer_read (x, type, chart, pass->person, cr_visit_segment (x, 3));
  else if (x->n_path <= 4)
    cr_sandbox_reader_answer_search (x, type, chart, pass->person);
  else
    cr_visit_outcome (x, 404, "not-supported", "Only read and search are offered");
}

/* Everything under /portal/fhir. */
void
cr_sandbox_reader_handle (CrVisit *x)
{
  const char *name = cr_visit_segment (x, 2);
  const CrSandboxReaderType *type = cr_sandbox_reader_find_type (name);
  gboolean metadata = strcmp (name, "metadata") == 0 || strcmp (name, ".well-known") == 0;

  if (!cr_visit_is (x, "GET") && !cr_visit_is (x, "HEAD"))
    cr_visit_not_allowed (x, "GET, HEAD");
  else if (cr_visit_query (x, "access_token") != NULL)
    cr_visit_outcome (x, 400, "security", "A token in an address is not taken, only in its header");
  else if (answer_fault (x, metadata ? "metadata" : name))
    return;
  else if (strcmp (name, "metadata") == 0)
    cr_sandbox_reader_answer_capability (x);
  else if (metadata && (strcmp (cr_visit_segment (x, 3), "smart-configuration") == 0 ||
                        strcmp (cr_visit_segment (x, 3), "openid-configuration") == 0))
    cr_sandbox_portal_answer_discovery (x);
  else if (type != NULL)
    answer_type (x, type);
  else if (!cr_sandbox_reader_answer_odd (x, name))
    cr_visit_outcome (x, 404, "not-supported", "This server has no such resource type");
}
