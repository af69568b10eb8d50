/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-catalog-change.h"

/* The nicks are public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrCatalogKind,
                    cr_catalog_kind,
                    G_DEFINE_ENUM_VALUE (CR_CATALOG_NEW, "new"),
                    G_DEFINE_ENUM_VALUE (CR_CATALOG_CHANGED, "changed"),
                    G_DEFINE_ENUM_VALUE (CR_CATALOG_MOVED, "moved"),
                    G_DEFINE_ENUM_VALUE (CR_CATALOG_GONE, "gone"),
                    G_DEFINE_ENUM_VALUE (CR_CATALOG_UNCHANGED, "unchanged"))

G_DEFINE_FINAL_TYPE (CrCatalogChange, cr_catalog_change, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (CrCatalogDiff, cr_catalog_diff, G_TYPE_OBJECT)

static void
cr_catalog_change_finalize (GObject *object)
{
  CrCatalogChange *self = CR_CATALOG_CHANGE (object);

  g_clear_object (&self->source);
  g_free (self->old_base);
  g_free (self->fields);
  g_free (self->successor);

  G_OBJECT_CLASS (cr_catalog_change_parent_class)->finalize (object);
}

static void
cr_catalog_change_class_init (CrCatalogChangeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_catalog_change_finalize;
}

static void
cr_catalog_change_init (CrCatalogChange *self)
{
}

CrCatalogChange *
cr_catalog_change_new (CrCatalogKind kind, CrSource *source)
{
  CrCatalogChange *self = g_object_new (CR_TYPE_CATALOG_CHANGE, NULL);

  self->kind = kind;
  self->source = g_object_ref (source);
  return self;
}

static void
cr_catalog_diff_finalize (GObject *object)
{
  CrCatalogDiff *self = CR_CATALOG_DIFF (object);

  g_free (self->publisher);
  g_free (self->unusable);
  g_clear_pointer (&self->published, g_ptr_array_unref);
  g_clear_pointer (&self->logos, g_hash_table_unref);
  g_ptr_array_unref (self->changes);

  G_OBJECT_CLASS (cr_catalog_diff_parent_class)->finalize (object);
}

static void
cr_catalog_diff_class_init (CrCatalogDiffClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_catalog_diff_finalize;
}

static void
cr_catalog_diff_init (CrCatalogDiff *self)
{
  self->changes = g_ptr_array_new_with_free_func (g_object_unref);
}

CrCatalogDiff *
cr_catalog_diff_new (const char *publisher)
{
  CrCatalogDiff *self = g_object_new (CR_TYPE_CATALOG_DIFF, NULL);

  self->publisher = g_strdup (publisher);
  return self;
}

/**
 * cr_catalog_diff_is_drastic:
 *
 * Returns: whether so much would be gone that this may be another publisher's list, or a part of
 *   this one's
 */
gboolean
cr_catalog_diff_is_drastic (CrCatalogDiff *self)
{
  guint n_before = self->n[CR_CATALOG_CHANGED] + self->n[CR_CATALOG_MOVED] +
                   self->n[CR_CATALOG_GONE] + self->n[CR_CATALOG_UNCHANGED];

  return self->n[CR_CATALOG_GONE] > 5 && self->n[CR_CATALOG_GONE] > n_before / 5;
}
