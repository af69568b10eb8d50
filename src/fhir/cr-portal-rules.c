/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-portal-rules.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "fhir/cr-portal-rules-private.h"
#include "fhir/cr-portals-resource.h"

#include <string.h>

#define PREFIX "/io/github/chartroom/portals/"

static gboolean
is_file_name (const char *vendor)
{
  return vendor != NULL && *vendor != '\0' &&
         strspn (vendor, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen (vendor);
}

/* Returns: (transfer full) (nullable): NULL with no error set when there is no such file */
static JsonObject *
load_file (const char *vendor, GError **error)
{
  g_autofree char *path = g_strconcat (PREFIX, vendor, ".json", NULL);
  g_autofree char *what =
      g_strconcat (CR_SAID ("The file of portal rules "), vendor, ".json", NULL);
  g_autoptr (GBytes) bytes = NULL;
  gsize n_bytes;
  const char *text;

  bytes =
      g_resource_lookup_data (cr_portals_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  if (bytes == NULL)
    return NULL;

  text = g_bytes_get_data (bytes, &n_bytes);
  return cr_json_parse (text, (gssize) n_bytes, what, error);
}

static gboolean
is_there (const char *vendor)
{
  g_autofree char *path = g_strconcat (PREFIX, vendor, ".json", NULL);

  return g_resource_get_info (cr_portals_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL,
                              NULL, NULL);
}

static gboolean
add_layers (CrPortalRules *self, const char *vendor, GError **error)
{
  GError *local_error = NULL;
  JsonObject *layer = load_file (vendor, &local_error);
  const char *like;

  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  if (layer == NULL)
    return TRUE;

  g_ptr_array_add (self->layers, layer);
  like = cr_json_string (layer, "like");
  return like == NULL || self->layers->len > 3 || add_layers (self, like, error);
}

static JsonObject *
find_query (JsonObject *layer, const char *type)
{
  JsonArray *queries = cr_json_array (layer, "queries");

  for (guint i = 0; queries != NULL && i < json_array_get_length (queries); i++)
    {
      JsonObject *query = cr_json_array_object (queries, i);

      if (g_strcmp0 (cr_json_string (query, "type"), type) == 0)
        return query;
    }

  return NULL;
}

static gboolean
has_query (GPtrArray *queries, const char *type)
{
  for (guint i = 0; i < queries->len; i++)
    if (g_strcmp0 (cr_json_string (g_ptr_array_index (queries, i), "type"), type) == 0)
      return TRUE;

  return FALSE;
}

/* The default's order, each query as the first layer that has one says it, and then what only a
 * vendor has. */
static void
merge_queries (CrPortalRules *self)
{
  for (guint i = self->layers->len; i-- > 0;)
    {
      JsonArray *queries = cr_json_array (g_ptr_array_index (self->layers, i), "queries");

      for (guint j = 0; queries != NULL && j < json_array_get_length (queries); j++)
        {
          const char *type = cr_json_string (cr_json_array_object (queries, j), "type");
          JsonObject *query = NULL;

          if (type == NULL || has_query (self->queries, type))
            continue;
          for (guint k = 0; query == NULL; k++)
            query = find_query (g_ptr_array_index (self->layers, k), type);
          g_ptr_array_add (self->queries, query);
        }
    }
}

/* [["name", "value"], …], flat. */
static char **
read_pairs (JsonNode *node)
{
  g_autoptr (GStrvBuilder) flat = g_strv_builder_new ();
  JsonArray *pairs =
      node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; pairs != NULL && i < json_array_get_length (pairs); i++)
    {
      JsonArray *pair = json_array_get_array_element (pairs, i);

      g_strv_builder_add (flat, cr_json_array_string (pair, 0));
      g_strv_builder_add (flat, cr_json_array_string (pair, 1));
    }

  return g_strv_builder_end (flat);
}

/* @vendor: (nullable) */
static CrPortalRules *
read_rules (const char *vendor, GError **error)
{
  g_autoptr (CrPortalRules) self = g_new0 (CrPortalRules, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->layers = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  self->queries = g_ptr_array_new ();
  if (vendor != NULL && !add_layers (self, vendor, error))
    return NULL;
  if (!add_layers (self, "default", error))
    return NULL;

  merge_queries (self);
  for (guint i = 0; self->followed_types == NULL && i < self->layers->len; i++)
    self->followed_types = cr_json_strv (g_ptr_array_index (self->layers, i), "followed_types");
  if (self->followed_types == NULL)
    self->followed_types = g_new0 (char *, 1);

  self->authorize = read_pairs (cr_portal_rules_setting (self, "authorize"));
  self->refresh = read_pairs (cr_portal_rules_setting (self, "refresh"));
  for (guint i = 0; self->not_taken == NULL && i < self->layers->len; i++)
    self->not_taken = cr_json_strv (g_ptr_array_index (self->layers, i), "authorize_without");
  for (guint i = 0; self->client_algorithms == NULL && i < self->layers->len; i++)
    self->client_algorithms =
        cr_json_strv (g_ptr_array_index (self->layers, i), "client_algorithms");
  if (self->client_algorithms == NULL)
    self->client_algorithms = g_new0 (char *, 1);
  return g_steal_pointer (&self);
}

/**
 * cr_portal_rules_load:
 * @vendor: (nullable): %CrSource.type
 * @error: only if the files built in are broken
 *
 * What was read once is kept: it never changes, and a pull asks for it several times. Any thread.
 *
 * Returns: (transfer full)
 */
CrPortalRules *
cr_portal_rules_load (const char *vendor, GError **error)
{
  static GMutex mutex;
  static GHashTable *known = NULL; /* vendor → CrPortalRules */
  gboolean has_file = is_file_name (vendor) && strcmp (vendor, "default") != 0 && is_there (vendor);
  const char *key = has_file ? vendor : "default";
  CrPortalRules *self;

  g_mutex_lock (&mutex);
  if (known == NULL)
    known = g_hash_table_new (g_str_hash, g_str_equal);
  self = g_hash_table_lookup (known, key);
  if (self == NULL)
    {
      self = read_rules (has_file ? vendor : NULL, error);
      if (self != NULL)
        g_hash_table_insert (known, g_strdup (key), self);
    }
  if (self != NULL)
    g_atomic_ref_count_inc (&self->ref_count);
  g_mutex_unlock (&mutex);
  return self;
}

void
cr_portal_rules_free (CrPortalRules *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_strfreev (self->authorize);
  g_strfreev (self->refresh);
  g_strfreev (self->not_taken);
  g_strfreev (self->client_algorithms);
  g_ptr_array_unref (self->queries);
  g_ptr_array_unref (self->layers);
  g_strfreev (self->followed_types);
  g_free (self);
}

/* Returns: the member @name of the first layer that has one, or NULL */
JsonNode *
cr_portal_rules_setting (CrPortalRules *self, const char *name)
{
  for (guint i = 0; i < self->layers->len; i++)
    if (json_object_has_member (g_ptr_array_index (self->layers, i), name))
      return json_object_get_member (g_ptr_array_index (self->layers, i), name);

  return NULL;
}

const char *
cr_portal_rules_text_setting (CrPortalRules *self, const char *name)
{
  JsonNode *node = cr_portal_rules_setting (self, name);

  return node != NULL ? json_node_get_string (node) : NULL;
}

static guint
get_count_setting (CrPortalRules *self, const char *name, guint fallback)
{
  JsonNode *node = cr_portal_rules_setting (self, name);

  return node != NULL && json_node_get_int (node) > 0 ? (guint) json_node_get_int (node) : fallback;
}

/* Returns: what to ask for with `_count`; the paths of a plan do not hold it, as a page that
 * turns out too large is asked for again with less */
guint
cr_portal_rules_get_page_size (CrPortalRules *self)
{
  return get_count_setting (self, "page_size", 100);
}

guint
cr_portal_rules_get_max_parallel (CrPortalRules *self)
{
  return get_count_setting (self, "max_parallel", 4);
}

/* Returns: how many requests the portal takes in a minute; 0: no limit is known */
guint
cr_portal_rules_get_per_minute (CrPortalRules *self)
{
  return get_count_setting (self, "requests_per_minute", 0);
}

/* Returns: how many pages of one search are asked for, so that a portal without end ends */
guint
cr_portal_rules_get_max_pages (CrPortalRules *self)
{
  return get_count_setting (self, "max_pages", 100000);
}

/* Returns: whether a search for what changed since a time can be trusted */
gboolean
cr_portal_rules_can_ask_since (CrPortalRules *self)
{
  JsonNode *node = cr_portal_rules_setting (self, "update_time_search");

  return node == NULL || json_node_get_boolean (node);
}

/* Returns: after how many days everything is asked for again, whatever is known of changes */
guint
cr_portal_rules_get_full_days (CrPortalRules *self)
{
  return get_count_setting (self, "full_every_days", 7);
}

/* Returns: whether `total` of a searchset is to be reached; with some portals it is a guess */
gboolean
cr_portal_rules_totals_count (CrPortalRules *self)
{
  JsonNode *node = cr_portal_rules_setting (self, "totals_count");

  return node == NULL || json_node_get_boolean (node);
}

const char *const *
cr_portal_rules_get_followed_types (CrPortalRules *self)
{
  return (const char *const *) self->followed_types;
}

const char *const *
cr_portal_rules_get_authorize (CrPortalRules *self)
{
  return (const char *const *) self->authorize;
}

const char *
cr_portal_rules_get_authorize_exact (CrPortalRules *self)
{
  return cr_portal_rules_text_setting (self, "authorize_exact");
}

/* What protects a sign-in is always sent, whatever a file says. */
gboolean
cr_portal_rules_takes (CrPortalRules *self, const char *name)
{
  static const char *const always[] = {
    "response_type",         "client_id", "redirect_uri", "state", "code_challenge",
    "code_challenge_method", NULL
  };

  return self->not_taken == NULL || g_strv_contains (always, name) ||
         !g_strv_contains ((const char *const *) self->not_taken, name);
}

const char *const *
cr_portal_rules_get_refresh (CrPortalRules *self)
{
  return (const char *const *) self->refresh;
}

static gboolean
holds_text (const char *text, const char *part)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);
  g_autofree char *folded_part = part != NULL ? g_utf8_casefold (part, -1) : NULL;

  return folded_part != NULL && strstr (folded, folded_part) != NULL;
}

/**
 * cr_portal_rules_find_error:
 * @text: (nullable): what the portal said about an error, in its words
 *
 * Returns: (transfer none) (nullable): the nick of what it means, from the first layer that knows
 */
const char *
cr_portal_rules_find_error (CrPortalRules *self, const char *text)
{
  for (guint i = 0; text != NULL && i < self->layers->len; i++)
    {
      JsonArray *errors = cr_json_array (g_ptr_array_index (self->layers, i), "errors");

      for (guint j = 0; errors != NULL && j < json_array_get_length (errors); j++)
        {
          JsonObject *row = cr_json_array_object (errors, j);

          if (holds_text (text, cr_json_string (row, "contains")))
            return cr_json_string (row, "code");
        }
    }

  return NULL;
}

const char *const *
cr_portal_rules_get_client_algorithms (CrPortalRules *self)
{
  return (const char *const *) self->client_algorithms;
}
