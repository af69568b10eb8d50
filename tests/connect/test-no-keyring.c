/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "cr-rig.h"

#include "model/cr-auth-event.h"

#include <string.h>

/* There is no keyring service: nobody is sent to a portal, since the tokens could not be kept. */
static void
test_missing (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) session = cr_rig_direct_session (rig, 0);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autoptr (CrAnswer) page = cr_rig_get (rig, url);
  g_autoptr (GPtrArray) attempts = cr_rig_attempts (rig, session->id);
  g_autoptr (GPtrArray) log = cr_rig_auth_events (rig, session->patient_id);
  g_autoptr (CrSession) after = cr_rig_get_session (rig, session->id);
  CrAttempt *attempt;

  g_assert_cmpuint (page->status, ==, 503);
  g_assert_null (page->location);
  g_assert_nonnull (strstr (page->body, "keyring_unavailable"));
  g_assert_cmpuint (attempts->len, ==, 1);
  attempt = g_ptr_array_index (attempts, 0);
  g_assert_cmpint (attempt->status, ==, CR_ATTEMPT_FAILED);
  g_assert_cmpint (attempt->failure_code, ==, CR_FAILURE_KEYRING_UNAVAILABLE);
  g_assert_cmpuint (log->len, ==, 1);
  g_assert_cmpint (((CrAuthEvent *) g_ptr_array_index (log, 0))->code, ==,
                   CR_FAILURE_KEYRING_UNAVAILABLE);
  g_assert_cmpint (after->status, ==, CR_SESSION_OPEN);
}

/* A portal reads the keys later. */
static void
test_keys (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  g_autofree char *uri = cr_connect_get_jwks_uri (rig->connect);
  g_autoptr (CrAnswer) answer = cr_rig_get (rig, uri);

  g_assert_cmpuint (answer->status, ==, 503);
  g_assert_cmpstr (answer->body, ==,
                   "The clinic's keys cannot be read at the moment. Please try again later.\n");
}

int
main (int argc, char **argv)
{
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/no-keyring/missing", test_missing);
  g_test_add_func ("/no-keyring/keys", test_keys);

  return g_test_run ();
}
