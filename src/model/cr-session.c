/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-session.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrSessionStatus,
                    cr_session_status,
                    G_DEFINE_ENUM_VALUE (CR_SESSION_OPEN, "open"),
                    G_DEFINE_ENUM_VALUE (CR_SESSION_COMPLETE, "complete"),
                    G_DEFINE_ENUM_VALUE (CR_SESSION_EXPIRED, "expired"))

#define BIT(status) (1u << CR_SESSION_##status)

/* From each state, the states it may become. */
static const guint next_states[] = {
  [CR_SESSION_OPEN] = BIT (COMPLETE) | BIT (EXPIRED),
  [CR_SESSION_COMPLETE] = 0,
  [CR_SESSION_EXPIRED] = 0,
};

gboolean
cr_session_status_can_become (CrSessionStatus from, CrSessionStatus to)
{
  return (next_states[from] & (1u << to)) != 0;
}

G_DEFINE_FINAL_TYPE (CrSession, cr_session, G_TYPE_OBJECT)

static void
cr_session_finalize (GObject *object)
{
  CrSession *self = CR_SESSION (object);

  g_free (self->id);
  g_free (self->patient_id);
  g_free (self->url_key);
  g_free (self->source_id);
  g_free (self->return_url);
  g_free (self->return_button_label);
  g_free (self->metadata);
  g_strfreev (self->recommended);
  g_clear_pointer (&self->attempts, g_ptr_array_unref);

  G_OBJECT_CLASS (cr_session_parent_class)->finalize (object);
}

static void
cr_session_class_init (CrSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_session_finalize;
}

static void
cr_session_init (CrSession *self)
{
}

CrSession *
cr_session_new (const char *id)
{
  CrSession *self = g_object_new (CR_TYPE_SESSION, NULL);

  self->id = g_strdup (id);
  return self;
}
