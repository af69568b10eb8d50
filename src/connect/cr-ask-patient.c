/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-ask-patient.h"

#include "base/cr-error.h"
#include "fhir/cr-bundle.h"
#include "fhir/cr-resource.h"

#include <string.h>

#define MAX_PATIENT (8 * 1024 * 1024)
#define TOTAL_S 60

typedef enum
{
  STEP_READ_GRANTED,
  STEP_READ_USER,
  STEP_SEARCH,
} Step;

typedef struct
{
  Step step;
  CrToken *token; /* (owned) */
  char *base;     /* (owned) */
  char *granted;  /* (owned) (nullable): id that came with the token */
  char *user;     /* (owned) (nullable): id that the id token names */
} Ask;

void
cr_portal_patient_free (CrPortalPatient *self)
{
  g_free (self->id);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self);
}

static CrPortalPatient *
portal_patient_new (const char *id, GBytes *body, const char *from)
{
  CrPortalPatient *self = g_new0 (CrPortalPatient, 1);

  self->id = g_strdup (id);
  self->body = body != NULL ? g_bytes_ref (body) : NULL;
  self->from = from;
  return self;
}

static void
ask_free (gpointer data)
{
  Ask *self = data;

  g_object_unref (self->token);
  g_free (self->base);
  g_free (self->granted);
  g_free (self->user);
  g_free (self);
}

static void advance (GTask *task);

static void
next_step (GTask *task)
{
  Ask *self = g_task_get_task_data (task);

  self->step++;
  advance (task);
}

static gboolean
is_patient (GBytes *body)
{
  g_autofree char *type = NULL;
  g_autofree char *id = NULL;
  gsize n_bytes;
  const char *text = g_bytes_get_data (body, &n_bytes);

  return cr_resource_identity (text, n_bytes, &type, &id, NULL) && g_strcmp0 (type, "Patient") == 0;
}

/* The id that came with the token is the portal's word and holds even where Patient may not be
 * read; the id token's is a hint, which some portals fill with an account that is no Patient. */
static void
read_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *self = g_task_get_task_data (task);
  gboolean is_granted = self->step == STEP_READ_GRANTED;
  const char *id = is_granted ? self->granted : self->user;
  const char *from = is_granted ? "the token answer" : "the id token";
  g_autoptr (CrReply) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (reply != NULL && cr_reply_check (reply, &error) && is_patient (reply->body))
    g_task_return_pointer (task, portal_patient_new (id, reply->body, from),
                           (GDestroyNotify) cr_portal_patient_free);
  else if (cr_error_is_cancelled (error) || cr_error_is_retryable (error) ||
           g_error_matches (error, CR_ERROR, CR_ERROR_CERTIFICATE))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (is_granted && (g_error_matches (error, CR_ERROR, CR_ERROR_SIGN_IN) ||
                          g_error_matches (error, CR_ERROR, CR_ERROR_REFUSED)))
    g_task_return_pointer (task, portal_patient_new (id, NULL, from),
                           (GDestroyNotify) cr_portal_patient_free);
  else
    next_step (g_steal_pointer (&task));
}

/* The only Patient a search may show us, and certainly the only one. */
static const CrIncoming *
single_hit (CrBundle *bundle)
{
  const CrIncoming *hit = NULL;
  guint n_entries;
  const CrIncoming *entries = cr_bundle_get_entries (bundle, &n_entries);

  for (guint i = 0; i < n_entries; i++)
    {
      if (entries[i].mode != CR_ENTRY_MATCH || g_strcmp0 (entries[i].type, "Patient") != 0)
        continue;
      if (hit != NULL || entries[i].id == NULL)
        return NULL;
      hit = &entries[i];
    }

  return cr_bundle_get_next (bundle) == NULL && cr_bundle_get_total (bundle) <= 1 ? hit : NULL;
}

static void
search_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *self = g_task_get_task_data (task);
  g_autoptr (CrReply) reply = NULL;
  g_autoptr (CrBundle) bundle = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GError) error = NULL;
  const CrIncoming *hit = NULL;

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (reply != NULL && cr_reply_check (reply, &error))
    bundle = cr_bundle_split (reply->body, self->base, &error);
  if (bundle != NULL)
    hit = single_hit (bundle);

  if (hit != NULL)
    {
      body = g_bytes_new (hit->body, hit->n_bytes);
      g_task_return_pointer (task, portal_patient_new (hit->id, body, "a search with one hit"),
                             (GDestroyNotify) cr_portal_patient_free);
    }
  else if (cr_error_is_cancelled (error) || cr_error_is_retryable (error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_NOT_FOUND,
                             "The portal did not say who signed in: no usable patient came with "
                             "the token, and a search did not find exactly one.");
}

static void
ask (GTask *task, const char *path, GAsyncReadyCallback callback)
{
  CrClient *client = g_task_get_source_object (task);
  Ask *self = g_task_get_task_data (task);
  g_autofree char *url = g_strdup_printf ("%s/Patient%s", self->base, path);
  CrRequest request = { 0 };

  request.url = url;
  request.token = self->token;
  request.max_bytes = MAX_PATIENT;
  request.total_s = TOTAL_S;
  cr_client_send_async (client, &request, g_task_get_cancellable (task), callback, task);
}

static void
advance (GTask *task)
{
  Ask *self = g_task_get_task_data (task);
  const char *id = self->step == STEP_READ_GRANTED ? self->granted : self->user;
  g_autofree char *escaped = NULL;
  g_autofree char *path = NULL;

  switch (self->step)
    {
    case STEP_READ_GRANTED:
    case STEP_READ_USER:
      if (id == NULL)
        {
          next_step (task);
          break;
        }
      escaped = g_uri_escape_string (id, NULL, FALSE);
      path = g_strconcat ("/", escaped, NULL);
      ask (task, path, read_cb);
      break;
    case STEP_SEARCH:
      ask (task, "?_count=2", search_cb);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* The id in `Patient/x`, an address that ends so, or (@may_be_bare) `x` itself. */
static char *
patient_id_of (const char *reference, gboolean may_be_bare)
{
  const char *at = reference != NULL ? g_strrstr (reference, "Patient/") : NULL;
  const char *id = NULL;

  if (at != NULL && (at == reference || at[-1] == '/'))
    id = at + strlen ("Patient/");
  else if (may_be_bare && reference != NULL)
    id = reference;

  if (id == NULL || id[0] == '\0' || strlen (id) > 256 || strchr (id, '/') != NULL)
    return NULL;
  return g_strdup (id);
}

/**
 * cr_ask_patient_async:
 * @token: the access token just granted
 * @granted_patient: (nullable): `patient` of the token answer
 * @fhir_user: (nullable): the `fhirUser` claim
 *
 * Finds who signed in and reads their Patient: from the token answer, else from the id token if
 * such a Patient can be read, else the only one that a search shows.
 *
 * Errors: CR_ERROR_NOT_FOUND when none or more than one is possible; OFFLINE, BUSY
 * Source: https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
 */
void
cr_ask_patient_async (CrClient *client,
                      CrToken *token,
                      const char *fhir_base_url,
                      const char *granted_patient,
                      const char *fhir_user,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (client, cancellable, callback, user_data);
  Ask *self = g_new0 (Ask, 1);

  g_task_set_source_tag (task, cr_ask_patient_async);
  g_task_set_task_data (task, self, ask_free);
  self->token = g_object_ref (token);
  self->base = g_strdup (fhir_base_url);
  self->granted = patient_id_of (granted_patient, TRUE);
  self->user = patient_id_of (fhir_user, FALSE);
  advance (task);
}

CrPortalPatient *
cr_ask_patient_finish (CrClient *client, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, client), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
