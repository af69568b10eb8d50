/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Pages of a list that is read piece by piece while others write: each goes on behind the last row
 * of the one before, wherever that stands by then. */
typedef enum
{
  CR_PAGE_PATIENTS,      /* id, email */
  CR_PAGE_SESSIONS,      /* owner: of a patient; status. With their attempts */
  CR_PAGE_SOURCES,       /* text: part of the name; type */
  CR_PAGE_PULLS,         /* status */
  CR_PAGE_PATIENT_PULLS, /* owner; status */
  CR_PAGE_DESTINATIONS,
  CR_PAGE_RUNS,       /* owner: of a destination; status */
  CR_PAGE_WEBHOOKS,   /* status */
  CR_PAGE_DELIVERIES, /* owner: of an endpoint; status: `true` or `false`, whether delivered */
  CR_PAGE_ITEMS,      /* owner: of a run; status */
} CrPageKind;

/* Strings are borrowed. */
typedef struct
{
  CrPageKind kind;
  const char *id;     /* (nullable): this one alone */
  const char *owner;  /* (nullable): whose */
  const char *email;  /* (nullable) */
  const char *text;   /* (nullable) */
  const char *type;   /* (nullable) */
  const char *status; /* (nullable) */
  const char *key;    /* (nullable): behind the row of this key at @at_ms; NULL: from the start */
  gint64 at_ms;
  guint limit;
  gint64 now_ms; /* the engine sets it */
} CrPageAsk;

typedef struct
{
  GPtrArray *rows; /* (owned): of model objects */
  gboolean has_more;
  char *key; /* (owned) (nullable): of the last row */
  gint64 at_ms;
} CrListPage;

void cr_list_page_free (CrListPage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrListPage, cr_list_page_free)

/* A stretch of a patient's records in the order of their last change. */
typedef struct
{
  const char *patient_id;
  const char *types; /* (nullable): `,Observation,Condition,` */
  gint64 since_ms;   /* received later than this */
  gint64 at;         /* sequence to go on from; not part of the stretch */
  gboolean is_backwards;
  guint limit;
  gsize max_bytes; /* enough once reached: at least one record comes */
} CrStretchAsk;

typedef struct
{
  GPtrArray *records; /* (owned): CrRecord with body, oldest change first */
  gboolean has_more;  /* in the direction asked for */
  GPtrArray *held; /* (owned): ids of sources whose records wait for a decision and are left out */
} CrStretch;

void cr_stretch_free (CrStretch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrStretch, cr_stretch_free)

G_END_DECLS
