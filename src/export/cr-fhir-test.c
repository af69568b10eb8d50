/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-said.h"
#include "export/cr-fhir-batch.h"
#include "export/cr-fhir-sender.h"

#include "base/cr-id.h"
#include "export/cr-senders.h"
#include "fhir/cr-capability.h"
#include "fhir/cr-resource.h"
#include "model/cr-event.h"

#include <string.h>

typedef enum
{
  STEP_CAPABILITY,
  STEP_WRITE,
  STEP_MATCH, /* only when it was refused for its id */
  STEP_READ,
  STEP_REMOVE,
  STEP_DONE,
} Step;

typedef struct
{
  GPtrArray *findings; /* (owned) */
  const char *type;    /* of what is written: Basic, or Patient where there is no Basic */
  char *token;         /* (owned): makes it ours */
  char *path;          /* (owned) */
  Step step;
} Test;

static void
test_free (Test *self)
{
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  g_free (self->token);
  g_free (self->path);
  g_free (self);
}

static void
add_finding (Test *self, const char *check, gboolean ok, const char *message)
{
  g_ptr_array_add (self->findings, cr_finding_new (check, ok, message));
}

static void
set_type (Test *self, const char *type)
{
  self->type = type;
  g_free (self->path);
  self->path = g_strdup_printf ("%s/cr-test-%s", type, self->token);
}

/* Also by an identifier, since that is what records are found by where the server chooses ids. */
static GBytes *
make_resource (Test *self)
{
  g_autofree char *id =
      self->step == STEP_WRITE ? g_strdup_printf ("\"id\":\"cr-test-%s\",", self->token) : NULL;
  g_autofree char *text = g_strdup_printf (
      "{\"resourceType\":\"%s\",%s\"meta\":{\"tag\":[{\"system\":\"urn:chartroom:test\","
      "\"code\":\"%s\"}]},\"identifier\":[{\"system\":\"urn:chartroom:test\",\"value\":\"%s\"}]"
      "%s}",
      self->type, id != NULL ? id : "", self->token, self->token,
      g_str_equal (self->type, "Basic") ? ",\"code\":{\"text\":\"Chartroom connection test\"}"
                                        : "");
  gsize n = strlen (text);

  return g_bytes_new_take (g_steal_pointer (&text), n);
}

/* What the server said beside its status, for the finding. */
static char *
reply_words (const CrReply *reply, const GError *error)
{
  gsize n_bytes = 0;
  const char *data = reply->body != NULL ? g_bytes_get_data (reply->body, &n_bytes) : NULL;
  g_autofree char *text = data != NULL ? cr_outcome_text (data, n_bytes, NULL, NULL) : NULL;

  return text != NULL ? g_strdup_printf ("%s: %.200s", error->message, text)
                      : g_strdup (error->message);
}

static gboolean
read_capability (Test *self, const CrReply *reply)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrCapability) capability = NULL;
  g_autofree char *words = NULL;

  if (cr_reply_check_ours (reply, &error))
    capability = reply->body != NULL ? cr_capability_parse (reply->body, &error) : NULL;
  if (capability == NULL)
    {
      words = error != NULL ? reply_words (reply, error)
                            : g_strdup (CR_SAID ("The server answered nothing"));
      add_finding (self, "capability", FALSE, words);
      return FALSE;
    }

  if (cr_capability_lists_types (capability) && !cr_capability_has_type (capability, "Basic"))
    set_type (self, "Patient");
  words = g_strdup_printf (
      CR_SAID ("A FHIR %s server%s%s answered"), cr_capability_get_fhir_version (capability),
      cr_capability_get_software (capability) != NULL ? ", " : "",
      cr_capability_get_software (capability) != NULL ? cr_capability_get_software (capability)
                                                      : "");
  add_finding (self, "capability", TRUE, words);
  return TRUE;
}

static gboolean
read_write (Test *self, const CrReply *reply)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  if (reply->status >= 200 && reply->status < 300)
    {
      add_finding (self, "write", TRUE, CR_SAID ("A test record was written"));
      add_finding (self, "ids", TRUE, CR_SAID ("The server takes ids that the sender chooses"));
      self->step = STEP_MATCH;
      return TRUE;
    }
  if (reply->status == 400 || reply->status == 404 || reply->status == 405)
    return TRUE;

  cr_reply_check_ours (reply, &error);
  words = reply_words (reply, error);
  add_finding (self, "write", FALSE, words);
  return FALSE;
}

/* The answer of a server that did not take our id. */
static gboolean
read_match (Test *self, const CrReply *reply)
{
  g_autofree char *place = cr_fhir_place_read (cr_reply_header (reply, "location"), self->type);
  g_autofree char *words = NULL;
  g_autofree char *advice = NULL;
  g_autoptr (GError) error = NULL;

  if (cr_reply_check_ours (reply, &error) && place != NULL)
    {
      add_finding (self, "write", TRUE, CR_SAID ("A test record was written"));
      add_finding (
          self, "ids", TRUE,
          CR_SAID ("The server chooses the ids itself; records are found again by an identifier"));
      g_free (self->path);
      self->path = g_strdup_printf ("%s/%s", self->type, place);
      return TRUE;
    }

  words = error != NULL ? reply_words (reply, error)
                        : g_strdup (CR_SAID ("it does not say under which id it keeps a record"));
  advice = g_strdup_printf (
      CR_SAID ("The server takes neither ids that the sender chooses nor updates by "
               "an identifier; allow “update as create” there (%s)"),
      words);
  add_finding (self, "ids", FALSE, advice);
  return FALSE;
}

static gboolean
read_back (Test *self, const CrReply *reply)
{
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 0;
  const char *data = reply->body != NULL ? g_bytes_get_data (reply->body, &n_bytes) : NULL;
  gboolean ok = cr_reply_check_ours (reply, &error);

  if (ok && (data == NULL || g_strstr_len (data, (gssize) n_bytes, self->token) == NULL))
    {
      ok = FALSE;
      add_finding (self, "read", FALSE, CR_SAID ("The test record came back without its tag"));
    }
  else
    add_finding (self, "read", ok, ok ? CR_SAID ("It was read back") : error->message);

  return TRUE; /* whatever was read, it is removed again */
}

static gboolean
read_removal (Test *self, const CrReply *reply)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  if (cr_reply_check_ours (reply, &error))
    {
      add_finding (self, "remove", TRUE, CR_SAID ("It was removed"));
      return TRUE;
    }

  /* Records are never removed by an export: without this permission everything else still works. */
  words = g_strdup_printf (CR_SAID ("The test record %s could not be removed and stays there: %s"),
                           self->path, error->message);
  add_finding (self, "remove", TRUE, words);
  return TRUE;
}

static gboolean
read_step (Test *self, const CrReply *reply)
{
  switch (self->step)
    {
    case STEP_CAPABILITY:
      return read_capability (self, reply);
    case STEP_WRITE:
      return read_write (self, reply);
    case STEP_MATCH:
      return read_match (self, reply);
    case STEP_READ:
      return read_back (self, reply);
    case STEP_REMOVE:
      return read_removal (self, reply);
    case STEP_DONE:
    default:
      return FALSE;
    }
}

static void advance (GTask *task);

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  static const char *const checks[] = { "capability", "write", "write", "read", "remove" };
  GTask *task = user_data;
  Test *test = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply =
      cr_fhir_sender_call_finish (g_task_get_source_object (task), result, &error);
  gboolean may_go_on = FALSE;

  if (reply == NULL && cr_error_is_cancelled (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  if (reply == NULL)
    {
      g_autofree char *words = cr_sender_explain (error);

      add_finding (test, checks[test->step], FALSE, words);
    }
  else
    may_go_on = read_step (test, reply);

  test->step = may_go_on ? test->step + 1 : STEP_DONE;
  advance (task);
}

static void
advance (GTask *task)
{
  CrFhirSender *self = g_task_get_source_object (task);
  Test *test = g_task_get_task_data (task);
  g_autoptr (GBytes) resource = NULL;
  g_autofree char *condition = NULL;
  CrFhirCall call = { .method = "GET", .path = test->path };

  switch (test->step)
    {
    case STEP_CAPABILITY:
      call.path = "metadata";
      break;
    case STEP_WRITE:
      resource = make_resource (test);
      call.method = "PUT";
      call.body = resource;
      break;
    case STEP_MATCH:
      resource = make_resource (test);
      condition =
          g_strdup_printf ("%s?identifier=urn%%3Achartroom%%3Atest%%7C%s", test->type, test->token);
      call.method = "PUT";
      call.path = condition;
      call.body = resource;
      break;
    case STEP_READ:
      break;
    case STEP_REMOVE:
      call.method = "DELETE";
      break;
    case STEP_DONE:
    default:
      g_task_return_pointer (task, g_steal_pointer (&test->findings),
                             (GDestroyNotify) g_ptr_array_unref);
      g_object_unref (task);
      return;
    }

  cr_fhir_sender_call_async (self, &call, g_task_get_cancellable (task), called_cb, task);
}

/**
 * cr_fhir_test_async:
 *
 * Reads the CapabilityStatement, then writes, reads back and removes one tagged record: under an id
 * of our choice, or under one of the server's when it takes none of ours.
 */
void
cr_fhir_test_async (CrFhirSender *self,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Test *test = g_new0 (Test, 1);

  test->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_finding_free);
  test->token = cr_random_hex (8);
  set_type (test, "Basic");

  g_task_set_source_tag (task, cr_fhir_test_async);
  g_task_set_task_data (task, test, (GDestroyNotify) test_free);
  advance (task);
}
