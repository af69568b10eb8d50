/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-work.h"

G_BEGIN_DECLS

typedef enum
{
  CR_DESTINATION_IDLE,
  CR_DESTINATION_RUNNING,
  CR_DESTINATION_FAILING,
  CR_DESTINATION_ACTION_REQUIRED,
  CR_DESTINATION_DISABLED,
} CrDestinationStatus;

#define CR_TYPE_DESTINATION_STATUS (cr_destination_status_get_type ())
GType cr_destination_status_get_type (void);

/* A field of a kind of destination: forms, validation and the command line are made from these. */
typedef enum
{
  CR_FIELD_TEXT,
  CR_FIELD_URL,
  CR_FIELD_SECRET, /* kept in the keyring under `destination/<id>`, never in the settings */
  CR_FIELD_CHOICE,
  CR_FIELD_FILE,
  CR_FIELD_FOLDER,
} CrFieldKind;

typedef struct
{
  const char *name;  /* key in the settings and option of the command line: `access-key` */
  const char *label; /* translatable */
  const char *hint;  /* (nullable): translatable */
  CrFieldKind kind;
  gboolean is_required;
  const char *fallback;       /* (nullable): value when not given */
  const char *const *choices; /* (nullable): for CR_FIELD_CHOICE, the first is the default */
  const char *needs;          /* (nullable): `auth=oauth2`: shown and required only then */
  gboolean is_lasting; /* says under which ids records are there: stays once some have arrived */
} CrField;

#define CR_TYPE_DESTINATION (cr_destination_get_type ())
G_DECLARE_FINAL_TYPE (CrDestination, cr_destination, CR, DESTINATION, GObject)

struct _CrDestination
{
  GObject parent_instance;

  char *id;             /* (owned): dest_… */
  char *name;           /* (owned) */
  char *kind;           /* (owned): `fhir`, `s3`, … a row of the sender table */
  GHashTable *settings; /* (owned): field name → text; no secrets */
  gboolean is_enabled;
  char *action_required; /* (owned) (nullable): why nothing is sent until a person acts */
  gint64 created_ms;
  gint64 updated_ms;

  /* Derived when read from the store. */
  CrDestinationStatus status;
  CrWork *work;              /* (owned) (nullable): the run that is under way, or waits */
  char *last_successful_run; /* (owned) (nullable) */
  char *retry_run;           /* (owned) (nullable): of one that fails: what can be tried again */
  guint n_failed_runs;
  gint64 last_exported_ms; /* 0: never */
  guint n_stored;
  guint n_delivered;
  guint n_failing;
  guint n_withdrawn;   /* stored records that were taken back from there */
  guint n_to_withdraw; /* that are still to be */
  char *left_behind;   /* (owned) (nullable): parts of files that could not be taken away there */
};

CrDestination *cr_destination_new (const char *id);
const char *cr_destination_get (CrDestination *self, const char *field);

G_END_DECLS
