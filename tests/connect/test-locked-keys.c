/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "connect/cr-client-keys.h"
#include "cr-rig.h"
#include "keyring-house.h"

#include <string.h>

typedef struct
{
  gboolean done;
  GAsyncResult *result;
} Wait;

static void
wait_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->result = g_object_ref (result);
  wait->done = TRUE;
}

static void
make_keys (CrRig *rig)
{
  Wait wait = { FALSE, NULL };
  g_autofree char *set = NULL;
  g_autoptr (GError) error = NULL;

  cr_client_keys_publish_async (rig->vault, CR_KEYS_MAKE, cr_rig_clock (), NULL, wait_cb, &wait);
  cr_rig_wait (&wait.done);
  set = cr_client_keys_publish_finish (rig->vault, wait.result, &error);
  g_object_unref (wait.result);
  g_assert_no_error (error);
}

/* A portal that reads the keys while the keyring is locked is asked to come again: an empty set
 * would make it forget them. */
static void
test_locked (void)
{
  House house = { NULL };
  g_autoptr (CrRig) rig = NULL;
  g_autoptr (CrAnswer) before = NULL;
  g_autoptr (CrAnswer) locked = NULL;
  g_autoptr (CrAnswer) after = NULL;
  g_autofree char *uri = NULL;

  if (!house_open (&house))
    return;

  rig = cr_rig_new (FALSE);
  make_keys (rig);
  uri = cr_connect_get_jwks_uri (rig->connect);
  before = cr_rig_get (rig, uri);
  g_assert_cmpuint (before->status, ==, 200);
  g_assert_nonnull (strstr (before->body, "\"kid\""));

  house_lock ();
  locked = cr_rig_get (rig, uri);
  g_assert_cmpuint (locked->status, ==, 503);
  g_assert_cmpstr (locked->body, ==,
                   "The clinic's keys cannot be read at the moment. Please try again later.\n");

  house_unlock ();
  after = cr_rig_get (rig, uri);
  g_assert_cmpuint (after->status, ==, 200);
  g_assert_cmpstr (after->body, ==, before->body);

  g_clear_pointer (&rig, cr_rig_free);
  house_close (&house);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect/keys/locked", test_locked);

  return g_test_run ();
}
