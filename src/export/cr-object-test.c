/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-said.h"
#include "export/cr-object-sender.h"
#include "export/cr-senders.h"

#include "base/cr-id.h"
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
  STEP_BEGIN, /* only where large files have to be begun */
  STEP_ABORT,
  STEP_DONE,
} Step;

typedef struct
{
  const char *check;
  CrObjectVerb verb;
  const char *verb_words; /* `The access key may not …` */
  const char *words;      /* what was found when it worked */
} StepText;

static const StepText steps[] = {
  [STEP_PUT] = { "write", CR_OBJECT_PUT, CR_SAID ("write files"), CR_SAID ("A file was written") },
  [STEP_READ] = { "read", CR_OBJECT_GET, CR_SAID ("read files"),
                  CR_SAID ("It was read back unchanged") },
  [STEP_LIST] = { "list", CR_OBJECT_LIST, CR_SAID ("list files"),
                  CR_SAID ("It was found in the list") },
  [STEP_DELETE] = { "delete", CR_OBJECT_DELETE, CR_SAID ("delete files"),
                    CR_SAID ("It was removed") },
  [STEP_BEGIN] = { "large", CR_OBJECT_BEGIN, CR_SAID ("write large files in parts"), NULL },
  [STEP_ABORT] = { "large", CR_OBJECT_ABORT,
                   CR_SAID ("take back large files (abort multipart uploads)"),
                   CR_SAID ("A large file was begun and taken back") },
};

typedef struct
{
  GPtrArray *findings; /* (owned) */
  char *key;           /* (owned) */
  char *upload;        /* (owned) (nullable) */
  char *region;        /* (owned) (nullable): as it was entered */
  gboolean has_checksum;
  GBytes *body; /* (owned) */
  Step step;
  gint64 clock_skew_ms;
} Test;

static void
test_free (Test *self)
{
  g_clear_pointer (&self->findings, g_ptr_array_unref);
  g_free (self->key);
  g_free (self->upload);
  g_free (self->region);
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
    g_set_error_literal (
        error, CR_ERROR, CR_ERROR_BAD_REPLY,
        self->step == STEP_READ
            ? CR_SAID ("What was read back is not what was written; check the endpoint")
            : CR_SAID ("The list does not name the file just written; check the endpoint"));
  return ok;
}

static void advance (GTask *task);

/* What nobody at the other end says. */
static void
add_trouble (CrObjectSender *self, Test *test, const GError *error)
{
  gboolean is_virtual = cr_object_sender_get_account (self)->is_virtual;
  g_autofree char *plain = cr_sender_explain (error);
  g_autofree char *words =
      is_virtual && g_error_matches (error, CR_ERROR, CR_ERROR_OFFLINE)
          ? g_strconcat (
                plain,
                CR_SAID (" If only the endpoint's own name is known, let the bucket stand in "
                         "the path"),
                NULL)
          : g_strdup (plain);

  add_finding (test, steps[test->step].check, FALSE, words);
}

static Step
next_step (CrObjectSender *self, Test *test, gboolean ok)
{
  if (!ok && (test->step == STEP_PUT || test->step == STEP_BEGIN))
    return STEP_DONE;
  if (test->step == STEP_DELETE && !cr_object_sender_get_dialect (self)->has_uploads)
    return STEP_DONE;

  return test->step + 1;
}

/* What was found out by being refused is used from now on, by every run anew. */
static void
add_learnt_findings (CrObjectSender *self, Test *test)
{
  const CrObjectAccount *account = cr_object_sender_get_account (self);
  g_autofree char *words = NULL;

  if (account->region != NULL && g_strcmp0 (account->region, test->region) != 0)
    {
      words =
          g_strdup_printf (CR_SAID ("The bucket is in region “%s”, not “%s”; that one was used. "
                                    "Correct the region to save a request each time"),
                           account->region, test->region);
      add_finding (test, "region", TRUE, words);
    }
  if (test->has_checksum && !account->sends_checksum)
    add_finding (
        test, "checksum", TRUE,
        CR_SAID ("The storage does not take the newer checksum headers; they are left out, and "
                 "MD5 is used"));
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrObjectSender *self = g_task_get_source_object (task);
  Test *test = g_task_get_task_data (task);
  const StepText *step = &steps[test->step];
  CrObjectCall call = { .verb = step->verb, .key = test->key };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = cr_object_sender_call_finish (self, result, &error);
  gboolean ok = reply != NULL &&
                cr_object_sender_check (self, &call, reply, step->verb_words, &error) &&
                check_content (test, reply, &error);

  if (reply != NULL)
    test->clock_skew_ms = reply->clock_skew_ms;
  if (ok && test->step == STEP_BEGIN)
    test->upload = cr_object_sender_get_dialect (self)->read_upload (reply);
  if (ok && step->words != NULL)
    add_finding (test, step->check, TRUE, step->words);
  else if (!ok && cr_error_is_cancelled (error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      g_object_unref (task);
      return;
    }
  else if (!ok)
    add_trouble (self, test, error);

  test->step = next_step (self, test, ok);
  advance (task);
}

static void
add_clock_finding (Test *test)
{
  g_autofree char *words = NULL;

  if (ABS (test->clock_skew_ms) < 60000)
    return;

  words = g_strdup_printf (
      CR_SAID ("This computer's clock is %lld minutes off; at 15 minutes storage refuses"),
      (long long) ABS (test->clock_skew_ms) / 60000);
  add_finding (test, "clock", ABS (test->clock_skew_ms) < 15 * 60000, words);
}

static void
advance (GTask *task)
{
  CrObjectSender *self = g_task_get_source_object (task);
  Test *test = g_task_get_task_data (task);
  CrObjectCall call = { .key = test->key, .upload = test->upload };

  if (test->step == STEP_DONE)
    {
      add_learnt_findings (self, test);
      add_clock_finding (test);
      g_task_return_pointer (task, g_steal_pointer (&test->findings),
                             (GDestroyNotify) g_ptr_array_unref);
      g_object_unref (task);
      return;
    }

  call.verb = steps[test->step].verb;
  if (test->step == STEP_PUT)
    call.body = test->body;
  if (test->step == STEP_PUT || test->step == STEP_BEGIN)
    call.content_type = "text/plain";
  cr_object_sender_call_async (self, &call, g_task_get_cancellable (task), called_cb, task);
}

/**
 * cr_object_test_async:
 *
 * Puts a small object under the prefix, reads it back, lists and deletes it, and says which of
 * these the access key may not do.
 */
void
cr_object_test_async (CrObjectSender *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Test *test = g_new0 (Test, 1);
  g_autofree char *token = cr_random_hex (8);
  g_autofree char *name = g_strconcat ("chartroom-test-", token, NULL);

  test->findings = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_finding_free);
  test->key = cr_object_layout_key (cr_object_sender_get_layout (self), name);
  test->region = g_strdup (cr_object_sender_get_account (self)->region);
  test->has_checksum = cr_object_sender_get_account (self)->sends_checksum;
  test->body = g_bytes_new (token, strlen (token));

  g_task_set_source_tag (task, cr_object_test_async);
  g_task_set_task_data (task, test, (GDestroyNotify) test_free);
  advance (task);
}
