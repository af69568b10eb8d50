/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-fhir-base.h"

#include "base/cr-said.h"

#include <string.h>

/* @url: (nullable): must outlive @self; NULL knows relative references only */
void
cr_fhir_base_init (CrFhirBase *self, const char *url)
{
  const char *host = url != NULL ? strstr (url, "://") : NULL;

  self->text = url;
  self->n_bytes = url != NULL ? strlen (url) : 0;
  self->n_host = host != NULL ? (gsize) (host - url) + 3 + strcspn (host + 3, "/") : 0;
  while (self->n_bytes > self->n_host && url[self->n_bytes - 1] == '/')
    self->n_bytes--;
}

/* Returns: (transfer full): “The answer of fhir.example.org”, the subject of an error */
char *
cr_fhir_base_describe_answer (const char *url)
{
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_NONE, NULL) : NULL;
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  return host != NULL && *host != '\0' ? g_strdup_printf (CR_SAID ("The answer of %s"), host)
                                       : g_strdup (CR_SAID ("The answer"));
}

/* Moves @text behind the base and its slashes. */
static gboolean
skip_base (const CrFhirBase *self, const char **text, const char *end)
{
  gsize n = (gsize) (end - *text);

  if (self->n_bytes == 0 || n <= self->n_bytes || (*text)[self->n_bytes] != '/' ||
      g_ascii_strncasecmp (*text, self->text, self->n_host) != 0 ||
      memcmp (*text + self->n_host, self->text + self->n_host, self->n_bytes - self->n_host) != 0)
    return FALSE;

  *text += self->n_bytes;
  while (*text < end && **text == '/')
    (*text)++;

  return TRUE;
}

static gboolean
read_history (const char *at, const char *end, CrReferenceParts *parts)
{
  static const char lead[] = "/_history/";

  if (at == end)
    return TRUE;
  if ((gsize) (end - at) < strlen (lead) || memcmp (at, lead, strlen (lead)) != 0)
    return FALSE;

  at += strlen (lead);
  if (at == end)
    return TRUE;

  parts->version = at;
  parts->n_version = (gsize) (end - at);
  return memchr (at, '/', parts->n_version) == NULL;
}

/**
 * cr_reference_parse:
 * @text: of a `reference` member, escapes decoded
 * @parts: (out): written on success only
 *
 * Ids are taken with any characters but those that end them in a URL, however long: servers
 * write what FHIR does not allow.
 *
 * Returns: whether @text points at a resource of this server: `Type/id`, with `/_history/v` or
 *   `#fragment` behind it, or the same below @base; not `#contained`, URNs, searches and others'
 *   URLs
 * Source: FHIR R4, references.html §2.3.0.1
 */
gboolean
cr_reference_parse (const CrFhirBase *base,
                    const char *text,
                    gsize n_bytes,
                    CrReferenceParts *parts)
{
  CrReferenceParts found = { 0 };
  const char *end = text + n_bytes;
  const char *hash = memchr (text, '#', n_bytes);
  const char *at = text;

  if (hash != NULL)
    {
      found.fragment = hash;
      found.n_fragment = (gsize) (end - hash);
      end = hash;
    }
  skip_base (base, &at, end);

  found.type = at;
  while (at < end && g_ascii_isalpha (*at))
    at++;
  found.n_type = (gsize) (at - found.type);
  if (found.n_type == 0 || !g_ascii_isupper (*found.type) || at == end || *at != '/')
    return FALSE;

  found.id = ++at;
  while (at < end && *at != '/')
    at++;
  found.n_id = (gsize) (at - found.id);
  if (found.n_id == 0 || memchr (found.id, '?', found.n_id) != NULL ||
      !read_history (at, end, &found))
    return FALSE;

  *parts = found;
  return TRUE;
}
