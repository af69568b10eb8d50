/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "cr-rig.h"

#include "connect/cr-proof.h"
#include "model/cr-attempt.h"

#include <string.h>

static void
test_accepts (void)
{
  static const struct
  {
    const char *issuer;
    gboolean is_promised;
    const char *iss;
    gboolean accepts;
  } table[] = {
    { "https://a.example/x", FALSE, "https://a.example/x", TRUE },
    { "https://a.example/x/", FALSE, "https://a.example/x", TRUE },
    { "https://a.example/x", TRUE, "https://a.example/x/", TRUE },
    { "https://a.example/x", FALSE, NULL, TRUE },
    { "https://a.example/x", TRUE, NULL, FALSE },
    { "https://a.example/x", TRUE, "", FALSE },
    { "https://a.example/x", FALSE, "https://a.example/y", FALSE },
    { "https://a.example/x", FALSE, "https://a.example/xx", FALSE },
    { "https://a.example/x", FALSE, "HTTPS://A.EXAMPLE/x", FALSE },
    { "https://a.example/x", FALSE, "/", FALSE },
    { NULL, FALSE, "https://b.example", TRUE },
    { NULL, TRUE, NULL, TRUE },
    { "two\nlines", TRUE, "two\nlines", TRUE },
    { "two\nlines", TRUE, "two", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (CrProof) before =
          cr_proof_new ("the-verifier", table[i].issuer, table[i].is_promised);
      g_autoptr (GBytes) packed = NULL;
      g_autoptr (CrProof) proof = NULL;

      g_free (before->nonce);
      before->nonce = g_strdup ("the-nonce");
      g_free (before->algorithm);
      before->algorithm = g_strdup ("ES384");
      g_free (before->jwks_uri);
      before->jwks_uri = g_strdup ("https://a.example/keys");
      packed = cr_proof_pack (before);
      proof = cr_proof_unpack (packed);
      g_assert_cmpstr (proof->verifier, ==, "the-verifier");
      g_assert_cmpstr (proof->nonce, ==, "the-nonce");
      g_assert_cmpstr (proof->algorithm, ==, "ES384");
      g_assert_cmpstr (proof->jwks_uri, ==, "https://a.example/keys");
      g_assert_cmpint (cr_proof_accepts (proof, table[i].iss), ==, table[i].accepts);
    }
}

static void
test_older (void)
{
  g_autoptr (GBytes) packed = g_bytes_new_static ("the-verifier", 12);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  g_autoptr (CrProof) proof = cr_proof_unpack (packed);
  g_autoptr (CrProof) empty = cr_proof_unpack (nothing);

  g_assert_cmpstr (proof->verifier, ==, "the-verifier");
  g_assert_true (cr_proof_accepts (proof, "https://anybody.example"));
  g_assert_cmpstr (empty->verifier, ==, "");
}

/* The whole trip, with @iss added to what the portal sends back. */
static char *
walk_with (CrRig *rig, CrSession *session, const char *iss)
{
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autoptr (CrAnswer) begun = cr_rig_get (rig, url);
  g_autofree char *back = cr_rig_sign_in (rig, begun->location, 0, CR_RIG_ALLOW);
  g_autofree char *escaped = g_uri_escape_string (iss, NULL, FALSE);
  g_autofree char *said = g_strconcat (back, "&iss=", escaped, NULL);
  g_autoptr (CrAnswer) ended = cr_rig_get (rig, said);

  g_assert_cmpuint (ended->status, ==, 303);
  return g_strdup (ended->location);
}

/* Another server answered in the portal's stead: its code goes nowhere, and the state is used up.
 */
static void
test_other (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *back = walk_with (rig, session, "https://evil.example");
  g_autofree char *error = cr_rig_query (back, "error");
  g_autoptr (GPtrArray) attempts = cr_rig_attempts (rig, session->id);
  g_autoptr (GPtrArray) connections = cr_rig_connections (rig, session->patient_id);
  CrAttempt *attempt = g_ptr_array_index (attempts, 0);

  g_assert_cmpstr (error, ==, "oauth_callback_failed");
  g_assert_cmpuint (cr_rig_count (rig, "POST", "/portal/token", 0), ==, 0);
  g_assert_cmpint (attempt->status, ==, CR_ATTEMPT_FAILED);
  g_assert_null (attempt->sealed_verifier);
  g_assert_cmpuint (connections->len, ==, 0);
}

static void
test_same (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *issuer = g_strconcat (rig->sandbox_uri, "/portal/fhir", NULL);
  g_autofree char *back = walk_with (rig, session, issuer);

  g_assert_nonnull (strstr (back, "success=true"));
  g_assert_cmpuint (cr_rig_count (rig, "POST", "/portal/token", 200), ==, 1);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/issuer/accepts", test_accepts);
  g_test_add_func ("/issuer/older", test_older);
  g_test_add_func ("/issuer/other", test_other);
  g_test_add_func ("/issuer/same", test_same);

  return g_test_run ();
}
