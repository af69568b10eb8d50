/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-changes.h"

struct _CrChanges
{
  GObject parent_instance;
};

G_DEFINE_FINAL_TYPE (CrChanges, cr_changes, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (CrChangeKind,
                    cr_change_kind,
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_PATIENT, "patient"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_SOURCE, "source"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_SESSION, "session"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_CONNECTION, "connection"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_AUTH_EVENT, "auth_event"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_HOLD, "hold"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_PULL, "pull"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_QUERY, "query"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_RECORD, "record"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_DESTINATION, "destination"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_RUN, "run"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_ITEM, "item"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_EVENT, "event"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_WEBHOOK, "webhook"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_SETTING, "setting"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_AUDIT, "audit"),
                    G_DEFINE_ENUM_VALUE (CR_CHANGE_LOOK, "look"))

static guint changed_signal;

static void
cr_changes_class_init (CrChangesClass *klass)
{
  changed_signal = g_signal_new ("changed", CR_TYPE_CHANGES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 3, CR_TYPE_CHANGE_KIND, G_TYPE_STRING, G_TYPE_STRING);
}

static void
cr_changes_init (CrChanges *self)
{
}

CrChanges *
cr_changes_new (void)
{
  return g_object_new (CR_TYPE_CHANGES, NULL);
}

/**
 * cr_changes_tell:
 * @id: of what changed
 * @patient_id: (nullable): whose it is
 *
 * Main thread only, after the change is committed.
 */
void
cr_changes_tell (CrChanges *self, CrChangeKind kind, const char *id, const char *patient_id)
{
  g_return_if_fail (CR_IS_CHANGES (self));

  g_signal_emit (self, changed_signal, 0, kind, id, patient_id);
}
