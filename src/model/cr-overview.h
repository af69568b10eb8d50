/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-work.h"

G_BEGIN_DECLS

/* What needs somebody: one cause with one thing to do about it. The nicks are public. */
typedef enum
{
  CR_NEED_HOLD,         /* records that may be somebody else's; `id`: a connection, if it is one */
  CR_NEED_SIGN_IN,      /* access has ended */
  CR_NEED_SIGN_IN_SOON, /* access ends within a week, and nobody called yet */
  CR_NEED_PULL_FAILED,  /* at one source for one cause; `id`: a patient, if it is one */
  CR_NEED_PULL_PARTIAL, /* the same */
  CR_NEED_WAITING,      /* pulls that wait for the same: `code`, at `source_id` */
  CR_NEED_DESTINATION,  /* failing, or needs a person; `id`: the destination */
  CR_NEED_STALE,        /* connected, and nothing came in for a week */
  CR_NEED_WEBHOOK,      /* an endpoint that fails for hours or was disabled; `id`: the endpoint */
} CrNeedKind;

#define CR_TYPE_NEED_KIND (cr_need_kind_get_type ())
GType cr_need_kind_get_type (void);

typedef struct
{
  CrNeedKind kind;
  char *key;       /* (owned): stays the same while the need does */
  char *id;        /* (owned) (nullable) */
  char *source_id; /* (owned) (nullable) */
  char *name;   /* (owned) (nullable): of the source, the destination or the one patient; a URL */
  char *code;   /* (owned) (nullable): of the error or of what is waited for */
  char *error;  /* (owned) (nullable): code of the error that made it wait, for a keyring */
  char *detail; /* (owned) (nullable): the destination's words, a webhook's description */
  gint64 n;     /* patients; records for a destination */
  gint64 since_ms; /* the newest of them; for what waits the first */
  gint64 until_ms; /* when it is tried again by itself; 0: never, or not known */
  gint64 made_ms;  /* a webhook that has no description; 0: not known */
} CrNeed;

/* A portal that is in trouble with the patients connected to it. */
typedef struct
{
  char *source_id; /* (owned) */
  char *name;      /* (owned) */
  gint64 n_all;    /* active connections */
  gint64 n_failing;
  gint64 n_partial;
  gint64 n_waiting; /* for the source itself */
  gint64 since_ms;  /* when the last of them failed */
} CrPortalTrouble;

#define CR_OVERVIEW_DAYS 30

typedef enum
{
  CR_COUNT_LANDED,
  CR_COUNT_DELIVERED,
  CR_COUNT_PULL_COMPLETE,
  CR_COUNT_PULL_PARTIAL,
  CR_COUNT_PULL_FAILED,
  CR_COUNT_PULL_CANCELLED,
  CR_N_COUNTS,
} CrOverviewCount;

typedef struct
{
  GPtrArray *needs;    /* (owned): of CrNeed, the newest first */
  GPtrArray *work;     /* (owned): of CrWork, what runs before what waits, at most a few */
  GPtrArray *troubles; /* (owned): of CrPortalTrouble, the worst first */
  gint64 n_queued;     /* pulls that will start by themselves */
  gint64 n_running;    /* pulls and exports, those in `work` included */
  gint64 n_patients;
  gint64 n_connected; /* patients with access just now */
  gint64 n_records;
  gint64 n_failing; /* records that destinations refused */
  gint64 n_sources;
  gint64 n_destinations;
  gint64 days[CR_OVERVIEW_DAYS]; /* when each begins; the last is today */
  gint64 counts[CR_N_COUNTS][CR_OVERVIEW_DAYS];
} CrOverview;

/* Access that ends within it needs a call. */
#define CR_SOON_MS ((gint64) 7 * 24 * 60 * 60 * 1000)

CrOverview *cr_overview_new (void);
void cr_overview_free (CrOverview *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrOverview, cr_overview_free)

void cr_need_free (CrNeed *self);
void cr_portal_trouble_free (CrPortalTrouble *self);

gint64 cr_overview_sum (const CrOverview *self, CrOverviewCount count, guint n_days);

G_END_DECLS
