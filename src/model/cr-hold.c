/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-hold.h"

#include "base/cr-id.h"
#include "base/cr-said.h"

#include <string.h>

#include "model/cr-patient.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrHoldStatus,
                    cr_hold_status,
                    G_DEFINE_ENUM_VALUE (CR_HOLD_OPEN, "open"),
                    G_DEFINE_ENUM_VALUE (CR_HOLD_RELEASED, "released"),
                    G_DEFINE_ENUM_VALUE (CR_HOLD_REJECTED, "rejected"))

#define BIT(status) (1u << CR_HOLD_##status)

/* From each state, the states it may become. */
static const guint next_states[] = {
  [CR_HOLD_OPEN] = BIT (RELEASED) | BIT (REJECTED),
  [CR_HOLD_RELEASED] = 0,
  [CR_HOLD_REJECTED] = 0,
};

gboolean
cr_hold_status_can_become (CrHoldStatus from, CrHoldStatus to)
{
  return (next_states[from] & (1u << to)) != 0;
}

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrGuardResult,
                    cr_guard_result,
                    G_DEFINE_ENUM_VALUE (CR_GUARD_MATCH, "match"),
                    G_DEFINE_ENUM_VALUE (CR_GUARD_UNVERIFIED, "unverified"),
                    G_DEFINE_ENUM_VALUE (CR_GUARD_SEX_DIFFERS, "sex_differs"),
                    G_DEFINE_ENUM_VALUE (CR_GUARD_BIRTH_DATE_DIFFERS, "birth_date_differs"),
                    G_DEFINE_ENUM_VALUE (CR_GUARD_NAME_DIFFERS, "name_differs"))

gboolean
cr_guard_result_holds (CrGuardResult result)
{
  return result == CR_GUARD_BIRTH_DATE_DIFFERS || result == CR_GUARD_NAME_DIFFERS;
}

/**
 * cr_guard_result_say:
 *
 * Returns: (nullable): what was found, for the history of a connection
 */
const char *
cr_guard_result_say (CrGuardResult guard)
{
  switch (guard)
    {
    case CR_GUARD_MATCH:
      return CR_SAID ("The portal's patient agrees with the clinic's.");
    case CR_GUARD_UNVERIFIED:
      return CR_SAID ("There was nothing to compare the portal's patient with.");
    case CR_GUARD_SEX_DIFFERS:
      return CR_SAID ("The portal's patient agrees with the clinic's but for the sex.");
    case CR_GUARD_BIRTH_DATE_DIFFERS:
      return CR_SAID (
          "The portal's patient was born on another day than the clinic's. Exports wait until a "
          "person decides.");
    case CR_GUARD_NAME_DIFFERS:
      return CR_SAID (
          "The portal's patient shares no name with the clinic's. Exports wait until a person "
          "decides.");
    default:
      return NULL;
    }
}

/* What one field says. */
typedef enum
{
  SAYS_NOTHING,
  SAYS_SAME,
  SAYS_OTHER,
} Verdict;

static Verdict
compare_birth_dates (const char *ours, const char *theirs)
{
  if (ours == NULL || theirs == NULL || !cr_date_is_valid (ours) || !cr_date_is_valid (theirs))
    return SAYS_NOTHING;

  return strncmp (ours, theirs, MIN (strlen (ours), strlen (theirs))) == 0 ? SAYS_SAME : SAYS_OTHER;
}

/* Titles and single letters are shared by strangers. */
static gboolean
tells_people_apart (const char *token)
{
  static const char *const titles[] = { "mr",   "mrs",  "ms", "miss", "mx", "dr",  "prof",
                                        "herr", "frau", "jr", "sr",   "ii", "iii", NULL };

  if (token[0] == '\0' || (g_ascii_isalnum (token[0]) && token[1] == '\0'))
    return FALSE;
  return !g_strv_contains (titles, token);
}

static void
add_tokens (GHashTable *tokens, char **words)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (tells_people_apart (words[i]))
      g_hash_table_add (tokens, g_strdup (words[i]));
}

/* The words of a name, folded, with and without their accents. In no language's own way: what is
 * found must not depend on the language of the computer. */
static void
add_name (GHashTable *tokens, const char *name)
{
  g_auto (GStrv) plain = NULL;
  g_auto (GStrv) words = g_str_tokenize_and_fold (name, "C", &plain);

  add_tokens (tokens, words);
  add_tokens (tokens, plain);
}

static GHashTable *
new_tokens (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static Verdict
compare_names (const char *ours, const char *const *theirs)
{
  g_autoptr (GHashTable) our_tokens = new_tokens ();
  g_autoptr (GHashTable) their_tokens = new_tokens ();
  GHashTableIter iter;
  gpointer token;

  if (ours != NULL)
    add_name (our_tokens, ours);
  for (guint i = 0; theirs != NULL && theirs[i] != NULL; i++)
    add_name (their_tokens, theirs[i]);
  if (g_hash_table_size (our_tokens) == 0 || g_hash_table_size (their_tokens) == 0)
    return SAYS_NOTHING;

  g_hash_table_iter_init (&iter, our_tokens);
  while (g_hash_table_iter_next (&iter, &token, NULL))
    if (g_hash_table_contains (their_tokens, token))
      return SAYS_SAME;
  return SAYS_OTHER;
}

static gboolean
says_a_sex (const char *sex)
{
  return sex != NULL && sex[0] != '\0' && strcmp (sex, "unknown") != 0;
}

static Verdict
compare_sexes (const char *ours, const char *theirs)
{
  if (!says_a_sex (ours) || !says_a_sex (theirs))
    return SAYS_NOTHING;

  return strcmp (ours, theirs) == 0 ? SAYS_SAME : SAYS_OTHER;
}

/**
 * cr_guard_compare:
 * @clinic_name: (nullable): as the clinic writes it
 * @clinic_birth_date: (nullable): FHIR date of any precision
 * @clinic_sex: (nullable): code of FHIR's administrative-gender
 * @portal_names: (nullable): every name the portal's Patient has
 * @portal_birth_date: (nullable): `Patient.birthDate`
 * @portal_sex: (nullable): `Patient.gender`
 *
 * Compares the fields both sides have: birth dates at the precision they share, names by one shared
 * word (case and accents do not count, titles and initials are left out), the sex. An equal sex
 * alone proves nothing.
 *
 * Returns: the worst that was found
 */
CrGuardResult
cr_guard_compare (const char *clinic_name,
                  const char *clinic_birth_date,
                  const char *clinic_sex,
                  const char *const *portal_names,
                  const char *portal_birth_date,
                  const char *portal_sex)
{
  Verdict dates = compare_birth_dates (clinic_birth_date, portal_birth_date);
  Verdict names = compare_names (clinic_name, portal_names);

  if (dates == SAYS_OTHER)
    return CR_GUARD_BIRTH_DATE_DIFFERS;
  if (names == SAYS_OTHER)
    return CR_GUARD_NAME_DIFFERS;
  if (compare_sexes (clinic_sex, portal_sex) == SAYS_OTHER)
    return CR_GUARD_SEX_DIFFERS;
  return dates == SAYS_SAME || names == SAYS_SAME ? CR_GUARD_MATCH : CR_GUARD_UNVERIFIED;
}

G_DEFINE_FINAL_TYPE (CrHold, cr_hold, G_TYPE_OBJECT)

static void
cr_hold_finalize (GObject *object)
{
  CrHold *self = CR_HOLD (object);

  g_free (self->id);
  g_free (self->connection_id);
  g_free (self->patient_id);
  g_free (self->detail);
  g_free (self->person);

  G_OBJECT_CLASS (cr_hold_parent_class)->finalize (object);
}

static void
cr_hold_class_init (CrHoldClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_hold_finalize;
}

static void
cr_hold_init (CrHold *self)
{
}

CrHold *
cr_hold_new (const char *id)
{
  CrHold *self = g_object_new (CR_TYPE_HOLD, NULL);

  self->id = g_strdup (id);
  return self;
}

/* One that waits for a person from @now_ms on. */
CrHold *
cr_hold_open (const char *connection_id,
              const char *patient_id,
              CrGuardResult reason,
              const char *detail,
              gint64 now_ms)
{
  g_autofree char *id = cr_id_new ("hold_", now_ms);
  CrHold *self = cr_hold_new (id);

  self->connection_id = g_strdup (connection_id);
  self->patient_id = g_strdup (patient_id);
  self->status = CR_HOLD_OPEN;
  self->reason = reason;
  self->detail = g_strdup (detail);
  self->created_ms = now_ms;
  return self;
}
