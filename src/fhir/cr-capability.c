/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-capability.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "fhir/cr-document.h"

#include <string.h>

#define OAUTH_URIS "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

/* The empty sets mean: it does not say. */
typedef struct
{
  GHashTable *searches;     /* (owned): set of char* */
  GHashTable *interactions; /* (owned): set of char* */
  GHashTable *revincludes;  /* (owned): set of char* */
  gboolean updates_as_create;
} TypeRow;

struct _CrCapability
{
  char *fhir_version;  /* (owned) */
  char *software;      /* (owned) (nullable) */
  char *authorize_url; /* (owned) (nullable) */
  char *token_url;     /* (owned) (nullable) */
  GHashTable *types;   /* (owned): char* to TypeRow */
};

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static TypeRow *
type_row_new (void)
{
  TypeRow *self = g_new0 (TypeRow, 1);

  self->searches = new_set ();
  self->interactions = new_set ();
  self->revincludes = new_set ();
  return self;
}

static void
type_row_free (TypeRow *self)
{
  g_hash_table_unref (self->searches);
  g_hash_table_unref (self->interactions);
  g_hash_table_unref (self->revincludes);
  g_free (self);
}

/* Adds the member @name of each object of @array. */
static void
add_names (GHashTable *set, JsonArray *array, const char *name)
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      const char *text = cr_json_string (cr_json_array_object (array, i), name);

      if (text != NULL)
        g_hash_table_add (set, g_strdup (text));
    }
}

static void
read_type (CrCapability *self, JsonObject *resource)
{
  const char *type = cr_json_string (resource, "type");
  JsonArray *revincludes = cr_json_array (resource, "searchRevInclude");
  TypeRow *row;

  if (type == NULL || *type == '\0')
    return;

  row = g_hash_table_lookup (self->types, type);
  if (row == NULL)
    {
      row = type_row_new ();
      g_hash_table_insert (self->types, g_strdup (type), row);
    }

  add_names (row->searches, cr_json_array (resource, "searchParam"), "name");
  add_names (row->interactions, cr_json_array (resource, "interaction"), "code");
  for (guint i = 0; revincludes != NULL && i < json_array_get_length (revincludes); i++)
    if (cr_json_array_string (revincludes, i) != NULL)
      g_hash_table_add (row->revincludes, g_strdup (cr_json_array_string (revincludes, i)));
  row->updates_as_create |= cr_json_bool (resource, "updateCreate", FALSE);
}

static void
read_oauth_uri (CrCapability *self, JsonObject *extension)
{
  const char *name = cr_json_string (extension, "url");
  const char *url = cr_json_string (extension, "valueUri");

  if (url == NULL)
    url = cr_json_string (extension, "valueUrl");
  if (g_strcmp0 (name, "authorize") == 0 && self->authorize_url == NULL)
    self->authorize_url = g_strdup (url);
  else if (g_strcmp0 (name, "token") == 0 && self->token_url == NULL)
    self->token_url = g_strdup (url);
}

static void
read_security (CrCapability *self, JsonObject *rest)
{
  JsonArray *extensions = cr_json_array (cr_json_object (rest, "security"), "extension");

  for (guint i = 0; extensions != NULL && i < json_array_get_length (extensions); i++)
    {
      JsonObject *extension = cr_json_array_object (extensions, i);
      JsonArray *uris = cr_json_array (extension, "extension");

      if (g_strcmp0 (cr_json_string (extension, "url"), OAUTH_URIS) != 0)
        continue;
      for (guint j = 0; uris != NULL && j < json_array_get_length (uris); j++)
        read_oauth_uri (self, cr_json_array_object (uris, j));
    }
}

static void
read_rest (CrCapability *self, JsonObject *rest)
{
  JsonArray *resources = cr_json_array (rest, "resource");

  if (g_strcmp0 (cr_json_string (rest, "mode"), "client") == 0)
    return;

  for (guint i = 0; resources != NULL && i < json_array_get_length (resources); i++)
    read_type (self, cr_json_array_object (resources, i));
  read_security (self, rest);
}

/* The statement of DSTU2 is called Conformance; its version says the rest. */
static gboolean
check_root (JsonObject *root, GError **error)
{
  const char *type = cr_json_string (root, "resourceType");
  const char *version = cr_json_string (root, "fhirVersion");

  if (g_strcmp0 (type, "CapabilityStatement") != 0 && g_strcmp0 (type, "Conformance") != 0)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                           "The portal's description of itself is no FHIR CapabilityStatement; "
                           "check the address of its FHIR server");
      return FALSE;
    }
  if (version == NULL && strcmp (type, "Conformance") == 0)
    version = "DSTU2";
  if (version == NULL || strcmp (version, "4.0") == 0 || g_str_has_prefix (version, "4.0."))
    return TRUE;

  if (strlen (version) > 20 || !g_str_is_ascii (version))
    version = CR_SAID ("of an unknown version");
  g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY,
               "The portal speaks FHIR %s; Chartroom needs R4 (4.0.x)", version);
  return FALSE;
}

/**
 * cr_capability_parse:
 * @body: the answer to `GET metadata`
 *
 * A statement that says nothing about its FHIR version, or about types, is accepted: it is a hint.
 *
 * Returns: (transfer full)
 * Source: FHIR R4, capabilitystatement.html
 */
CrCapability *
cr_capability_parse (GBytes *body, GError **error)
{
  g_autoptr (JsonObject) root =
      cr_document_parse (body, CR_SAID ("The portal's description of itself"), error);
  g_autoptr (CrCapability) self = NULL;
  JsonArray *rest;

  if (root == NULL || !check_root (root, error))
    return NULL;

  self = g_new0 (CrCapability, 1);
  self->types =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) type_row_free);
  self->fhir_version = g_strdup (cr_json_string (root, "fhirVersion"));
  if (self->fhir_version == NULL)
    self->fhir_version = g_strdup ("");
  self->software = g_strdup (cr_json_string (cr_json_object (root, "software"), "name"));

  rest = cr_json_array (root, "rest");
  for (guint i = 0; rest != NULL && i < json_array_get_length (rest); i++)
    read_rest (self, cr_json_array_object (rest, i));

  return g_steal_pointer (&self);
}

void
cr_capability_free (CrCapability *self)
{
  g_free (self->fhir_version);
  g_free (self->software);
  g_free (self->authorize_url);
  g_free (self->token_url);
  g_hash_table_unref (self->types);
  g_free (self);
}

/* Returns: (transfer none): such as `"4.0.1"`; empty when it does not say */
const char *
cr_capability_get_fhir_version (CrCapability *self)
{
  return self->fhir_version;
}

const char *
cr_capability_get_software (CrCapability *self)
{
  return self->software;
}

gboolean
cr_capability_lists_types (CrCapability *self)
{
  return g_hash_table_size (self->types) > 0;
}

gboolean
cr_capability_has_type (CrCapability *self, const char *type)
{
  return g_hash_table_contains (self->types, type);
}

static gboolean
has_or_says_nothing (GHashTable *set, const char *name)
{
  return g_hash_table_size (set) == 0 || g_hash_table_contains (set, name);
}

gboolean
cr_capability_has_search (CrCapability *self, const char *type, const char *parameter)
{
  TypeRow *row = g_hash_table_lookup (self->types, type);

  return row != NULL ? has_or_says_nothing (row->searches, parameter)
                     : !cr_capability_lists_types (self);
}

gboolean
cr_capability_lists_search (CrCapability *self, const char *type, const char *parameter)
{
  TypeRow *row = g_hash_table_lookup (self->types, type);

  return row != NULL && g_hash_table_contains (row->searches, parameter);
}

/* TRUE when the type lists no interactions at all, or the statement no types. */
gboolean
cr_capability_has_interaction (CrCapability *self, const char *type, const char *code)
{
  TypeRow *row = g_hash_table_lookup (self->types, type);

  return row != NULL ? has_or_says_nothing (row->interactions, code)
                     : !cr_capability_lists_types (self);
}

/* FALSE when the type lists none: a server may ignore what it does not know without saying so. */
gboolean
cr_capability_has_revinclude (CrCapability *self, const char *type, const char *revinclude)
{
  TypeRow *row = g_hash_table_lookup (self->types, type);

  return row != NULL && g_hash_table_contains (row->revincludes, revinclude);
}

gboolean
cr_capability_updates_as_create (CrCapability *self, const char *type)
{
  TypeRow *row = g_hash_table_lookup (self->types, type);

  return row != NULL && row->updates_as_create;
}

const char *
cr_capability_get_authorize_url (CrCapability *self)
{
  return self->authorize_url;
}

const char *
cr_capability_get_token_url (CrCapability *self)
{
  return self->token_url;
}
