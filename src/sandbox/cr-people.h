/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Made-up people and their charts, the same for the same seed whatever the clock says. */

typedef struct
{
  const char *type;     /* interned */
  char *id;             /* (owned) */
  char *json;           /* (owned): the bytes as served */
  gsize length;         /* of json */
  gint64 updated_ms;    /* meta.lastUpdated */
  gint64 date_ms;       /* what the type's `date` parameter looks at */
  const char *category; /* (unowned) (nullable): a literal */
  const char *code;     /* (unowned) (nullable): a literal */
  const char *status;   /* (unowned) (nullable): a literal */
} CrChartRecord;

typedef struct
{
  GPtrArray *records;  /* (owned): CrChartRecord, oldest first */
  GHashTable *by_name; /* (owned): "Type/id" to CrChartRecord */
  GHashTable *used;    /* (owned): "Type/id" of the directory that records here refer to */
} CrChart;

typedef struct
{
  guint index;
  char *clinic_id;   /* (owned) */
  char *portal_id;   /* (owned): id of the Patient resource */
  char *username;    /* (owned) */
  char *password;    /* (owned) */
  char *email;       /* (owned) */
  const char *given; /* as the clinic has it, and the portal too unless is_mismatch */
  const char *family;
  const char *sex; /* "female", "male", "other" */
  gint64 birth_ms;
  const char *portal_given;
  const char *portal_family;
  gint64 portal_birth_ms;
  gboolean is_mismatch;
  guint n_target; /* records to aim at */
} CrPerson;

typedef struct _CrPeople CrPeople;

CrPeople *cr_people_new (guint64 seed, guint n_people);
void cr_people_free (CrPeople *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPeople, cr_people_free)

guint cr_people_count (CrPeople *self);
guint64 cr_people_seed (CrPeople *self);
gint64 cr_people_epoch_ms (CrPeople *self);
const CrPerson *cr_people_get (CrPeople *self, guint index);
const CrPerson *cr_people_find_login (CrPeople *self, const char *username, const char *password);
CrChart *cr_people_chart (CrPeople *self, guint index);
CrChart *cr_people_directory (CrPeople *self);

/* For the generators. */
typedef struct
{
  guint64 state;
} CrRandom;

guint64 cr_random_next (CrRandom *self);
guint cr_random_below (CrRandom *self, guint n);
gboolean cr_random_percent (CrRandom *self, guint percent);
guint64 cr_random_mix (guint64 a, guint64 b);
char *cr_people_make_id (guint64 seed, guint owner, const char *type, guint serial);

G_END_DECLS
