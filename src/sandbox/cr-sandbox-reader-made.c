/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-time.h"
#include "sandbox/cr-sandbox-reader.h"
#include "sandbox/cr-sandbox-text.h"

#define DOCUMENT "made-document-"
#define MEMBER "made-member-"
#define PHOTO "made-photo"

/* Records and files that nobody's chart has: there for as long as a fault is on. */

void
cr_sandbox_reader_add_documents (CrVisit *x, const char *type, const CrPerson *person, GString *out)
{
  gint64 n = cr_faults_int (x->house->faults, "many-documents", "n", 2149);

  if (strcmp (type, "DocumentReference") != 0 ||
      !cr_faults_take (x->house->faults, "many-documents", NULL))
    return;

  for (gint64 i = 0; i < n; i++)
    cr_sandbox_text_add (out,
                         "%s{'resource':{'resourceType':'DocumentReference','id':'" DOCUMENT
                         "%d','status':'current','subject':{'reference':'Patient/%s'},"
                         "'content':[{'attachment':{'contentType':'text/plain',"
                         "'url':'Binary/" DOCUMENT "%d'}}]},'search':{'mode':'match'}}",
                         out->str[out->len - 1] == '[' ? "" : ",", (int) i, person->portal_id,
                         (int) i);
}

/* How many more a search finds. */
guint
cr_sandbox_reader_count_documents (CrVisit *x, const char *type)
{
  CrFaults *faults = x->house->faults;

  return strcmp (type, "DocumentReference") == 0 && cr_faults_is_on (faults, "many-documents", NULL)
           ? (guint) cr_faults_int (faults, "many-documents", "n", 2149)
           : 0;
}

static void
answer_member (CrVisit *x, const CrPerson *person, guint64 at)
{
  gint64 n = cr_faults_int (x->house->faults, "member-chain", "n", 12);
  GString *out = g_string_new (NULL);

  cr_sandbox_text_add (out,
                       "{'resourceType':'Observation','id':'" MEMBER
                       "%d','status':'final','code':{'text':'One of many'},"
                       "'subject':{'reference':'Patient/%s'}",
                       (int) at, person->portal_id);
  if ((gint64) at < n)
    cr_sandbox_text_add (out, ",'hasMember':[{'reference':'Observation/" MEMBER "%d'}]",
                         (int) at + 1);
  g_string_append_c (out, '}');
  cr_visit_answer_string (x, 200, CR_TYPE_TEXT_FHIR, out);
}

static void
answer_large (CrVisit *x)
{
  gsize n = (gsize) cr_faults_int (x->house->faults, "attachment-large", "megabytes", 50) << 20;
  char *bytes = g_malloc (n);

  memset (bytes, 'x', n);
  cr_visit_answer (x, 200, "text/plain", bytes, n);
}

/* Answers a read of what is made up. Returns TRUE when it did. */
gboolean
cr_sandbox_reader_answer_made (CrVisit *x, const char *type, const CrPerson *person, const char *id)
{
  CrFaults *faults = x->house->faults;

  if (strcmp (type, "Observation") == 0 && g_str_has_prefix (id, MEMBER) &&
      cr_faults_is_on (faults, "member-chain", NULL))
    answer_member (x, person, g_ascii_strtoull (id + strlen (MEMBER), NULL, 10));
  else if (strcmp (type, "Binary") == 0 && cr_faults_take (faults, "attachment-large", NULL))
    answer_large (x);
  else if (strcmp (type, "Binary") == 0 && g_str_has_prefix (id, DOCUMENT) &&
           cr_faults_is_on (faults, "many-documents", NULL))
    cr_visit_answer_text (x, 200, "text/plain", id);
  else if (strcmp (type, "Binary") == 0 && strcmp (id, PHOTO) == 0 &&
           cr_faults_is_on (faults, "patient-photo", NULL))
    cr_visit_answer_text (x, 200, "image/png", "\x89PNG\r\n\x1a\nas good as a face");
  else
    return FALSE;

  return TRUE;
}

/* References below the portal's own base, with more than one slash behind it if so told. */
char *
cr_sandbox_reader_lengthen_references (CrVisit *x, char *text, gsize *length)
{
  static const char lead[] = "\"reference\":\"";
  gint64 n = cr_faults_int (x->house->faults, "absolute-references", "slashes", 1);
  g_autofree char *slashes = g_strnfill ((gsize) CLAMP (n, 1, 9), '/');
  GString *out = g_string_sized_new (*length * 2);
  const char *at = text, *found;

  while ((found = strstr (at, lead)) != NULL)
    {
      found += strlen (lead);
      g_string_append_len (out, at, found - at);
      if (g_ascii_isupper (*found))
        g_string_append_printf (out, "%s/portal/fhir%s", x->house->uri, slashes);
      at = found;
    }
  g_string_append (out, at);
  g_free (text);
  *length = out->len;
  return g_string_free (out, FALSE);
}

/* Stamped as if it had been written at that time. */
char *
cr_sandbox_reader_stamp_late (CrVisit *x, char *text, gsize *length)
{
  const char *stamp = cr_faults_string (x->house->faults, "late-records", "stamp", "");
  char *at = strstr (text, "\"lastUpdated\":\"");
  GString *out = g_string_new_len (text, (gssize) *length);

  if (at != NULL)
    {
      gsize from = (gsize) (at - text) + strlen ("\"lastUpdated\":\"");

      g_string_erase (out, (gssize) from, (gssize) strcspn (text + from, "\""));
      g_string_insert (out, (gssize) from, stamp);
    }
  g_free (text);
  *length = out->len;
  return g_string_free (out, FALSE);
}

gint64
cr_sandbox_reader_late_ms (CrVisit *x, gint64 updated_ms)
{
  gint64 ms;

  return cr_time_from_string (cr_faults_string (x->house->faults, "late-records", "stamp", NULL),
                              &ms)
           ? ms
           : updated_ms;
}
