/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-catalog-import.h"

/* What a list says: endpoint, base, name, NPI. */
static CrSource *
say (GPtrArray *list, const char *endpoint, const char *base, const char *name, const char *npi)
{
  CrSource *source = cr_source_new ("");

  source->published_id = g_strdup (endpoint);
  source->fhir_base_url = g_strdup (base);
  source->name = g_strdup (name);
  source->published_name = g_strdup (name);
  source->npi = g_strdup (npi);
  g_ptr_array_add (list, source);
  return source;
}

static GPtrArray *
new_list (void)
{
  return g_ptr_array_new_with_free_func (g_object_unref);
}

static CrCatalogDiff *
plan (CrDb *db, GPtrArray *list)
{
  g_autoptr (GError) error = NULL;
  CrCatalogDiff *diff = cr_catalog_import_plan (db, "list", list, NOW, NULL, &error);

  g_assert_no_error (error);
  return diff;
}

static CrCatalogDiff *
import (CrDb *db, GPtrArray *list)
{
  g_autoptr (GError) error = NULL;
  CrCatalogDiff *diff = plan (db, list);

  cr_catalog_import_apply (db, diff, NOW, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (cr_db_exec (
      db, "INSERT INTO source_search (source_search, rank) VALUES ('integrity-check', 1)", &error));
  return diff;
}

static void
assert_counts (CrCatalogDiff *diff,
               guint n_new,
               guint n_changed,
               guint n_moved,
               guint n_gone,
               guint n_same)
{
  g_assert_cmpint (diff->n[CR_CATALOG_NEW], ==, n_new);
  g_assert_cmpint (diff->n[CR_CATALOG_CHANGED], ==, n_changed);
  g_assert_cmpint (diff->n[CR_CATALOG_MOVED], ==, n_moved);
  g_assert_cmpint (diff->n[CR_CATALOG_GONE], ==, n_gone);
  g_assert_cmpint (diff->n[CR_CATALOG_UNCHANGED], ==, n_same);
}

static CrSource *
get (CrDb *db, const char *key)
{
  g_autoptr (GError) error = NULL;
  CrSource *source = cr_sources_table_get (db, key, &error);

  g_assert_no_error (error);
  return source;
}

/* A database with the first list in it: A, B. */
static CrDb *
open_listed (void)
{
  CrDb *db = fixture_open ();
  g_autoptr (GPtrArray) list = new_list ();
  g_autoptr (CrCatalogDiff) diff = NULL;

  say (list, "e1", "https://one.example.org/r4", "Alpha Clinic", "111");
  say (list, "e2", "https://two.example.org/r4", "Beta Hospital", "222");
  diff = import (db, list);
  assert_counts (diff, 2, 0, 0, 0, 0);
  return db;
}

static void
test_same_again (void)
{
  g_autoptr (CrDb) db = open_listed ();
  g_autoptr (GPtrArray) list = new_list ();
  g_autoptr (CrCatalogDiff) diff = NULL;

  say (list, "e2", "https://two.example.org/r4", "Beta Hospital", "222");
  say (list, "e1", "https://one.example.org/r4", "Alpha Clinic", "111");
  diff = import (db, list);
  assert_counts (diff, 0, 0, 0, 0, 2);
  g_assert_cmpint (diff->changes->len, ==, 0);
}

/* Looking changes nothing. */
static void
test_plan_alone (void)
{
  g_autoptr (CrDb) db = open_listed ();
  g_autoptr (GPtrArray) list = new_list ();
  g_autoptr (CrCatalogDiff) diff = NULL;

  say (list, "e3", "https://three.example.org/r4", "Gamma", NULL);
  diff = plan (db, list);
  assert_counts (diff, 1, 0, 0, 2, 0);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM source"), ==, 2);
  g_assert_cmpint (fixture_number (db, "SELECT count(*) FROM source WHERE status = 'gone'"), ==, 0);
}

/* K01: the endpoint has a new address: one source, its id kept, found by both addresses, and whose
 * tokens may not go there. */
static void
test_moved (void)
{
  g_autoptr (CrDb) db = open_listed ();
  g_autoptr (CrSource) before = get (db, "https://one.example.org/r4");
  g_autoptr (CrSource) after = NULL;
  g_autoptr (CrSource) by_old = NULL;
  g_autoptr (GPtrArray) list = new_list ();
  g_autoptr (GPtrArray) uprooted = NULL;
  g_autoptr (CrCatalogDiff) diff = NULL;
  CrCatalogChange *change;

  fixture_add_patient (db, "a", "Ana");
  fixture_add_patient (db, "b", "Ben");
  fixture_add_connection (db, "conn_1", "a", before->id);
  fixture_add_connection (db, "conn_2", "b", before->id);
  say (list, "e1", "https://new.example.org/fhir/r4", "Alpha Clinic", "111");
  say (list, "e2", "https://two.example.org/r4", "Beta Hospital", "222");
  diff = import (db, list);
  assert_counts (diff, 0, 0, 1, 0, 1);
  change = g_ptr_array_index (diff->changes, 0);
  g_assert_cmpstr (change->old_base, ==, "https://one.example.org/r4");
  g_assert_cmpint (change->n_connections, ==, 2);
  g_assert_cmpint (diff->n_patients, ==, 2);

  after = get (db, "https://new.example.org/fhir/r4");
  g_assert_cmpstr (after->id, ==, before->id);
  g_assert_cmpint (after->status, ==, CR_SOURCE_MOVED);
  by_old = get (db, "https://one.example.org/r4");
  g_assert_cmpstr (by_old->id, ==, before->id);
  uprooted = cr_catalog_import_uprooted (db, diff, NULL);
  g_assert_cmpint (uprooted->len, ==, 2);
}

/* On the same host a token stays where it belongs. */
static void
test_moved_within (void)
{
  g_autoptr (CrDb) db = open_listed ();
  g_autoptr (CrSource) before = get (db, "https://one.example.org/r4");
  g_autoptr (GPtrArray) list = new_list ();
  g_autoptr (GPtrArray) uprooted = NULL;
  g_autoptr (CrCatalogDiff) diff = NULL;

  fixture_add_patient (db, "a", "Ana");
  fixture_add_connection (db, "conn_1", "a", before->id);
  say (list, "e1", "https://one.example.org/v2/r4", "Alpha Clinic", "111");
  diff = plan (db, list);
  g_assert_cmpuint (diff->n[CR_CATALOG_MOVED], ==, 1);
  g_assert_cmpuint (diff->n_connections, ==, 1);
  uprooted = cr_catalog_import_uprooted (db, diff, NULL);
  g_assert_cmpint (uprooted->len, ==, 0);
}

/* K02: what vanished stays, marked, with who took its place; when it comes back it works again. */
static void
test_gone (void)
{
  g_autoptr (CrDb) db = open_listed ();
  g_autoptr (GPtrArray) list = new_list ();
  g_autoptr (GPtrArray) again = new_list ();
  g_autoptr (CrCatalogDiff) diff = NULL;
  g_autoptr (CrCatalogDiff) diff_again = NULL;
  g_autoptr (CrSource) gone = get (db, "https://one.example.org/r4");
  g_autofree char *id = g_strdup (gone->id);
  g_autoptr (CrSource) successor = NULL;

  fixture_add_patient (db, "a", "Ana");
  fixture_add_connection (db, "conn_1", "a", gone->id);
  say (list, "e9", "https://merged.example.org/r4", "Alpha and Beta", "111");
  say (list, "e2", "https://two.example.org/r4", "Beta Hospital", "222");
  diff = import (db, list);
  assert_counts (diff, 1, 0, 0, 1, 1);
  g_assert_cmpint (diff->n_connections, ==, 1);

  g_clear_object (&gone);
  gone = get (db, id);
  successor = get (db, "https://merged.example.org/r4");
  g_assert_cmpint (gone->status, ==, CR_SOURCE_GONE);
  g_assert_cmpstr (gone->successor_id, ==, successor->id);
  g_assert_false (cr_source_can_be_chosen (gone, NOW));

  say (again, "e1", "https://one.example.org/r4", "Alpha Clinic", "333");
  diff_again = import (db, again);
  g_clear_object (&gone);
  gone = get (db, id);
  g_assert_cmpint (gone->status, ==, CR_SOURCE_WORKING);
  g_assert_null (gone->successor_id);
}

/* What staff entered outlives a list; an older published name is still found. */
static void
test_staff_first (void)
{
  g_autoptr (CrDb) db = open_listed ();
  g_autoptr (CrSource) one = get (db, "https://one.example.org/r4");
  g_autoptr (CrSource) own = cr_source_new ("fhirsrc_own");
  g_autoptr (GPtrArray) list = new_list ();
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (CrCatalogDiff) diff = NULL;
  g_autoptr (GError) error = NULL;

  one->client_id = g_strdup ("mine");
  one->scopes = g_strdup ("openid");
  one->ca_file = g_strdup ("/etc/one.pem");
  g_free (one->name);
  one->name = g_strdup ("Our neighbours");
  g_assert_true (cr_sources_table_update (db, one, &error));
  g_assert_true (
      cr_sources_table_set_status (db, one->id, CR_SOURCE_SUSPENDED, "Down", 0, NOW, &error));
  own->name = g_strdup ("By hand");
  own->fhir_base_url = g_strdup ("https://own.example.org/r4");
  own->client_id = g_strdup ("hand");
  g_assert_true (cr_sources_table_add (db, own, &error));

  say (list, "e1", "https://one.example.org/r4", "Alpha Health", "111");
  say (list, "e5", "https://own.example.org/r4", "Own Hospital", "555");
  diff = import (db, list);
  assert_counts (diff, 0, 2, 0, 1, 0);

  g_clear_object (&one);
  one = get (db, "https://one.example.org/r4");
  g_assert_cmpstr (one->name, ==, "Our neighbours");
  g_assert_cmpstr (one->client_id, ==, "mine");
  g_assert_cmpstr (one->scopes, ==, "openid");
  g_assert_cmpstr (one->ca_file, ==, "/etc/one.pem");
  g_assert_cmpint (one->status, ==, CR_SOURCE_SUSPENDED);
  g_assert_cmpstr (one->published_name, ==, "Alpha Health");
  found = cr_sources_table_list (db, "alpha clinic", NULL, 0, 10, &error);
  g_assert_cmpint (found->len, ==, 1);

  g_clear_object (&own);
  own = get (db, "fhirsrc_own");
  g_assert_cmpstr (own->name, ==, "By hand");
  g_assert_cmpstr (own->client_id, ==, "hand");
  g_assert_cmpstr (own->npi, ==, "555");
}

/* A source of one list is not taken by another, nor is it gone with it. */
static void
test_two_lists (void)
{
  g_autoptr (CrDb) db = open_listed ();
  g_autoptr (GPtrArray) list = new_list ();
  g_autoptr (CrCatalogDiff) diff = NULL;
  g_autoptr (GError) error = NULL;

  say (list, "x1", "https://one.example.org/r4", "Other words", NULL);
  say (list, "x2", "https://six.example.org/r4", "Six", NULL);
  diff = cr_catalog_import_plan (db, "another", list, NOW, NULL, &error);
  assert_counts (diff, 1, 0, 0, 0, 0);
  g_assert_cmpint (diff->n_other_list, ==, 1);
}

static void
test_cancelled (void)
{
  g_autoptr (CrDb) db = open_listed ();
  g_autoptr (GPtrArray) list = new_list ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  say (list, "x1", "https://nine.example.org/r4", "Nine", NULL);
  g_cancellable_cancel (cancellable);
  g_assert_null (cr_catalog_import_plan (db, "list", list, NOW, cancellable, &error));
  g_assert_true (cr_error_is_cancelled (error));
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/catalog/same-again", test_same_again);
  g_test_add_func ("/store/catalog/plan-alone", test_plan_alone);
  g_test_add_func ("/store/catalog/K01-moved", test_moved);
  g_test_add_func ("/store/catalog/K01-moved-within", test_moved_within);
  g_test_add_func ("/store/catalog/K02-gone", test_gone);
  g_test_add_func ("/store/catalog/staff-first", test_staff_first);
  g_test_add_func ("/store/catalog/two-lists", test_two_lists);
  g_test_add_func ("/store/catalog/cancelled", test_cancelled);

  return g_test_run ();
}
