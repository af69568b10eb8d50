/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-profile.h"

/* Fewer patients may have it in common by chance. */
#define MANY 5

static void
type_free (gpointer data)
{
  CrProfileType *type = data;

  g_free (type->type);
  g_free (type);
}

CrProfile *
cr_profile_new (void)
{
  CrProfile *self = g_new0 (CrProfile, 1);

  self->types = g_ptr_array_new_with_free_func (type_free);
  return self;
}

void
cr_profile_free (CrProfile *self)
{
  g_ptr_array_unref (self->types);
  g_free (self);
}

CrProfileType *
cr_profile_add (CrProfile *self, const char *type)
{
  CrProfileType *added = g_new0 (CrProfileType, 1);

  added->type = g_strdup (type);
  g_ptr_array_add (self->types, added);
  return added;
}

const CrProfileType *
cr_profile_find (const CrProfile *self, const char *type)
{
  for (guint i = 0; i < self->types->len; i++)
    {
      const CrProfileType *found = g_ptr_array_index (self->types, i);

      if (g_str_equal (found->type, type))
        return found;
    }

  return NULL;
}

static gboolean
is_one_of (const char *type, const char *const *types)
{
  return g_strv_contains (types, type);
}

CrProfileKind
cr_profile_get_kind (const CrProfile *self)
{
  static const char *const person[] = { "Patient", "RelatedPerson", "Provenance", NULL };
  static const char *const documents[] = { "DocumentReference", "DocumentManifest", NULL };
  static const char *const claims[] = { "Coverage",      "Claim",
                                        "ClaimResponse", "ExplanationOfBenefit",
                                        "Account",       "Invoice",
                                        "ChargeItem",    NULL };
  guint n = 0, n_documents = 0, n_claims = 0;

  if (self->n_patients == 0)
    return CR_PROFILE_UNKNOWN;

  for (guint i = 0; i < self->types->len; i++)
    {
      const CrProfileType *type = g_ptr_array_index (self->types, i);

      if (type->n_gave == 0 || is_one_of (type->type, person))
        continue;
      n++;
      n_documents += is_one_of (type->type, documents);
      n_claims += is_one_of (type->type, claims);
    }
  return n == 0           ? CR_PROFILE_NOTHING
       : n == n_documents ? CR_PROFILE_DOCUMENTS
       : n == n_claims    ? CR_PROFILE_CLAIMS
                          : CR_PROFILE_SEVERAL;
}

gboolean
cr_profile_grants_never (const CrProfile *self, const char *type)
{
  const CrProfileType *found = cr_profile_find (self, type);

  return found != NULL && found->n_not_granted >= MANY && found->n_asked == 0 && found->n_gave == 0;
}

gboolean
cr_profile_gives_never (const CrProfile *self, const char *type)
{
  const CrProfileType *found = cr_profile_find (self, type);

  return found != NULL && found->n_asked >= MANY && found->n_gave == 0;
}
