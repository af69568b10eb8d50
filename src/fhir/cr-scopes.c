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
