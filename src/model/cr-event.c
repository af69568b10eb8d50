/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-event.h"

/* The nicks go over the wire as the type of an event: add, never rename. */
G_DEFINE_ENUM_TYPE (CrEventType,
                    cr_event_type,
                    G_DEFINE_ENUM_VALUE (CR_EVENT_PATIENT_SESSION_COMPLETED,
                                         "patient_session.completed"),
                    G_DEFINE_ENUM_VALUE (CR_EVENT_CONNECTION_TOKEN_REFRESH_FAILED,
                                         "connection.token_refresh_failed"),
                    G_DEFINE_ENUM_VALUE (CR_EVENT_RECORDS_SYNC_COMPLETED, "records.sync.completed"),
                    G_DEFINE_ENUM_VALUE (CR_EVENT_RECORDS_SYNC_FAILED, "records.sync.failed"))

G_DEFINE_FINAL_TYPE (CrEvent, cr_event, G_TYPE_OBJECT)

static void
cr_event_finalize (GObject *object)
{
  CrEvent *self = CR_EVENT (object);

  g_free (self->id);
  g_free (self->data);

  G_OBJECT_CLASS (cr_event_parent_class)->finalize (object);
}

static void
cr_event_class_init (CrEventClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_event_finalize;
}

static void
cr_event_init (CrEvent *self)
{
}

CrEvent *
cr_event_new (const char *id, CrEventType type)
{
  CrEvent *self = g_object_new (CR_TYPE_EVENT, NULL);

  self->id = g_strdup (id);
  self->type = type;
  return self;
}

G_DEFINE_FINAL_TYPE (CrAuditEntry, cr_audit_entry, G_TYPE_OBJECT)

static void
cr_audit_entry_finalize (GObject *object)
{
  CrAuditEntry *self = CR_AUDIT_ENTRY (object);

  g_free (self->person);
  g_free (self->action);
  g_free (self->object);
  g_free (self->name);
  g_free (self->detail);

  G_OBJECT_CLASS (cr_audit_entry_parent_class)->finalize (object);
}

static void
cr_audit_entry_class_init (CrAuditEntryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_audit_entry_finalize;
}

static void
cr_audit_entry_init (CrAuditEntry *self)
{
}

CrAuditEntry *
cr_audit_entry_new (const char *person,
                    const char *action,
                    const char *object,
                    const char *detail,
                    gint64 at_ms)
{
  CrAuditEntry *self = g_object_new (CR_TYPE_AUDIT_ENTRY, NULL);

  self->person = g_strdup (person);
  self->action = g_strdup (action);
  self->object = g_strdup (object);
  self->detail = g_strdup (detail);
  self->at_ms = at_ms;
  return self;
}

CrFinding *
cr_finding_new (const char *check, gboolean ok, const char *message)
{
  CrFinding *self = g_new0 (CrFinding, 1);

  self->check = g_strdup (check);
  self->ok = ok;
  self->message = g_strdup (message);
  return self;
}

void
cr_finding_free (CrFinding *self)
{
  if (self == NULL)
    return;

  g_free (self->check);
  g_free (self->message);
  g_free (self);
}
