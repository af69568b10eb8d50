/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-scopes.h"
#include "fhir/cr-portal-rules.h"

#include <string.h>

/* The permission of a scope such as `patient/Observation.rs?category=…`, and its type.
 * Returns: the text after the dot, or NULL when @scope is no resource scope */
static const char *
read_resource_scope (const char *scope, const char **type, gsize *n_type)
{
  static const char *const levels[] = { "patient/", "user/", "system/" };
  const char *dot;

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (g_str_has_prefix (scope, levels[i]))
      {
        *type = scope + strlen (levels[i]);
        dot = strchr (*type, '.');
        *n_type = dot != NULL ? (gsize) (dot - *type) : 0;
        return dot != NULL ? dot + 1 : NULL;
      }

  return NULL;
}

/* v1 has `read`, `write` and `*`; v2 the letters of `cruds` in this order. */
static gboolean
permits_read (const char *permission)
{
  gsize n = strcspn (permission, "?");

  if (n == 1 && *permission == '*')
    return TRUE;
  if (n == 4 && strncmp (permission, "read", 4) == 0)
    return TRUE;

  return n > 0 && strspn (permission, "cruds") >= n &&
         (memchr (permission, 'r', n) != NULL || memchr (permission, 's', n) != NULL);
}

static gboolean
grants (const char *scope, const char *type)
{
  const char *scope_type;
  gsize n_type;
  const char *permission = read_resource_scope (scope, &scope_type, &n_type);

  if (permission == NULL || !permits_read (permission))
    return FALSE;

  return (n_type == 1 && *scope_type == '*') ||
         (n_type == strlen (type) && strncmp (scope_type, type, n_type) == 0);
}

static char **
split_scopes (const char *scopes)
{
  return g_strsplit_set (scopes != NULL ? scopes : "", " \t\r\n", -1);
}

/**
 * cr_scopes_grant_read:
 * @scopes: (nullable): granted, space-separated
 * @type: a FHIR resource type
 *
 * A v2 scope narrowed by a query (`?category=…`) grants: how much of the type it is shows in what
 * comes.
 *
 * Returns: whether some scope lets @type be read or searched
 * Source: SMART App Launch 2.2, scopes-and-launch-context.html; 1.0 for `read`
 */
gboolean
cr_scopes_grant_read (const char *scopes, const char *type)
{
  g_auto (GStrv) list = split_scopes (scopes);

  for (guint i = 0; list[i] != NULL; i++)
    if (grants (list[i], type))
      return TRUE;

  return FALSE;
}

/* Whether @scopes speak of resources at all; some servers answer only `launch/patient`. */
gboolean
cr_scopes_name_resources (const char *scopes)
{
  g_auto (GStrv) list = split_scopes (scopes);
  const char *type;
  gsize n_type;

  for (guint i = 0; list[i] != NULL; i++)
    if (read_resource_scope (list[i], &type, &n_type) != NULL)
      return TRUE;

  return FALSE;
}

#define MAY_READ 1u
#define MAY_SEARCH 2u

/* What a certified portal has, so that a wildcard without it is no whole one. */
static const char *const core_types[] = {
  "Patient",      "AllergyIntolerance", "Condition",        "MedicationRequest",
  "Immunization", "Observation",        "DiagnosticReport", "DocumentReference",
  "Procedure",    "Encounter",          "CarePlan",         "CareTeam",
  "Goal",
};

/* v1 has no letters: `read` and `*` are both. */
static guint
rights_of (const char *permission)
{
  gsize n = strcspn (permission, "?");

  if (!permits_read (permission))
    return 0;
  if (*permission == '*' || (n == 4 && strncmp (permission, "read", 4) == 0))
    return MAY_READ | MAY_SEARCH;

  return (memchr (permission, 'r', n) != NULL ? MAY_READ : 0) |
         (memchr (permission, 's', n) != NULL ? MAY_SEARCH : 0);
}

/* Whether what @given lets be done to all of @type is all of @rights. */
static gboolean
is_covered (char **given, const char *type, gsize n_type, guint rights)
{
  for (guint i = 0; given[i] != NULL; i++)
    {
      const char *scope_type;
      gsize n;
      const char *permission = read_resource_scope (given[i], &scope_type, &n);

      if (permission != NULL && strchr (permission, '?') == NULL &&
          ((n == 1 && *scope_type == '*') ||
           (n == n_type && strncmp (scope_type, type, n_type) == 0)))
        rights &= ~rights_of (permission);
    }

  return rights == 0;
}

static void
add_missing (GPtrArray *missing, const char *wanted, char **given)
{
  const char *type;
  gsize n_type;
  const char *permission = read_resource_scope (wanted, &type, &n_type);
  guint rights = permission != NULL ? rights_of (permission) : 0;

  if (rights == 0 || is_covered (given, type, n_type, rights) ||
      g_strv_contains ((const char *const *) given, wanted))
    return;

  if (n_type != 1 || *type != '*')
    {
      g_ptr_array_add (missing, g_strdup (wanted));
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (core_types); i++)
    if (!is_covered (given, core_types[i], strlen (core_types[i]), rights))
      g_ptr_array_add (missing, g_strdup_printf ("%.*s%s.%s", (int) (type - wanted), wanted,
                                                 core_types[i], permission));
}

/**
 * cr_scopes_ungranted:
 * @asked: (nullable): space-separated
 * @granted: (nullable): as the portal says; nothing means all of it
 *
 * Compares what may be read, not words: v1 `read` and v2 `rs` are one, a wildcard covers every type
 * and is covered by a scope for each type that portals must have, and a scope narrowed by a query
 * covers only itself. What is no resource scope is left out: whether access lasts, and whose it is,
 * is seen elsewhere.
 *
 * Returns: (transfer full) (nullable): the resource scopes of @asked that @granted does not cover;
 *   %NULL when there are none
 * Source: SMART App Launch 2.2, scopes-and-launch-context.html; RFC 6749 §5.1
 */
char **
cr_scopes_ungranted (const char *asked, const char *granted)
{
  g_auto (GStrv) wanted = split_scopes (asked);
  g_auto (GStrv) given = split_scopes (granted);
  g_autoptr (GPtrArray) missing = g_ptr_array_new_null_terminated (4, g_free, TRUE);
  gboolean says_something = FALSE;

  for (guint i = 0; given[i] != NULL; i++)
    says_something = says_something || given[i][0] != '\0';
  for (guint i = 0; says_something && wanted[i] != NULL; i++)
    add_missing (missing, wanted[i], given);

  return missing->len > 0 ? (char **) g_ptr_array_steal (missing, NULL) : NULL;
}
