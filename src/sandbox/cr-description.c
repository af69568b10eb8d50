/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-description.h"

#include "base/cr-json.h"
#include "sandbox/cr-sandbox-bucket.h"
#include "sandbox/cr-sandbox-container.h"
#include "sandbox/cr-sandbox-portal.h"
#include "sandbox/cr-sandbox-reader.h"

/* Returns: (transfer full): made-up credentials, the same for the same seed; at most 64 characters
 */
char *
cr_description_make_secret (guint64 seed, const char *what, guint length)
{
  g_autofree char *text = g_strdup_printf ("%s of seed %" G_GUINT64_FORMAT, what, seed);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  return g_strndup (hash, length);
}

static void
set_uri (JsonObject *object, const char *name, CrVisit *x, const char *path)
{
  g_autofree char *uri = g_strconcat (x->house->uri, path, NULL);

  json_object_set_string_member (object, name, uri);
}

static void
set_secret (JsonObject *object, const char *name, CrVisit *x, const char *what, guint length)
{
  g_autofree char *secret = cr_description_make_secret (x->house->seed, what, length);

  json_object_set_string_member (object, name, secret);
}

static JsonObject *
describe_portal (CrVisit *x)
{
  JsonObject *portal = json_object_new ();
  JsonObject *confidential = json_object_new ();
  JsonObject *keys = json_object_new ();

  json_object_set_string_member (portal, "name", CR_SANDBOX_PORTAL_NAME);
  set_uri (portal, "fhir_base_url", x, "/portal/fhir");
  json_object_set_string_member (portal, "client_id", CR_SANDBOX_PORTAL_CLIENT);
  json_object_set_string_member (portal, "client_auth", "none");
  json_object_set_string_member (portal, "scopes", CR_SANDBOX_PORTAL_SCOPES);
  json_object_set_string_member (confidential, "client_id", CR_SANDBOX_PORTAL_SECRET_CLIENT);
  json_object_set_string_member (confidential, "client_auth", "secret");
  json_object_set_string_member (confidential, "client_secret",
                                 cr_sandbox_portal_get_secret (x->house->portal));
  json_object_set_object_member (portal, "confidential_client", confidential);
  json_object_set_string_member (keys, "client_id", CR_SANDBOX_PORTAL_KEY_CLIENT);
  json_object_set_string_member (keys, "client_auth", "private-key-jwt");
  json_object_set_object_member (portal, "key_client", keys);
  return portal;
}

static void
count_up (JsonObject *counts, const char *type)
{
  gint64 n = 0;

  cr_json_int (counts, type, &n);
  json_object_set_int_member (counts, type, n + 1);
}

/* How many records of each type the patient's searches list, how many attachments can be read, and
 * how many different entries of the directory they refer to. */
static void
describe_chart (CrVisit *x, JsonObject *patient, guint index)
{
  CrChart *chart = cr_people_chart (x->house->people, index);
  JsonObject *counts = json_object_new ();
  JsonObject *references = json_object_new ();
  gint64 total = 0, attachments = 0;
  GHashTableIter iter;
  gpointer key;

  for (guint i = 0; i < chart->records->len; i++)
    {
      const CrChartRecord *record = g_ptr_array_index (chart->records, i);

      if (g_str_equal (record->type, "Binary"))
        attachments++;
      else
        {
          count_up (counts, record->type);
          total++;
        }
    }

  g_hash_table_iter_init (&iter, chart->used);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      g_auto (GStrv) parts = g_strsplit (key, "/", 2);

      count_up (references, parts[0]);
    }

  json_object_set_int_member (patient, "total", total);
  json_object_set_object_member (patient, "records", counts);
  json_object_set_object_member (patient, "references", references);
  json_object_set_int_member (patient, "attachments", attachments);
}

static JsonObject *
describe_patient (CrVisit *x, guint index)
{
  const CrPerson *person = cr_people_get (x->house->people, index);
  g_autoptr (GDateTime) birth = g_date_time_new_from_unix_utc (person->birth_ms / 1000);
  g_autofree char *birth_date = g_date_time_format (birth, "%Y-%m-%d");
  g_autofree char *name = g_strconcat (person->given, " ", person->family, NULL);
  JsonObject *patient = json_object_new ();

  json_object_set_string_member (patient, "clinic_id", person->clinic_id);
  json_object_set_string_member (patient, "name", name);
  json_object_set_string_member (patient, "given", person->given);
  json_object_set_string_member (patient, "family", person->family);
  json_object_set_string_member (patient, "birth_date", birth_date);
  json_object_set_string_member (patient, "sex", person->sex);
  json_object_set_string_member (patient, "email", person->email);
  json_object_set_string_member (patient, "username", person->username);
  json_object_set_string_member (patient, "password", person->password);
  json_object_set_string_member (patient, "portal_patient_id", person->portal_id);
  json_object_set_boolean_member (patient, "mismatch", person->is_mismatch);
  if (g_strcmp0 (cr_visit_query (x, "counts"), "no") != 0)
    describe_chart (x, patient, index);
  return patient;
}

static JsonObject *
describe_destination (CrVisit *x)
{
  JsonObject *destination = json_object_new ();
  JsonObject *oauth = json_object_new ();

  set_uri (destination, "url", x, "/dest/fhir");
  json_object_set_string_member (destination, "auth", "bearer");
  set_secret (destination, "token", x, "destination token", 40);
  set_uri (destination, "open_url", x, "/dest-open/fhir");
  set_uri (oauth, "token_url", x, "/dest/token");
  json_object_set_string_member (oauth, "client_id", "chartroom-destination");
  set_secret (oauth, "client_secret", x, "destination secret", 40);
  json_object_set_string_member (oauth, "scope", "system/*.cruds");
  json_object_set_object_member (destination, "client_credentials", oauth);
  return destination;
}

static JsonObject *
describe_bucket (CrVisit *x)
{
  JsonObject *bucket = json_object_new ();

  set_uri (bucket, "endpoint", x, "/s3");
  json_object_set_string_member (bucket, "bucket", CR_SANDBOX_BUCKET_NAME);
  json_object_set_string_member (bucket, "region", CR_SANDBOX_BUCKET_REGION);
  json_object_set_boolean_member (bucket, "path_style", TRUE);
  json_object_set_string_member (bucket, "access_key", cr_sandbox_bucket_access_key ());
  set_secret (bucket, "secret_key", x, "bucket secret", 40);
  return bucket;
}

static JsonObject *
describe_container (CrVisit *x)
{
  JsonObject *container = json_object_new ();
  g_autofree char *secret = cr_sandbox_container_secret (x->house);

  set_uri (container, "endpoint", x, "/azure/" CR_SANDBOX_ACCOUNT);
  json_object_set_string_member (container, "bucket", CR_SANDBOX_BUCKET_NAME);
  json_object_set_string_member (container, "access_key", CR_SANDBOX_ACCOUNT);
  json_object_set_string_member (container, "secret_key", secret);
  return container;
}

/**
 * cr_description_answer:
 *
 * All that a program needs to set itself up against this sandbox. Counting the records of many
 * patients takes a while; `?counts=no` leaves them out.
 */
void
cr_description_answer (CrVisit *x)
{
  JsonObject *root = json_object_new ();
  JsonArray *patients = json_array_new ();

  json_object_set_string_member (root, "name", "Chartroom sandbox: made-up people");
  json_object_set_object_member (root, "portal", describe_portal (x));
  json_object_set_object_member (root, "fhir_destination", describe_destination (x));
  json_object_set_object_member (root, "bucket", describe_bucket (x));
  json_object_set_object_member (root, "container", describe_container (x));
  for (guint i = 0; i < cr_people_count (x->house->people); i++)
    json_array_add_object_element (patients, describe_patient (x, i));
  json_object_set_array_member (root, "patients", patients);
  cr_visit_answer_json (x, 200, root);
}
