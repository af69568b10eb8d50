/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What changed in the store. Flows tell it after their transaction; the engine listens and
 * refreshes lists. */
typedef enum
{
  CR_CHANGE_PATIENT,
  CR_CHANGE_SOURCE,
  CR_CHANGE_SESSION,
  CR_CHANGE_CONNECTION,
  CR_CHANGE_AUTH_EVENT,
  CR_CHANGE_HOLD,
  CR_CHANGE_PULL,
  CR_CHANGE_QUERY,
  CR_CHANGE_RECORD,
  CR_CHANGE_DESTINATION,
  CR_CHANGE_RUN,
  CR_CHANGE_ITEM,
  CR_CHANGE_EVENT,
  CR_CHANGE_WEBHOOK, /* an endpoint, or its deliveries */
  CR_CHANGE_SETTING,
  CR_CHANGE_AUDIT,
  CR_CHANGE_LOOK, /* somebody looked at a patient's records */
} CrChangeKind;

#define CR_TYPE_CHANGE_KIND (cr_change_kind_get_type ())
GType cr_change_kind_get_type (void);

#define CR_TYPE_CHANGES (cr_changes_get_type ())
G_DECLARE_FINAL_TYPE (CrChanges, cr_changes, CR, CHANGES, GObject)

/* Signal `changed` (CrChangeKind kind, const char *id, const char *patient_id), on the main thread.
 * @patient_id: (nullable) */
CrChanges *cr_changes_new (void);
void cr_changes_tell (CrChanges *self, CrChangeKind kind, const char *id, const char *patient_id);

G_END_DECLS
