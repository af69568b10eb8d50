/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  CR_EVENT_PATIENT_SESSION_COMPLETED,
  CR_EVENT_CONNECTION_TOKEN_REFRESH_FAILED,
  CR_EVENT_RECORDS_SYNC_COMPLETED,
  CR_EVENT_RECORDS_SYNC_FAILED,
} CrEventType;

#define CR_TYPE_EVENT_TYPE (cr_event_type_get_type ())
GType cr_event_type_get_type (void);

#define CR_TYPE_EVENT (cr_event_get_type ())
G_DECLARE_FINAL_TYPE (CrEvent, cr_event, CR, EVENT, GObject)

/* One fact, an outbox row whose body is frozen there. */
struct _CrEvent
{
  GObject parent_instance;

  char *id; /* (owned): ev_… */
  CrEventType type;
  char *data; /* (owned): JSON text of the envelope's `data.object` */
  gint64 created_ms;
};

CrEvent *cr_event_new (const char *id, CrEventType type);

#define CR_TYPE_AUDIT_ENTRY (cr_audit_entry_get_type ())
G_DECLARE_FINAL_TYPE (CrAuditEntry, cr_audit_entry, CR, AUDIT_ENTRY, GObject)

/* Who did what. */
struct _CrAuditEntry
{
  GObject parent_instance;

  gint64 n;
  gint64 at_ms;
  char *person; /* (owned) */
  char *action; /* (owned): `pull.start` */
  char *object; /* (owned) (nullable): an id */
  char *name;   /* (owned) (nullable): of whom or what @object is, as long as it is there */
  char *detail; /* (owned) (nullable) */
};

CrAuditEntry *cr_audit_entry_new (const char *person,
                                  const char *action,
                                  const char *object,
                                  const char *detail,
                                  gint64 at_ms);

/* One line of a test before saving: a source or a destination. */
typedef struct
{
  char *check; /* (owned): stable, such as `read-capability` */
  gboolean ok;
  char *message; /* (owned): in words; when not ok, with what to change */
} CrFinding;

CrFinding *cr_finding_new (const char *check, gboolean ok, const char *message);
void cr_finding_free (CrFinding *self);

G_END_DECLS
