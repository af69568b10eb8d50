/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-s3-sender.h"

#include "base/cr-id.h"
#include "export/cr-s3-reply.h"
#include "export/cr-sigv4.h"
#include "model/cr-event.h"

#include <string.h>

/* The steps, in their order. A step that fails ends the test, but the object is removed again if it
 * was put. */
typedef enum
{
  STEP_PUT,
  STEP_READ,
  STEP_LIST,
  STEP_DELETE,
  STEP_DONE,
} Step;

typedef struct
{
  const char *check;
  const char *method;
  const char *verb;  /* `The access key may not …` */
  const char *words; /* what was found when it worked */
} StepText;

static const StepText steps[] = {
  [STEP_PUT] = { "write", "PUT", "write files", "A file was written" },
  [STEP_READ] = { "read", "GET", "read files", "It was read back unchanged" },
  [STEP_LIST] = { "list", "GET", "list files", "It was found in the list" },
  [STEP_DELETE] = { "delete", "DELETE", "delete files", "It was removed" },
};

typedef struct
{
  GPtrArray *findings; /* (owned) */
  char *key;           /* (owned) */
  char *query;         /* (owned): of the list */
  GBytes *body;        /* (owned) */
  Step step;
  gint64 clock_skew_ms;
} Test;

static void
test_free (Test *self)
{
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  g_free (self->key);
  g_free (self->query);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self);
}

static void
add_finding (Test *self, const char *check, gboolean ok, const char *message)
{
  g_ptr_array_add (self->findings, cr_finding_new (check, ok, message));
}

static gboolean
check_content (Test *self, const CrReply *reply, GError **error)
{
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  GBytes *body = reply->body != NULL ? reply->body : empty;
  gboolean ok = TRUE;

  if (self->step == STEP_READ)
    ok = g_bytes_equal (body, self->body);
  else if (self->step == STEP_LIST)
    {
      gsize n_bytes;
      const char *text = g_bytes_get_data (body, &n_bytes);

      ok = text != NULL && g_strstr_len (text, (gssize) n_bytes, strrchr (self->key, '-')) != NULL;
    }
  if (!ok)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                         self->step == STEP_READ
                             ? "What was read back is not what was written; check the endpoint"
                             : "The list does not name the file just written; check the endpoint");
  return ok;
}

static void advance (GTask *task);

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrS3Sender *self = g_task_get_source_object (task);
  Test *test = g_task_get_task_data (task);
  const StepText *step = &steps[test->step];
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = cr_s3_sender_call_finish (self, result, &error);
  gboolean ok = reply != NULL &&
                cr_s3_reply_check (reply, step->verb, cr_s3_sender_get_region (self), &error) &&
                check_content (test, reply, &error);

  if (reply != NULL)
    test->clock_skew_ms = reply->clock_skew_ms;
  if (ok)
    add_finding (test, step->check, TRUE, step->words);
  else if (cr_error_is_cancelled (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  else
    add_finding (test, step->check, FALSE, error->message);

  test->step = !ok && test->step == STEP_PUT ? STEP_DONE : test->step + 1;
  advance (task);
}

static void
add_clock_finding (Test *test)
{
  g_autofree char *words = NULL;

  if (ABS (test->clock_skew_ms) < 60000)
    return;

  words = g_strdup_printf ("This computer's clock is %" G_GINT64_FORMAT
                           " minutes off; at 15 minutes storage refuses",
                           ABS (test->clock_skew_ms) / 60000);
  add_finding (test, "clock", ABS (test->clock_skew_ms) < 15 * 60000, words);
}

static void
advance (GTask *task)
{
  CrS3Sender *self = g_task_get_source_object (task);
  Test *test = g_task_get_task_data (task);
  CrS3Call call = { .key = test->key };

  if (test->step == STEP_DONE)
    {
      add_clock_finding (test);
      g_task_return_pointer (task, g_steal_pointer (&test->findings),
                             (GDestroyNotify) g_ptr_array_unref);
      g_object_unref (task);
      return;
    }

  call.method = steps[test->step].method;
  if (test->step == STEP_PUT)
    {
      call.body = test->body;
      call.content_type = "text/plain";
    }
  else if (test->step == STEP_LIST)
    {
      call.key = NULL;
      call.query = test->query;
    }
  cr_s3_sender_call_async (self, &call, g_task_get_cancellable (task), called_cb, task);
}

/**
 * cr_s3_test_async:
 *
 * Puts a small object under the prefix, reads it back, lists and deletes it, and says which of
 * these the access key may not do.
 */
void
cr_s3_test_async (CrS3Sender *self,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Test *test = g_new0 (Test, 1);
  g_autofree char *token = cr_random_hex (8);
  g_autofree char *name = g_strconcat ("chartroom-test-", token, NULL);
  g_autofree char *encoded = NULL;

  test->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_finding_free);
  test->key = cr_object_layout_key (cr_s3_sender_get_layout (self), name);
  encoded = cr_sigv4_encode (test->key, FALSE);
  test->query = g_strconcat ("list-type=2&max-keys=2&prefix=", encoded, NULL);
  test->body = g_bytes_new (token, strlen (token));

  g_task_set_source_tag (task, cr_s3_test_async);
  g_task_set_task_data (task, test, (GDestroyNotify) test_free);
  advance (task);
}
