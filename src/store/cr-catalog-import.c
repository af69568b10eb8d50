/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-catalog-import.h"

#include <string.h>

#include "base/cr-error.h"
#include "base/cr-id.h"
#include "base/cr-said.h"
#include "store/cr-source-words.h"
#include "store/cr-sources-private.h"

/* What a list says against what is here. A source is known again by its base URL, else by its
 * Endpoint in this publisher's list, else by a base URL it had before. */
typedef struct
{
  CrDb *db; /* (unowned) */
  CrCatalogDiff *diff;
  GHashTable *seen;    /* (owned): ids of sources the list has */
  GHashTable *by_npi;  /* (owned): NPI → CrSource of the list, for successors */
  GHashTable *by_name; /* (owned): words of the brand → CrSource of the list */
  gint64 now_ms;
} Plan;

static void
plan_clear (Plan *self)
{
  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_clear_pointer (&self->by_npi, g_hash_table_unref);
  g_clear_pointer (&self->by_name, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Plan, plan_clear)

/* (transfer full) (nullable): NULL without @error when there is none. */
static CrSource *
find_known (CrDb *db, const char *publisher, CrSource *published, GError **error)
{
  g_autoptr (CrStmt) by_base =
      cr_stmt_new (db, "SELECT " CR_SOURCE_COLUMNS " FROM source AS s" CR_SOURCE_VENDOR
                       " WHERE s.fhir_base_url = :base");
  g_autoptr (CrStmt) by_id =
      cr_stmt_new (db, "SELECT " CR_SOURCE_COLUMNS " FROM source AS s" CR_SOURCE_VENDOR
                       " WHERE s.publisher = :publisher AND s.published_id = :id LIMIT 1");
  g_autoptr (CrStmt) by_alias =
      cr_stmt_new (db, "SELECT " CR_SOURCE_COLUMNS " FROM source_alias AS a JOIN source AS s"
                       " ON s.id = a.source_id" CR_SOURCE_VENDOR " WHERE a.fhir_base_url = :base");
  GError *local_error = NULL;
  CrSource *known;

  cr_stmt_bind_text (by_base, ":base", published->fhir_base_url);
  known = cr_stmt_read_one (by_base, cr_sources_read, NULL, &local_error);
  if (known == NULL && local_error == NULL)
    {
      cr_stmt_bind_text (by_id, ":publisher", publisher);
      cr_stmt_bind_text (by_id, ":id", published->published_id);
      known = cr_stmt_read_one (by_id, cr_sources_read, NULL, &local_error);
    }
  if (known == NULL && local_error == NULL)
    {
      cr_stmt_bind_text (by_alias, ":base", published->fhir_base_url);
      known = cr_stmt_read_one (by_alias, cr_sources_read, NULL, &local_error);
    }

  if (local_error != NULL)
    g_propagate_error (error, local_error);
  return known;
}

/* Takes what the list says; an empty word of it forgets nothing that staff entered. */
static void
take (char **into, const char *value, const char *name, GString *fields)
{
  if (g_strcmp0 (*into, value) == 0)
    return;

  g_free (*into);
  *into = g_strdup (value);
  if (fields->len > 0)
    g_string_append_c (fields, ' ');
  g_string_append (fields, name);
}

static void
add_alias (CrSource *source, const char *name)
{
  guint n = source->aliases != NULL ? g_strv_length (source->aliases) : 0;

  if (name == NULL || (n > 0 && g_strv_contains ((const char *const *) source->aliases, name)))
    return;

  source->aliases = g_renew (char *, source->aliases, n + 2);
  source->aliases[n] = g_strdup (name);
  source->aliases[n + 1] = NULL;
}

static gboolean
same_list (char **a, char **b)
{
  static char *none[] = { NULL };

  return g_strv_equal ((const char *const *) (a != NULL ? a : none),
                       (const char *const *) (b != NULL ? b : none));
}

/* An older name is found for ever; one that staff gave stays. */
static void
take_name (CrSource *known, CrSource *published, GString *fields)
{
  gboolean is_own =
      known->published_name == NULL || strcmp (known->name, known->published_name) != 0;
  g_autofree char *old = g_strdup (known->published_name);
  g_auto (GStrv) before = g_steal_pointer (&known->aliases);

  known->aliases = g_strdupv (published->aliases);
  for (guint i = 0; before != NULL && before[i] != NULL; i++)
    if (g_strcmp0 (before[i], published->published_name) != 0)
      add_alias (known, before[i]);
  if (old != NULL && g_strcmp0 (old, published->published_name) != 0)
    add_alias (known, old);

  if (!same_list (known->aliases, before))
    g_string_append (fields, fields->len > 0 ? " aliases" : "aliases");
  take (&known->published_name, published->published_name, "name", fields);
  if (is_own)
    return;
  g_free (known->name);
  known->name = g_strdup (published->published_name);
}

static void
take_rest (CrSource *known, CrSource *published, gboolean has_moved, GString *fields)
{
  take (&known->brand, published->brand, "brand", fields);
  take (&known->login, published->login, "login", fields);
  take (&known->city, published->city, "city", fields);
  take (&known->state, published->state, "state", fields);
  take (&known->npi, published->npi, "npi", fields);
  take (&known->website, published->website, "website", fields);
  take (&known->logo_url, published->logo_url, "logo", fields);
  take (&known->fhir_version, published->fhir_version, "fhir_version", fields);
  if (published->portal_url != NULL)
    take (&known->portal_url, published->portal_url, "portal_url", fields);
  if (published->type != NULL && (known->type == NULL || has_moved))
    take (&known->type, published->type, "type", fields);
}

static void
set_status (CrSource *source, CrSourceStatus status, const char *reason, gint64 now_ms)
{
  source->status = status;
  g_free (source->status_reason);
  source->status_reason = g_strdup (reason);
  source->status_ms = now_ms;
}

static void
merge (Plan *self, CrSource *known, CrSource *published)
{
  gboolean has_moved = strcmp (known->fhir_base_url, published->fhir_base_url) != 0;
  g_autoptr (GString) fields = g_string_new (NULL);
  g_autoptr (CrCatalogChange) change = cr_catalog_change_new (CR_CATALOG_CHANGED, known);

  take_name (known, published, fields);
  take_rest (known, published, has_moved, fields);
  take (&known->publisher, self->diff->publisher, "publisher", fields);
  take (&known->published_id, published->published_id, "endpoint", fields);
  if (has_moved)
    {
      change->kind = CR_CATALOG_MOVED;
      change->old_base = g_steal_pointer (&known->fhir_base_url);
      known->fhir_base_url = g_strdup (published->fhir_base_url);
      if (known->status == CR_SOURCE_WORKING || known->status == CR_SOURCE_GONE)
        set_status (known, CR_SOURCE_MOVED, CR_SAID ("Its publisher's list has a new address."),
                    self->now_ms);
    }
  else if (known->status == CR_SOURCE_GONE)
    {
      set_status (known, CR_SOURCE_WORKING, NULL, self->now_ms);
      g_clear_pointer (&known->successor_id, g_free);
      g_string_append (fields, fields->len > 0 ? " status" : "status");
    }
  else if (fields->len == 0)
    {
      self->diff->n[CR_CATALOG_UNCHANGED]++;
      return;
    }

  change->fields = g_strdup (fields->str);
  self->diff->n[change->kind]++;
  g_ptr_array_add (self->diff->changes, g_steal_pointer (&change));
}

static gboolean
plan_one (Plan *self, CrSource *published, GError **error)
{
  GError *local_error = NULL;
  g_autoptr (CrSource) known =
      find_known (self->db, self->diff->publisher, published, &local_error);

  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  if (known == NULL)
    {
      g_free (published->id);
      published->id = cr_id_new ("fhirsrc_", self->now_ms);
      published->created_ms = self->now_ms;
      g_free (published->publisher);
      published->publisher = g_strdup (self->diff->publisher);
      self->diff->n[CR_CATALOG_NEW]++;
      g_ptr_array_add (self->diff->changes, cr_catalog_change_new (CR_CATALOG_NEW, published));
      return TRUE;
    }

  g_free (published->id);
  published->id = g_strdup (known->id);
  if (known->publisher != NULL && strcmp (known->publisher, self->diff->publisher) != 0)
    self->diff->n_other_list++;
  else if (g_hash_table_add (self->seen, g_strdup (known->id)))
    merge (self, known, published);
  return TRUE;
}

static void
remember (Plan *self, CrSource *published)
{
  if (published->npi != NULL && !g_hash_table_contains (self->by_npi, published->npi))
    g_hash_table_insert (self->by_npi, published->npi, published);
  g_hash_table_insert (self->by_name, cr_source_words_brand (published), published);
}

/* Who has its number or its name now, or names it as an older one. */
static CrSource *
find_successor (Plan *self, CrSource *gone, GPtrArray *published)
{
  g_autofree char *words = cr_source_words_brand (gone);
  CrSource *found = gone->npi != NULL ? g_hash_table_lookup (self->by_npi, gone->npi) : NULL;

  if (found == NULL)
    found = g_hash_table_lookup (self->by_name, words);
  for (guint i = 0; found == NULL && i < published->len; i++)
    {
      CrSource *source = g_ptr_array_index (published, i);

      if (source->aliases != NULL && gone->published_name != NULL &&
          g_strv_contains ((const char *const *) source->aliases, gone->published_name))
        found = source;
    }
  return found;
}

static gboolean
plan_gone (Plan *self, GPtrArray *published, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (self->db, "SELECT " CR_SOURCE_COLUMNS " FROM source AS s" CR_SOURCE_VENDOR
                             " WHERE s.publisher = :publisher AND s.status <> 'gone'"
                             " ORDER BY s.place");
  g_autoptr (GPtrArray) all = NULL;

  cr_stmt_bind_text (stmt, ":publisher", self->diff->publisher);
  all = cr_stmt_read_list (stmt, cr_sources_read, error);
  if (all == NULL)
    return FALSE;

  for (guint i = 0; i < all->len; i++)
    {
      CrSource *source = g_ptr_array_index (all, i);
      CrCatalogChange *change;
      CrSource *successor;

      if (g_hash_table_contains (self->seen, source->id))
        continue;
      successor = find_successor (self, source, published);
      set_status (source, CR_SOURCE_GONE, CR_SAID ("It is no longer in its publisher's list."),
                  self->now_ms);
      change = cr_catalog_change_new (CR_CATALOG_GONE, source);
      if (successor != NULL)
        {
          g_free (source->successor_id);
          source->successor_id = g_strdup (successor->id);
          change->successor = g_strdup (successor->name);
        }
      self->diff->n[CR_CATALOG_GONE]++;
      g_ptr_array_add (self->diff->changes, change);
    }

  return TRUE;
}

/* Whom it touches: of what moves or is gone. */
static gboolean
count_affected (Plan *self, GError **error)
{
  g_autoptr (GHashTable) patients = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->diff->changes->len; i++)
    {
      CrCatalogChange *change = g_ptr_array_index (self->diff->changes, i);
      g_autoptr (CrStmt) stmt =
          cr_stmt_new (self->db, "SELECT patient_id FROM connection WHERE source_id = :id"
                                 " AND status <> 'disconnected'");
      CrStep step;

      if (change->kind == CR_CATALOG_NEW)
        continue;
      cr_stmt_bind_text (stmt, ":id", change->source->id);
      while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
        {
          change->n_connections++; /* one of a patient at a source */
          change->n_patients++;
          if (change->kind != CR_CATALOG_CHANGED)
            g_hash_table_add (patients, cr_stmt_dup_text (stmt, 0));
        }
      if (step == CR_STEP_ERROR)
        return FALSE;
      if (change->kind != CR_CATALOG_CHANGED)
        self->diff->n_connections += change->n_connections;
    }

  self->diff->n_patients = g_hash_table_size (patients);
  return TRUE;
}

/* What touches patients first, then by kind and name. */
static int
compare (gconstpointer a, gconstpointer b)
{
  static const int order[] = { [CR_CATALOG_GONE] = 0,
                               [CR_CATALOG_MOVED] = 1,
                               [CR_CATALOG_CHANGED] = 2,
                               [CR_CATALOG_NEW] = 3,
                               [CR_CATALOG_UNCHANGED] = 4 };
  const CrCatalogChange *x = *(CrCatalogChange *const *) a;
  const CrCatalogChange *y = *(CrCatalogChange *const *) b;

  if (x->n_connections != y->n_connections)
    return x->n_connections < y->n_connections ? 1 : -1;
  if (x->kind != y->kind)
    return order[x->kind] - order[y->kind];
  return g_utf8_collate (x->source->name, y->source->name);
}

/**
 * cr_catalog_import_plan:
 * @publisher: whose list it is: what is here of the same publisher and not in it is gone
 * @published: (element-type CrSource): as cr_catalog_get_sources() gives them, with types
 *
 * What the list would change; nothing is changed by this. Ids stay, and so does what staff gave a
 * source: its client id, its scopes, a name of their own, a suspension.
 *
 * Returns: (transfer full)
 */
CrCatalogDiff *
cr_catalog_import_plan (CrDb *db,
                        const char *publisher,
                        GPtrArray *published,
                        gint64 now_ms,
                        GCancellable *cancellable,
                        GError **error)
{
  g_autoptr (CrCatalogDiff) diff = cr_catalog_diff_new (publisher);
  g_auto (Plan) self = { .db = db, .diff = diff, .now_ms = now_ms };

  self.seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self.by_npi = g_hash_table_new (g_str_hash, g_str_equal);
  self.by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < published->len; i++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !plan_one (&self, g_ptr_array_index (published, i), error))
        return NULL;
      remember (&self, g_ptr_array_index (published, i));
    }

  if (!plan_gone (&self, published, error) || !count_affected (&self, error))
    return NULL;
  g_ptr_array_sort (diff->changes, compare);
  return g_steal_pointer (&diff);
}

/**
 * cr_catalog_import_apply:
 * @diff: made by cr_catalog_import_plan() in the same transaction
 */
gboolean
cr_catalog_import_apply (CrDb *db,
                         CrCatalogDiff *diff,
                         gint64 now_ms,
                         GCancellable *cancellable,
                         GError **error)
{
  for (guint i = 0; i < diff->changes->len; i++)
    {
      CrCatalogChange *change = g_ptr_array_index (diff->changes, i);

      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !cr_sources_table_put_unindexed (db, change->source, error))
        return FALSE;
      if (change->old_base != NULL &&
          !cr_sources_table_add_alias (db, change->old_base, change->source->id, now_ms, error))
        return FALSE;
    }

  diff->is_applied = TRUE;
  return diff->changes->len == 0 || cr_sources_table_index (db, error);
}

static gboolean
same_origin (const char *a, const char *b)
{
  g_autoptr (GUri) x = g_uri_parse (a, G_URI_FLAGS_ENCODED, NULL);
  g_autoptr (GUri) y = g_uri_parse (b, G_URI_FLAGS_ENCODED, NULL);

  return x != NULL && y != NULL && g_strcmp0 (g_uri_get_host (x), g_uri_get_host (y)) == 0 &&
         g_uri_get_port (x) == g_uri_get_port (y);
}

/**
 * cr_catalog_import_uprooted:
 *
 * A token was given for one server; a list of a third party must not send it to another. Patients
 * of a source that moves to another host sign in there once more.
 */
GPtrArray *
cr_catalog_import_uprooted (CrDb *db, CrCatalogDiff *diff, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < diff->changes->len; i++)
    {
      CrCatalogChange *change = g_ptr_array_index (diff->changes, i);
      g_autoptr (CrStmt) stmt =
          cr_stmt_new (db, "SELECT id FROM connection WHERE source_id = :id AND status = 'active'");
      CrStep step;

      if (change->old_base == NULL || same_origin (change->old_base, change->source->fhir_base_url))
        continue;
      cr_stmt_bind_text (stmt, ":id", change->source->id);
      while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
        g_ptr_array_add (ids, cr_stmt_dup_text (stmt, 0));
      if (step == CR_STEP_ERROR)
        return NULL;
    }

  return g_steal_pointer (&ids);
}
