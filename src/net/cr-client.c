/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-client.h"

#include <libsoup/soup.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"
#include "net/cr-hop.h"
#include "net/cr-retry.h"
#include "net/cr-sessions.h"

#define MAX_REDIRECTS 5
#define MAX_ATTEMPTS 4
#define DEFAULT_ACCEPT "application/fhir+json, application/json;q=0.9"
#define DEFAULT_MAX_BYTES ((gsize) 64 * 1024 * 1024)
#define MOST_MAX_BYTES ((gsize) 1024 * 1024 * 1024)

struct _CrClient
{
  GObject parent_instance;

  CrClock clock;
  CrSkew *skew;              /* (owned) */
  CrSessions *sessions;      /* (owned) */
  GTlsDatabase *authorities; /* (owned) (nullable): trusted besides those of the system */
  GError *fault;             /* (owned) (nullable): of its CA file; nothing is sent then */
};

G_DEFINE_FINAL_TYPE (CrClient, cr_client, G_TYPE_OBJECT)

/* One cr_client_send_async (), over all its hops. */
typedef struct
{
  CrRequest request;    /* its pointers are owned copies */
  SoupSession *session; /* (owned) */
  SoupMessage *message; /* (owned) (nullable): the hop on its way */
  char *url;            /* (owned): where the next hop goes */
  char *authorization;  /* (owned) (nullable): wiped when freed */
  GPtrArray *visited;   /* (owned): URLs of this attempt */
  GSource *wait;        /* (owned) (nullable) */
  GSource *caller_gone; /* (owned) (nullable): while waiting */
  gint64 end_us;        /* monotonic */
  gint64 hop_us;        /* monotonic: when the hop on its way was sent */
  guint attempt;        /* from 1 */
  guint n_sent;
  gboolean may_repeat; /* the default number of attempts counts */
  gboolean is_renewed;
  gboolean lacks_token; /* none could be had */
  gboolean has_left;    /* another origin was reached: no credentials any more */
} Call;

static void send_hop (GTask *task);

static void
call_free (gpointer data)
{
  Call *call = data;
  CrRequest *request = &call->request;

  cr_stop_source (&call->wait);
  cr_stop_source (&call->caller_gone);
  g_free ((char *) request->method);
  g_free ((char *) request->url);
  g_free ((char *) request->accept);
  g_free ((char *) request->content_type);
  g_strfreev ((char **) request->headers);
  g_clear_pointer (&request->body, g_bytes_unref);
  g_clear_object (&request->token);
  g_clear_object (&request->tls_database);
  g_clear_pointer (&request->room, cr_room_unref);
  g_clear_object (&call->message);
  g_clear_object (&call->session);
  g_clear_pointer (&call->visited, g_ptr_array_unref);
  g_clear_pointer (&call->authorization, cr_secret_free);
  g_free (call->url);
  g_free (call);
}

static gboolean
is_safe (const char *method)
{
  return strcmp (method, "GET") == 0 || strcmp (method, "HEAD") == 0;
}

static gboolean
is_idempotent (const char *method)
{
  return is_safe (method) || strcmp (method, "PUT") == 0 || strcmp (method, "DELETE") == 0;
}

static void
take_request (Call *call, const CrRequest *from)
{
  CrRequest *request = &call->request;

  *request = *from;
  request->method = g_strdup (from->method != NULL ? from->method : "GET");
  request->url = g_strdup (from->url);
  request->accept = g_strdup (from->accept != NULL ? from->accept : DEFAULT_ACCEPT);
  request->content_type = g_strdup (from->content_type);
  request->headers = (const char *const *) g_strdupv ((char **) from->headers);
  request->body = from->body != NULL ? g_bytes_ref (from->body) : NULL;
  request->token = from->token != NULL ? g_object_ref (from->token) : NULL;
  request->tls_database = from->tls_database != NULL ? g_object_ref (from->tls_database) : NULL;
  request->room = from->room != NULL ? cr_room_ref (from->room) : NULL;

  request->max_bytes = from->max_bytes != 0 ? from->max_bytes : DEFAULT_MAX_BYTES;
  request->max_bytes = MIN (request->max_bytes, MOST_MAX_BYTES);
  request->connect_s = from->connect_s != 0 ? from->connect_s : 15;
  request->idle_s = from->idle_s != 0 ? from->idle_s : 60;
  request->total_s = from->total_s != 0 ? from->total_s : 300;
  request->max_wait_s = from->max_wait_s != 0 ? from->max_wait_s : 5;
  call->may_repeat = from->max_attempts == 0;
  if (from->max_attempts == 0)
    request->max_attempts = is_idempotent (request->method) ? MAX_ATTEMPTS : 1;
}

static const char *
host_of (SoupMessage *message)
{
  return g_uri_get_host (soup_message_get_uri (message));
}

static void
add_header_cb (const char *name, const char *value, gpointer user_data)
{
  GHashTable *headers = user_data;
  char *key = g_ascii_strdown (name, -1);
  const char *before = g_hash_table_lookup (headers, key);

  g_hash_table_replace (
      headers, key, before != NULL ? g_strdup_printf ("%s, %s", before, value) : g_strdup (value));
}

static gint64
retry_after_ms (GHashTable *headers, gint64 now_ms)
{
  static const char *const names[] = { "retry-after", "ratelimit-reset", "x-ratelimit-reset",
                                       "x-rate-limit-reset" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gint64 wait_ms = cr_retry_after_ms (g_hash_table_lookup (headers, names[i]), now_ms);

      if (wait_ms > 0)
        return wait_ms;
    }

  return 0;
}

static gint64
clock_skew_ms (GHashTable *headers, gint64 now_ms)
{
  const char *text = g_hash_table_lookup (headers, "date");
  g_autoptr (GDateTime) date = text != NULL ? soup_date_time_new_from_http_string (text) : NULL;

  return date != NULL ? now_ms - g_date_time_to_unix (date) * 1000 : 0;
}

/* An answer out of a cache is as old as it says.
 *
 * Source: RFC 9111 §5.1 */
static void
note_date (CrClient *self, Call *call, CrReply *reply, gint64 now_ms)
{
  const char *age = cr_reply_header (reply, "age");
  gint64 age_ms = age != NULL ? g_ascii_strtoll (age, NULL, 10) * 1000 : 0;
  g_autofree char *origin = cr_origin_of (call->url);

  if (reply->clock_skew_ms != 0 && origin != NULL && age_ms >= 0)
    cr_skew_note (self->skew, origin, now_ms - reply->clock_skew_ms + age_ms,
                  (g_get_monotonic_time () - call->hop_us) / 1000);
}

static CrReply *
reply_new (CrClient *self, Call *call, GBytes *body)
{
  CrReply *reply = g_new0 (CrReply, 1);
  gint64 now_ms = self->clock ();

  reply->status = soup_message_get_status (call->message);
  reply->body = g_bytes_ref (body);
  reply->url = g_strdup (call->url);
  reply->n_attempts = call->n_sent;
  reply->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  soup_message_headers_foreach (soup_message_get_response_headers (call->message), add_header_cb,
                                reply->headers);
  if (cr_retry_status_is_retryable (reply->status))
    reply->retry_after_ms = retry_after_ms (reply->headers, now_ms);
  reply->clock_skew_ms = clock_skew_ms (reply->headers, now_ms);
  note_date (self, call, reply, now_ms);
  if (call->authorization != NULL)
    cr_reply_hide (reply, call->authorization);

  return reply;
}

static void
start_attempt (Call *call)
{
  call->attempt++;
  call->has_left = FALSE;
  g_free (call->url);
  call->url = g_strdup (call->request.url);
  g_ptr_array_set_size (call->visited, 0);
}

static gboolean
wait_over_cb (gpointer data)
{
  GTask *task = data;
  Call *call = g_task_get_task_data (task);

  g_object_ref (task);
  cr_stop_source (&call->wait);
  cr_stop_source (&call->caller_gone);
  start_attempt (call);
  send_hop (task);
  return G_SOURCE_REMOVE;
}

static gboolean
wait_cancelled_cb (GCancellable *cancellable, gpointer data)
{
  GTask *task = data;
  Call *call = g_task_get_task_data (task);

  g_object_ref (task);
  cr_stop_source (&call->wait);
  cr_stop_source (&call->caller_gone);
  g_task_return_error_if_cancelled (task);
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

/* Takes @task. */
static void
start_wait (GTask *task, gint64 wait_ms)
{
  Call *call = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  call->wait = g_timeout_source_new ((guint) wait_ms);
  g_source_set_callback (call->wait, wait_over_cb, g_object_ref (task), g_object_unref);
  g_source_attach (call->wait, g_task_get_context (task));
  if (cancellable != NULL)
    {
      call->caller_gone = g_cancellable_source_new (cancellable);
      g_source_set_callback (call->caller_gone, G_SOURCE_FUNC (wait_cancelled_cb),
                             g_object_ref (task), g_object_unref);
      g_source_attach (call->caller_gone, g_task_get_context (task));
    }
  g_object_unref (task);
}

/* Whether to wait and ask again; @said_ms is what the server asked for, or 0. */
static gboolean
may_try_again (Call *call, gint64 said_ms, gboolean was_sent, gint64 *wait_ms)
{
  guint limit = call->request.max_attempts;

  if (!was_sent && call->may_repeat)
    limit = MAX_ATTEMPTS;
  if (call->attempt >= limit)
    return FALSE;

  *wait_ms = said_ms > 0 ? said_ms : cr_retry_delay_ms (call->attempt, g_random_int ());
  return *wait_ms <= (gint64) call->request.max_wait_s * 1000 &&
         g_get_monotonic_time () + *wait_ms * 1000 < call->end_us;
}

/* Takes @error and @task. */
static void
call_failed (GTask *task, GError *error, gboolean was_sent)
{
  Call *call = g_task_get_task_data (task);
  gint64 wait_ms;

  if (g_error_matches (error, CR_ERROR, CR_ERROR_OFFLINE) &&
      may_try_again (call, 0, was_sent, &wait_ms))
    {
      g_error_free (error);
      start_wait (task, wait_ms);
      return;
    }

  g_task_return_error (task, error);
  g_object_unref (task);
}

static gboolean
check_leaving (Call *call, const char *target, GError **error)
{
  g_autofree char *from = cr_origin_of (call->url);
  g_autofree char *to = cr_origin_of (target);
  g_autoptr (GUri) uri = NULL;

  if (g_strcmp0 (from, to) == 0)
    return TRUE;

  uri = g_uri_parse (target, SOUP_HTTP_URI_FLAGS, NULL);
  if (!call->request.may_leave_origin || !cr_url_is_allowed (target, NULL))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_REFUSED,
                   "%s sends this request on to another server, %s, which is not allowed",
                   host_of (call->message),
                   uri != NULL ? g_uri_get_host (uri) : CR_SAID ("without a name"));
      return FALSE;
    }

  call->has_left = TRUE;
  return TRUE;
}

/* Sets where the next hop goes. */
static gboolean
follow_redirect (Call *call, const char *location, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  g_autofree char *target = NULL;
  g_autofree char *origin = NULL;

  uri = g_uri_parse_relative (soup_message_get_uri (call->message), location, SOUP_HTTP_URI_FLAGS,
                              NULL);
  target = uri != NULL ? g_uri_to_string (uri) : NULL;
  origin = cr_origin_of (target);
  if (origin == NULL)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                   "%s sends this request on to something that is not a web address",
                   host_of (call->message));
      return FALSE;
    }
  if (call->visited->len > MAX_REDIRECTS ||
      g_ptr_array_find_with_equal_func (call->visited, target, g_str_equal, NULL))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s sends this request round in circles",
                   host_of (call->message));
      return FALSE;
    }
  if (!check_leaving (call, target, error))
    return FALSE;

  g_free (call->url);
  call->url = g_steal_pointer (&target);
  return TRUE;
}

static void
got_new_token_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Call *call = g_task_get_task_data (task);
  CrReply *reply = g_object_steal_data (G_OBJECT (task), "cr-reply-401");
  GError *error = NULL;
  char *value = cr_token_get_finish (CR_TOKEN (source), result, &error);

  call->lacks_token = value == NULL;
  if (value == NULL)
    g_task_return_error (task, error);
  else if (g_strcmp0 (value, call->authorization) == 0)
    g_task_return_pointer (task, g_steal_pointer (&reply), (GDestroyNotify) cr_reply_free);
  else
    {
      cr_secret_free (call->authorization);
      call->authorization = g_steal_pointer (&value);
      call->attempt--;
      start_attempt (call);
      send_hop (g_object_ref (task));
    }

  cr_reply_free (reply);
  cr_secret_free (value);
  g_object_unref (task);
}

/* Takes @task and @reply. Once a call a token may be exchanged for a new one. */
static void
renew_token (GTask *task, CrReply *reply)
{
  Call *call = g_task_get_task_data (task);

  call->is_renewed = TRUE;
  g_object_set_data_full (G_OBJECT (task), "cr-reply-401", reply, (GDestroyNotify) cr_reply_free);
  cr_token_get_async (call->request.token, TRUE, g_task_get_cancellable (task), got_new_token_cb,
                      task);
}

/* Takes @task and @reply. */
static void
settle (GTask *task, CrReply *reply)
{
  Call *call = g_task_get_task_data (task);
  const char *location = cr_reply_header (reply, "location");
  GError *error = NULL;
  gint64 wait_ms;

  if (cr_reply_is_redirect (reply) && location != NULL && is_safe (call->request.method))
    {
      gboolean may_follow = follow_redirect (call, location, &error);

      cr_reply_free (reply);
      if (may_follow)
        send_hop (task);
      else
        call_failed (task, error, TRUE);
      return;
    }
  if (reply->status == SOUP_STATUS_UNAUTHORIZED && call->authorization != NULL &&
      !call->is_renewed && !call->has_left)
    {
      renew_token (task, reply);
      return;
    }
  if (cr_retry_status_is_retryable (reply->status) &&
      may_try_again (call, reply->retry_after_ms, TRUE, &wait_ms))
    {
      cr_reply_free (reply);
      start_wait (task, wait_ms);
      return;
    }

  g_task_return_pointer (task, reply, (GDestroyNotify) cr_reply_free);
  g_object_unref (task);
}

static void
hop_over_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Call *call = g_task_get_task_data (task);
  g_autoptr (GBytes) body = NULL;
  GError *error = NULL;
  gboolean was_sent;

  body = cr_hop_send_finish (result, &was_sent, &error);
  if (was_sent)
    call->n_sent++;
  if (body == NULL)
    call_failed (task, error, was_sent);
  else
    settle (task, reply_new (g_task_get_source_object (task), call, body));
}

static void
add_headers (Call *call)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (call->message);
  const char *const *own = call->request.headers;

  soup_message_headers_replace (headers, "Accept", call->request.accept);
  if (call->has_left)
    return;

  for (guint i = 0; own != NULL && own[i] != NULL && own[i + 1] != NULL; i += 2)
    soup_message_headers_replace (headers, own[i], own[i + 1]);
  if (call->authorization != NULL)
    soup_message_headers_replace (headers, "Authorization", call->authorization);
}

/* Takes @task. */
static void
send_hop (GTask *task)
{
  Call *call = g_task_get_task_data (task);
  const CrRequest *request = &call->request;
  guint flags = SOUP_MESSAGE_NO_REDIRECT;
  CrHopLimits limits = { .connect_ms = request->connect_s * 1000,
                         .idle_ms = request->idle_s * 1000,
                         .end_us = call->end_us,
                         .max_bytes = request->max_bytes,
                         .cut_bytes = request->cut_bytes,
                         .refuses_private = request->refuses_private,
                         .room = request->room };

  if (is_idempotent (request->method) || request->is_repeatable)
    flags |= SOUP_MESSAGE_IDEMPOTENT;
  if (request->new_connection)
    flags |= SOUP_MESSAGE_NEW_CONNECTION;

  g_ptr_array_add (call->visited, g_strdup (call->url));
  g_clear_object (&call->message);
  call->message = soup_message_new (request->method, call->url);
  soup_message_set_flags (call->message, flags);
  add_headers (call);
  if (request->body != NULL)
    soup_message_set_request_body_from_bytes (call->message, request->content_type, request->body);

  call->hop_us = g_get_monotonic_time ();
  cr_hop_send_async (call->session, call->message, &limits, g_task_get_cancellable (task),
                     hop_over_cb, task);
}

static void
got_token_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Call *call = g_task_get_task_data (task);
  GError *error = NULL;

  call->authorization = cr_token_get_finish (CR_TOKEN (source), result, &error);
  if (call->authorization != NULL)
    {
      send_hop (task);
      return;
    }

  call->lacks_token = TRUE;
  g_task_return_error (task, error);
  g_object_unref (task);
}

static gboolean
check_request (Call *call, gboolean *uses_token, GError **error)
{
  g_autofree char *origin = cr_origin_of (call->request.url);
  g_autoptr (GUri) uri = NULL;

  *uses_token = FALSE;
  if (!cr_url_is_allowed (call->request.url, error))
    return FALSE;
  if (call->request.token == NULL)
    return TRUE;

  *uses_token = g_strcmp0 (origin, cr_token_get_origin (call->request.token)) == 0;
  if (*uses_token || call->request.may_leave_origin)
    return TRUE;

  uri = g_uri_parse (call->request.url, SOUP_HTTP_URI_FLAGS, NULL);
  g_set_error (error, CR_ERROR, CR_ERROR_REFUSED,
               "The next link points at another server, %s; access was given for %s only",
               g_uri_get_host (uri), cr_token_get_origin (call->request.token));
  return FALSE;
}

/**
 * cr_client_send_async:
 * @request: what to send; copied
 *
 * Sends a request, follows redirects of GET and HEAD within the origin, renews the token once when
 * it is answered with 401, and repeats what may be repeated: requests that nobody received, and
 * idempotent ones after a network error or a status that asks for patience, as long as the wait is
 * not longer than `max_wait_s`. An answer of any status is a reply, not an error.
 *
 * Errors: %CR_ERROR_OFFLINE; %CR_ERROR_CERTIFICATE; %CR_ERROR_TOO_LARGE; %CR_ERROR_BAD_REPLY for
 *   what is not HTTP and for redirects in circles; %CR_ERROR_REFUSED for TLS below 1.2 and for
 *   another server than the token or the redirect may go to; %CR_ERROR_BAD_INPUT for a URL that may
 *   not be used; those of the token
 */
void
cr_client_send_async (CrClient *self,
                      const CrRequest *request,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task;
  Call *call;
  GError *error = NULL;
  gboolean uses_token;

  g_return_if_fail (CR_IS_CLIENT (self));
  g_return_if_fail (request != NULL && request->url != NULL);

  call = g_new0 (Call, 1);
  take_request (call, request);
  call->session = g_object_ref (cr_sessions_get (
      self->sessions, request->tls_database != NULL ? request->tls_database : self->authorities));
  call->visited = g_ptr_array_new_with_free_func (g_free);
  call->end_us = g_get_monotonic_time () + (gint64) call->request.total_s * G_USEC_PER_SEC;
  start_attempt (call);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_client_send_async);
  g_task_set_task_data (task, call, call_free);

  if (g_task_return_error_if_cancelled (task))
    g_object_unref (task);
  else if (self->fault != NULL)
    call_failed (task, g_error_copy (self->fault), FALSE);
  else if (!check_request (call, &uses_token, &error))
    call_failed (task, error, FALSE);
  else if (uses_token)
    cr_token_get_async (call->request.token, FALSE, cancellable, got_token_cb, task);
  else
    send_hop (task);
}

CrReply *
cr_client_send_finish (CrClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
cr_client_send_lacks_token (CrClient *self, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return ((Call *) g_task_get_task_data (G_TASK (result)))->lacks_token;
}

guint
cr_client_send_n_sent (CrClient *self, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, self), 0);

  return ((Call *) g_task_get_task_data (G_TASK (result)))->n_sent;
}

static void
cr_client_finalize (GObject *object)
{
  CrClient *self = CR_CLIENT (object);

  g_clear_pointer (&self->sessions, cr_sessions_unref);
  g_clear_object (&self->authorities);
  g_clear_object (&self->skew);
  g_clear_error (&self->fault);

  G_OBJECT_CLASS (cr_client_parent_class)->finalize (object);
}

static void
cr_client_class_init (CrClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_client_finalize;
}

static void
cr_client_init (CrClient *self)
{
}

/**
 * cr_client_new:
 * @max_per_host: how many connections to one host at a time; 0 means 8
 *
 * Belongs to the thread-default main context it is made in.
 */
CrClient *
cr_client_new (CrClock clock, guint max_per_host)
{
  CrClient *self = g_object_new (CR_TYPE_CLIENT, NULL);

  self->clock = clock;
  self->skew = cr_skew_new (clock, cr_time_boot_ms);
  self->sessions = cr_sessions_new (max_per_host != 0 ? max_per_host : 8);

  return self;
}

/**
 * cr_client_trusting:
 * @ca_file: (nullable): a file of certificates in PEM
 *
 * Returns: (transfer full): one that trusts those authorities besides what @self trusts, and is
 *   @self in all else; @self when there is no file. With a file that is no good every request of it
 *   fails with %CR_ERROR_CERTIFICATE, and the words say what is wrong with the file
 */
CrClient *
cr_client_trusting (CrClient *self, const char *ca_file)
{
  CrClient *other;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (CR_IS_CLIENT (self), NULL);

  if (ca_file == NULL || ca_file[0] == '\0')
    return g_object_ref (self);

  other = g_object_new (CR_TYPE_CLIENT, NULL);
  other->clock = self->clock;
  other->skew = g_object_ref (self->skew);
  other->sessions = cr_sessions_ref (self->sessions);
  other->authorities = cr_sessions_load_ca (self->sessions, ca_file, &error);
  if (other->authorities == NULL)
    other->fault = g_error_new_literal (CR_ERROR, CR_ERROR_CERTIFICATE, error->message);

  return other;
}

CrSkew *
cr_client_get_skew (CrClient *self)
{
  g_return_val_if_fail (CR_IS_CLIENT (self), NULL);

  return self->skew;
}
