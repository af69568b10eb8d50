/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-patient.h"

#include <string.h>

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"

#define MAX_ID_CHARS 200
#define MAX_TEXT_CHARS 400

/* The nicks are public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrRecordStatus,
                    cr_record_status,
                    G_DEFINE_ENUM_VALUE (CR_RECORD_STATUS_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_STATUS_CURRENT, "current"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_STATUS_PULLING, "pulling"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_STATUS_WAITING_FIRST_PULL, "waiting_first_pull"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_STATUS_PARTIAL, "partial"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_STATUS_FAILING, "failing"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_STATUS_ACCESS_LAPSED, "access_lapsed"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_STATUS_HELD, "held"))

/* The nicks are public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrPatientGroup,
                    cr_patient_group,
                    G_DEFINE_ENUM_VALUE (CR_PATIENTS_ALL, "all"),
                    G_DEFINE_ENUM_VALUE (CR_PATIENTS_NOT_CONNECTED, "not-connected"),
                    G_DEFINE_ENUM_VALUE (CR_PATIENTS_CURRENT, "current"),
                    G_DEFINE_ENUM_VALUE (CR_PATIENTS_PULLING, "pulling"),
                    G_DEFINE_ENUM_VALUE (CR_PATIENTS_WAITING, "waiting"),
                    G_DEFINE_ENUM_VALUE (CR_PATIENTS_PARTIAL, "partial"),
                    G_DEFINE_ENUM_VALUE (CR_PATIENTS_FAILING, "failing"),
                    G_DEFINE_ENUM_VALUE (CR_PATIENTS_RECONNECT, "reconnect"),
                    G_DEFINE_ENUM_VALUE (CR_PATIENTS_HELD, "held"),
                    G_DEFINE_ENUM_VALUE (CR_PATIENTS_STALE, "stale"))

CrRecordStatus
cr_patient_group_status (CrPatientGroup group)
{
  g_return_val_if_fail (group != CR_PATIENTS_ALL && group != CR_PATIENTS_STALE,
                        CR_RECORD_STATUS_NONE);

  return (CrRecordStatus) (group - CR_PATIENTS_NOT_CONNECTED);
}

G_DEFINE_FINAL_TYPE (CrPatient, cr_patient, G_TYPE_OBJECT)

static void
cr_patient_finalize (GObject *object)
{
  CrPatient *self = CR_PATIENT (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->email);
  g_free (self->birth_date);
  g_free (self->sex);
  g_free (self->metadata);
  g_clear_pointer (&self->connections, g_ptr_array_unref);
  g_clear_pointer (&self->failed_attempts, g_ptr_array_unref);

  G_OBJECT_CLASS (cr_patient_parent_class)->finalize (object);
}

static void
cr_patient_class_init (CrPatientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_patient_finalize;
}

static void
cr_patient_init (CrPatient *self)
{
}

CrPatient *
cr_patient_new (const char *id)
{
  CrPatient *self = g_object_new (CR_TYPE_PATIENT, NULL);

  self->id = g_strdup (id);
  return self;
}

/**
 * cr_patient_get_title:
 *
 * Returns: (transfer none): what a list shows: the name, or the id when there is no name
 */
const char *
cr_patient_get_title (CrPatient *self)
{
  return self->name != NULL && self->name[0] != '\0' ? self->name : self->id;
}

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT, message);
  return FALSE;
}

/* Whether @text is UTF-8 of @min to @max characters, none of them a control character. */
static gboolean
is_plain (const char *text, glong min, glong max)
{
  glong n = 0;

  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p), n++)
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return FALSE;

  return n >= min && n <= max;
}

static gboolean
check_id (const char *id, GError **error)
{
  static const char *const ours[] = { "pat_", "pf_", "conn_", "fhirsrc_", "wh_", "evt_", "ps_" };

  if (id == NULL || !is_plain (id, 1, MAX_ID_CHARS))
    return refuse (error,
                   CR_SAID ("The patient's id must have 1 to 200 characters and no line breaks."));

  for (guint i = 0; i < G_N_ELEMENTS (ours); i++)
    if (g_str_has_prefix (id, ours[i]))
      {
        g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                     "The patient's id must not begin with “%s”, which marks ids that Chartroom "
                     "makes itself. Use the clinic's own id.",
                     ours[i]);
        return FALSE;
      }

  return TRUE;
}

/* One @, something before it, a domain after it, no spaces; more only the mail server knows. */
static gboolean
is_email (const char *text)
{
  const char *at = strchr (text, '@');

  return is_plain (text, 3, MAX_TEXT_CHARS) && strpbrk (text, " <>,;") == NULL && at != NULL &&
         at != text && at[1] != '\0' && at[1] != '.' && strchr (at + 1, '@') == NULL &&
         text[strlen (text) - 1] != '.';
}

static gboolean
read_digits (const char *text, guint n, guint *value)
{
  *value = 0;
  for (guint i = 0; i < n; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      *value = *value * 10 + (guint) (text[i] - '0');
    }
  return TRUE;
}

/**
 * cr_date_is_valid:
 * @text: such as `1980`, `1980-02` or `1980-02-29`
 *
 * Returns: whether @text is a FHIR date that exists
 * Source: https://hl7.org/fhir/R4/datatypes.html#date
 */
gboolean
cr_date_is_valid (const char *text)
{
  gsize length = strlen (text);
  guint year = 0, month = 1, day = 1;

  if (length != 4 && length != 7 && length != 10)
    return FALSE;
  if (!read_digits (text, 4, &year) || year == 0)
    return FALSE;
  if (length >= 7 && (text[4] != '-' || !read_digits (text + 5, 2, &month)))
    return FALSE;
  if (length == 10 && (text[7] != '-' || !read_digits (text + 8, 2, &day)))
    return FALSE;

  return month >= 1 && month <= 12 &&
         g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year);
}

static gboolean
is_sex (const char *text)
{
  static const char *const codes[] = { "male", "female", "other", "unknown", NULL };

  return g_strv_contains (codes, text);
}

/**
 * cr_patient_check:
 *
 * Whether the patient may be stored. Ids are the clinic's own: anything a clinic uses passes, such
 * as `A/12?#%`, but not an id that looks like one of ours.
 *
 * Returns: %FALSE with CR_ERROR_BAD_INPUT, naming the field and never its value
 * Source: https://hl7.org/fhir/R4/valueset-administrative-gender.html for the sex
 */
gboolean
cr_patient_check (CrPatient *self, GError **error)
{
  g_autoptr (JsonObject) metadata = NULL;

  g_return_val_if_fail (CR_IS_PATIENT (self), FALSE);

  if (!check_id (self->id, error))
    return FALSE;
  if (self->name != NULL && !is_plain (self->name, 0, MAX_TEXT_CHARS))
    return refuse (error,
                   CR_SAID ("The patient's name must have at most 400 characters and no line "
                            "breaks."));
  if (self->email != NULL && !is_email (self->email))
    return refuse (error,
                   CR_SAID ("The patient's e-mail address must look like name@example.org."));
  if (self->birth_date != NULL && !cr_date_is_valid (self->birth_date))
    return refuse (
        error, CR_SAID ("The patient's birth date must be a date such as 1980-02-29, 1980-02 or "
                        "1980."));
  if (self->sex != NULL && !is_sex (self->sex))
    return refuse (error, "The patient's sex must be one of male, female, other or unknown.");
  if (self->metadata == NULL)
    return TRUE;

  metadata = cr_json_parse (self->metadata, -1, "metadata", NULL);
  if (metadata == NULL)
    return refuse (error, CR_SAID ("The patient's metadata must be a JSON object."));
  return TRUE;
}
