/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-faults.h"

#include "base/cr-error.h"
#include "base/cr-json.h"

struct _CrFaults
{
  char *path;         /* (owned) */
  JsonObject *active; /* (owned): name to parameters */
  JsonObject *spent;  /* (owned): parameters of those that just struck for the last time */
};

/* One row is one fault; where it acts is found by its name. Every row understands `count` (how many
 * times, without it until switched off), `after` (how many it lets pass first) and `types`. */
static const struct
{
  const char *name;
  const char *sentence;
} rows[] = {
  { "status", "The portal's FHIR server answers `status` (500)." },
  { "rate-limit", "The portal's FHIR server answers `status` (429), with `retry_after` (\"2\") as "
                  "Retry-After, or "
                  "as the header `header`; R01." },
  { "not-granted", "The portal answers 403 for the types, though they were granted." },
  { "html-page", "The portal answers 200 with an HTML page in place of FHIR." },
  { "truncated-body", "A search answer is cut in the middle of its JSON." },
  { "cut-connection", "The connection ends in the middle of a search answer." },
  { "not-a-bundle", "A search is answered by a resource that is not a Bundle." },
  { "entry-without-resource", "The first entry of a page has no resource." },
  { "outcome-entry", "An OperationOutcome of `severity` (\"warning\") is among the entries." },
  { "no-entry", "A page has no entry, though its total says there are some." },
  { "loop-next", "The next link leads to the same page." },
  { "foreign-next", "The next link leads to another host, `url` (\"http://127.0.0.2:9/\")." },
  { "relative-next", "The next link is relative." },
  { "token-in-link",
    "The next link is relative and has the access token in it, which is refused there; P15." },
  { "missing-next", "The next link is left out though there is more." },
  { "repeat-page",
    "The next link leads to the same page, each time under another address; P03, P04." },
  { "empty-last-page", "A next link behind the last page leads to an empty one; P14." },
  { "overlap-pages", "A page begins with the last record of the one before; P12." },
  { "provenance-by-target",
    "The CapabilityStatement has no search of Provenance by patient, only by target; S18." },
  { "capability-hides", "The CapabilityStatement does not list the types; S12." },
  { "no-total", "A search does not say how many records there are; P14." },
  { "total-more", "A search announces `n` (1) more than there are; P04, P06." },
  { "lose-records", "The last record of a page of `from` (100) records or more is left out; P06." },
  { "other-patient-records",
    "A page also has the first `n` (2) records of the patient number `index` (0); P09." },
  { "extra-entry",
    "The first page also has the resource `text`, or the bytes `base64`; C01 to C04, C14, C18." },
  { "absolute-references",
    "References are absolute, with `slashes` (1) behind the portal's base; C13." },
  { "many-documents", "There are `n` (2149) documents more, each with a file of its own; C07." },
  { "member-chain", "An Observation made-member-1 has a member that has one, `n` (12) long; C12." },
  { "late-records",
    "The first `n` (1) records of the types are stamped `stamp`: a copy that lagged behind; D03." },
  { "pad-entries", "Each entry is `kilobytes` (1024) longer; C20." },
  { "raw-answer", "A search is answered by the bytes `base64`, as `type` "
                  "(\"application/fhir+json\"); P11, C15." },
  { "big-answer", "A search is answered by `megabytes` (200) of Bundle; C20." },
  { "gzip-bomb", "A search is answered by `megabytes` (200) that were packed small; C20." },
  { "drip", "A search is answered by one byte every `every_ms` (1000); R03." },
  { "refuse-parameter", "Searches by `name` (\"patient\") are refused with 400; S10." },
  { "too-many", "Searches that find more than `most` (50) are refused with 400; S14." },
  { "unknown-category", "Searches for the category `value` are refused with 400; S03." },
  { "ignore-last-updated", "Searches pay no heed to _lastUpdated, as the self link says; S15." },
  { "opaque-self", "The self link of a search names a place, and none of its parameters; P14." },
  { "ignore-revinclude", "Searches pay no heed to _revinclude, as the self link says; S09." },
  { "wrong-patient", "Reading the Patient gives the patient number `index` (0); D06." },
  { "attachment-form",
    "A Binary comes in the form `form` (\"raw\" or \"fhir\") whatever is asked for; C05." },
  { "attachment-large", "A Binary is of `megabytes` (50); C07." },
  { "attachment-new", "A Binary is made anew for each reader: it never has the same bytes; C10." },
  { "attachment-moved", "Reading a Binary answers 307 with `url`, where the file itself is; R06." },
  { "attachment-url", "Attachments are linked by `url`; C06." },
  { "clock", "The Date of every answer is `seconds` (3600) ahead." },
  { "slow", "The portal's FHIR server takes `delay_ms` (1000) for each answer." },
  { "pretty", "Answers are indented." },
  { "absolute-attachments", "Attachments are linked by absolute URLs." },
  { "token-lifetime", "Access tokens live for `seconds` (60)." },
  { "no-refresh-token", "No refresh token is given although offline_access was granted; with "
                        "`client` only to that one." },
  { "refuse-refresh", "Refreshing is refused with `error` (\"invalid_grant\")." },
  { "strict-rotation", "Any second use of a refresh token ends the family." },
  { "slow-token",
    "The answer to a token request takes `delay_ms` (3000), though what it says is done." },
  { "token-500", "The token endpoint answers 500." },
  { "token-answer",
    "The token answer has the members of `set` as they are there; null leaves one out." },
  { "token-reply",
    "The token endpoint answers `status` (200), `type` (\"text/html\"), `body` or `n_bytes` of it, "
    "`location` and `retry_after` if given, after `delay_ms`." },
  { "granted-scope", "Of what was asked for only `scope` is granted." },
  { "authorize-error",
    "Asked to sign in, the portal sends back `error` (\"server_error\"), with `description` and "
    "`uri` if given." },
  { "authorize-page",
    "Asked to sign in, the portal shows a page of its own, and nothing comes back." },
  { "reject-scope", "A sign-in that asks for `scope` is sent back with invalid_scope." },
  { "reject-parameter", "A sign-in that has `parameter` is sent back with invalid_request." },
  { "need-parameter", "A sign-in whose query does not hold `text` as it is written gets a page of "
                      "the portal's own." },
  { "mangle-state", "What is not a letter, a digit or one of -._~ in a state becomes _." },
  { "refresh-needs-redirect", "Refreshing without the redirect_uri of the sign-in is refused." },
  { "patient-search", "A search for Patient shows `n` (0) of them." },
  { "missing-patient",
    "The token answer names no patient, nor does its id_token unless `fhir_user` is 1." },
  { "id-token", "The id_token is wrong: `how` is \"signature\", \"issuer\", \"audience\", "
                "\"expired\", \"nonce\", \"user\" "
                "or \"none\" (unsigned)." },
  { "keys-status", "The portal's set of keys is answered with `status` (503)." },
  { "only-rs384", "Clients may sign in with RS384 only, and their assertions in no other." },
  { "require-category", "Observation searches without category or code are refused with 400." },
  { "source-preparing", "The portal answers 429 with an OperationOutcome of code transient." },
  { "capability-empty", "The CapabilityStatement lists no resource type." },
  { "wrong-fhir-version", "The CapabilityStatement says `version` (\"1.0.2\")." },
  { "changed-records",
    "The first `n` (5) records of the types have new content; `round` (1) changes it again." },
  { "hidden-records",
    "The first `n` (1) records of the types are gone: not listed, and `status` (404) when read; "
    "with 200 and `index`, what is read is about the patient of that number." },
  { "merged-patient", "The Patient says it was replaced by another, `id` (\"merged-into\")." },
  { "other-patient", "Whoever signs in, the token is for the patient number `index` (0)." },
  { "attachment-missing", "Reading a Binary answers 404." },
  { "patient-photo", "The Patient has a photo at `url` (\"Binary/made-photo\", which is there)." },
  { "s3-denied", "The bucket answers 403 AccessDenied; with `methods` only to those." },
  { "s3-skew", "The bucket's clock is `seconds` (3600) ahead." },
  { "s3-status", "The bucket answers `status` (503); with `methods` only to those." },
  { "s3-hang", "The bucket takes `delay_ms` (600000) for each answer." },
  { "s3-cut", "The connection ends in the middle of the bucket's answer." },
  { "s3-html", "The bucket answers 200 with a page in HTML." },
  { "s3-full", "The bucket is full: writing answers QuotaExceeded." },
  { "s3-checksum", "The bucket answers 501 to the newer checksum headers." },
  { "s3-late",
    "The bucket notes a part `delay_ms` (500) after it came, its upload with it if that is gone." },
  { "s3-complete", "Completing a file in parts answers 200 with an error inside." },
  { "s3-region", "The bucket names its region to whoever signed for another." },
  { "s3-token", "The bucket wants the session `token` (\"temporary\") of temporary keys." },
  { "dest-status", "The destination answers `status` (503), with `retry_after` if given." },
  { "dest-entry-status", "Batch entries of the types are answered with `status` (422)." },
  { "dest-shuffle", "The destination does, and answers, the entries of a batch from the last on." },
  { "dest-integrity", "The destination refuses references to what it does not have." },
  { "refuse-update-as-create",
    "The destination refuses PUT to an id it does not have, with `status` (405)." },
  { "dest-slow", "The destination takes `delay_ms` (1000) for each answer." },
};

static void
save (CrFaults *self)
{
  g_autofree char *text = cr_json_object_to_text (self->active, TRUE);

  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents (self->path, text, -1, &error))
    g_warning ("faults are not kept: %s", error->message);
}

/* @path: the file that keeps what is switched on */
CrFaults *
cr_faults_new (const char *path)
{
  CrFaults *self = g_new0 (CrFaults, 1);
  g_autoptr (JsonParser) parser = json_parser_new ();

  self->path = g_strdup (path);
  self->spent = json_object_new ();
  if (json_parser_load_from_file (parser, path, NULL) && json_parser_get_root (parser) != NULL &&
      JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    self->active = json_object_ref (json_node_get_object (json_parser_get_root (parser)));
  else
    self->active = json_object_new ();

  return self;
}

void
cr_faults_free (CrFaults *self)
{
  json_object_unref (self->active);
  json_object_unref (self->spent);
  g_free (self->path);
  g_free (self);
}

gboolean
cr_faults_exists (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_strcmp0 (rows[i].name, name) == 0)
      return TRUE;

  return FALSE;
}

/* Returns: (transfer full): an object for each fault: name, about, on, parameters */
JsonArray *
cr_faults_list (CrFaults *self)
{
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      JsonObject *row = json_object_new ();
      JsonObject *parameters = cr_json_object (self->active, rows[i].name);

      json_object_set_string_member (row, "name", rows[i].name);
      json_object_set_string_member (row, "about", rows[i].sentence);
      json_object_set_boolean_member (row, "on", parameters != NULL);
      if (parameters != NULL)
        json_object_set_object_member (row, "parameters", json_object_ref (parameters));
      json_array_add_object_element (list, row);
    }

  return list;
}

/**
 * cr_faults_set:
 * @parameters: (transfer none) (nullable): of the fault's own
 * @error: %CR_ERROR_NOT_FOUND
 */
gboolean
cr_faults_set (CrFaults *self, const char *name, JsonObject *parameters, GError **error)
{
  if (!cr_faults_exists (name))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_NOT_FOUND, "There is no fault of that name");
      return FALSE;
    }

  json_object_set_object_member (
      self->active, name, parameters != NULL ? json_object_ref (parameters) : json_object_new ());
  save (self);
  return TRUE;
}

/* @name: (nullable): NULL clears all */
void
cr_faults_clear (CrFaults *self, const char *name)
{
  if (name != NULL)
    json_object_remove_member (self->active, name);
  else
    {
      json_object_unref (self->active);
      self->active = json_object_new ();
    }
  save (self);
}

/* Whether it is on for @type (nullable). Does not count as a use. */
gboolean
cr_faults_is_on (CrFaults *self, const char *name, const char *type)
{
  JsonObject *parameters = cr_json_object (self->active, name);
  JsonArray *types;

  g_return_val_if_fail (cr_faults_exists (name), FALSE);

  if (parameters == NULL)
    return FALSE;

  types = cr_json_array (parameters, "types");
  return types == NULL || (type != NULL && cr_json_array_has (types, type));
}

/* Whether it strikes now. Counts `after` and `count` down. */
gboolean
cr_faults_take (CrFaults *self, const char *name, const char *type)
{
  JsonObject *parameters;
  gint64 n;

  if (!cr_faults_is_on (self, name, type))
    return FALSE;

  parameters = cr_json_object (self->active, name);
  if (cr_json_int (parameters, "after", &n) && n > 0)
    {
      json_object_set_int_member (parameters, "after", n - 1);
      save (self);
      return FALSE;
    }
  if (!cr_json_int (parameters, "count", &n))
    return TRUE;

  if (n > 0)
    json_object_set_int_member (parameters, "count", n - 1);
  if (n <= 1)
    {
      json_object_set_object_member (self->spent, name, json_object_ref (parameters));
      json_object_remove_member (self->active, name);
    }
  save (self);
  return n > 0;
}

/* Whether @method is among the fault's `methods`, if it has any. */
gboolean
cr_faults_has_method (CrFaults *self, const char *name, const char *method)
{
  JsonArray *methods = cr_json_array (cr_json_object (self->active, name), "methods");

  return methods == NULL || cr_json_array_has (methods, method);
}

static JsonObject *
find_parameters (CrFaults *self, const char *name)
{
  JsonObject *active = cr_json_object (self->active, name);

  return active != NULL ? active : cr_json_object (self->spent, name);
}

/* The parameter of a fault that is on, or that just struck. */
gint64
cr_faults_int (CrFaults *self, const char *name, const char *parameter, gint64 fallback)
{
  gint64 value;

  return cr_json_int (find_parameters (self, name), parameter, &value) ? value : fallback;
}

const char *
cr_faults_string (CrFaults *self, const char *name, const char *parameter, const char *fallback)
{
  const char *value = cr_json_string (find_parameters (self, name), parameter);
  gint64 number;

  if (value == NULL && cr_json_int (find_parameters (self, name), parameter, &number))
    {
      g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

      return g_intern_string (text);
    }
  return value != NULL ? value : fallback;
}

/* Returns: (transfer none) (nullable): a parameter that is an object */
JsonObject *
cr_faults_object (CrFaults *self, const char *name, const char *parameter)
{
  return cr_json_object (find_parameters (self, name), parameter);
}
