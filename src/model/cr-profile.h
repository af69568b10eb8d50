/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What became of one type of record, in patients: of their last pull, and of all that is kept. */
typedef struct
{
  char *type;            /* (owned): FHIR resource type */
  guint n_asked;         /* it was asked for, and answered to its end */
  guint n_gave;          /* something of it is kept */
  guint n_not_granted;   /* nothing else came of it */
  guint n_not_supported; /* the same */
} CrProfileType;

/* What a source gives, as far as it has shown. */
typedef struct
{
  guint n_patients; /* whose pulls were looked at */
  gboolean is_all;  /* else those connected last */
  GPtrArray *types; /* (owned): of CrProfileType, in the order they are asked for */
} CrProfile;

CrProfile *cr_profile_new (void);
void cr_profile_free (CrProfile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrProfile, cr_profile_free)

CrProfileType *cr_profile_add (CrProfile *self, const char *type);
const CrProfileType *cr_profile_find (const CrProfile *self, const char *type);

/* What it gives of records: that who the patient is came too says nothing. */
typedef enum
{
  CR_PROFILE_UNKNOWN, /* nobody was pulled yet */
  CR_PROFILE_NOTHING,
  CR_PROFILE_DOCUMENTS,
  CR_PROFILE_CLAIMS,
  CR_PROFILE_SEVERAL,
} CrProfileKind;

CrProfileKind cr_profile_get_kind (const CrProfile *self);
/* Whether so many had the same that it is the portal's way and nobody's fault. */
gboolean cr_profile_grants_never (const CrProfile *self, const char *type);
gboolean cr_profile_gives_never (const CrProfile *self, const char *type);

G_END_DECLS
