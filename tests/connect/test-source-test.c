/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "cr-rig.h"

#include "model/cr-event.h"

#include <string.h>

typedef struct
{
  gboolean done;
  GPtrArray *findings;
} Tried;

static void
tried_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Tried *tried = user_data;
  g_autoptr (GError) error = NULL;

  tried->findings = cr_connect_test_source_finish (CR_CONNECT (object), result, &error);
  g_assert_no_error (error);
  tried->done = TRUE;
}

static GPtrArray *
try_source (CrRig *rig, const char *base, const char *client_id)
{
  g_autoptr (CrSource) source = cr_source_new (NULL);
  Tried tried = { FALSE, NULL };

  source->fhir_base_url = g_strdup (base);
  source->client_id = g_strdup (client_id);
  cr_connect_test_source_async (rig->connect, source, NULL, tried_cb, &tried);
  cr_rig_wait (&tried.done);
  return tried.findings;
}

static CrFinding *
finding (GPtrArray *findings, const char *check)
{
  for (guint i = 0; i < findings->len; i++)
    if (g_strcmp0 (((CrFinding *) g_ptr_array_index (findings, i))->check, check) == 0)
      return g_ptr_array_index (findings, i);

  g_error ("no finding %s", check);
}

static void
assert_finding (GPtrArray *findings, const char *check, gboolean ok, const char *word)
{
  CrFinding *found = finding (findings, check);

  g_assert_cmpint (found->ok, ==, ok);
  if (strstr (found->message, word) == NULL)
    g_error ("%s does not say %s", found->message, word);
}

static void
test_good (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autofree char *base = g_strconcat (rig->sandbox_uri, "/portal/fhir/", NULL);
  g_autofree char *redirect = cr_connect_get_redirect_uri (rig->connect);
  g_autoptr (GPtrArray) findings = try_source (rig, base, "abc");
  g_autoptr (GPtrArray) unregistered = try_source (rig, base, NULL);

  for (guint i = 0; i < findings->len; i++)
    g_assert_true (((CrFinding *) g_ptr_array_index (findings, i))->ok);
  assert_finding (findings, "read-capability", TRUE, "R4");
  assert_finding (findings, "pkce", TRUE, "S256");
  assert_finding (findings, "offline-access", TRUE, "offline_access");
  assert_finding (findings, "client-id", TRUE, redirect);
  assert_finding (unregistered, "client-id", FALSE, redirect);
}

static void
test_bad (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autofree char *base = g_strconcat (rig->sandbox_uri, "/portal/fhir", NULL);
  g_autofree char *nowhere = g_strconcat (rig->sandbox_uri, "/nothing/here", NULL);
  g_autofree char *website = g_strconcat (cr_server_get_uri (rig->server), "/c", NULL);
  g_autoptr (GPtrArray) plain = try_source (rig, "http://fhir.example.org/r4", "abc");
  g_autoptr (GPtrArray) dead = try_source (rig, "http://127.0.0.1:9/r4", "abc");
  g_autoptr (GPtrArray) missing = try_source (rig, nowhere, "abc");
  g_autoptr (GPtrArray) version = NULL;
  g_autoptr (GPtrArray) html = NULL;

  assert_finding (plain, "address", FALSE, "https://");
  g_assert_cmpuint (plain->len, ==, 1);
  assert_finding (dead, "reach", FALSE, "127.0.0.1");
  assert_finding (missing, "read-capability", FALSE, "404");
  assert_finding (missing, "smart-configuration", FALSE, "sign in");

  cr_rig_fault (rig, "wrong-fhir-version", "{}");
  version = try_source (rig, base, "abc");
  assert_finding (version, "read-capability", FALSE, "1.0.2");
  cr_rig_clear_faults (rig);
  cr_rig_fault (rig, "html-page", "{}");
  html = try_source (rig, base, "abc");
  assert_finding (html, "read-capability", FALSE, "web page");
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/source-test/good", test_good);
  g_test_add_func ("/source-test/bad", test_bad);

  return g_test_run ();
}
