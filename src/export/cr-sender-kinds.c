/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-senders.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/cr-said.h"
#include "net/cr-ca-file.h"

static const char *const auth_choices[] = { "none", "bearer", "oauth2", NULL };
static const char *const token_auth_choices[] = { "basic", "post", NULL };
static const char *const ids_choices[] = { "namespaced", "source", NULL };
static const char *const file_type_choices[] = { "ndjson", "gzip", "zip", NULL };
static const char *const layout_choices[] = { "run", "patient", NULL };
static const char *const style_choices[] = { "path", "virtual", NULL };

static const char *const withdrawal_choices[] = { "keep", CR_WITHDRAWALS_SEND, NULL };

static const CrField fhir_fields[] = {
  { "url", N_ ("FHIR base URL"), N_ ("https://fhir.example.org/r4"), CR_FIELD_URL, TRUE,
    .is_lasting = TRUE },
  { "auth", N_ ("Sign-in"), NULL, CR_FIELD_CHOICE, TRUE, "none", auth_choices },
  { "token-url", N_ ("Token endpoint"), NULL, CR_FIELD_URL, TRUE, NULL, NULL, "auth=oauth2" },
  { "client-id", N_ ("Client ID"), NULL, CR_FIELD_TEXT, TRUE, NULL, NULL, "auth=oauth2" },
  { "scope", N_ ("Scope"), N_ ("May stay empty"), CR_FIELD_TEXT, FALSE, NULL, NULL, "auth=oauth2" },
  { "token-auth", N_ ("How the client ID is sent"), NULL, CR_FIELD_CHOICE, FALSE, "basic",
    token_auth_choices, "auth=oauth2" },
  { "secret", N_ ("Token or secret"), NULL, CR_FIELD_SECRET, TRUE, NULL, NULL,
    "auth=bearer|oauth2" },
  { "ids", N_ ("Record IDs"), N_ ("Namespaced IDs never clash between portals"), CR_FIELD_CHOICE,
    FALSE, "namespaced", ids_choices, .is_lasting = TRUE },
  { CR_WITHDRAWALS_FIELD, N_ ("Withdrawn records"),
    N_ ("What the portal has deleted, what was disconnected or removed here. Deleted there too, it "
        "cannot be brought back by Chartroom when its patient was removed"),
    CR_FIELD_CHOICE, FALSE, "keep", withdrawal_choices },
  { "ca-file", N_ ("CA certificate"), N_ ("Only for a server with a private authority"),
    CR_FIELD_FILE, FALSE },
};

/* What every kind of files has at its end. */
#define FILE_FIELDS                                                                                \
  { "file-type", N_ ("File type"), NULL, CR_FIELD_CHOICE, FALSE, "ndjson", file_type_choices },    \
      { "layout", N_ ("Files by"), NULL, CR_FIELD_CHOICE, FALSE, "run", layout_choices },          \
  {                                                                                                \
    CR_WITHDRAWALS_FIELD, N_ ("Withdrawn records"),                                                \
        N_ ("What the portal has deleted, what was disconnected or removed here. Told, a file "    \
            "names the records; files by patient are deleted, others keep their lines"),           \
        CR_FIELD_CHOICE, FALSE, "keep", withdrawal_choices                                         \
  }
#define CA_FIELD                                                                                   \
  {                                                                                                \
    "ca-file", N_ ("CA certificate"), N_ ("Only for a server with a private authority"),           \
        CR_FIELD_FILE, FALSE                                                                       \
  }
#define PREFIX_FIELD                                                                               \
  {                                                                                                \
    "prefix", N_ ("Prefix"), N_ ("Where in the bucket; may stay empty"), CR_FIELD_TEXT, FALSE      \
  }

static const CrField s3_fields[] = {
  { "endpoint", N_ ("Endpoint"), N_ ("https://s3.eu-central-1.amazonaws.com"), CR_FIELD_URL, TRUE },
  { "bucket", N_ ("Bucket"), NULL, CR_FIELD_TEXT, TRUE },
  { "style", N_ ("Bucket stands"), N_ ("In the host name for some providers"), CR_FIELD_CHOICE,
    FALSE, "path", style_choices },
  { "region", N_ ("Region"), NULL, CR_FIELD_TEXT, FALSE, "us-east-1" },
  PREFIX_FIELD,
  { "access-key", N_ ("Access key"), NULL, CR_FIELD_TEXT, TRUE },
  { "secret", N_ ("Secret key"), NULL, CR_FIELD_SECRET, TRUE },
  { "session-token", N_ ("Session token"), N_ ("Only with temporary credentials"), CR_FIELD_SECRET,
    FALSE },
  FILE_FIELDS,
  CA_FIELD,
};

static const CrField gcs_fields[] = {
  { "endpoint", N_ ("Endpoint"), NULL, CR_FIELD_URL, FALSE, "https://storage.googleapis.com" },
  { "bucket", N_ ("Bucket"), NULL, CR_FIELD_TEXT, TRUE },
  { "region", N_ ("Region"), NULL, CR_FIELD_TEXT, FALSE, "auto" },
  PREFIX_FIELD,
  { "access-key", N_ ("HMAC access ID"), N_ ("Cloud Storage settings, Interoperability"),
    CR_FIELD_TEXT, TRUE },
  { "secret", N_ ("HMAC secret"), NULL, CR_FIELD_SECRET, TRUE },
  FILE_FIELDS,
  CA_FIELD,
};

static const CrField azure_fields[] = {
  { "endpoint", N_ ("Endpoint"), N_ ("https://ACCOUNT.blob.core.windows.net"), CR_FIELD_URL, TRUE },
  { "bucket", N_ ("Container"), NULL, CR_FIELD_TEXT, TRUE },
  PREFIX_FIELD,
  { "access-key", N_ ("Account name"), NULL, CR_FIELD_TEXT, TRUE },
  { "secret", N_ ("Account key"), NULL, CR_FIELD_SECRET, TRUE },
  FILE_FIELDS,
  CA_FIELD,
};

static const CrField folder_fields[] = {
  { "path", N_ ("Folder"), NULL, CR_FIELD_FOLDER, TRUE },
  FILE_FIELDS,
};

static const CrSenderKind kinds[] = {
  { "fhir", N_ ("FHIR server"), fhir_fields, G_N_ELEMENTS (fhir_fields), cr_fhir_sender_new },
  { "s3", N_ ("S3-compatible storage"), s3_fields, G_N_ELEMENTS (s3_fields), cr_s3_sender_new },
  { "gcs", N_ ("Google Cloud Storage"), gcs_fields, G_N_ELEMENTS (gcs_fields), cr_gcs_sender_new },
  { "azure", N_ ("Azure Blob Storage"), azure_fields, G_N_ELEMENTS (azure_fields),
    cr_azure_sender_new },
  { "folder", N_ ("Folder on this computer"), folder_fields, G_N_ELEMENTS (folder_fields),
    cr_folder_sender_new },
};

/**
 * cr_sender_kinds:
 *
 * Returns: (transfer none): the table, in the order to offer it
 */
const CrSenderKind *
cr_sender_kinds (guint *n_kinds)
{
  *n_kinds = G_N_ELEMENTS (kinds);
  return kinds;
}

/**
 * cr_sender_kind_find:
 *
 * Returns: (transfer none) (nullable): the row named @name
 */
const CrSenderKind *
cr_sender_kind_find (const char *name)
{
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, name))
      return &kinds[i];

  return NULL;
}

/**
 * cr_sender_field_is_needed:
 * @settings: field name → text
 *
 * Whether @field counts with these settings: its `needs` is a field and one or more values for it,
 * as in `auth=bearer|oauth2`. A field without a condition always counts.
 */
gboolean
cr_sender_field_is_needed (const CrField *field, GHashTable *settings)
{
  g_auto (GStrv) halves = NULL;
  g_auto (GStrv) values = NULL;
  const char *value;

  if (field->needs == NULL)
    return TRUE;

  halves = g_strsplit (field->needs, "=", 2);
  values = g_strsplit (halves[1], "|", -1);
  value = g_hash_table_lookup (settings, halves[0]);
  return value != NULL && g_strv_contains ((const char *const *) values, value);
}

static gboolean
complain (const CrField *field, const char *what, GError **error)
{
  g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "“%s” (%s): %s", field->label, field->name,
               what);
  return FALSE;
}

static gboolean
check_choice (const CrField *field, const char *value, GError **error)
{
  g_autofree char *all = NULL;
  g_autofree char *what = NULL;

  if (g_strv_contains (field->choices, value))
    return TRUE;

  all = g_strjoinv (", ", (char **) field->choices);
  what = g_strdup_printf (CR_SAID ("choose one of %s"), all);
  return complain (field, what, error);
}

static gboolean
check_url (const CrField *field, const char *value, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (value, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GError) local = NULL;

  if (uri == NULL || g_uri_get_host (uri) == NULL || g_uri_get_host (uri)[0] == '\0')
    return complain (field, CR_SAID ("write a whole address, such as https://host.example/path"),
                     error);
  if (g_uri_get_userinfo (uri) != NULL)
    return complain (field, CR_SAID ("leave user name and password out of the address"), error);
  if (g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    return complain (field, CR_SAID ("leave out everything from “?” or “#” on"), error);
  if (!cr_url_is_allowed (value, &local))
    return complain (field, local->message, error);

  return TRUE;
}

static gboolean
check_path (const CrField *field, const char *value, GError **error)
{
  GFileTest test = field->kind == CR_FIELD_FOLDER ? G_FILE_TEST_IS_DIR : G_FILE_TEST_IS_REGULAR;

  if (!g_path_is_absolute (value))
    return complain (field, CR_SAID ("write the whole path, from “/” on"), error);
  if (!g_file_test (value, test))
    return complain (field,
                     field->kind == CR_FIELD_FOLDER ? CR_SAID ("there is no such folder")
                                                    : CR_SAID ("there is no such file"),
                     error);
  return TRUE;
}

static gboolean
check_value (const CrField *field, const char *value, GError **error)
{
  if (!g_utf8_validate (value, -1, NULL) || strpbrk (value, "\r\n") != NULL)
    return complain (field, CR_SAID ("has characters that cannot be used here"), error);

  switch (field->kind)
    {
    case CR_FIELD_CHOICE:
      return check_choice (field, value, error);
    case CR_FIELD_URL:
      return check_url (field, value, error);
    case CR_FIELD_FILE:
    case CR_FIELD_FOLDER:
      return check_path (field, value, error);
    case CR_FIELD_TEXT:
    case CR_FIELD_SECRET:
    default:
      return TRUE;
    }
}

static gboolean
check_field (const CrField *field, CrDestination *destination, GHashTable *secrets, GError **error)
{
  gboolean is_secret = field->kind == CR_FIELD_SECRET;
  const char *value = is_secret
                        ? (secrets != NULL ? g_hash_table_lookup (secrets, field->name) : NULL)
                        : cr_destination_get (destination, field->name);

  if (!cr_sender_field_is_needed (field, destination->settings))
    return TRUE;
  if (value != NULL && value[0] != '\0')
    return check_value (field, value, error);
  if (field->fallback != NULL)
    {
      g_hash_table_insert (destination->settings, g_strdup (field->name),
                           g_strdup (field->fallback));
      return TRUE;
    }
  if (field->is_required)
    return complain (field, CR_SAID ("is missing"), error);

  return TRUE;
}

static const CrField *
find_field (const CrSenderKind *kind, const char *name)
{
  for (guint i = 0; i < kind->n_fields; i++)
    if (g_str_equal (kind->fields[i].name, name))
      return &kind->fields[i];

  return NULL;
}

/**
 * cr_sender_kind_check:
 * @secrets: (nullable): field name → secret. A secret that is in the keyring already must be in it
 *   too; %NULL leaves secrets unchecked
 *
 * Fields are checked in their order, so that conditions look at values already filled in.
 */
gboolean
cr_sender_kind_check (const CrSenderKind *kind,
                      CrDestination *destination,
                      GHashTable *secrets,
                      GError **error)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, destination->settings);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      const CrField *field = find_field (kind, name);

      if (field == NULL || field->kind == CR_FIELD_SECRET)
        {
          g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "A %s has no setting “%s”", kind->label,
                       (const char *) name);
          return FALSE;
        }
    }

  for (guint i = 0; i < kind->n_fields; i++)
    {
      if (kind->fields[i].kind == CR_FIELD_SECRET && secrets == NULL)
        continue;
      if (!check_field (&kind->fields[i], destination, secrets, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * cr_sender_secret_name:
 *
 * Returns: (transfer full): the name of the item in the keyring
 */
char *
cr_sender_secret_name (const char *destination_id, const char *field)
{
  return g_strdup_printf ("destination/%s/%s", destination_id, field);
}

/**
 * cr_sender_explain:
 *
 * Returns: (transfer full): what went wrong while a destination was tried, with what to change
 */
char *
cr_sender_explain (const GError *error)
{
  if (g_error_matches (error, CR_ERROR, CR_ERROR_CERTIFICATE))
    return g_strconcat (
        error->message,
        CR_SAID ("; where the server has an authority of its own, choose that one's "
                 "certificate as the CA certificate of this destination"),
        NULL);
  if (g_error_matches (error, CR_ERROR, CR_ERROR_OFFLINE))
    return g_strconcat (
        error->message,
        CR_SAID ("; check the address, and that the server runs and lets this computer in"), NULL);

  return g_strdup (error->message);
}

/**
 * cr_sender_load_ca:
 * @database: (out) (nullable): %NULL when the destination has no CA file
 *
 * The CA file of one destination; it adds nothing for any other.
 */
gboolean
cr_sender_load_ca (CrDestination *destination, GTlsDatabase **database, GError **error)
{
  const char *path = cr_destination_get (destination, "ca-file");

  *database = NULL;
  if (path == NULL || path[0] == '\0')
    return TRUE;

  *database = cr_ca_file_load (path, error);
  return *database != NULL;
}
