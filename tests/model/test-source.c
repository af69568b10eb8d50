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

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/model/source/normal-base", test_normal_base);

  return g_test_run ();
}
