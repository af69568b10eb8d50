/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-profile-table.h"

#include "base/cr-first.h"
#include "fixture.h"

#include <string.h>

typedef struct
{
  const char *type;
  CrQueryStatus status;
} Asked;

static void
add_queries (CrDb *db, const char *pull_id, const Asked *asked, guint n)
{
  g_autoptr (GPtrArray) queries = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++)
    {
      CrQuery *query = cr_query_new (pull_id, i);

      query->kind = CR_QUERY_KIND_SEARCH;
      query->type = g_strdup (asked[i].type);
      query->path = g_strdup (asked[i].type);
      query->status = asked[i].status;
      g_ptr_array_add (queries, query);
    }
  g_assert_true (cr_queries_table_add (db, queries, &error));
  g_assert_no_error (error);
}

static void
give (CrDb *db, const char *patient, const char *type)
{
  CrRecordOwner owner = { patient, "src", "portal-1" };
  CrIncoming incoming;

  fixture_incoming (&incoming, type, "1", "{}", "{}", NULL, 0);
  fixture_save (db, &owner, &incoming, 1, NOW);
}

/* A patient whose pull came to an end; what is @given is kept. */
static void
add_one (CrDb *db, guint i, const Asked *asked, guint n, const char *given)
{
  g_autofree char *patient = g_strdup_printf ("patient-%u", i);
  g_autofree char *connection = g_strdup_printf ("conn_%u", i);
  g_autofree char *pull = g_strdup_printf ("pull_%u", i);

  fixture_add_patient (db, patient, "A");
  fixture_add_connection (db, connection, patient, "src");
  fixture_add_pull (db, pull, connection, CR_PULL_COMPLETE);
  add_queries (db, pull, asked, n);
  if (given != NULL)
    give (db, patient, given);
}

static CrProfile *
get (CrDb *db)
{
  g_autoptr (GError) error = NULL;
  CrProfile *profile = cr_profile_table_get (db, "src", &error);

  g_assert_no_error (error);
  return profile;
}

static const Asked asked[] = {
  { "Patient", CR_QUERY_COMPLETE },     { "Observation", CR_QUERY_FAILED },
  { "Observation", CR_QUERY_COMPLETE }, { "DocumentReference", CR_QUERY_COMPLETE },
  { "Goal", CR_QUERY_NOT_GRANTED },     { "CarePlan", CR_QUERY_NOT_SUPPORTED },
};

/* Each patient counts once, whatever the number of searches of a type; what came earlier counts,
 * and a pull that came to no end does not. */
static void
test_documents (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrProfile) before = NULL;
  g_autoptr (CrProfile) profile = NULL;
  g_autoptr (CrProfile) more = NULL;
  const CrProfileType *type;

  fixture_add_source (db, "src");
  before = get (db);
  g_assert_cmpint (cr_profile_get_kind (before), ==, CR_PROFILE_UNKNOWN);
  for (guint i = 0; i < 5; i++)
    add_one (db, i, asked, G_N_ELEMENTS (asked), i < 2 ? "DocumentReference" : NULL);
  fixture_add_patient (db, "other", "B");
  fixture_add_connection (db, "conn_other", "other", "src");
  fixture_add_pull (db, "pull_other", "conn_other", CR_PULL_FAILED);

  profile = get (db);
  g_assert_cmpuint (profile->n_patients, ==, 5);
  g_assert_true (profile->is_all);
  g_assert_cmpint (cr_profile_get_kind (profile), ==, CR_PROFILE_DOCUMENTS);
  g_assert_cmpuint (profile->types->len, ==, 5);
  type = g_ptr_array_index (profile->types, 1);
  g_assert_cmpstr (type->type, ==, "Observation");
  g_assert_cmpuint (type->n_asked, ==, 5);
  g_assert_cmpuint (type->n_gave, ==, 0);
  g_assert_cmpuint (cr_profile_find (profile, "DocumentReference")->n_gave, ==, 2);
  g_assert_cmpuint (cr_profile_find (profile, "CarePlan")->n_not_supported, ==, 5);
  g_assert_true (cr_profile_gives_never (profile, "Observation"));
  g_assert_false (cr_profile_gives_never (profile, "DocumentReference"));
  g_assert_true (cr_profile_grants_never (profile, "Goal"));
  g_assert_false (cr_profile_grants_never (profile, "Observation"));

  /* One patient's observation makes it a source that sends some. */
  give (db, "patient-0", "Observation");
  more = get (db);
  g_assert_cmpint (cr_profile_get_kind (more), ==, CR_PROFILE_SEVERAL);
  g_assert_false (cr_profile_gives_never (more, "Observation"));
}

/* Four may have it in common by chance. */
static void
test_few (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrProfile) profile = NULL;

  fixture_add_source (db, "src");
  for (guint i = 0; i < 4; i++)
    add_one (db, i, asked, G_N_ELEMENTS (asked), NULL);
  profile = get (db);
  g_assert_cmpint (cr_profile_get_kind (profile), ==, CR_PROFILE_NOTHING);
  g_assert_false (cr_profile_grants_never (profile, "Goal"));
  g_assert_false (cr_profile_gives_never (profile, "Observation"));
}

/* Of a source with many patients those connected last are looked at, and that is known. */
static void
test_many (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrProfile) profile = NULL;

  fixture_add_source (db, "src");
  for (guint i = 0; i < 203; i++)
    add_one (db, i, asked, 1, i < 2 ? "Observation" : NULL);
  profile = get (db);
  g_assert_cmpuint (profile->n_patients, ==, 200);
  g_assert_false (profile->is_all);
  g_assert_cmpint (cr_profile_get_kind (profile), ==, CR_PROFILE_NOTHING);
}

/* Nothing is read from end to end, however large. */
static void
test_plan (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autofree char *plan = fixture_plan (db, cr_profile_table_statement ());
  g_auto (GStrv) steps = g_strsplit (plan, "\n", -1);

  g_test_message ("%s", plan);
  for (guint i = 0; steps[i] != NULL; i++)
    if (g_str_has_prefix (steps[i], "SCAN "))
      g_assert_true (
          strstr ("SCAN who SCAN w SCAN last SCAN l SCAN asked SCAN a SCAN got", steps[i]) != NULL);
  g_assert_nonnull (strstr (plan, "connection_of_source"));
  g_assert_nonnull (strstr (plan, "pull_of_connection"));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/profile/documents", test_documents);
  g_test_add_func ("/store/profile/few", test_few);
  g_test_add_func ("/store/profile/many", test_many);
  g_test_add_func ("/store/profile/plan", test_plan);

  return g_test_run ();
}
