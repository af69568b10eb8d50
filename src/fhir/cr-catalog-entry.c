/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-catalog-private.h"

#include <string.h>

#define EXTENSION "http://hl7.org/fhir/StructureDefinition/"
#define US_NPI "http://hl7.org/fhir/sid/us-npi"
#define MAX_TEXT 1000         /* of a name, an address, a reference */
#define MAX_LOGO (512 * 1024) /* in a `data:` URL */
#define MAX_LIST 1000

/* Cutting ------------------------------------------------------------------------------------- */

gsize
cr_catalog_skip_space (const char *text, gsize n_bytes, gsize at)
{
  while (at < n_bytes &&
         (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t'))
    at++;

  return at;
}

static gsize
skip_string (const char *text, gsize n_bytes, gsize at)
{
  for (at++; at < n_bytes && text[at] != '"'; at++)
    if (text[at] == '\\')
      at++;

  return at < n_bytes ? at + 1 : 0;
}

/* Only as far as needed to find the end: the scanner judges what is in between. */
gsize
cr_catalog_skip_value (const char *text, gsize n_bytes, gsize start)
{
  gsize depth = 0;
  gsize at = start;

  if (text[at] != '"' && text[at] != '{' && text[at] != '[')
    {
      while (at < n_bytes && strchr (",]} \n\r\t", text[at]) == NULL)
        at++;
      return at < n_bytes ? MAX (at, start + 1) : 0;
    }

  while (at < n_bytes)
    {
      if (text[at] == '"')
        {
          at = skip_string (text, n_bytes, at);
          if (at == 0)
            return 0;
        }
      else
        {
          if (text[at] == '{' || text[at] == '[')
            depth++;
          else if (text[at] == '}' || text[at] == ']')
            depth--;
          at++;
        }
      if (depth == 0)
        return at;
    }

  return 0;
}

/* Texts --------------------------------------------------------------------------------------- */

/* Returns: (transfer full) (nullable): one line, not empty, of a bearable length */
static char *
dup_text (const CrSpans *spans, guint node)
{
  g_autofree char *text = cr_spans_dup (spans, node);

  if (text == NULL || strlen (text) > MAX_TEXT)
    return NULL;
  for (char *c = text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  g_strstrip (text);
  return text[0] != '\0' ? g_steal_pointer (&text) : NULL;
}

static char *
dup_member (const CrSpans *spans, guint node, const char *name)
{
  return dup_text (spans, cr_spans_member (spans, node, name));
}

static void
keep_first (char **into, char *text)
{
  if (*into == NULL)
    *into = text;
  else
    g_free (text);
}

/* A web page, for people to open; nothing else is. */
static char *
dup_web (const CrSpans *spans, guint node)
{
  g_autofree char *text = dup_text (spans, node);

  return text != NULL && (g_str_has_prefix (text, "https://") || g_str_has_prefix (text, "http://"))
           ? g_steal_pointer (&text)
           : NULL;
}

static char *
dup_logo (const CrSpans *spans, guint node)
{
  g_autofree char *text = cr_spans_dup (spans, node);

  if (text == NULL)
    return NULL;
  if ((g_str_has_prefix (text, "https://") || g_str_has_prefix (text, "http://127.0.0.1:")) &&
      strlen (text) <= MAX_TEXT)
    return g_steal_pointer (&text);
  return g_str_has_prefix (text, "data:image/") && strlen (text) <= MAX_LOGO
           ? g_steal_pointer (&text)
           : NULL;
}

static guint
value_of (const CrSpans *spans, guint extension)
{
  guint value = cr_spans_member (spans, extension, "valueUrl");

  if (value == CR_SPAN_NONE)
    value = cr_spans_member (spans, extension, "valueUri");
  if (value == CR_SPAN_NONE)
    value = cr_spans_member (spans, extension, "valueString");
  return value;
}

#define EACH(i, spans, array)                                                                      \
  guint i = cr_spans_first (spans, array);                                                         \
  i != CR_SPAN_NONE;                                                                               \
  i = cr_spans_next (spans, array, i)

static guint
list_of (const CrSpans *spans, guint node, const char *name)
{
  return cr_spans_member_of_kind (spans, node, name, CR_SPAN_KIND_ARRAY);
}

/* Organizations -------------------------------------------------------------------------------- */

static void
portal_free (gpointer data)
{
  CrCatalogPortal *self = data;

  g_free (self->name);
  g_free (self->url);
  g_free (self->logo);
  g_ptr_array_unref (self->endpoints);
  g_free (self);
}

void
cr_catalog_organization_free (gpointer organization)
{
  CrCatalogOrganization *self = organization;

  g_free (self->name);
  g_ptr_array_unref (self->aliases);
  g_free (self->city);
  g_free (self->state);
  g_free (self->npi);
  g_free (self->website);
  g_free (self->logo);
  g_free (self->part_of);
  g_ptr_array_unref (self->endpoints);
  g_ptr_array_unref (self->portals);
  g_free (self);
}

static void
add_text (GPtrArray *list, char *text)
{
  if (text != NULL && list->len < MAX_LIST)
    g_ptr_array_add (list, text);
  else
    g_free (text);
}

static void
read_brand (CrCatalogOrganization *self, const CrSpans *spans, guint extension)
{
  guint parts = list_of (spans, extension, "extension");

  for (EACH (i, spans, parts))
    if (cr_spans_text_is (spans, cr_spans_member (spans, i, "url"), "brandLogo"))
      keep_first (&self->logo, dup_logo (spans, value_of (spans, i)));
}

static void
read_portal (CrCatalogOrganization *self, const CrSpans *spans, guint extension)
{
  CrCatalogPortal *portal = g_new0 (CrCatalogPortal, 1);
  guint parts = list_of (spans, extension, "extension");

  portal->endpoints = g_ptr_array_new_with_free_func (g_free);
  for (EACH (i, spans, parts))
    {
      guint url = cr_spans_member (spans, i, "url");
      guint value = value_of (spans, i);

      if (cr_spans_text_is (spans, url, "portalName"))
        keep_first (&portal->name, dup_text (spans, value));
      else if (cr_spans_text_is (spans, url, "portalUrl"))
        keep_first (&portal->url, dup_web (spans, value));
      else if (cr_spans_text_is (spans, url, "portalLogo"))
        keep_first (&portal->logo, dup_logo (spans, value));
      else if (cr_spans_text_is (spans, url, "portalEndpoint"))
        add_text (portal->endpoints,
                  dup_text (spans, cr_spans_find (spans, i, "valueReference.reference")));
    }
  g_ptr_array_add (self->portals, portal);
}

static void
read_telecom (CrCatalogOrganization *self, const CrSpans *spans, guint list)
{
  for (EACH (i, spans, list))
    if (cr_spans_text_is (spans, cr_spans_member (spans, i, "system"), "url"))
      keep_first (&self->website, dup_web (spans, cr_spans_member (spans, i, "value")));
}

static void
read_identity (CrCatalogOrganization *self, const CrSpans *spans, guint node)
{
  guint identifiers = list_of (spans, node, "identifier");
  guint aliases = list_of (spans, node, "alias");
  guint address = cr_spans_first (spans, list_of (spans, node, "address"));
  guint contacts = list_of (spans, node, "contact");

  self->name = dup_member (spans, node, "name");
  for (EACH (i, spans, aliases))
    add_text (self->aliases, dup_text (spans, i));
  for (EACH (i, spans, identifiers))
    if (cr_spans_text_is (spans, cr_spans_member (spans, i, "system"), US_NPI))
      keep_first (&self->npi, dup_member (spans, i, "value"));
  self->city = dup_member (spans, address, "city");
  self->state = dup_member (spans, address, "state");
  read_telecom (self, spans, list_of (spans, node, "telecom"));
  for (EACH (i, spans, contacts))
    read_telecom (self, spans, list_of (spans, i, "telecom"));
}

static CrCatalogOrganization *
read_organization (CrCatalog *catalog, const CrSpans *spans, guint node)
{
  CrCatalogOrganization *self = g_new0 (CrCatalogOrganization, 1);
  guint endpoints = list_of (spans, node, "endpoint");
  guint extensions = list_of (spans, node, "extension");

  self->aliases = g_ptr_array_new_with_free_func (g_free);
  self->endpoints = g_ptr_array_new_with_free_func (g_free);
  self->portals = g_ptr_array_new_with_free_func (portal_free);
  read_identity (self, spans, node);
  self->part_of = dup_text (spans, cr_spans_find (spans, node, "partOf.reference"));
  for (EACH (i, spans, endpoints))
    add_text (self->endpoints, dup_member (spans, i, "reference"));
  for (EACH (i, spans, extensions))
    {
      guint url = cr_spans_member (spans, i, "url");

      if (cr_spans_text_is (spans, url, EXTENSION "organization-brand"))
        read_brand (self, spans, i);
      else if (cr_spans_text_is (spans, url, EXTENSION "organization-portal"))
        read_portal (self, spans, i);
    }

  catalog->counts.n_organizations++;
  g_ptr_array_add (catalog->organizations, self);
  return self;
}

/* Endpoints ------------------------------------------------------------------------------------ */

void
cr_catalog_endpoint_free (gpointer endpoint)
{
  CrCatalogEndpoint *self = endpoint;

  g_free (self->id);
  g_free (self->name);
  g_free (self->address);
  g_free (self->version);
  g_free (self->managing);
  g_free (self->managing_display);
  g_free (self);
}

static gboolean
is_r4 (const char *version)
{
  return g_str_has_prefix (version, "4.0") || g_ascii_strcasecmp (version, "R4") == 0;
}

/* What the extension says, else what the address gives away. *@version: (nullable): R4's, if said
 */
static gboolean
speaks_r4 (const CrSpans *spans, guint node, const char *address, char **version)
{
  static const char *const others[] = { "dstu2", "dstu1", "stu3", "r5", "r3", "r2" };
  guint extensions = list_of (spans, node, "extension");
  g_auto (GStrv) segments = NULL;
  gboolean is_said = FALSE;

  for (EACH (i, spans, extensions))
    {
      g_autofree char *said = NULL;

      if (!cr_spans_text_is (spans, cr_spans_member (spans, i, "url"),
                             EXTENSION "endpoint-fhir-version"))
        continue;
      said = dup_member (spans, i, "valueCode");
      is_said = TRUE;
      if (said != NULL && is_r4 (said))
        keep_first (version, g_steal_pointer (&said));
    }
  if (is_said)
    return *version != NULL;

  segments = g_strsplit (address, "/", -1);
  for (guint i = 0; segments[i] != NULL; i++)
    for (guint j = 0; j < G_N_ELEMENTS (others); j++)
      if (g_ascii_strcasecmp (segments[i], others[j]) == 0)
        return FALSE;
  return TRUE;
}

static char *
read_base (const CrSpans *spans, guint node)
{
  g_autofree char *address = dup_member (spans, node, "address");
  char *base = NULL;

  /* This computer is no publisher's. */
  if (address != NULL && g_ascii_strncasecmp (address, "https://", 8) == 0)
    base = cr_source_normal_base (address, NULL);
  return base;
}

/* `code` of a Coding, or of the first of a list of them. */
static gboolean
is_rest (const CrSpans *spans, guint node)
{
  guint code = cr_spans_find (spans, node, "connectionType.code");

  return code == CR_SPAN_NONE || cr_spans_text_is (spans, code, "hl7-fhir-rest");
}

static CrCatalogEndpoint *
read_endpoint (CrCatalog *catalog, const CrSpans *spans, guint node)
{
  CrCatalogCounts *counts = &catalog->counts;
  guint status = cr_spans_member (spans, node, "status");
  g_autofree char *base = read_base (spans, node);
  g_autofree char *version = NULL;
  CrCatalogEndpoint *self;

  counts->n_endpoints++;
  if (!is_rest (spans, node))
    counts->n_other_kind++;
  else if (status != CR_SPAN_NONE && !cr_spans_text_is (spans, status, "active") &&
           !cr_spans_text_is (spans, status, "test"))
    counts->n_inactive++;
  else if (base == NULL)
    counts->n_bad_address++;
  else if (!speaks_r4 (spans, node, base, &version))
    counts->n_other_version++;
  else
    {
      self = g_new0 (CrCatalogEndpoint, 1);
      self->address = g_steal_pointer (&base);
      self->version = g_steal_pointer (&version);
      self->name = dup_member (spans, node, "name");
      self->managing =
          dup_text (spans, cr_spans_find (spans, node, "managingOrganization.reference"));
      self->managing_display =
          dup_text (spans, cr_spans_find (spans, node, "managingOrganization.display"));
      g_ptr_array_add (catalog->endpoints, self);
      return self;
    }
  return NULL;
}

/* Entries -------------------------------------------------------------------------------------- */

/* By the whole address of its entry and by type and id; the first of a name keeps it. */
static void
remember (GHashTable *table, const char *full_url, const char *type, const char *id, gpointer item)
{
  if (full_url != NULL && !g_hash_table_contains (table, full_url))
    g_hash_table_insert (table, g_strdup (full_url), item);
  if (id != NULL)
    {
      g_autofree char *local = g_strconcat (type, "/", id, NULL);

      if (!g_hash_table_contains (table, local))
        g_hash_table_insert (table, g_steal_pointer (&local), item);
    }
}

/**
 * cr_catalog_resolve:
 *
 * Returns: (transfer none) (nullable): what @reference names: whole, else by its type and id
 */
gpointer
cr_catalog_resolve (GHashTable *table, const char *reference)
{
  gpointer found = reference != NULL ? g_hash_table_lookup (table, reference) : NULL;
  const char *slash = reference != NULL ? strrchr (reference, '/') : NULL;

  if (found != NULL || slash == NULL || slash == reference)
    return found;

  for (slash--; slash > reference && *slash != '/';)
    slash--;
  return *slash == '/' ? g_hash_table_lookup (table, slash + 1) : NULL;
}

/* Organizations that lie in the Endpoint itself. */
static void
read_contained (CrCatalog *self, const CrSpans *spans, guint resource, CrCatalogEndpoint *endpoint)
{
  guint contained = list_of (spans, resource, "contained");

  for (EACH (i, spans, contained))
    {
      g_autofree char *id = dup_member (spans, i, "id");
      g_autofree char *wanted = g_strconcat ("#", id != NULL ? id : "", NULL);
      CrCatalogOrganization *organization;

      if (!cr_spans_text_is (spans, cr_spans_member (spans, i, "resourceType"), "Organization") ||
          g_strcmp0 (endpoint->managing, wanted) != 0)
        continue;
      organization = read_organization (self, spans, i);
      g_free (endpoint->managing);
      endpoint->managing = g_strdup_printf ("#%s of %s", id, endpoint->id);
      g_hash_table_insert (self->organization_of, g_strdup (endpoint->managing), organization);
      return;
    }
}

/**
 * cr_catalog_read_entry:
 * @spans: one element of `Bundle.entry`; what is no Endpoint and no Organization is passed over
 */
void
cr_catalog_read_entry (CrCatalog *self, const CrSpans *spans)
{
  guint resource = cr_spans_member_of_kind (spans, 0, "resource", CR_SPAN_KIND_OBJECT);
  guint type = cr_spans_member (spans, resource, "resourceType");
  g_autofree char *full_url = dup_member (spans, 0, "fullUrl");
  g_autofree char *id = dup_member (spans, resource, "id");

  if (cr_spans_text_is (spans, type, "Organization"))
    remember (self->organization_of, full_url, "Organization", id,
              read_organization (self, spans, resource));
  else if (cr_spans_text_is (spans, type, "Endpoint"))
    {
      CrCatalogEndpoint *endpoint = read_endpoint (self, spans, resource);

      if (endpoint == NULL)
        return;
      endpoint->id = g_strdup (id != NULL ? id : full_url != NULL ? full_url : endpoint->address);
      remember (self->endpoint_of, full_url, "Endpoint", id, endpoint);
      read_contained (self, spans, resource, endpoint);
    }
}
