/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Model objects are snapshots: plain fields, written only by whoever makes them, read by everyone
 * afterwards. That is why the fields are public here and have no setters: an object may cross
 * threads whole, and a change is a new object. */

/* The worst connection wins: later values are worse. */
typedef enum
{
  CR_RECORD_STATUS_NONE,
  CR_RECORD_STATUS_CURRENT,
  CR_RECORD_STATUS_PULLING,
  CR_RECORD_STATUS_WAITING_FIRST_PULL,
  CR_RECORD_STATUS_PARTIAL,
  CR_RECORD_STATUS_FAILING,
  CR_RECORD_STATUS_ACCESS_LAPSED,
  CR_RECORD_STATUS_HELD,
} CrRecordStatus;

#define CR_TYPE_RECORD_STATUS (cr_record_status_get_type ())
GType cr_record_status_get_type (void);

/* Who is listed. The nicks are public. */
typedef enum
{
  CR_PATIENTS_ALL,
  CR_PATIENTS_NOT_CONNECTED,
  CR_PATIENTS_CURRENT,
  CR_PATIENTS_PULLING,
  CR_PATIENTS_WAITING,
  CR_PATIENTS_PARTIAL,
  CR_PATIENTS_FAILING,
  CR_PATIENTS_RECONNECT,
  CR_PATIENTS_HELD,
  CR_PATIENTS_STALE, /* connected, and nothing came in for CR_PATIENT_STALE_MS */
} CrPatientGroup;

#define CR_TYPE_PATIENT_GROUP (cr_patient_group_get_type ())
GType cr_patient_group_get_type (void);
#define CR_PATIENT_STALE_MS ((gint64) 7 * 24 * 60 * 60 * 1000)
/* Of all but `all` and `stale`. */
CrRecordStatus cr_patient_group_status (CrPatientGroup group);

#define CR_TYPE_PATIENT (cr_patient_get_type ())
G_DECLARE_FINAL_TYPE (CrPatient, cr_patient, CR, PATIENT, GObject)

struct _CrPatient
{
  GObject parent_instance;

  char *id;         /* (owned): the clinic's own id */
  char *name;       /* (owned) (nullable) */
  char *email;      /* (owned) (nullable) */
  char *birth_date; /* (owned) (nullable): FHIR date, any precision */
  char *sex;        /* (owned) (nullable): a code of FHIR's administrative-gender */
  char *metadata;   /* (owned): JSON object text, `{}` when empty */
  gint64 created_ms;
  gint64 updated_ms;

  /* Derived when read from the store. */
  CrRecordStatus record_status;
  guint n_connections;
  guint n_records;
  gint64 last_pull_ms; /* 0: never */

  /* Derived, when asked for. */
  GPtrArray *connections;     /* (owned) (nullable): of CrConnection */
  GPtrArray *failed_attempts; /* (owned) (nullable): of CrAttempt */
};

CrPatient *cr_patient_new (const char *id);
const char *cr_patient_get_title (CrPatient *self);
gboolean cr_patient_check (CrPatient *self, GError **error);
gboolean cr_date_is_valid (const char *text);

G_END_DECLS
