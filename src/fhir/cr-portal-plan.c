/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "fhir/cr-portal-rules-private.h"
#include "fhir/cr-scopes.h"

#include <string.h>

/* Characters of a search value that stay as they are; a comma means “or”. */
#define KEPT_IN_VALUES ",:/"

/* What a plan looks at. */
typedef struct
{
  CrPortalRules *rules;     /* (unowned) */
  CrCapability *capability; /* (unowned) (nullable) */
  const char *scopes;       /* (unowned) (nullable) */
  gboolean scopes_count;
  const char *pull_id; /* (unowned) */
  GPtrArray *queries;  /* (unowned): of CrQuery */
} Plan;

static CrQuery *
add_query (Plan *self, CrQueryKind kind, const char *type, const char *path)
{
  CrQuery *query = cr_query_new (self->pull_id, self->queries->len);

  query->kind = kind;
  query->type = g_strdup (type);
  query->path = g_strdup (path);
  query->total = -1;
  g_ptr_array_add (self->queries, query);
  return query;
}

/* The parameter that names the patient: the first the server lists, else the first. */
static const char *
choose_parameter (CrCapability *capability, JsonObject *rule, const char *type, gboolean *is_listed)
{
  JsonArray *names = cr_json_array (rule, "by");

  *is_listed = FALSE;
  for (guint i = 0; capability != NULL && names != NULL && i < json_array_get_length (names); i++)
    if (cr_capability_has_search (capability, type, cr_json_array_string (names, i)))
      {
        *is_listed = TRUE;
        return cr_json_array_string (names, i);
      }

  return names != NULL && json_array_get_length (names) > 0 ? cr_json_array_string (names, 0)
                                                            : "patient";
}

static void
append_value (GString *path, const char *name, const char *value)
{
  g_autofree char *escaped = g_uri_escape_string (value, KEPT_IN_VALUES, FALSE);

  g_string_append_printf (path, "&%s=%s", name, escaped);
}

/* `patient` takes the bare id; the others may point at more than patients. */
static GString *
start_path (JsonObject *rule, const char *type, const char *parameter)
{
  GString *path = g_string_new (NULL);
  JsonArray *with = cr_json_array (rule, "with");

  g_string_printf (path, "%s?%s=%s{patient}", type, parameter,
                   strcmp (parameter, "patient") == 0 ? "" : "Patient/");
  for (guint i = 0; with != NULL && i < json_array_get_length (with); i++)
    {
      JsonArray *pair = json_array_get_array_element (with, i);

      append_value (path, cr_json_array_string (pair, 0), cr_json_array_string (pair, 1));
    }

  return path;
}

/* Provenance may be reachable only together with what it is about. */
static void
append_revinclude (Plan *self, GString *path, const char *type)
{
  const char *revinclude = cr_portal_rules_text_setting (self->rules, "revinclude");
  g_autofree char *included =
      revinclude != NULL ? g_strndup (revinclude, strcspn (revinclude, ":")) : NULL;

  if (included == NULL || self->capability == NULL || strcmp (type, included) == 0 ||
      !cr_capability_has_revinclude (self->capability, type, revinclude) ||
      (cr_capability_has_type (self->capability, included) &&
       cr_capability_has_search (self->capability, included, "patient")) ||
      (self->scopes_count && !cr_scopes_grant_read (self->scopes, included)))
    return;

  append_value (path, "_revinclude", revinclude);
}

/* What comes with its target is found through that, so a listing with inclusions is asked whole. */
static void
allow_since (Plan *self, CrQuery *query)
{
  if (self->capability != NULL && cr_portal_rules_can_ask_since (self->rules) &&
      strstr (query->path, "_revinclude=") == NULL &&
      cr_capability_lists_search (self->capability, query->type, "_lastUpdated"))
    query->since_ms = CR_QUERY_SINCE_LAST;
}

/* @each: (nullable): one parameter with its values: a query for each */
static void
add_searches (Plan *self, const char *type, GString *path, JsonObject *each)
{
  g_autoptr (GList) names = each != NULL ? json_object_get_members (each) : NULL;
  JsonArray *values = names != NULL ? cr_json_array (each, names->data) : NULL;
  gsize n_path = path->len;

  append_revinclude (self, path, type);
  if (values == NULL)
    {
      allow_since (self, add_query (self, CR_QUERY_KIND_SEARCH, type, path->str));
      return;
    }

  for (guint i = 0; i < json_array_get_length (values); i++)
    {
      g_string_truncate (path, n_path);
      append_value (path, names->data, cr_json_array_string (values, i));
      append_revinclude (self, path, type);
      allow_since (self, add_query (self, CR_QUERY_KIND_SEARCH, type, path->str));
    }
}

static void
add_withheld (Plan *self, JsonObject *rule, const char *type, CrQueryStatus status, char *outcome)
{
  gboolean is_listed;
  const char *read = cr_json_string (rule, "read");
  g_autoptr (GString) path =
      start_path (rule, type, choose_parameter (self->capability, rule, type, &is_listed));
  CrQuery *query = add_query (self, read != NULL ? CR_QUERY_KIND_READ : CR_QUERY_KIND_SEARCH, type,
                              read != NULL ? read : path->str);

  query->status = status;
  query->outcome = outcome;
}

/* Returns: (transfer full) (nullable): why a type is not asked for */
static char *
why_not_supported (Plan *self, JsonObject *rule, const char *type)
{
  gboolean lists = self->capability != NULL && cr_capability_lists_types (self->capability);
  gboolean is_listed;

  if (cr_json_string (rule, "not_asked") != NULL)
    return g_strdup (cr_json_string (rule, "not_asked"));
  if (lists && !cr_capability_has_type (self->capability, type) &&
      (!cr_json_bool (rule, "ask_anyway", FALSE) ||
       (self->scopes_count && !cr_scopes_grant_read (self->scopes, type))))
    return g_strdup_printf (CR_SAID ("The portal does not list %s among what it offers"), type);
  if (!lists && cr_json_bool (rule, "only_if_listed", FALSE))
    return g_strdup_printf (CR_SAID ("%s is asked for only where a portal lists it"), type);

  choose_parameter (self->capability, rule, type, &is_listed);
  if (cr_json_bool (rule, "only_if_searchable", FALSE) && lists && !is_listed)
    return g_strdup (cr_json_string (rule, "otherwise"));

  return NULL;
}

/* The statement is a hint, and the answer decides: a refusal then means that the type is not there.
 */
static void
expect_little (CrQuery *query, const char *type)
{
  query->outcome =
      g_strdup_printf (CR_SAID ("The portal does not list %s among what it offers"), type);
}

static void
plan_type (Plan *self, JsonObject *rule)
{
  const char *type = cr_json_string (rule, "type");
  const char *read = cr_json_string (rule, "read");
  g_autoptr (GString) path = NULL;
  gboolean is_listed;
  char *reason;
  guint n_before;

  /* The Patient is read whatever the statement lists: without it nothing else makes sense. */
  reason = read == NULL ? why_not_supported (self, rule, type) : NULL;
  if (reason != NULL)
    {
      add_withheld (self, rule, type, CR_QUERY_NOT_SUPPORTED, reason);
      return;
    }
  if (self->scopes_count && !cr_scopes_grant_read (self->scopes, type))
    {
      reason = g_strdup_printf (CR_SAID ("The patient's consent does not cover %s"), type);
      add_withheld (self, rule, type, CR_QUERY_NOT_GRANTED, reason);
      return;
    }
  if (read != NULL)
    {
      add_query (self, CR_QUERY_KIND_READ, type, read);
      return;
    }

  n_before = self->queries->len;
  path = start_path (rule, type, choose_parameter (self->capability, rule, type, &is_listed));
  add_searches (self, type, path, cr_json_object (rule, "each"));
  if (self->capability != NULL && cr_capability_lists_types (self->capability) &&
      !cr_capability_has_type (self->capability, type))
    for (guint i = n_before; i < self->queries->len; i++)
      expect_little (g_ptr_array_index (self->queries, i), type);
}

/**
 * cr_portal_rules_plan:
 * @capability: (nullable): nothing is known of the server
 * @scopes: (nullable): granted
 *
 * A type may have several queries; `_count` is for the caller to add. The last two are of the
 * kinds %CR_QUERY_KIND_REFERENCES and %CR_QUERY_KIND_ATTACHMENTS, with an empty path.
 *
 * Returns: (transfer full) (element-type CrQuery)
 */
GPtrArray *
cr_portal_rules_plan (CrPortalRules *self,
                      CrCapability *capability,
                      const char *scopes,
                      const char *pull_id)
{
  g_autoptr (GPtrArray) queries = g_ptr_array_new_with_free_func (g_object_unref);
  Plan plan = { .rules = self, .capability = capability, .scopes = scopes, .pull_id = pull_id };

  plan.queries = queries;
  plan.scopes_count = cr_scopes_name_resources (scopes);
  for (guint i = 0; i < self->queries->len; i++)
    plan_type (&plan, g_ptr_array_index (self->queries, i));
  add_query (&plan, CR_QUERY_KIND_REFERENCES, "References", "");
  add_query (&plan, CR_QUERY_KIND_ATTACHMENTS, "Attachments", "");

  return g_steal_pointer (&queries);
}
