/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-catalog.h"

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "fhir/cr-vendors.h"

#include <string.h>

#define VERSION(code)                                                                              \
  "\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version\","     \
  "\"valueCode\":\"" code "\"}],"
#define ENDPOINT(id, rest)                                                                         \
  "{\"fullUrl\":\"https://list.example.org/Endpoint/" id "\",\"resource\":{\"resourceType\":"      \
  "\"Endpoint\",\"id\":\"" id "\",\"status\":\"active\",\"connectionType\":{\"code\":"             \
  "\"hl7-fhir-rest\"}," rest "}}"
#define ORGANIZATION(id, rest)                                                                     \
  "{\"fullUrl\":\"https://list.example.org/Organization/" id "\",\"resource\":{\"resourceType\":"  \
  "\"Organization\",\"id\":\"" id "\"," rest "}}"
#define BUNDLE(entries)                                                                            \
  "{\"resourceType\":\"Bundle\",\"id\":\"list\",\"type\":\"collection\",\"entry\":[" entries "]}"
#define PORTAL(name, url, endpoint)                                                                \
  "{\"url\":\"http://hl7.org/fhir/StructureDefinition/organization-portal\",\"extension\":["       \
  "{\"url\":\"portalName\",\"valueString\":\"" name "\"},"                                         \
  "{\"url\":\"portalUrl\",\"valueUrl\":\"" url "\"},"                                              \
  "{\"url\":\"portalEndpoint\",\"valueReference\":{\"reference\":\"" endpoint "\"}}]}"

static CrCatalog *
read_text (const char *text)
{
  g_autoptr (GError) error = NULL;
  CrCatalog *catalog = cr_catalog_read (text, strlen (text), NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return catalog;
}

static CrSource *
source_at (CrCatalog *catalog, guint i)
{
  GPtrArray *sources = cr_catalog_get_sources (catalog);

  g_assert_cmpint (i, <, sources->len);
  return g_ptr_array_index (sources, i);
}

static void
test_plain (void)
{
  g_autoptr (CrCatalog) catalog = read_text (
      BUNDLE (ENDPOINT ("e1", "\"address\":\"https://FHIR.example.org/r4/Abc/\"") "," ORGANIZATION (
          "o1", "\"name\":\"Vishen, R K MD\",\"alias\":[\"Old \\u00dcne\"],\"identifier\":[{"
                "\"system\":\"http://hl7.org/fhir/sid/us-npi\",\"value\":\"1912011511\"}],"
                "\"address\":[{\"city\":\"Orange Park\",\"state\":\"FL\"}],\"telecom\":[{"
                "\"system\":\"url\",\"value\":\"https://www.example.org\"}],"
                "\"endpoint\":[{\"reference\":\"Endpoint/e1\"}]")));
  CrSource *source = source_at (catalog, 0);

  g_assert_cmpint (cr_catalog_get_sources (catalog)->len, ==, 1);
  g_assert_cmpstr (cr_catalog_get_publisher (catalog), ==, "list");
  g_assert_cmpstr (source->name, ==, "Vishen, R K MD");
  g_assert_cmpstr (source->aliases[0], ==, "Old Üne");
  g_assert_cmpstr (source->fhir_base_url, ==, "https://fhir.example.org/r4/Abc");
  g_assert_cmpstr (source->published_id, ==, "e1");
  g_assert_cmpstr (source->npi, ==, "1912011511");
  g_assert_cmpstr (source->city, ==, "Orange Park");
  g_assert_cmpstr (source->state, ==, "FL");
  g_assert_cmpstr (source->website, ==, "https://www.example.org");
}

/* clang-format off */
/* One brand with a sign-in page for adults and one for children, and a clinic that is part of it.
 */
static void
test_brands (void)
{
  g_autoptr (CrCatalog) catalog = read_text (BUNDLE (ORGANIZATION (
      "b",
      "\"name\":\"Mercy Health\",\"extension\":[{\"url\":"
      "\"http://hl7.org/fhir/StructureDefinition/organization-brand\",\"extension\":[{"
      "\"url\":\"brandLogo\",\"valueUrl\":\"https://mercy.example.org/logo.png\"}]}," PORTAL (
          "Adults",
          "https://my.mercy.example.org", "Endpoint/one") "," PORTAL ("Children",
                                                                      "https://"
                                                                      "kids.mercy.example.org",
                                                                      "https://list.example.org/"
                                                                      "Endpoint/"
                                                                      "two") "],\"endpoint\":[{"
                                                                             "\"reference\":"
                                                                             "\"Endpoint/"
                                                                             "one\"},{"
                                                                             "\"reference\":"
                                                                             "\"Endpoint/two\"}]") "," ORGANIZATION ("c", "\"name\":\"Mercy Eye\",\"partOf\":{\"reference\":\"Organization/b\"}") "," ORGANIZATION ("d", "\"name\":\"Mercy Labs\",\"partOf\":{\"reference\":\"Organization/b\"},\"endpoint\":[{\"reference\":\"Endpoint/three\"}]") "," ENDPOINT ("one", VERSION ("4.0.1") "\"address\":\"https://one.example.org/r4\"") "," ENDPOINT ("two",
                                                                                                                                                                                                                                                                                                                                                                                                                                                       VERSION ("4.0.1") "\"address\":\"https://two.example.org/r4\"") "," ENDPOINT ("three",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     VERSION (
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "4.0.1") "\"address\":\"https://three.example.org/r4\"")));
  CrSource *one = source_at (catalog, 0);
  CrSource *two = source_at (catalog, 1);
  CrSource *three = source_at (catalog, 2);

  g_assert_cmpint (cr_catalog_get_sources (catalog)->len, ==, 3);
  g_assert_cmpstr (one->name, ==, "Mercy Health");
  g_assert_cmpstr (one->login, ==, "Adults");
  g_assert_cmpstr (one->portal_url, ==, "https://my.mercy.example.org");
  g_assert_cmpstr (one->logo_url, ==, "https://mercy.example.org/logo.png");
  g_assert_cmpstr (one->fhir_version, ==, "4.0.1");
  g_assert_cmpstr (one->aliases[0], ==, "Mercy Eye");
  g_assert_cmpstr (two->name, ==, "Mercy Health");
  g_assert_cmpstr (two->login, ==, "Children");
  g_assert_cmpstr (three->name, ==, "Mercy Labs");
  g_assert_cmpstr (three->brand, ==, "Mercy Health");
  g_assert_cmpstr (three->logo_url, ==, "https://mercy.example.org/logo.png");
}

/* What cannot be used is counted, not stored. */
static void
test_counts (void)
{
  g_autoptr (CrCatalog)
      catalog =
          read_text (
              BUNDLE (ENDPOINT ("a", VERSION ("3.0.1") "\"name\":\"A\",\"address\":\"https://"
                                                       "h.example.org/a\"") "," ENDPOINT ("b", "\"n"
                                                                                               "ame"
                                                                                               "\":"
                                                                                               "\"B"
                                                                                               "\","
                                                                                               "\"a"
                                                                                               "ddr"
                                                                                               "e"
                                                                                               "ss"
                                                                                               "\":"
                                                                                               "\"h"
                                                                                               "ttp"
                                                                                               "s"
                                                                                               "://"
                                                                                               "h."
                                                                                               "exa"
                                                                                               "mpl"
                                                                                               "e"
                                                                                               ".or"
                                                                                               "g/"
                                                                                               "DST"
                                                                                               "U2/"
                                                                                               "b"
                                                                                               "\"") "," ENDPOINT ("c",
                                                                                                                   "\"name\":\"C\",\"address\":\"http://h.example.org/c\"") "," ENDPOINT ("d",
                                                                                                                                                                                          "\"name\":\"D\",\"address\":\"http://127.0.0.1/d\"") "," ENDPOINT ("e", "\"address\":\"https://h.example.org/e\"") "," ENDPOINT ("f",
                                                                                                                                                                                                                                                                                                                           "\"name\":\"F\",\"status\":"
                                                                                                                                                                                                                                                                                                                           "\"off\",\"address\":"
                                                                                                                                                                                                                                                                                                                           "\"https://h.example.org/"
                                                                                                                                                                                                                                                                                                                           "f\"") "," ENDPOINT ("g",
                                                                                                                                                                                                                                                                                                                                                "\"name"
                                                                                                                                                                                                                                                                                                                                                "\":"
                                                                                                                                                                                                                                                                                                                                                "\"G\","
                                                                                                                                                                                                                                                                                                                                                "\"conn"
                                                                                                                                                                                                                                                                                                                                                "ection"
                                                                                                                                                                                                                                                                                                                                                "Type\""
                                                                                                                                                                                                                                                                                                                                                ":{"
                                                                                                                                                                                                                                                                                                                                                "\"code"
                                                                                                                                                                                                                                                                                                                                                "\":"
                                                                                                                                                                                                                                                                                                                                                "\"dico"
                                                                                                                                                                                                                                                                                                                                                "m-"
                                                                                                                                                                                                                                                                                                                                                "wado-"
                                                                                                                                                                                                                                                                                                                                                "rs\"},"
                                                                                                                                                                                                                                                                                                                                                "\"addr"
                                                                                                                                                                                                                                                                                                                                                "ess\":"
                                                                                                                                                                                                                                                                                                                                                "\"http"
                                                                                                                                                                                                                                                                                                                                                "s://"
                                                                                                                                                                                                                                                                                                                                                "h."
                                                                                                                                                                                                                                                                                                                                                "exampl"
                                                                                                                                                                                                                                                                                                                                                "e.org/"
                                                                                                                                                                                                                                                                                                                                                "g\"") "," ENDPOINT ("h",
                                                                                                                                                                                                                                                                                                                                                                     VERSION ("4.0.0") "\"name\":\"H\",\"address\":\"https://h.example.org/h\"") "," ENDPOINT ("i", "\"managingOrganization\":{\"display\":\"I\"},\"address\":\"https://h.example.org/h/\"") "," ENDPOINT ("j", "\"managingOrganization\":{\"reference\":\"#x\"},\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"x\",\"name\":\"J\",\"address\":[{\"city\":\"Boise\"}]}],\"address\":\"https://h.example.org/j\"") ",{\"resource\":{\"resourceType\":\"Location\"}},{\"fullUrl\":\"x\"},7,null"));
  const CrCatalogCounts *counts = cr_catalog_get_counts (catalog);

  g_assert_cmpint (counts->n_entries, ==, 14);
  g_assert_cmpint (counts->n_endpoints, ==, 10);
  g_assert_cmpint (counts->n_other_version, ==, 2);
  g_assert_cmpint (counts->n_bad_address, ==, 2);
  g_assert_cmpint (counts->n_unnamed, ==, 1);
  g_assert_cmpint (counts->n_inactive, ==, 1);
  g_assert_cmpint (counts->n_other_kind, ==, 1);
  g_assert_cmpint (cr_catalog_get_sources (catalog)->len, ==, 2);
  g_assert_cmpstr (source_at (catalog, 0)->name, ==, "H");
  g_assert_cmpstr (source_at (catalog, 1)->name, ==, "J");
  g_assert_cmpstr (source_at (catalog, 1)->city, ==, "Boise");
}

/* clang-format on */

static const struct
{
  const char *name;
  const char *text;
  const char *words; /* in the error */
} bad[] = {
  { "empty", "", "empty" },
  { "blank", " \n", "empty" },
  { "html", "<html><body>Sign in</body></html>", "no JSON" },
  { "csv", "name,url\nA,https://a", "no JSON" },
  { "list", "[1]", "no JSON" },
  { "no-fhir", "{\"a\":1}", "no FHIR" },
  { "patient", "{\"resourceType\":\"Patient\",\"id\":\"p\"}", "type Patient" },
  { "no-endpoint", BUNDLE (ORGANIZATION ("o", "\"name\":\"O\"")), "no Endpoint" },
  { "no-entry", "{\"resourceType\":\"Bundle\"}", "no Endpoint" },
  { "behind", BUNDLE ("") "x", "behind its end" },
  { "comma", "{\"resourceType\":\"Bundle\",\"entry\":[{} {}]}", "damaged" },
  { "bad-entry", "{\"resourceType\":\"Bundle\",\"entry\":[{\"a\":tru}]}", "byte 42" },
  { "brackets", "{\"resourceType\":\"Bundle\",\"entry\":[{\"a\":[1}]]}", "damaged" },
  { "bare", "{resourceType:1}", "damaged" },
};

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (cr_catalog_read (bad[i].text, strlen (bad[i].text), NULL, NULL, NULL, &error));
      g_test_message ("%s: %s", bad[i].name, error->message);
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
      g_assert_nonnull (strstr (error->message, bad[i].words));
    }
}

/* Wherever a download broke off, it is noticed. */
static void
test_cut (void)
{
  static const char whole[] =
      BUNDLE (ENDPOINT ("e", "\"name\":\"A \\\" [ b\",\"address\":\"https://h.example.org/e\""));

  for (gsize n = 1; n < strlen (whole); n++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (cr_catalog_read (whole, n, NULL, NULL, NULL, &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
    }
}

/* 300 MB that never close a bracket, or of one entry. */
static void
test_huge (void)
{
  static const char *const heads[] = { "{\"resourceType\":\"Bundle\",\"entry\":[{\"a\":\"",
                                       "{\"resourceType\":\"Bundle\",\"entry\":[[[[", "{\"a\":\"",
                                       "" };
  gsize n_bytes = 300 * 1024 * 1024;
  g_autofree char *text = g_malloc (n_bytes);

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autoptr (GError) error = NULL;

      memset (text, ' ', n_bytes);
      memcpy (text, heads[i], strlen (heads[i]));
      g_assert_null (cr_catalog_read (text, n_bytes, NULL, NULL, NULL, &error));
      g_assert_true (g_error_matches (error, CR_ERROR, CR_ERROR_TOO_LARGE) ||
                     g_error_matches (error, CR_ERROR, CR_ERROR_BAD_INPUT));
    }
}

/* 300 MB of one entry that is closed as it should be, and so is the Bundle. */
static void
test_huge_entry (void)
{
  static const char head[] = "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":"
                             "{\"resourceType\":\"Endpoint\",\"address\":\"https://a.example/r4\","
                             "\"name\":\"";
  static const char tail[] = "\"}}]}";
  gsize n_bytes = 300 * 1024 * 1024;
  g_autofree char *text = g_malloc (n_bytes);
  g_autoptr (GError) error = NULL;

  memset (text, 'a', n_bytes);
  memcpy (text, head, strlen (head));
  memcpy (text + n_bytes - strlen (tail), tail, strlen (tail));
  g_assert_null (cr_catalog_read (text, n_bytes, NULL, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_TOO_LARGE);
}

static void
cancel_cb (gsize n_done, gsize n_bytes, gpointer user_data)
{
  g_assert_cmpint (n_done, <=, n_bytes);
  g_cancellable_cancel (user_data);
}

static void
test_cancel (void)
{
  static const char text[] = BUNDLE (ENDPOINT ("e", "\"name\":\"A\""));
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (
      cr_catalog_read (text, strlen (text), cancel_cb, cancellable, cancellable, &error));
  g_assert_true (cr_error_is_cancelled (error));
}

static void
test_vendors (void)
{
  static const struct
  {
    const char *url;
    const char *type;
  } rows[] = {
    { "https://fhir-myrecord.cerner.com/r4/x", "cerner" },
    { "https://cerner.com.example.org/r4", NULL },
    { "https://notcerner.com/r4", NULL },
    { "https://fhir.hospital.example.org/interconnect-prd/api/FHIR/R4", "epic" },
    { "https://api.platform.athenahealth.com/fhir/r4", "athena" },
    { "https://fhir.meditouchehr.com/api/fhir/r4", "nextgen" },
    { "https://fhir4.healow.com/fhir/r4/ABCDEF", "eclinicalworks" },
    { "https://fhir.example.org/r4", NULL },
    { "nonsense", NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrVendors) vendors = cr_vendors_load (&error);
  g_auto (GStrv) types = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpstr (cr_vendors_recognise (vendors, rows[i].url), ==, rows[i].type);
  types = cr_vendors_list (vendors);
  g_assert_true (g_strv_contains ((const char *const *) types, "epic"));
  g_assert_cmpstr (cr_vendors_get_name (vendors, "epic"), ==, "Epic");
  g_assert_cmpstr (cr_vendors_get_name (vendors, "mine"), ==, "mine");
}

/* The list Oracle Health publishes. */
static void
test_real (void)
{
  const char *path = g_getenv ("CHARTROOM_CATALOG");
  g_autofree char *text = NULL;
  g_autoptr (CrCatalog) catalog = NULL;
  g_autoptr (CrVendors) vendors = cr_vendors_load (NULL);
  g_autoptr (GError) error = NULL;
  GPtrArray *sources;
  gsize n_bytes;

  if (path == NULL || !g_file_get_contents (path, &text, &n_bytes, NULL))
    {
      g_test_skip ("the published list of ../shared/data/catalog is not here");
      return;
    }

  catalog = cr_catalog_read (text, n_bytes, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  sources = cr_catalog_get_sources (catalog);
  g_assert_cmpint (sources->len, ==, 1359);
  g_assert_cmpstr (cr_catalog_get_publisher (catalog), ==, "millennium-patient-r4");
  for (guint i = 0; i < sources->len; i++)
    {
      CrSource *source = g_ptr_array_index (sources, i);

      g_assert_cmpstr (cr_vendors_recognise (vendors, source->fhir_base_url), ==, "cerner");
      g_assert_nonnull (source->city);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fhir/catalog/plain", test_plain);
  g_test_add_func ("/fhir/catalog/brands", test_brands);
  g_test_add_func ("/fhir/catalog/counts", test_counts);
  g_test_add_func ("/fhir/catalog/bad", test_bad);
  g_test_add_func ("/fhir/catalog/cut", test_cut);
  g_test_add_func ("/fhir/catalog/huge", test_huge);
  g_test_add_func ("/fhir/catalog/huge-entry", test_huge_entry);
  g_test_add_func ("/fhir/catalog/cancel", test_cancel);
  g_test_add_func ("/fhir/catalog/vendors", test_vendors);
  g_test_add_func ("/fhir/catalog/real", test_real);

  return g_test_run ();
}
