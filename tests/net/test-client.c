/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-time.h"
#include "net-test.h"

typedef struct
{
  Fake fake;
  Fake other;
  CrClient *client;
} Fixture;

static gint64
test_clock (void)
{
  return G_GINT64_CONSTANT (1792567680000);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fake_start (&fixture->fake, NULL);
  fake_start (&fixture->other, NULL);
  fixture->client = cr_client_new (test_clock, 4);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fake_stop (&fixture->fake);
  fake_stop (&fixture->other);
  /* a stream may still be closing */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (g_steal_pointer (&fixture->client));
}

static void
assert_says_nothing (const GError *error)
{
  g_assert_null (strstr (error->message, "p-4711"));
  g_assert_null (strstr (error->message, "Patient/"));
  g_assert_null (strstr (error->message, "secret"));
}

static CrReply *
get (Fixture *fixture, const char *path, CrRequest request, GError **error)
{
  g_autofree char *url = fake_url (&fixture->fake, path);
  CrReply *reply;

  request.url = url;
  reply = send_request (fixture->client, &request, error);
  if (error != NULL && *error != NULL)
    assert_says_nothing (*error);
  return reply;
}

static void
test_success (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;
  const Asked *asked;

  fake_answer (&fixture->fake, 200,
               "Date: Wed, 21 Oct 2026 07:27:00 GMT\nX-Two: a\nX-Two: b\nETag: W/\"3\"",
               "{\"a\":1.10}");
  reply = get (fixture, "/fhir/Patient/p-4711?a=b%2Fc|d", (CrRequest){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpmem (g_bytes_get_data (reply->body, NULL), g_bytes_get_size (reply->body),
                   "{\"a\":1.10}", 10);
  g_assert_cmpstr (cr_reply_header (reply, "ETag"), ==, "W/\"3\"");
  g_assert_cmpstr (cr_reply_header (reply, "x-two"), ==, "a, b");
  g_assert_null (cr_reply_header (reply, "x-three"));
  g_assert_cmpuint (reply->n_attempts, ==, 1);
  g_assert_cmpint (reply->retry_after_ms, ==, 0);
  g_assert_true (cr_reply_check (reply, &error));

  asked = fake_asked (&fixture->fake, 0);
  g_assert_cmpstr (asked->method, ==, "GET");
  g_assert_cmpstr (asked->path, ==, "/fhir/Patient/p-4711");
  g_assert_cmpstr (asked->query, ==, "a=b%2Fc|d");
  g_assert_cmpstr (asked_header (asked, "accept"), ==,
                   "application/fhir+json, application/json;q=0.9");
  g_assert_cmpstr (asked_header (asked, "user-agent"), ==, "Chartroom/0.1");
  g_assert_nonnull (strstr (asked_header (asked, "accept-encoding"), "gzip"));
  g_assert_null (asked_header (asked, "authorization"));
}

static void
test_post (Fixture *fixture, gconstpointer data)
{
  static const char *const headers[] = { "Prefer", "return=minimal", "If-None-Exist", "x=y", NULL };
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;
  const Asked *asked;

  fake_answer (&fixture->fake, 201, NULL, "");
  reply = get (fixture, "/",
               (CrRequest){ .method = "POST",
                            .body = body,
                            .content_type = "application/fhir+json",
                            .headers = headers,
                            .accept = "text/plain" },
               &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 201);
  g_assert_cmpuint (g_bytes_get_size (reply->body), ==, 0);

  asked = fake_asked (&fixture->fake, 0);
  g_assert_cmpstr (asked->method, ==, "POST");
  g_assert_cmpstr (asked->body, ==, "{}");
  g_assert_cmpstr (asked_header (asked, "content-type"), ==, "application/fhir+json");
  g_assert_cmpstr (asked_header (asked, "accept"), ==, "text/plain");
  g_assert_cmpstr (asked_header (asked, "prefer"), ==, "return=minimal");
  g_assert_cmpstr (asked_header (asked, "if-none-exist"), ==, "x=y");
}

static gboolean
count_piece (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer n)
{
  *(guint *) n += 1;
  return G_SOURCE_CONTINUE;
}

/* More than a socket takes at once, in large pieces, each byte in its place; the second on the
 * connection of the first. */
static void
test_put_large (Fixture *fixture, gconstpointer data)
{
  const gsize n_bytes = 20u << 20;
  g_autofree char *text = g_malloc (n_bytes + 1);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GTypeClass) klass = g_type_class_ref (SOUP_TYPE_MESSAGE);
  guint n_pieces = 0, signal = g_signal_lookup ("wrote-body-data", SOUP_TYPE_MESSAGE);
  gulong hook = g_signal_add_emission_hook (signal, 0, count_piece, &n_pieces, NULL);

  for (gsize i = 0; i < n_bytes; i++)
    text[i] = (char) ('0' + i % 71 + i / 71 % 3);
  text[n_bytes] = '\0';
  body = g_bytes_new (text, n_bytes);
  fake_answer (&fixture->fake, 200, NULL, "");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CrReply) reply = NULL;
      const Asked *asked;

      n_pieces = 0;
      reply = get (fixture, "/", (CrRequest){ .method = "PUT", .body = body }, &error);
      g_assert_no_error (error);
      asked = fake_asked (&fixture->fake, i);
      g_assert_cmpuint (strlen (asked->body), ==, n_bytes);
      g_assert_true (strcmp (asked->body, text) == 0);
      g_test_message ("%u pieces", n_pieces);
      /* Of 8 KB it would be 2,560. */
      g_assert_cmpuint (n_pieces, <, 1000);
    }
  g_signal_remove_emission_hook (signal, hook);
}

static const struct
{
  guint status;
  int code; /* of cr_reply_check (); -1: success */
} statuses[] = {
  { 200, -1 },
  { 201, -1 },
  { 204, -1 },
  { 304, CR_ERROR_BAD_REPLY },
  { 400, CR_ERROR_BAD_REPLY },
  { 401, CR_ERROR_SIGN_IN },
  { 403, CR_ERROR_REFUSED },
  { 404, CR_ERROR_NOT_FOUND },
  { 405, CR_ERROR_BAD_REPLY },
  { 408, CR_ERROR_BUSY },
  { 409, CR_ERROR_CONFLICT },
  { 410, CR_ERROR_NOT_FOUND },
  { 412, CR_ERROR_CONFLICT },
  { 413, CR_ERROR_TOO_LARGE },
  { 422, CR_ERROR_BAD_REPLY },
  { 425, CR_ERROR_BUSY },
  { 429, CR_ERROR_BUSY },
  { 500, CR_ERROR_BUSY },
  { 501, CR_ERROR_BAD_REPLY },
  { 502, CR_ERROR_BUSY },
  { 503, CR_ERROR_BUSY },
  { 504, CR_ERROR_BUSY },
  { 507, CR_ERROR_REFUSED },
};

static void
test_statuses (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) ours = NULL;
      g_autoptr (CrReply) reply = NULL;

      g_test_message ("%u", statuses[i].status);
      fake_forget (&fixture->fake);
      fake_answer (&fixture->fake, statuses[i].status, NULL, "{}");
      reply = get (fixture, "/Patient/p-4711", (CrRequest){ .max_attempts = 1 }, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (reply->status, ==, statuses[i].status);
      if (statuses[i].code < 0)
        g_assert_true (cr_reply_check (reply, &error));
      else
        {
          g_assert_false (cr_reply_check (reply, &error));
          g_assert_error (error, CR_ERROR, statuses[i].code);
          assert_says_nothing (error);
          g_assert_nonnull (strstr (error->message, "127.0.0.1"));
          g_assert_false (cr_reply_check_ours (reply, &ours));
          g_assert_null (strstr (ours->message, "sign in"));
          if (statuses[i].status == 401 || statuses[i].status == 403)
            g_assert_nonnull (strstr (ours->message, "the credentials in its settings"));
        }
    }
}

static void
test_retries (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 503, NULL, "");
  fake_answer (&fixture->fake, 502, NULL, "");
  fake_answer (&fixture->fake, 200, NULL, "{}");
  reply = get (fixture, "/", (CrRequest){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpuint (reply->n_attempts, ==, 3);
  g_assert_cmpuint (fixture->fake.asked->len, ==, 3);
}

static void
test_retries_end (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 500, NULL, "");
  reply = get (fixture, "/", (CrRequest){ .method = "PUT" }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 500);
  g_assert_cmpuint (fixture->fake.asked->len, ==, 4);
}

static void
test_post_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 503, "Retry-After: 1", "");
  reply = get (fixture, "/", (CrRequest){ .method = "POST" }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 503);
  g_assert_cmpint (reply->retry_after_ms, ==, 1000);
  g_assert_cmpuint (fixture->fake.asked->len, ==, 1);
}

static void
test_waits_as_told (Fixture *fixture, gconstpointer data)
{
  gint64 start_us = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 429, "Retry-After: 1", "");
  fake_answer (&fixture->fake, 200, NULL, "");
  reply = get (fixture, "/", (CrRequest){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpint (g_get_monotonic_time () - start_us, >=, 990000);
}

static const struct
{
  const char *header;
  gint64 wait_ms;
} long_waits[] = {
  { "Retry-After: 60", 60000 },
  { "Retry-After: Wed, 21 Oct 2026 07:29:00 GMT", 60000 },
  { "Retry-After: 1h", 3600000 },
  { "X-RateLimit-Reset: 90", 90000 },
  { "RateLimit-Reset: 1792567710", 30000 },
  { "X-Rate-Limit-Reset: 1792567710000", 30000 },
};

static void
test_long_wait_is_the_callers (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (long_waits); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CrReply) reply = NULL;

      fake_forget (&fixture->fake);
      fake_answer (&fixture->fake, 429, long_waits[i].header, "");
      reply = get (fixture, "/", (CrRequest){ 0 }, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (reply->status, ==, 429);
      g_assert_cmpuint (reply->n_attempts, ==, 1);
      g_assert_cmpint (reply->retry_after_ms, ==, long_waits[i].wait_ms);
    }
}

static void
test_redirect (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrToken) token = cr_fixed_token_new (fixture->fake.uri, "Bearer secret");
  static const char *const headers[] = { "X-Api-Key", "secret", NULL };
  g_autofree char *url = fake_url (&fixture->fake, "/c");
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 302, "Location: /b?x=1", "");
  fake_answer (&fixture->fake, 307, "Location: c", "");
  fake_answer (&fixture->fake, 200, NULL, "{}");
  reply = get (fixture, "/a", (CrRequest){ .token = token, .headers = headers }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpstr (reply->url, ==, url);
  g_assert_cmpstr (fake_asked (&fixture->fake, 1)->query, ==, "x=1");
  g_assert_cmpstr (asked_header (fake_asked (&fixture->fake, 2), "authorization"), ==,
                   "Bearer secret");
  g_assert_cmpstr (asked_header (fake_asked (&fixture->fake, 2), "x-api-key"), ==, "secret");
}

static void
test_redirect_abroad (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrToken) token = cr_fixed_token_new (fixture->fake.uri, "Bearer secret");
  static const char *const headers[] = { "X-Api-Key", "secret", NULL };
  g_autofree char *location = g_strdup_printf ("Location: %s/file", fixture->other.uri);
  CrRequest request = { .token = token, .headers = headers };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 307, location, "");
  fake_answer (&fixture->other, 200, NULL, "file");
  g_assert_null (get (fixture, "/Patient/p-4711", request, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_assert_cmpuint (fixture->other.asked->len, ==, 0);

  g_clear_error (&error);
  request.may_leave_origin = TRUE;
  reply = get (fixture, "/a", request, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpuint (fixture->other.asked->len, ==, 1);
  g_assert_null (asked_header (fake_asked (&fixture->other, 0), "authorization"));
  g_assert_null (asked_header (fake_asked (&fixture->other, 0), "x-api-key"));
}

/* There and back again: credentials stay off once the origin was left. */
static void
test_redirect_back (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrToken) token = cr_fixed_token_new (fixture->fake.uri, "Bearer secret");
  g_autofree char *there = g_strdup_printf ("Location: %s/file", fixture->other.uri);
  g_autofree char *back = g_strdup_printf ("Location: %s/back", fixture->fake.uri);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 307, there, "");
  fake_answer (&fixture->other, 307, back, "");
  fake_answer (&fixture->fake, 200, NULL, "");
  reply = get (fixture, "/a", (CrRequest){ .token = token, .may_leave_origin = TRUE }, &error);
  g_assert_no_error (error);
  g_assert_null (asked_header (fake_asked (&fixture->fake, 1), "authorization"));
}

static void
test_redirect_bad (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *location;
    CrErrorCode code;
  } bad[] = {
    { "/a", CR_ERROR_BAD_REPLY },
    { "javascript:alert(1)", CR_ERROR_BAD_REPLY },
    { "http:///x", CR_ERROR_BAD_REPLY },
    { "http://example.org/secret", CR_ERROR_REFUSED },
    { "https://ada:secret@example.org/", CR_ERROR_REFUSED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *header = g_strdup_printf ("Location: %s", bad[i].location);
      g_autoptr (GError) error = NULL;

      fake_forget (&fixture->fake);
      fake_answer (&fixture->fake, 302, header, "");
      g_assert_null (get (fixture, "/a", (CrRequest){ .may_leave_origin = TRUE }, &error));
      g_assert_error (error, CR_ERROR, (int) bad[i].code);
    }
}

static void
test_redirect_many (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *header = g_strdup_printf ("Location: /%u", i);

      fake_answer (&fixture->fake, 302, header, "");
    }
  fake_answer (&fixture->fake, 200, "Location: /ignored", "");
  reply = get (fixture, "/a", (CrRequest){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 200);

  fake_forget (&fixture->fake);
  for (guint i = 0; i < 7; i++)
    {
      g_autofree char *header = g_strdup_printf ("Location: /%u", i);

      fake_answer (&fixture->fake, 302, header, "");
    }
  g_assert_null (get (fixture, "/a", (CrRequest){ 0 }, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
}

static void
test_redirect_of_post (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 302, "Location: /b", "");
  reply = get (fixture, "/a", (CrRequest){ .method = "PUT" }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 302);
  g_assert_cmpuint (fixture->fake.asked->len, ==, 1);
  g_assert_false (cr_reply_check (reply, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_REPLY);
}

static void
test_token_of_another_origin (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrToken) token = cr_fixed_token_new (fixture->other.uri, "Bearer secret");
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 200, NULL, "");
  g_assert_null (get (fixture, "/Patient/p-4711", (CrRequest){ .token = token }, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, "another server"));
  g_assert_cmpuint (fixture->fake.asked->len, ==, 0);

  g_clear_error (&error);
  reply = get (fixture, "/a", (CrRequest){ .token = token, .may_leave_origin = TRUE }, &error);
  g_assert_no_error (error);
  g_assert_null (asked_header (fake_asked (&fixture->fake, 0), "authorization"));
}

static void
test_bad_url (Fixture *fixture, gconstpointer data)
{
  static const char *const urls[] = { "http://example.org/Patient/p-4711",
                                      "https://a:secret@example.org/", "Patient/p-4711", "" };

  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    {
      g_autoptr (GError) error = NULL;
      CrRequest request = { .url = urls[i] };

      g_assert_null (send_request (fixture->client, &request, &error));
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
      assert_says_nothing (error);
    }
}

/* A token that counts how often it was renewed. */
#define TEST_TYPE_TOKEN (test_token_get_type ())
G_DECLARE_FINAL_TYPE (TestToken, test_token, TEST, TOKEN, GObject)

struct _TestToken
{
  GObject parent_instance;

  char *origin;
  guint n_renewed;
  gboolean is_refused;
};

static const char *
test_token_get_origin (CrToken *token)
{
  return TEST_TOKEN (token)->origin;
}

static void
test_token_get_async (CrToken *token,
                      gboolean renew,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  TestToken *self = TEST_TOKEN (token);
  g_autoptr (GTask) task = g_task_new (token, cancellable, callback, user_data);

  self->n_renewed += renew ? 1 : 0;
  if (renew && self->is_refused)
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_SIGN_IN, "Access has ended");
  else
    g_task_return_pointer (task, g_strdup_printf ("Bearer secret-%u", self->n_renewed), g_free);
}

static char *
test_token_get_finish (CrToken *token, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_token_iface_init (CrTokenInterface *iface)
{
  iface->get_origin = test_token_get_origin;
  iface->get_async = test_token_get_async;
  iface->get_finish = test_token_get_finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestToken,
                               test_token,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CR_TYPE_TOKEN, test_token_iface_init))

static void
test_token_finalize (GObject *object)
{
  g_free (TEST_TOKEN (object)->origin);
  G_OBJECT_CLASS (test_token_parent_class)->finalize (object);
}

static void
test_token_class_init (TestTokenClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_token_finalize;
}

static void
test_token_init (TestToken *self)
{
}

static TestToken *
test_token_new (const char *uri)
{
  TestToken *token = g_object_new (TEST_TYPE_TOKEN, NULL);

  token->origin = cr_origin_of (uri);
  return token;
}

static void
test_renew (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TestToken) token = test_token_new (fixture->fake.uri);
  g_autoptr (GBytes) body = g_bytes_new_static ("x", 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 401, NULL, "");
  fake_answer (&fixture->fake, 200, NULL, "");
  reply = get (fixture, "/",
               (CrRequest){ .token = CR_TOKEN (token), .method = "POST", .body = body }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_cmpuint (token->n_renewed, ==, 1);
  g_assert_cmpuint (reply->n_attempts, ==, 2);
  g_assert_cmpstr (asked_header (fake_asked (&fixture->fake, 0), "authorization"), ==,
                   "Bearer secret-0");
  g_assert_cmpstr (asked_header (fake_asked (&fixture->fake, 1), "authorization"), ==,
                   "Bearer secret-1");
  g_assert_cmpstr (fake_asked (&fixture->fake, 1)->body, ==, "x");
}

static void
test_renew_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TestToken) token = test_token_new (fixture->fake.uri);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 401, "WWW-Authenticate: Basic realm=\"x\"", "");
  reply = get (fixture, "/", (CrRequest){ .token = CR_TOKEN (token) }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 401);
  g_assert_cmpuint (token->n_renewed, ==, 1);
  g_assert_cmpuint (fixture->fake.asked->len, ==, 2);
}

static void
test_renew_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TestToken) token = test_token_new (fixture->fake.uri);
  g_autoptr (GError) error = NULL;

  token->is_refused = TRUE;
  fake_answer (&fixture->fake, 401, NULL, "");
  g_assert_null (get (fixture, "/", (CrRequest){ .token = CR_TOKEN (token) }, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_SIGN_IN);
}

static void
test_fixed_token_401 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrToken) token = cr_fixed_token_new (fixture->fake.uri, "Bearer secret");
  g_autoptr (GError) error = NULL;
  g_autoptr (CrReply) reply = NULL;

  fake_answer (&fixture->fake, 401, NULL, "");
  reply = get (fixture, "/", (CrRequest){ .token = token }, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (reply->status, ==, 401);
  g_assert_cmpuint (fixture->fake.asked->len, ==, 1);
}

static void
test_parallel (Fixture *fixture, gconstpointer data)
{
  g_autofree char *url = fake_url (&fixture->fake, "/");
  CrRequest request = { .url = url, .connect_s = 1 };
  GAsyncResult *results[40] = { NULL };

  fixture->fake.delay_ms = 120;
  fake_answer (&fixture->fake, 200, NULL, "{}");
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    cr_client_send_async (fixture->client, &request, NULL, keep_result, &results[i]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CrReply) reply =
          cr_client_send_finish (fixture->client, wait_result (&results[i]), &error);

      g_assert_no_error (error);
      g_assert_cmpuint (reply->status, ==, 200);
      g_object_unref (results[i]);
    }
  g_assert_cmpuint (fixture->fake.most_open, ==, 4);
}

#define ADD(path, func) g_test_add ("/net/client/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  ADD ("success", test_success);
  ADD ("post", test_post);
  ADD ("put-large", test_put_large);
  ADD ("statuses", test_statuses);
  ADD ("retries", test_retries);
  ADD ("retries-end", test_retries_end);
  ADD ("post-once", test_post_once);
  ADD ("waits-as-told", test_waits_as_told);
  ADD ("long-wait-is-the-callers", test_long_wait_is_the_callers);
  ADD ("redirect", test_redirect);
  ADD ("redirect-abroad", test_redirect_abroad);
  ADD ("redirect-back", test_redirect_back);
  ADD ("redirect-bad", test_redirect_bad);
  ADD ("redirect-many", test_redirect_many);
  ADD ("redirect-of-post", test_redirect_of_post);
  ADD ("token-of-another-origin", test_token_of_another_origin);
  ADD ("bad-url", test_bad_url);
  ADD ("renew", test_renew);
  ADD ("renew-once", test_renew_once);
  ADD ("renew-refused", test_renew_refused);
  ADD ("fixed-token-401", test_fixed_token_401);
  ADD ("parallel", test_parallel);
  return g_test_run ();
}
