/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/app-test.h"

#include "app/cr-field-form.h"

static const char *const auths[] = { "none", "bearer", "oauth2", NULL };

static const CrField fields[] = {
  { "url", "Address", NULL, CR_FIELD_URL, TRUE, NULL, NULL, NULL },
  { "auth", "Sign-in", NULL, CR_FIELD_CHOICE, TRUE, NULL, auths, NULL },
  { "client-id", "Client", NULL, CR_FIELD_TEXT, TRUE, NULL, NULL, "auth=oauth2" },
  { "token", "Secret", NULL, CR_FIELD_SECRET, TRUE, NULL, NULL, "auth=bearer|oauth2" },
  { "prefix", "Prefix", NULL, CR_FIELD_TEXT, FALSE, "records", NULL, NULL },
};

static const CrDestinationKind kind = { "test", "Test", fields, G_N_ELEMENTS (fields) };

typedef struct
{
  CrFieldForm *form;
  GHashTable *settings;
  GHashTable *secrets;
  GHashTable *values;
} Fixture;

static GHashTable *
table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->form = g_object_ref_sink (g_object_new (CR_TYPE_FIELD_FORM, NULL));
  fixture->settings = table_new ();
  fixture->secrets = table_new ();
  fixture->values = table_new ();
  cr_field_form_set_kind (fixture->form, &kind);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_finalize_object (fixture->form);
  g_hash_table_unref (fixture->settings);
  g_hash_table_unref (fixture->secrets);
  g_hash_table_unref (fixture->values);
}

static void
fill_in (Fixture *fixture, const char *name, const char *value)
{
  g_hash_table_insert (fixture->values, g_strdup (name), g_strdup (value));
  cr_field_form_set_values (fixture->form, fixture->values);
}

static gboolean
read_form (Fixture *fixture, const char **missing)
{
  g_hash_table_remove_all (fixture->settings);
  g_hash_table_remove_all (fixture->secrets);
  return cr_field_form_read (fixture->form, fixture->settings, fixture->secrets, missing);
}

static void
test_required (Fixture *fixture, gconstpointer data)
{
  const char *missing = NULL;

  g_assert_false (read_form (fixture, &missing));
  g_assert_cmpstr (missing, ==, "Address");

  fill_in (fixture, "url", " https://fhir.example ");
  g_assert_true (read_form (fixture, &missing));
  g_assert_cmpstr (g_hash_table_lookup (fixture->settings, "url"), ==, "https://fhir.example");
  g_assert_cmpstr (g_hash_table_lookup (fixture->settings, "auth"), ==, "none");
  g_assert_cmpstr (g_hash_table_lookup (fixture->settings, "prefix"), ==, "records");
}

/* What a choice does not need is neither asked for nor kept. */
static void
test_needs (Fixture *fixture, gconstpointer data)
{
  const char *missing = NULL;

  fill_in (fixture, "url", "https://fhir.example");
  fill_in (fixture, "client-id", "me");
  g_assert_true (read_form (fixture, &missing));
  g_assert_null (g_hash_table_lookup (fixture->settings, "client-id"));

  fill_in (fixture, "auth", "bearer");
  g_assert_false (read_form (fixture, &missing));
  g_assert_cmpstr (missing, ==, "Secret");

  fill_in (fixture, "auth", "oauth2");
  fill_in (fixture, "token", "s3cret");
  g_assert_true (read_form (fixture, &missing));
  g_assert_cmpstr (g_hash_table_lookup (fixture->settings, "client-id"), ==, "me");
}

static void
test_secrets (Fixture *fixture, gconstpointer data)
{
  const char *missing = NULL;

  fill_in (fixture, "url", "https://fhir.example");
  fill_in (fixture, "auth", "bearer");
  fill_in (fixture, "token", " s3cret ");
  g_assert_true (read_form (fixture, &missing));
  g_assert_cmpstr (g_hash_table_lookup (fixture->secrets, "token"), ==, " s3cret ");
  g_assert_false (g_hash_table_contains (fixture->settings, "token"));

  fill_in (fixture, "token", "");
  cr_field_form_keep_secrets (fixture->form);
  g_assert_true (read_form (fixture, &missing));
  g_assert_cmpuint (g_hash_table_size (fixture->secrets), ==, 0);
}

/* The real kinds too: every field gets a row, every choice has a value. */
static void
test_kinds (Fixture *fixture, gconstpointer data)
{
  guint n_kinds;
  const CrDestinationKind *kinds = cr_engine_destination_kinds (&n_kinds);
  const char *missing = NULL;

  g_assert_cmpuint (n_kinds, >, 0);
  for (guint i = 0; i < n_kinds; i++)
    {
      cr_field_form_set_kind (fixture->form, &kinds[i]);
      g_assert_false (read_form (fixture, &missing));
      g_assert_nonnull (missing);
    }
}

int
main (int argc, char **argv)
{
  if (!app_test_init (&argc, &argv))
    return APP_TEST_SKIP;

  g_test_add ("/app/field-form/required", Fixture, NULL, set_up, test_required, tear_down);
  g_test_add ("/app/field-form/needs", Fixture, NULL, set_up, test_needs, tear_down);
  g_test_add ("/app/field-form/secrets", Fixture, NULL, set_up, test_secrets, tear_down);
  g_test_add ("/app/field-form/kinds", Fixture, NULL, set_up, test_kinds, tear_down);
  return g_test_run ();
}
