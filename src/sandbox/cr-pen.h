/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sandbox/cr-people.h"

G_BEGIN_DECLS

#define CR_DAY_MS (G_GINT64_CONSTANT (86400000))
#define CR_YEAR_MS (CR_DAY_MS * 365)
#define CR_N_PRACTITIONERS 14
#define CR_N_ORGANIZATIONS 4
#define CR_N_LOCATIONS 5
#define CR_N_MEDICATIONS 12

/* A code of some terminology; @extra is a unit, a category or a second code. */
typedef struct
{
  const char *code;
  const char *display;
  const char *extra;
} CrCoding;

/* Writes one chart, record after record. */
typedef struct
{
  CrPeople *people;       /* (unowned) */
  const CrPerson *person; /* (unowned) (nullable): NULL writes the directory */
  CrChart *chart;         /* (unowned) */
  CrRandom random;
  GHashTable *serials; /* (owned): type to how many */
  GString *out;        /* (owned): the record being written */
  CrChartRecord *open; /* (owned) (nullable): what is being written */

  gint64 when;            /* of the visit */
  char *encounter;        /* (owned) (nullable): "Encounter/…" of the visit */
  guint practitioner;     /* of the visit, an index */
  char *problem;          /* (owned) (nullable): "Condition/…" */
  const CrCoding *reason; /* (unowned) (nullable): why they came */
  guint visit;
} CrPen;

CrChart *cr_chart_new_for_person (CrPeople *people, const CrPerson *person);
CrChart *cr_chart_new_directory (CrPeople *people);
void cr_chart_free (CrChart *chart);

GString *cr_pen_begin (CrPen *self, const char *type, const char *profile, gint64 when);
char *cr_pen_end (CrPen *self, const char *category, const char *code, const char *status);
char *cr_pen_ref (CrPen *self, const char *type, guint serial);
void cr_pen_add_ref (CrPen *self, const char *name, const char *type, guint serial);
void cr_pen_add_subject (CrPen *self, const char *name);
void cr_pen_add_encounter (CrPen *self, const char *name);
void cr_pen_add_coding (GString *out, const char *name, const char *system, const CrCoding *coding);
char *cr_pen_decimal (CrPen *self, int low, int high, int decimals);
void cr_pen_add_quantity (GString *out, const char *name, const char *value, const char *unit);

/* cr-patients-*.c */
void cr_patients_write_directory (CrPen *pen);
void cr_patients_write_person (CrPen *pen);
void cr_patients_write_background (CrPen *pen);
void cr_patients_write_plans (CrPen *pen);
void cr_patients_write_visit (CrPen *pen);
void cr_patients_write_vitals (CrPen *pen);
void cr_patients_write_labs (CrPen *pen);
void cr_patients_write_social (CrPen *pen);
void cr_patients_write_questionnaire (CrPen *pen);
void cr_patients_write_oddities (CrPen *pen);
void cr_patients_write_medication (CrPen *pen);
void cr_patients_write_document (CrPen *pen);
void cr_patients_write_note_report (CrPen *pen);
const char *cr_patients_practitioner_name (guint index);
const CrCoding *cr_patients_medication (guint index);
const CrCoding *cr_patients_problem (guint index);
char *cr_patients_write_condition (CrPen *pen, const CrCoding *coding, const char *category);
void cr_patients_write_immunization (CrPen *pen);
GString *cr_patients_begin_observation (CrPen *pen,
                                        const char *profile,
                                        const char *category,
                                        const CrCoding *coding);

G_END_DECLS
