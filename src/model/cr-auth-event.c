/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-auth-event.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrAuthStep,
                    cr_auth_step,
                    G_DEFINE_ENUM_VALUE (CR_AUTH_STEP_REDIRECT, "redirect"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_STEP_CONSENT, "consent"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_STEP_CALLBACK, "callback"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_STEP_EXCHANGE, "exchange"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_STEP_PATIENT, "patient"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_STEP_REFRESH, "refresh"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_STEP_GUARD, "guard"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_STEP_DISCONNECT, "disconnect"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_STEP_DECISION, "decision"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_STEP_SCOPES, "scopes"))

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrAuthOutcome,
                    cr_auth_outcome,
                    G_DEFINE_ENUM_VALUE (CR_AUTH_OUTCOME_SUCCESS, "success"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_OUTCOME_FAILURE, "failure"),
                    G_DEFINE_ENUM_VALUE (CR_AUTH_OUTCOME_IN_PROGRESS, "in_progress"))

G_DEFINE_FINAL_TYPE (CrAuthEvent, cr_auth_event, G_TYPE_OBJECT)

static void
cr_auth_event_finalize (GObject *object)
{
  CrAuthEvent *self = CR_AUTH_EVENT (object);

  g_free (self->id);
  g_free (self->patient_id);
  g_free (self->session_id);
  g_free (self->attempt_id);
  g_free (self->connection_id);
  g_free (self->source_id);
  g_free (self->source_name);
  g_free (self->description);

  G_OBJECT_CLASS (cr_auth_event_parent_class)->finalize (object);
}

static void
cr_auth_event_class_init (CrAuthEventClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_auth_event_finalize;
}

static void
cr_auth_event_init (CrAuthEvent *self)
{
}

CrAuthEvent *
cr_auth_event_new (const char *id)
{
  CrAuthEvent *self = g_object_new (CR_TYPE_AUTH_EVENT, NULL);

  self->id = g_strdup (id);
  return self;
}
