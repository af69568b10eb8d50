/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-json.h"
#include "base/cr-time.h"
#include "fhir/cr-portal-rules-private.h"

#include <string.h>

/* Characters of a search value that stay as they are; a comma means “or”. */
#define KEPT_IN_VALUES ",:/"

#define DAY_MS (24 * 60 * 60 * G_GINT64_CONSTANT (1000))
#define YEAR_DAYS 365

static void
append_value (GString *path, const char *name, const char *value)
{
  g_autofree char *escaped = g_uri_escape_string (value, KEPT_IN_VALUES, FALSE);

  g_string_append_printf (path, "&%s=%s", name, escaped);
}

static JsonObject *
find_rule (CrPortalRules *self, const char *type)
{
  for (guint i = 0; i < self->queries->len; i++)
    if (g_strcmp0 (cr_json_string (g_ptr_array_index (self->queries, i), "type"), type) == 0)
      return g_ptr_array_index (self->queries, i);

  return NULL;
}

/**
 * cr_portal_rules_narrow:
 * @query: a search of a plan that the server refused with 400
 *
 * Some servers answer a search by patient only with a category or the like beside it, and say so
 * by refusing.
 *
 * Returns: (transfer full) (array zero-terminated=1) (nullable): paths of searches to ask instead,
 *   or NULL when the rules know none or @query is already one of them
 */
char **
cr_portal_rules_narrow (CrPortalRules *self, CrQuery *query)
{
  JsonObject *rule = find_rule (self, query->type);
  JsonObject *narrow = cr_json_object (rule, "narrow");
  g_autoptr (GList) names = narrow != NULL ? json_object_get_members (narrow) : NULL;
  JsonArray *values = names != NULL ? cr_json_array (narrow, names->data) : NULL;
  g_autofree char *lead = names != NULL ? g_strconcat ("&", names->data, "=", NULL) : NULL;
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

  if (values == NULL || query->kind != CR_QUERY_KIND_SEARCH || strstr (query->path, lead) != NULL ||
      strstr (query->path, ":missing=true") != NULL)
    return NULL;

  for (guint i = 0; i < json_array_get_length (values); i++)
    {
      g_autoptr (GString) path = g_string_new (query->path);

      append_value (path, names->data, cr_json_array_string (values, i));
      g_strv_builder_add (paths, path->str);
    }

  return g_strv_builder_end (paths);
}

/**
 * cr_portal_rules_other_parameter:
 * @query: a search that the server refused with 400
 *
 * Some servers take `patient`, others `subject` or what the type has of its own.
 *
 * Returns: (transfer full) (nullable): the path with the next of the rule's parameters
 */
char *
cr_portal_rules_other_parameter (CrPortalRules *self, CrQuery *query)
{
  JsonObject *rule = find_rule (self, query->type);
  JsonArray *names = cr_json_array (rule, "by");

  for (guint i = 0; names != NULL && i + 1 < json_array_get_length (names); i++)
    {
      const char *name = cr_json_array_string (names, i);
      const char *next = cr_json_array_string (names, i + 1);
      g_autofree char *lead = g_strdup_printf ("%s?%s=", query->type, name);
      const char *rest;

      if (!g_str_has_prefix (query->path, lead))
        continue;
      rest = strstr (query->path, "{patient}");
      return rest != NULL ? g_strdup_printf ("%s?%s=%s%s", query->type, next,
                                             strcmp (next, "patient") == 0 ? "" : "Patient/", rest)
                          : NULL;
    }

  return NULL;
}

static char *
date_of (gint64 ms)
{
  char *text = cr_time_to_string (ms);

  text[10] = '\0';
  return text;
}

/* @from and @to: 0: no such end */
static char *
window_path (const char *path, const char *name, gint64 from_ms, gint64 to_ms)
{
  GString *text = g_string_new (path);
  g_autofree char *from = date_of (from_ms);
  g_autofree char *to = date_of (to_ms);

  if (from_ms != 0)
    g_string_append_printf (text, "&%s=ge%s", name, from);
  if (to_ms != 0)
    g_string_append_printf (text, "&%s=lt%s", name, to);
  return g_string_free (text, FALSE);
}

/* The end of a window that @path already asks for; 0: none. */
static gint64
window_end (const char *path, const char *name, const char *prefix)
{
  g_autofree char *lead = g_strdup_printf ("&%s=%s", name, prefix);
  const char *at = strstr (path, lead);
  g_autofree char *date = at != NULL ? g_strndup (at + strlen (lead), 10) : NULL;
  gint64 ms;

  return cr_time_from_string (date, &ms) ? ms : 0;
}

static char *
without_window (const char *path, const char *name)
{
  g_autofree char *lead = g_strdup_printf ("&%s=", name);
  GString *text = g_string_new (path);
  const char *at;

  while ((at = strstr (text->str, lead)) != NULL)
    g_string_erase (text, at - text->str, (gssize) (1 + strcspn (at + 1, "&")));
  return g_string_free (text, FALSE);
}

/* Years that grow longer as they lie further back, and what has no date at all. */
static char **
first_windows (const char *path, const char *name, gint64 now_ms)
{
  static const guint years[] = { 30, 20, 15, 10, 7, 5, 3, 2, 1 };
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  gint64 from_ms = 0;

  for (guint i = 0; i < G_N_ELEMENTS (years); i++)
    {
      gint64 to_ms = now_ms - years[i] * YEAR_DAYS * DAY_MS;
      g_autofree char *window = window_path (path, name, from_ms, to_ms);

      g_strv_builder_add (paths, window);
      from_ms = to_ms;
    }
  g_autofree char *last = window_path (path, name, from_ms, 0);
  g_autofree char *undated = g_strdup_printf ("%s&%s:missing=true", path, name);

  g_strv_builder_add (paths, last);
  g_strv_builder_add (paths, undated);
  return g_strv_builder_end (paths);
}

/**
 * cr_portal_rules_split_by_date:
 * @query: a search that the server refused because it finds too much
 *
 * Returns: (transfer full) (array zero-terminated=1) (nullable): the same search for one stretch of
 *   time after the other, and for what has no date; of a stretch its halves. NULL when the type
 *   has no date to search by, or the stretch is a day.
 */
char **
cr_portal_rules_split_by_date (CrPortalRules *self, CrQuery *query, gint64 now_ms)
{
  const char *name = cr_json_string (find_rule (self, query->type), "window");
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  g_autofree char *path = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  gint64 from_ms, to_ms, middle_ms;

  if (name == NULL || query->kind != CR_QUERY_KIND_SEARCH ||
      strstr (query->path, ":missing=true") != NULL)
    return NULL;

  from_ms = window_end (query->path, name, "ge");
  to_ms = window_end (query->path, name, "lt");
  if (from_ms == 0 && to_ms == 0)
    return first_windows (query->path, name, now_ms);

  /* What is open at one end is as long as a life, and a little of what is planned. */
  middle_ms = from_ms == 0 ? to_ms - 20 * YEAR_DAYS * DAY_MS
            : to_ms == 0   ? (from_ms + MAX (now_ms, from_ms + 2 * DAY_MS)) / 2
                           : (from_ms + to_ms) / 2;
  middle_ms -= middle_ms % DAY_MS;
  if ((from_ms != 0 && middle_ms <= from_ms) ||
      (from_ms == 0 && to_ms < now_ms - 150 * YEAR_DAYS * DAY_MS))
    return NULL;

  path = without_window (query->path, name);
  first = window_path (path, name, from_ms, middle_ms);
  second = window_path (path, name, middle_ms, to_ms);
  g_strv_builder_add (paths, first);
  g_strv_builder_add (paths, second);
  return g_strv_builder_end (paths);
}

static gboolean
has_parameter_of (JsonObject *rule, const char *member, const char *path)
{
  JsonObject *values = cr_json_object (rule, member);
  g_autoptr (GList) names = values != NULL ? json_object_get_members (values) : NULL;
  g_autofree char *lead = names != NULL ? g_strconcat ("&", names->data, "=", NULL) : NULL;

  return lead != NULL && strstr (path, lead) != NULL;
}

/* Whether @query asks for one category, or the like, of its type only, and others for the rest. */
gboolean
cr_portal_rules_is_part (CrPortalRules *self, CrQuery *query)
{
  JsonObject *rule = find_rule (self, query->type);

  return query->kind == CR_QUERY_KIND_SEARCH && (has_parameter_of (rule, "each", query->path) ||
                                                 has_parameter_of (rule, "narrow", query->path) ||
                                                 strstr (query->path, ":missing=true") != NULL);
}
