/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-ask-patient.h"

#include "base/cr-said.h"
#include "model/cr-source.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "fhir/cr-bundle.h"
#include "fhir/cr-resource.h"

#include <string.h>

#define MAX_PATIENT (8 * 1024 * 1024)
#define TOTAL_S 60
#define MAX_PAGES 20 /* of one search that shows whom coverage is about */

typedef enum
{
  STEP_READ_GRANTED,
  STEP_READ_USER,
  STEP_SEARCH,
  STEP_COVERAGE,
  STEP_BENEFIT,
  STEP_READ_COVERED,
} Step;

/* Whom a member of a resource that payers have names. */
typedef struct
{
  const char *type;
  const char *member;
} Cover;

static const Cover covers[] = {
  { "Coverage", "beneficiary" },
  { "ExplanationOfBenefit", "patient" },
};

typedef struct
{
  Step step;
  CrToken *token; /* (owned) */
  char *base;     /* (owned) */
  char *granted;  /* (owned) (nullable): id that came with the token */
  char *user;     /* (owned) (nullable): id that the id token names */
  char *covered;  /* (owned) (nullable): the only id that coverage names */
  guint n_pages;  /* of the search under way */
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
  g_free (self->covered);
  g_free (self);
}

static gboolean
is_of (const char *reference, const char *base)
{
  gsize n = strlen (base);

  return strstr (reference, "://") == NULL ||
         (strncmp (reference, base, n) == 0 && reference[n] == '/');
}

/**
 * cr_portal_patient_id:
 * @reference: (nullable): `Patient/x`, an address that ends so, or (@may_be_bare) `x` itself
 * @base: the FHIR base URL; a reference to another server names nobody here
 *
 * Returns: (transfer full) (nullable): the id
 */
char *
cr_portal_patient_id (const char *reference, const char *base, gboolean may_be_bare)
{
  const char *at = reference != NULL ? g_strrstr (reference, "Patient/") : NULL;
  const char *id = NULL;

  if (reference != NULL && !is_of (reference, base))
    return NULL;

  if (at != NULL && (at == reference || at[-1] == '/'))
    id = at + strlen ("Patient/");
  else if (may_be_bare && reference != NULL)
    id = reference;

  if (id == NULL || id[0] == '\0' || strlen (id) > 256 || strchr (id, '/') != NULL)
    return NULL;
  return g_strdup (id);
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

static const char *
id_of_step (Ask *self)
{
  return self->step == STEP_READ_GRANTED ? self->granted
       : self->step == STEP_READ_USER    ? self->user
                                         : self->covered;
}

/* The id that came with the token is the portal's word and holds even where Patient may not be
 * read; the id token's is a hint, which some portals fill with an account that is no Patient. */
static void
read_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *self = g_task_get_task_data (task);
  gboolean is_granted = self->step == STEP_READ_GRANTED;
  const char *id = id_of_step (self);
  const char *from = self->step == STEP_READ_GRANTED ? CR_SAID ("the token answer")
                   : self->step == STEP_READ_USER    ? CR_SAID ("the id token")
                                                     : CR_SAID ("the coverage on file");
  g_autoptr (CrReply) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (reply != NULL && cr_reply_check (reply, &error) && is_patient (reply->body))
    g_task_return_pointer (task, portal_patient_new (id, reply->body, from),
                           (GDestroyNotify) cr_portal_patient_free);
  else if (cr_error_is_cancelled (error) || cr_error_is_retryable (error) ||
           g_error_matches (error, CR_ERROR, CR_ERROR_CERTIFICATE))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (self->step == STEP_READ_COVERED ||
           (is_granted && (g_error_matches (error, CR_ERROR, CR_ERROR_SIGN_IN) ||
                           g_error_matches (error, CR_ERROR, CR_ERROR_REFUSED))))
    g_task_return_pointer (task, portal_patient_new (id, NULL, from),
                           (GDestroyNotify) cr_portal_patient_free);
  else
    next_step (g_steal_pointer (&task));
}

static void
return_ambiguous (GTask *task)
{
  g_task_return_new_error (task, CR_ERROR, CR_ERROR_CONFLICT,
                           "The portal did not say who signed in, and the access it gave opens the "
                           "records of more than one person.");
}

static void
return_unsure (GTask *task)
{
  g_task_return_new_error (task, CR_ERROR, CR_ERROR_CONFLICT,
                           "The portal did not say who signed in, and its coverage could not be "
                           "read to the end: it may be about more than one person.");
}

/* The only Patient a search may show us, and certainly the only one. */
static const CrIncoming *
single_hit (CrBundle *bundle, gboolean *is_ambiguous)
{
  const CrIncoming *hit = NULL;
  guint n_hits = 0;
  guint n_entries;
  const CrIncoming *entries = cr_bundle_get_entries (bundle, &n_entries);

  for (guint i = 0; i < n_entries; i++)
    {
      if (entries[i].mode != CR_ENTRY_MATCH || g_strcmp0 (entries[i].type, "Patient") != 0)
        continue;
      hit = &entries[i];
      n_hits++;
    }

  *is_ambiguous = n_hits > 1 || cr_bundle_get_total (bundle) > 1 ||
                  (n_hits == 1 && cr_bundle_get_next (bundle) != NULL);
  return n_hits == 1 && !*is_ambiguous && hit->id != NULL ? hit : NULL;
}

/* What cannot be seen one way may be seen in the next. */
static void
search_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *self = g_task_get_task_data (task);
  g_autoptr (CrReply) reply = NULL;
  g_autoptr (CrBundle) bundle = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_ambiguous = FALSE;
  const CrIncoming *hit = NULL;

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (reply != NULL && cr_reply_check (reply, &error))
    bundle = cr_bundle_split (reply->body, self->base, &error);
  if (bundle != NULL)
    hit = single_hit (bundle, &is_ambiguous);

  if (hit != NULL)
    {
      body = g_bytes_new (hit->body, hit->n_bytes);
      g_task_return_pointer (task,
                             portal_patient_new (hit->id, body, CR_SAID ("a search with one hit")),
                             (GDestroyNotify) cr_portal_patient_free);
    }
  else if (is_ambiguous)
    return_ambiguous (task);
  else if (cr_error_is_cancelled (error) || cr_error_is_retryable (error))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    next_step (g_steal_pointer (&task));
}

static char *
named_patient (const CrIncoming *entry, const Cover *cover, const char *base)
{
  g_autoptr (JsonObject) resource = NULL;

  if (g_strcmp0 (entry->type, cover->type) != 0)
    return NULL;

  resource = cr_json_parse (entry->body, (gssize) entry->n_bytes, CR_SAID ("An entry"), NULL);
  return cr_portal_patient_id (
      cr_json_string (cr_json_object (resource, cover->member), "reference"), base, FALSE);
}

/* Returns: FALSE when more than one person is named */
static gboolean
read_cover (Ask *self, CrBundle *bundle, const Cover *cover)
{
  guint n_entries;
  const CrIncoming *entries = cr_bundle_get_entries (bundle, &n_entries);

  for (guint i = 0; i < n_entries; i++)
    {
      g_autofree char *id = named_patient (&entries[i], cover, self->base);

      if (id == NULL)
        continue;
      if (self->covered == NULL)
        self->covered = g_steal_pointer (&id);
      else if (strcmp (self->covered, id) != 0)
        return FALSE;
    }

  return TRUE;
}

static void cover_cb (GObject *object, GAsyncResult *result, gpointer user_data);

static void
send (GTask *task, const char *url, GAsyncReadyCallback callback)
{
  CrClient *client = g_task_get_source_object (task);
  Ask *self = g_task_get_task_data (task);
  CrRequest request = { 0 };

  request.url = url;
  request.token = self->token;
  request.max_bytes = MAX_PATIENT;
  request.total_s = TOTAL_S;
  cr_client_send_async (client, &request, g_task_get_cancellable (task), callback, task);
}

/* Somebody else may be named on any page. Takes @task; the token goes to no other server.
 *
 * Returns: FALSE when the rest cannot be read, @task is not taken then */
static gboolean
ask_next (GTask *task, const char *page_url, const char *next)
{
  Ask *self = g_task_get_task_data (task);
  g_autofree char *url = g_uri_resolve_relative (page_url, next, G_URI_FLAGS_ENCODED, NULL);
  g_autofree char *origin = cr_origin_of (url);
  g_autofree char *own = cr_origin_of (self->base);

  if (origin == NULL || g_strcmp0 (origin, own) != 0 || self->n_pages >= MAX_PAGES)
    return FALSE;

  send (task, url, cover_cb);
  return TRUE;
}

static void
cover_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *self = g_task_get_task_data (task);
  g_autoptr (CrReply) reply = NULL;
  g_autoptr (CrBundle) bundle = NULL;
  g_autoptr (GError) error = NULL;
  const char *next = NULL;
  gboolean is_one = TRUE;

  reply = cr_client_send_finish (CR_CLIENT (object), result, &error);
  if (reply != NULL && cr_reply_check (reply, &error))
    bundle = cr_bundle_split (reply->body, self->base, &error);
  if (bundle != NULL)
    {
      is_one = read_cover (self, bundle, &covers[self->step - STEP_COVERAGE]);
      next = cr_bundle_get_next (bundle);
      self->n_pages++;
    }

  if (!is_one)
    return_ambiguous (task);
  else if (cr_error_is_cancelled (error) || cr_error_is_retryable (error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (bundle == NULL && self->n_pages > 0)
    return_unsure (task);
  else if (next != NULL)
    {
      if (ask_next (task, reply->url, next))
        g_steal_pointer (&task);
      else
        return_unsure (task);
    }
  else
    {
      self->n_pages = 0;
      if (self->covered != NULL)
        self->step = STEP_BENEFIT;
      next_step (g_steal_pointer (&task));
    }
}

static void
ask (GTask *task, const char *path, GAsyncReadyCallback callback)
{
  Ask *self = g_task_get_task_data (task);
  g_autofree char *url = cr_source_join (self->base, path);

  send (task, url, callback);
}

static void
advance (GTask *task)
{
  Ask *self = g_task_get_task_data (task);
  const char *id = id_of_step (self);
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
      path = g_strconcat ("Patient/", escaped, NULL);
      ask (task, path, read_cb);
      break;
    case STEP_SEARCH:
      ask (task, "Patient?_count=2", search_cb);
      break;
    case STEP_COVERAGE:
    case STEP_BENEFIT:
      path = g_strconcat (covers[self->step - STEP_COVERAGE].type, "?_count=50", NULL);
      ask (task, path, cover_cb);
      break;
    case STEP_READ_COVERED:
      if (id == NULL)
        {
          g_task_return_new_error (task, CR_ERROR, CR_ERROR_NOT_FOUND,
                                   "The portal did not say who signed in: no usable patient came "
                                   "with the token, and neither a search nor the coverage on file "
                                   "shows one.");
          g_object_unref (task);
          break;
        }
      escaped = g_uri_escape_string (id, NULL, FALSE);
      path = g_strconcat ("Patient/", escaped, NULL);
      ask (task, path, read_cb);
      break;
    default:
      g_assert_not_reached ();
    }
}

/**
 * cr_ask_patient_async:
 * @token: the access token just granted
 * @granted_patient: (nullable): `patient` of the token answer
 * @fhir_user: (nullable): the `fhirUser` claim of an id token that was checked
 *
 * Finds who signed in and reads their Patient: from the token answer, else from the id token if
 * such a Patient can be read, else the only one that a search shows, else the only one whom
 * Coverage or ExplanationOfBenefit is about.
 *
 * Errors: CR_ERROR_NOT_FOUND when nobody is named; CR_ERROR_CONFLICT when more than one is;
 * OFFLINE, BUSY Source: https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
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
  self->granted = cr_portal_patient_id (granted_patient, fhir_base_url, TRUE);
  self->user = cr_portal_patient_id (fhir_user, fhir_base_url, FALSE);
  advance (task);
}

CrPortalPatient *
cr_ask_patient_finish (CrClient *client, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, client), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
