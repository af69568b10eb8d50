/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  CR_SESSION_OPEN,
  CR_SESSION_COMPLETE,
  CR_SESSION_EXPIRED,
} CrSessionStatus;

#define CR_TYPE_SESSION_STATUS (cr_session_status_get_type ())
GType cr_session_status_get_type (void);
gboolean cr_session_status_can_become (CrSessionStatus from, CrSessionStatus to);

#define CR_TYPE_SESSION (cr_session_get_type ())
G_DECLARE_FINAL_TYPE (CrSession, cr_session, CR, SESSION, GObject)

/* One browser trip of one patient. */
struct _CrSession
{
  GObject parent_instance;

  char *id;         /* (owned): ps_… */
  char *patient_id; /* (owned) */
  char *url_key;    /* (owned): 32 hex digits, the last part of the patient's URL */
  CrSessionStatus status;
  char *source_id;           /* (owned) (nullable): set in direct mode */
  char **recommended;        /* (owned) (nullable): source ids, picker mode */
  char *return_url;          /* (owned) */
  char *return_button_label; /* (owned) (nullable) */
  char *metadata;            /* (owned): JSON object text */
  gint64 expires_ms;
  gint64 created_ms;
  gint64 completed_ms; /* 0: not yet */

  /* Derived, when asked for. */
  GPtrArray *attempts; /* (owned) (nullable): of CrAttempt, oldest first */
};

CrSession *cr_session_new (const char *id);

G_END_DECLS
