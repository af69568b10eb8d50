/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-source.h"

G_BEGIN_DECLS

/* What a new list of portals does to one source. */
typedef enum
{
  CR_CATALOG_NEW,
  CR_CATALOG_CHANGED,
  CR_CATALOG_MOVED,
  CR_CATALOG_GONE,
  CR_CATALOG_UNCHANGED,
} CrCatalogKind;

#define CR_TYPE_CATALOG_KIND (cr_catalog_kind_get_type ())
GType cr_catalog_kind_get_type (void);

#define CR_TYPE_CATALOG_CHANGE (cr_catalog_change_get_type ())
G_DECLARE_FINAL_TYPE (CrCatalogChange, cr_catalog_change, CR, CATALOG_CHANGE, GObject)

struct _CrCatalogChange
{
  GObject parent_instance;

  CrCatalogKind kind;
  CrSource *source; /* (owned): as it will be */
  char *old_base;   /* (owned) (nullable): of one that moves */
  char *fields;     /* (owned) (nullable): of one that changes: which, `name city` */
  char *successor;  /* (owned) (nullable): of one that is gone: the name of who took its place */
  guint n_connections;
  guint n_patients;
};

CrCatalogChange *cr_catalog_change_new (CrCatalogKind kind, CrSource *source);

#define CR_TYPE_CATALOG_DIFF (cr_catalog_diff_get_type ())
G_DECLARE_FINAL_TYPE (CrCatalogDiff, cr_catalog_diff, CR, CATALOG_DIFF, GObject)

/* The whole of it. */
struct _CrCatalogDiff
{
  GObject parent_instance;

  char *publisher;      /* (owned) */
  GPtrArray *published; /* (owned) (nullable): what the list says, to do it */
  GHashTable *logos;    /* (owned) (nullable): name → CrLogo, of those in the list itself */
  GPtrArray *changes;   /* (owned): of CrCatalogChange; the unchanged are counted alone */
  guint n[CR_CATALOG_UNCHANGED + 1];
  guint n_other_list;  /* in another publisher's list already, and left to it */
  guint n_connections; /* of what moves or is gone */
  guint n_patients;
  guint n_unusable; /* entries of the file left out, */
  char *unusable;   /* (owned) (nullable): in words */
  gboolean is_applied;
};

CrCatalogDiff *cr_catalog_diff_new (const char *publisher);
gboolean cr_catalog_diff_is_drastic (CrCatalogDiff *self);

G_END_DECLS
