/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-return-url.h"

#include "base/cr-error.h"
#include "net/cr-token.h"

#include <string.h>

/**
 * cr_return_url_check:
 * @url: where a browser goes when a session is over
 *
 * Allowed are https, http to this computer, and an app's own scheme, which has a dot in it so that
 * it cannot be one that browsers run, such as `javascript:`.
 *
 * Returns: %FALSE with CR_ERROR_BAD_INPUT naming `return_url`
 * Source: RFC 8252 §7.1
 */
gboolean
cr_return_url_check (const char *url, GError **error)
{
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL) : NULL;
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;
  const char *fault = NULL;

  if (uri == NULL)
    fault = "return_url must be a whole web address, such as https://app.example.org/back";
  else if (g_uri_get_userinfo (uri) != NULL)
    fault = "return_url must not hold a user name or password";
  else if (strchr (scheme, '.') != NULL)
    return TRUE;
  else if (g_uri_get_host (uri) == NULL || g_uri_get_host (uri)[0] == '\0' ||
           !cr_url_is_allowed (url, NULL))
    fault = "return_url must begin with https://; http:// is only for this computer";

  if (fault == NULL)
    return TRUE;

  g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT, fault);
  return FALSE;
}

/**
 * cr_url_with_query:
 * @url: a valid address, with or without a query and a fragment
 * @pairs: name, value, …, %NULL; it ends at the first %NULL name; a pair whose value
 *   is %NULL is left out
 *
 * Returns: (transfer full): @url with the pairs appended to its query, before its fragment
 */
char *
cr_url_with_query (const char *url, const char *const *pairs)
{
  const char *fragment = strchr (url, '#');
  gsize n = fragment != NULL ? (gsize) (fragment - url) : strlen (url);
  GString *out = g_string_new_len (url, (gssize) n);
  gboolean has_query = strchr (out->str, '?') != NULL;

  for (; pairs[0] != NULL; pairs += 2)
    {
      char last = out->str[out->len - 1];

      if (pairs[1] == NULL)
        continue;
      if (!has_query)
        g_string_append_c (out, '?');
      else if (last != '?' && last != '&')
        g_string_append_c (out, '&');
      has_query = TRUE;
      g_string_append_uri_escaped (out, pairs[0], NULL, FALSE);
      g_string_append_c (out, '=');
      g_string_append_uri_escaped (out, pairs[1], NULL, FALSE);
    }

  g_string_append (out, fragment != NULL ? fragment : "");
  return g_string_free (out, FALSE);
}

/**
 * cr_url_with_exact_query:
 * @text: (nullable): a piece of a query, `name=value&…`
 *
 * For portals that compare a value with the letters they expect, so that `/` must not become `%2F`.
 * What cannot stand in a query at all is escaped.
 *
 * Returns: (transfer full): @url with @text at the end of its query
 * Source: RFC 3986 §3.4
 */
char *
cr_url_with_exact_query (const char *url, const char *text)
{
  const char *fragment = strchr (url, '#');
  gsize n = fragment != NULL ? (gsize) (fragment - url) : strlen (url);
  GString *out = g_string_new_len (url, (gssize) n);

  if (text != NULL && text[0] != '\0')
    {
      g_string_append_c (out, strchr (out->str, '?') != NULL ? '&' : '?');
      g_string_append_uri_escaped (out, text, "%!$&'()*+,;=:@/?", FALSE);
    }

  g_string_append (out, fragment != NULL ? fragment : "");
  return g_string_free (out, FALSE);
}
