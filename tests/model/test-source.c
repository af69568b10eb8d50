/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-source.h"

#include "base/cr-error.h"
#include "base/cr-first.h"

static const struct
{
  const char *url;
  const char *base; /* NULL: refused */
} rows[] = {
  { "https://fhir.example.org/r4", "https://fhir.example.org/r4" },
  { " HTTPS://FHIR.Example.org:443/R4//\n", "https://fhir.example.org/R4" },
  { "https://fhir.example.org", "https://fhir.example.org" },
  { "https://fhir.example.org/", "https://fhir.example.org" },
  { "https://fhir.example.org:8443/a%20b/", "https://fhir.example.org:8443/a%20b" },
  { "http://127.0.0.1:8080/fhir", "http://127.0.0.1:8080/fhir" },
  { "http://127.8.8.8/fhir", "http://127.8.8.8/fhir" },
  { "http://localhost:80/fhir", "http://localhost/fhir" },
  { "http://[::1]:8080/fhir", "http://[::1]:8080/fhir" },
  { "http://fhir.example.org/r4", NULL },
  { "http://127.0.0.1.example.org/r4", NULL },
  { "http://localhost.example.org/r4", NULL },
  { "http://10.0.0.5/r4", NULL },
  { "ftp://fhir.example.org/r4", NULL },
  { "file:///etc/passwd", NULL },
  { "https://user:pw@fhir.example.org/r4", NULL },
  { "https://user@fhir.example.org/r4", NULL },
  { "https://fhir.example.org/r4?x=1", NULL },
  { "https://fhir.example.org/r4#x", NULL },
  { "fhir.example.org/r4", NULL },
  { "https://", NULL },
  { "", NULL },
  { NULL, NULL },
};

static void
test_normal_base (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *base = cr_source_normal_base (rows[i].url, &error);
      g_autofree char *again = NULL;

      g_test_message ("row %u", i);
      g_assert_cmpstr (base, ==, rows[i].base);
      if (base == NULL)
        {
          g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
          continue;
        }
      again = cr_source_normal_base (base, &error);
      g_assert_cmpstr (again, ==, base);
    }
}

/* K05: one rule joins base and path. */
static void
test_join (void)
{
  static const struct
  {
    const char *base, *path, *url;
  } joins[] = {
    { "https://h/r4", "metadata", "https://h/r4/metadata" },
    { "https://h/r4/", "metadata", "https://h/r4/metadata" },
    { "https://h/r4", "/metadata", "https://h/r4/metadata" },
    { "https://h/r4//", "//metadata", "https://h/r4/metadata" },
    { "https://h", "metadata", "https://h/metadata" },
    { "https://h/a/b/c/d", "Patient/1", "https://h/a/b/c/d/Patient/1" },
    { "https://h/api/FHIR/R4", ".well-known/smart-configuration",
      "https://h/api/FHIR/R4/.well-known/smart-configuration" },
    { "https://h/r4", "Observation?patient=1&category=a%2Cb",
      "https://h/r4/Observation?patient=1&category=a%2Cb" },
    { "https://h/-Kz/x%20y", "Patient/a%2Fb", "https://h/-Kz/x%20y/Patient/a%2Fb" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (joins); i++)
    {
      g_autofree char *url = cr_source_join (joins[i].base, joins[i].path);

      g_assert_cmpstr (url, ==, joins[i].url);
    }
}

/* K02, K04: who may be chosen; a suspension ends by itself on its day. */
static void
test_can_be_chosen (void)
{
  static const struct
  {
    CrSourceStatus status;
    gint64 until_ms;
    gboolean can;
  } states[] = {
    { CR_SOURCE_WORKING, 0, TRUE },      { CR_SOURCE_MOVED, 0, TRUE },
    { CR_SOURCE_SUSPENDED, 0, FALSE },   { CR_SOURCE_SUSPENDED, 1001, FALSE },
    { CR_SOURCE_SUSPENDED, 1000, TRUE }, { CR_SOURCE_NOT_ENABLED, 0, FALSE },
    { CR_SOURCE_GONE, 0, FALSE },
  };
  g_autoptr (CrSource) source = cr_source_new ("a");

  g_assert_false (cr_source_can_be_chosen (source, 1000));
  source->client_id = g_strdup ("c");
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      source->status = states[i].status;
      source->suspended_until_ms = states[i].until_ms;
      g_assert_cmpint (cr_source_can_be_chosen (source, 1000), ==, states[i].can);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/model/source/K05-normal-base", test_normal_base);

  g_test_add_func ("/model/source/K05-join", test_join);
  g_test_add_func ("/model/source/can-be-chosen", test_can_be_chosen);

  return g_test_run ();
}
