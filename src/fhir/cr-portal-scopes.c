/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-json.h"
#include "fhir/cr-portal-rules-private.h"
#include "fhir/cr-scopes.h"

#include <string.h>

typedef struct
{
  GString *scopes;  /* (owned by the caller) */
  GHashTable *seen; /* (owned by the caller): set of types */
  const char *permission;
  const char *supported; /* (nullable): space-separated; NULL: the portal does not list any */
  char **except;         /* (nullable): types whose scope the portal rejects */
} Ask;

static void
ask_for_type (Ask *self, const char *type, gboolean is_sure)
{
  if (self->except != NULL && g_strv_contains ((const char *const *) self->except, type))
    return;
  if (self->supported != NULL)
    is_sure = cr_scopes_grant_read (self->supported, type);
  if (is_sure && g_hash_table_add (self->seen, (gpointer) type))
    g_string_append_printf (self->scopes, " patient/%s.%s", type, self->permission);
}

/* Types of what is searched, and of what their references lead to. */
static void
ask_for_types (Ask *self, CrPortalRules *rules)
{
  for (guint i = 0; i < rules->queries->len; i++)
    {
      JsonObject *query = g_ptr_array_index (rules->queries, i);

      ask_for_type (self, cr_json_string (query, "type"),
                    !cr_json_bool (query, "only_if_listed", FALSE));
    }
  for (guint i = 0; rules->followed_types[i] != NULL; i++)
    ask_for_type (self, rules->followed_types[i], TRUE);
}

/* Returns: (transfer full) (nullable): the resource scopes the portal lists; NULL if it lists none
 */
static char *
list_supported (const CrSmartConfig *config)
{
  g_autofree char *scopes = NULL;

  if (config == NULL || config->scopes_supported == NULL)
    return NULL;

  scopes = g_strjoinv (" ", config->scopes_supported);
  return strstr (scopes, "patient/") != NULL ? g_steal_pointer (&scopes) : NULL;
}

/* A list that names types and no wildcard is taken at its word. */
static gboolean
takes_wildcard (CrPortalRules *self, const char *supported)
{
  JsonNode *wildcard = cr_portal_rules_setting (self, "wildcard_scopes");

  if (wildcard != NULL && !json_node_get_boolean (wildcard))
    return FALSE;

  return supported == NULL || strstr (supported, "patient/*.") != NULL;
}

/* The scopes a portal lists show which of the two ways to write them it takes; where it lists both
 * or none, what it announces counts. */
static gboolean
writes_v2 (const CrSmartConfig *config, const char *supported)
{
  g_auto (GStrv) scopes = g_strsplit (supported != NULL ? supported : "", " ", -1);
  gboolean has_v1 = FALSE;
  gboolean has_v2 = FALSE;

  for (guint i = 0; scopes[i] != NULL; i++)
    {
      const char *dot = g_str_has_prefix (scopes[i], "patient/") ? strchr (scopes[i], '.') : NULL;
      gsize n = dot != NULL ? strcspn (dot + 1, "?") : 0;

      if (dot != NULL && strcmp (dot, ".read") == 0)
        has_v1 = TRUE;
      else if (n > 0 && strspn (dot + 1, "cruds") >= n)
        has_v2 = TRUE;
    }
  if (has_v1 != has_v2)
    return has_v2;

  return config != NULL && cr_smart_config_can (config, "permission-v2");
}

/**
 * cr_portal_rules_get_scopes:
 * @config: (nullable): v1 scopes without one
 *
 * Returns: (transfer none): what to ask for, space-separated: a wildcard where the portal takes
 *   one, else a scope for each type
 * Source: SMART App Launch 2.2, scopes-and-launch-context.html
 */
const char *
cr_portal_rules_get_scopes (CrPortalRules *self, const CrSmartConfig *config)
{
  g_autofree char *supported = list_supported (config);
  g_autoptr (GString) scopes = g_string_new (cr_portal_rules_text_setting (self, "base_scopes"));
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GStrv) except = NULL;
  Ask ask = { .scopes = scopes, .seen = seen, .supported = supported };

  for (guint i = 0; except == NULL && i < self->layers->len; i++)
    except = cr_json_strv (g_ptr_array_index (self->layers, i), "except_scopes");
  ask.except = except;
  ask.permission = writes_v2 (config, supported) ? "rs" : "read";
  if (takes_wildcard (self, supported))
    g_string_append_printf (scopes, " patient/*.%s", ask.permission);
  else
    ask_for_types (&ask, self);

  return g_intern_string (scopes->str);
}
