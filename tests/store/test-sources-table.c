/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fixture.h"
#include "store/cr-asked-table.h"
#include "store/cr-source-words.h"
#include "store/cr-sources-private.h"

#include <string.h>

static CrSource *
make (const char *id, const char *name)
{
  CrSource *source = cr_source_new (id);

  source->name = g_strdup (name);
  source->fhir_base_url = g_strconcat ("https://ehr.example.org/", id, NULL);
  source->created_ms = NOW;
  return source;
}

static void
add (CrDb *db, CrSource *source)
{
  g_autoptr (GError) error = NULL;

  cr_sources_table_add (db, source, &error);
  g_assert_no_error (error);
}

static CrSource *
get (CrDb *db, const char *id)
{
  g_autoptr (GError) error = NULL;
  CrSource *source = cr_sources_table_get (db, id, &error);

  g_assert_no_error (error);
  return source;
}

/* The ids found, in order, each with a space behind it. */
static char *
find (CrDb *db, const char *text, const char *type, guint offset, guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = cr_sources_table_list (db, text, type, offset, limit, &error);
  GString *ids = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < list->len; i++)
    g_string_append_printf (ids, "%s ", ((CrSource *) g_ptr_array_index (list, i))->id);
  return g_string_free (ids, FALSE);
}

static void
add_some (CrDb *db)
{
  static char *aliases[] = { (char *) "Deaconess Infirmary", (char *) "The Old Almshouse", NULL };
  g_autoptr (CrSource) marys = make ("marys", "Saint Mary’s Hospital & Clinics");
  g_autoptr (CrSource) oak = make ("oak", "Oakwood Health Care");
  g_autoptr (CrSource) ucla = make ("ucla", "U.C.L.A. Médical Center");
  g_autoptr (CrSource) boston = make ("boston", "Bay Physicians");
  g_autoptr (CrSource) boston2 = make ("boston2", "Boston Eye");
  g_autoptr (CrSource) greater = make ("greater", "Greater Boston Dental");

  boston->city = g_strdup ("Boston");
  boston->state = g_strdup ("MA");
  boston->npi = g_strdup ("1912011511");
  boston->aliases = g_strdupv (aliases);
  boston->type = g_strdup ("epic");
  boston->portal_url = g_strdup ("https://mychart.baydocs.example.com/home");
  add (db, marys);
  add (db, oak);
  add (db, ucla);
  add (db, boston);
  add (db, greater);
  add (db, boston2);
}

/* K06: an apostrophe of any shape, or none, makes the same words and the same name. */
static void
test_apostrophes (void)
{
  static const char *const names[] = {
    "St Marys Hosp.",        "Saint Mary's Hospital", "Saint Mary’s Hospital",
    "SAINT MARY‘S HOSPITAL", "Saint Maryʼs Hospital", "Saint Mary´s Hospital",
    "Saint Mary`s Hospital",
  };
  g_autofree char *folded = cr_source_words_fold ("St. Mary’s & Children’s, U.C.L.A.");

  g_autofree char *broken = cr_source_words_fold ("St. Mary\xe2");

  g_assert_cmpstr (folded, ==, "st marys and childrens ucla");
  g_assert_cmpstr (broken, ==, "");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = cr_source_words_of_name (names[i]);

      g_test_message ("%s", names[i]);
      g_assert_cmpstr (name, ==, "st marys hosp");
    }
}

/* K06: what people type finds it. */
static void
test_words (void)
{
  static const struct
  {
    const char *text;
    const char *ids;
  } rows[] = {
    { "st marys", "marys " },
    { "St. Mary's", "marys " },
    { "saint mary", "marys " },
    { "SAINT MARY’S HOSP", "marys " },
    { "hospital clinics st marys", "marys " },
    { "marys and cl", "marys " },
    { "oak wood", "oak " },
    { "oakwood healthcare", "oak " },
    { "oakwood health-care", "oak " },
    { "ucla", "ucla " },
    { "ucla med ctr", "ucla " },
    { "ucla medical centre", "ucla " },
    { "UCLA MEDICAL", "ucla " },
    { "deaconess", "boston " },
    { "almshouse", "boston " },
    { "1912011511", "boston " },
    { "baydocs.example.com", "boston " },
    { "massachusetts", "boston " },
    { "epic", "boston " },
    { "kwood", "oak " }, /* a part of the name, as the programming interface has it */
    { "south", "" },     /* what stands behind an apostrophe is no word */
    { "nowhere", "" },
    { "\"*", "" },
    { "\" OR xx", "" },
    { "NOT st", "" },
    { "boston", "boston2 greater boston " }, /* beginning, in the name, elsewhere */
    { "bost", "boston2 greater boston " },
  };
  g_autoptr (CrDb) db = fixture_open ();

  add_some (db);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *ids = find (db, rows[i].text, NULL, 0, 10);
      g_autoptr (GError) error = NULL;
      guint n = 0;

      g_test_message ("“%s”", rows[i].text);
      g_assert_cmpstr (ids, ==, rows[i].ids);
      for (const char *c = ids; *c != '\0'; c++)
        n += *c == ' ';
      g_assert_cmpint (cr_sources_table_count (db, rows[i].text, NULL, &error), ==, n);
    }
}

/* However a list is cut into pages, they make the whole. */
static void
test_pages (void)
{
  static const char *const texts[] = { NULL, "boston", "b", "o", "wood", "s" };
  g_autoptr (CrDb) db = fixture_open ();

  add_some (db);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    for (guint limit = 1; limit < 8; limit++)
      {
        g_autofree char *whole = find (db, texts[i], NULL, 0, 100);
        g_autoptr (GString) parts = g_string_new (NULL);

        for (guint offset = 0; offset < 8; offset += limit)
          {
            g_autofree char *part = find (db, texts[i], NULL, offset, limit);

            g_string_append (parts, part);
          }
        g_assert_cmpstr (parts->str, ==, whole);
      }
}

static void
test_type (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autofree char *all = NULL;
  g_autofree char *some = NULL;
  g_autofree char *none = NULL;
  g_autofree char *odd = NULL;

  add_some (db);
  all = find (db, NULL, "epic", 0, 10);
  g_assert_cmpstr (all, ==, "boston ");
  some = find (db, "bos", "epic", 0, 10);
  g_assert_cmpstr (some, ==, "boston ");
  none = find (db, "bos", "cerner", 0, 10);
  g_assert_cmpstr (none, ==, "");
  odd = find (db, "bos", "-\"-", 0, 10);
  g_assert_cmpstr (odd, ==, "");
}

/* The index follows a change of the name, and forgets what was removed. */
static void
test_index_follows (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrSource) oak = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *sorted = NULL;
  g_autofree char *removed = NULL;
  g_autoptr (GError) error = NULL;

  add_some (db);
  oak = get (db, "oak");
  g_free (oak->name);
  oak->name = g_strdup ("Zebra Clinic");
  g_assert_true (cr_sources_table_update (db, oak, &error));
  before = find (db, "oakwood", NULL, 0, 10);
  g_assert_cmpstr (before, ==, "");
  after = find (db, "zeb", NULL, 0, 10);
  g_assert_cmpstr (after, ==, "oak ");
  sorted = find (db, NULL, NULL, 0, 10);
  g_assert_cmpstr (sorted, ==, "boston boston2 greater marys ucla oak ");
  g_assert_true (cr_sources_table_remove (db, "oak", &error));
  removed = find (db, "zeb", NULL, 0, 10);
  g_assert_cmpstr (removed, ==, "");
  g_assert_true (cr_db_exec (
      db, "INSERT INTO source_search (source_search, rank) VALUES ('integrity-check', 1)", &error));
}

/* Between two names there is room for many, and then it is made. */
static void
test_no_room (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autofree char *list = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 100; i > 0; i--)
    {
      g_autofree char *id = g_strdup_printf ("n%03u", i);
      g_autofree char *name = g_strdup_printf ("Clinic %03u", i);
      g_autoptr (CrSource) source = make (id, name);

      add (db, source);
    }
  for (guint i = 1; i <= 100; i++)
    g_string_append_printf (expected, "n%03u ", i);
  list = find (db, "clin", NULL, 0, 200);
  g_assert_cmpstr (list, ==, expected->str);
  g_assert_cmpint (fixture_number (db, "SELECT count(DISTINCT place) FROM source"), ==, 100);
  g_assert_true (cr_db_exec (
      db, "INSERT INTO source_search (source_search, rank) VALUES ('integrity-check', 1)", &error));
}

static void
test_all_fields (void)
{
  static char *aliases[] = { (char *) "One", (char *) "Two", NULL };
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrSource) source = make ("a", "A");
  g_autoptr (CrSource) read = NULL;
  g_autoptr (GError) error = NULL;

  source->publisher = g_strdup ("list");
  source->published_id = g_strdup ("e1");
  source->published_name = g_strdup ("A Hospital");
  source->brand = g_strdup ("A Health");
  source->login = g_strdup ("MyChart");
  source->aliases = g_strdupv (aliases);
  source->website = g_strdup ("https://a.example.org");
  source->logo_url = g_strdup ("https://a.example.org/logo.png");
  source->fhir_version = g_strdup ("4.0.1");
  source->scopes = g_strdup ("openid");
  source->ca_file = g_strdup ("/etc/a.pem");
  add (db, source);
  g_assert_true (
      cr_sources_table_set_status (db, "a", CR_SOURCE_SUSPENDED, "Down", NOW + 5, NOW + 1, &error));
  read = get (db, "a");
  g_assert_cmpstr (read->publisher, ==, "list");
  g_assert_cmpstr (read->published_id, ==, "e1");
  g_assert_cmpstr (read->published_name, ==, "A Hospital");
  g_assert_cmpstr (read->brand, ==, "A Health");
  g_assert_cmpstr (read->login, ==, "MyChart");
  g_assert_cmpint (g_strv_length (read->aliases), ==, 2);
  g_assert_cmpstr (read->aliases[1], ==, "Two");
  g_assert_cmpstr (read->website, ==, "https://a.example.org");
  g_assert_cmpstr (read->logo_url, ==, "https://a.example.org/logo.png");
  g_assert_cmpstr (read->fhir_version, ==, "4.0.1");
  g_assert_cmpstr (read->scopes, ==, "openid");
  g_assert_cmpstr (read->ca_file, ==, "/etc/a.pem");
  g_assert_cmpint (read->status, ==, CR_SOURCE_SUSPENDED);
  g_assert_cmpstr (read->status_reason, ==, "Down");
  g_assert_cmpint (read->suspended_until_ms, ==, NOW + 5);
  g_assert_cmpint (read->created_ms, ==, NOW);
  g_assert_false (cr_sources_table_set_status (db, "b", CR_SOURCE_WORKING, NULL, 0, 0, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

/* K01: who knows the old address finds the source. */
static void
test_alias (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrSource) source = make ("a", "A");
  g_autoptr (CrSource) found = NULL;
  g_autoptr (GError) error = NULL;

  add (db, source);
  g_assert_true (cr_sources_table_add_alias (db, "https://old.example.org", "a", NOW, &error));
  found = get (db, "https://old.example.org");
  g_assert_cmpstr (found->id, ==, "a");
  g_assert_true (cr_sources_table_remove (db, "a", &error));
  g_assert_null (cr_sources_table_get (db, "https://old.example.org", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

/* K03: two sign-in pages of one brand know of each other, whichever list they came from. */
static void
test_two_logins (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  g_autoptr (CrSource) one = make ("one", "Mercy Health");
  g_autoptr (CrSource) two = make ("two", "Mercy  HEALTH");
  g_autoptr (CrSource) three = make ("three", "Mercy Health");
  g_autoptr (CrSource) found = NULL;
  g_autofree char *login = NULL;
  g_autoptr (GError) error = NULL;

  three->state = g_strdup ("TX");
  two->login = g_strdup ("MyChart");
  add (db, one);
  add (db, two);
  add (db, three);
  found = get (db, "one");
  g_assert_cmpint (found->n_logins, ==, 2);
  login = cr_source_dup_login (found);
  g_assert_cmpstr (login, ==, "ehr.example.org");
  g_clear_object (&found);
  g_free (login);
  found = get (db, "two");
  login = cr_source_dup_login (found);
  g_assert_cmpstr (login, ==, "MyChart");
  g_clear_object (&found);
  found = get (db, "three");
  g_assert_cmpint (found->n_logins, ==, 1);
}

static void
test_vendor_client (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  CrVendorClient client = { (char *) "epic", (char *) "of-epic", CR_CLIENT_AUTH_BASIC };
  g_autoptr (CrSource) own = make ("own", "Own");
  g_autoptr (CrSource) bare = make ("bare", "Bare");
  g_autoptr (CrSource) read = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;

  own->type = g_strdup ("epic");
  own->client_id = g_strdup ("mine");
  bare->type = g_strdup ("epic");
  add (db, own);
  add (db, bare);
  g_assert_true (cr_vendor_clients_set (db, &client, &error));

  read = get (db, "own");
  g_assert_cmpstr (read->client_id, ==, "mine");
  g_assert_cmpint (read->client_auth, ==, CR_CLIENT_AUTH_NONE);
  g_assert_false (read->uses_vendor_client);
  g_clear_object (&read);

  read = get (db, "bare");
  g_assert_cmpstr (read->client_id, ==, "of-epic");
  g_assert_cmpint (read->client_auth, ==, CR_CLIENT_AUTH_BASIC);
  name = cr_source_secret_name (read);
  g_assert_cmpstr (name, ==, "vendor/epic");

  /* Saving what was read does not make it the source's own. */
  g_assert_true (cr_sources_table_update (db, read, &error));
  list = cr_vendor_clients_list (db, &error);
  g_assert_cmpint (list->len, ==, 1);
  g_assert_true (cr_vendor_clients_remove (db, "epic", &error));
  g_clear_object (&read);
  read = get (db, "bare");
  g_assert_null (read->client_id);
  g_assert_false (cr_vendor_clients_remove (db, "epic", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

/* Every statement of a search goes by an index and sorts nothing, however large the catalog. */
static void
test_plan (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  const char *const *statements = cr_sources_search_statements ();

  for (guint i = 0; statements[i] != NULL; i++)
    {
      g_autofree char *plan = fixture_plan (db, statements[i]);
      g_auto (GStrv) steps = g_strsplit (plan, "\n", -1);

      g_test_message ("%s\n%s", statements[i], plan);
      for (guint j = 0; steps[j] != NULL; j++)
        if (g_str_has_prefix (steps[j], "SCAN source"))
          g_assert_nonnull (strstr (steps[j], "INDEX"));
        else if (strstr (steps[j], " s ") != NULL)
          g_assert_true (g_str_has_prefix (steps[j], "SEARCH s USING INDEX source_by_place"));
        else if (strstr (steps[j], "TEMP B-TREE") != NULL)
          g_assert_nonnull (strstr (plan, "SCAN f")); /* one page, put in order */
    }
}

static CrSourceQuota
note_asked (CrDb *db, const CrSourceQuota *news)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrSource) source = get (db, "oak");
  g_autoptr (GPtrArray) one = g_ptr_array_new ();

  g_assert_true (cr_asked_table_add (db, "oak", news, &error));
  g_assert_no_error (error);
  g_ptr_array_add (one, source);
  g_assert_true (cr_asked_table_fill (db, one, &error));
  g_assert_no_error (error);
  return source->quota;
}

/* Each day is counted by itself; when it last asked to slow down, and what it says, stay. */
static void
test_asked (void)
{
  g_autoptr (CrDb) db = fixture_open ();
  CrSourceQuota quota;

  add_some (db);
  note_asked (
      db, &(CrSourceQuota){ .day = 20231114, .n = 5, .said_n = 100, .said_s = 60, .said_ms = NOW });
  quota = note_asked (db, &(CrSourceQuota){ .day = 20231114,
                                            .n = 4,
                                            .slowed_ms = NOW + 1,
                                            .slowed_n = 3,
                                            .slowed_for_ms = 30000,
                                            .said_n = 100,
                                            .said_s = 60,
                                            .said_ms = NOW + 1 });
  g_assert_cmpint (quota.n, ==, 9);
  g_assert_cmpint (quota.slowed_n, ==, 8);
  g_assert_cmpint (quota.said_ms, ==, NOW);
  quota = note_asked (db, &(CrSourceQuota){ .day = 20231115, .n = -1 });
  g_assert_cmpint (quota.n, ==, 0);
  quota = note_asked (
      db,
      &(CrSourceQuota){ .day = 20231115, .n = 7, .said_n = 50, .said_s = 60, .said_ms = NOW + 2 });
  g_assert_cmpint (quota.day, ==, 20231115);
  g_assert_cmpint (quota.n, ==, 7);
  g_assert_cmpint (quota.slowed_ms, ==, NOW + 1);
  g_assert_cmpint (quota.slowed_n, ==, 8);
  g_assert_cmpint (quota.slowed_for_ms, ==, 30000);
  g_assert_cmpuint (quota.said_n, ==, 50);
  g_assert_cmpint (quota.said_ms, ==, NOW + 2);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/store/sources/K06-apostrophes", test_apostrophes);
  g_test_add_func ("/store/sources/K06-words", test_words);
  g_test_add_func ("/store/sources/pages", test_pages);
  g_test_add_func ("/store/sources/type", test_type);
  g_test_add_func ("/store/sources/index-follows", test_index_follows);
  g_test_add_func ("/store/sources/no-room", test_no_room);
  g_test_add_func ("/store/sources/all-fields", test_all_fields);
  g_test_add_func ("/store/sources/K01-alias", test_alias);
  g_test_add_func ("/store/sources/K03-two-logins", test_two_logins);
  g_test_add_func ("/store/sources/vendor-client", test_vendor_client);
  g_test_add_func ("/store/sources/plan", test_plan);
  g_test_add_func ("/store/sources/asked", test_asked);

  return g_test_run ();
}
