/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  CR_HOLD_OPEN,
  CR_HOLD_RELEASED,
  CR_HOLD_REJECTED,
} CrHoldStatus;

#define CR_TYPE_HOLD_STATUS (cr_hold_status_get_type ())
GType cr_hold_status_get_type (void);
gboolean cr_hold_status_can_become (CrHoldStatus from, CrHoldStatus to);

/* What the comparison of the portal's patient with the clinic's found. */
typedef enum
{
  CR_GUARD_MATCH,
  CR_GUARD_UNVERIFIED,  /* nothing to compare */
  CR_GUARD_SEX_DIFFERS, /* warns, does not hold */
  CR_GUARD_BIRTH_DATE_DIFFERS,
  CR_GUARD_NAME_DIFFERS,
} CrGuardResult;

#define CR_TYPE_GUARD_RESULT (cr_guard_result_get_type ())
GType cr_guard_result_get_type (void);
gboolean cr_guard_result_holds (CrGuardResult result);
const char *cr_guard_result_say (CrGuardResult result);

CrGuardResult cr_guard_compare (const char *clinic_name,
                                const char *clinic_birth_date,
                                const char *clinic_sex,
                                const char *const *portal_names,
                                const char *portal_birth_date,
                                const char *portal_sex);

#define CR_TYPE_HOLD (cr_hold_get_type ())
G_DECLARE_FINAL_TYPE (CrHold, cr_hold, CR, HOLD, GObject)

/* Exports of a connection stopped until a person decides. */
struct _CrHold
{
  GObject parent_instance;

  char *id;            /* (owned): hold_… */
  char *connection_id; /* (owned) */
  char *patient_id;    /* (owned) */
  CrHoldStatus status;
  CrGuardResult reason;
  char *detail; /* (owned) (nullable): both sides in words, for staff */
  char *person; /* (owned) (nullable): who decided */
  gint64 created_ms;
  gint64 decided_ms;
};

CrHold *cr_hold_new (const char *id);
CrHold *cr_hold_open (const char *connection_id,
                      const char *patient_id,
                      CrGuardResult reason,
                      const char *detail, /* (nullable) */
                      gint64 now_ms);

G_END_DECLS
