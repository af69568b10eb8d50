/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-connect.h"

#include "connect/cr-client-keys.h"
#include "connect/cr-connect-private.h"
#include "connect/cr-logo-page.h"

#include <string.h>

G_DEFINE_FINAL_TYPE (CrConnect, cr_connect, G_TYPE_OBJECT)

/* What a page needs while the trip goes on; the server counts on one answer. */
typedef struct
{
  CrConnect *self;      /* (owned) */
  CrExchange *exchange; /* (owned) */
} Visit;

static void
visit_free (Visit *visit)
{
  g_object_unref (visit->self);
  g_object_unref (visit->exchange);
  g_free (visit);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Visit, visit_free)

static void
trip_ended_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Visit) visit = user_data;
  g_autoptr (CrTripEnd) end = NULL;
  g_autoptr (GError) error = NULL;

  end = cr_callback_finish (CR_CONNECT (object), result, &error);
  if (end != NULL)
    cr_session_page_after_trip (visit->self, visit->exchange, end);
  else
    cr_session_page_error (visit->self, visit->exchange, error);
}

static void
handle_callback (CrExchange *exchange, gpointer user_data)
{
  CrConnect *self = user_data;
  static const char *const once[] = { "code", "error", "iss" };
  gboolean is_one = cr_exchange_count_query (exchange, "state") == 1;
  const char *state = is_one ? cr_exchange_get_query (exchange, "state") : NULL;
  CrCallbackQuery query = {
    .state = state != NULL ? state : "",
    .code = cr_exchange_get_query (exchange, "code"),
    .iss = cr_exchange_get_query (exchange, "iss"),
    .error = cr_exchange_get_query (exchange, "error"),
    .error_description = cr_exchange_get_query (exchange, "error_description"),
    .error_uri = cr_exchange_get_query (exchange, "error_uri"),
  };
  Visit *visit = g_new0 (Visit, 1);

  for (guint i = 0; i < G_N_ELEMENTS (once); i++)
    query.is_doubled = query.is_doubled || cr_exchange_count_query (exchange, once[i]) > 1;
  visit->self = g_object_ref (self);
  visit->exchange = g_object_ref (exchange);
  cr_callback_async (self, &query, trip_ended_cb, visit);
}

static void
got_keys_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Visit) visit = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *set = cr_client_keys_publish_finish (CR_VAULT (object), result, &error);

  if (set != NULL)
    {
      cr_exchange_set_header (visit->exchange, "Cache-Control", "public, max-age=300");
      cr_exchange_reply_text (visit->exchange, 200, "application/json", set);
      return;
    }

  cr_exchange_set_header (visit->exchange, "Retry-After", "60");
  cr_exchange_set_header (visit->exchange, "Cache-Control", "no-store");
  cr_exchange_reply_text (visit->exchange, 503, "text/plain; charset=utf-8",
                          "The clinic's keys cannot be read at the moment. Please try again "
                          "later.\n");
  g_message ("The set of keys could not be given out: %s", error->message);
}

/* What was asked for by a stranger makes no keys: the set is empty until a source needs one. */
static void
handle_jwks (CrExchange *exchange, gpointer user_data)
{
  CrConnect *self = user_data;
  Visit *visit = g_new0 (Visit, 1);

  visit->self = g_object_ref (self);
  visit->exchange = g_object_ref (exchange);
  cr_client_keys_publish_async (self->vault, CR_KEYS_AS_THEY_ARE, self->clock (),
                                self->under_way.at_once, got_keys_cb, visit);
}

static void
cr_connect_dispose (GObject *object)
{
  CrConnect *self = CR_CONNECT (object);

  g_clear_object (&self->store);
  g_clear_object (&self->client);
  g_clear_object (&self->vault);
  g_clear_object (&self->changes);
  cr_under_way_clear (&self->under_way);

  G_OBJECT_CLASS (cr_connect_parent_class)->dispose (object);
}

static void
cr_connect_finalize (GObject *object)
{
  CrConnect *self = CR_CONNECT (object);

  g_free (self->public_url);
  g_strfreev (self->languages);

  G_OBJECT_CLASS (cr_connect_parent_class)->finalize (object);
}

static void
cr_connect_class_init (CrConnectClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = cr_connect_dispose;
  object_class->finalize = cr_connect_finalize;
}

static void
cr_connect_init (CrConnect *self)
{
  cr_under_way_init (&self->under_way);
  self->public_url = g_strdup ("http://127.0.0.1:8484");
}

/**
 * cr_connect_new:
 * @clock: milliseconds since 1970; sessions, states and tokens end by it
 */
CrConnect *
cr_connect_new (CrStore *store, CrClient *client, CrVault *vault, CrChanges *changes, CrClock clock)
{
  CrConnect *self;

  g_return_val_if_fail (CR_IS_STORE (store), NULL);
  g_return_val_if_fail (CR_IS_CLIENT (client), NULL);
  g_return_val_if_fail (CR_IS_VAULT (vault), NULL);
  g_return_val_if_fail (CR_IS_CHANGES (changes), NULL);
  g_return_val_if_fail (clock != NULL, NULL);

  self = g_object_new (CR_TYPE_CONNECT, NULL);
  self->store = g_object_ref (store);
  self->client = g_object_ref (client);
  self->vault = g_object_ref (vault);
  self->changes = g_object_ref (changes);
  self->clock = clock;
  return self;
}

void
cr_connect_add_routes (CrConnect *self, CrServer *server)
{
  static const CrRoute routes[] = {
    { "GET", "/c/style.css", CR_ROUTE_PAGE, cr_session_page_style },
    { "GET", "/c/pages.js", CR_ROUTE_PAGE, cr_session_page_script },
    { "GET", "/c/{key}", CR_ROUTE_PAGE, cr_session_page_show },
    /* The address of an answer to a form can be loaded again without the form. */
    { "GET", "/c/{key}/start", CR_ROUTE_PAGE, cr_session_page_show },
    { "GET", "/c/{key}/done", CR_ROUTE_PAGE, cr_session_page_show },
    { "GET", "/c/{key}/choose", CR_ROUTE_PAGE, cr_session_page_choose },
    { "POST", "/c/{key}/start", CR_ROUTE_PAGE, cr_session_page_start },
    { "POST", "/c/{key}/done", CR_ROUTE_PAGE, cr_session_page_done },
    { "GET", "/callback", CR_ROUTE_PAGE, handle_callback },
    { "GET", "/logos/{id}", CR_ROUTE_PAGE, cr_logo_page },
    { "GET", CR_JWKS_PATH, CR_ROUTE_PAGE, handle_jwks },
  };

  g_return_if_fail (CR_IS_CONNECT (self));

  cr_server_add_routes (server, routes, G_N_ELEMENTS (routes), self);
  cr_server_set_refuser (server, CR_ROUTE_PAGE, cr_session_page_refuse, self);
}

void
cr_connect_set_public_url (CrConnect *self, const char *public_url)
{
  g_return_if_fail (CR_IS_CONNECT (self));
  g_return_if_fail (public_url != NULL);

  cr_set_text (&self->public_url, public_url);
  for (gsize n = strlen (self->public_url); n > 0 && self->public_url[n - 1] == '/'; n--)
    self->public_url[n - 1] = '\0';
}

/**
 * cr_connect_set_languages:
 * @languages: in which patients are spoken to whose browser asks for none that is spoken here, the
 * first that is; as g_get_language_names() lists them. English at first.
 */
void
cr_connect_set_languages (CrConnect *self, const char *const *languages)
{
  g_return_if_fail (CR_IS_CONNECT (self));

  g_strfreev (self->languages);
  self->languages = g_strdupv ((char **) languages);
}

char *
cr_connect_url_of_key (CrConnect *self, const char *url_key)
{
  return g_strconcat (self->public_url, "/c/", url_key, NULL);
}

char *
cr_connect_get_session_url (CrConnect *self, CrSession *session)
{
  g_return_val_if_fail (CR_IS_CONNECT (self), NULL);

  return cr_connect_url_of_key (self, session->url_key);
}

char *
cr_connect_get_jwks_uri (CrConnect *self)
{
  g_return_val_if_fail (CR_IS_CONNECT (self), NULL);

  return g_strconcat (self->public_url, CR_JWKS_PATH, NULL);
}

char *
cr_connect_get_redirect_uri (CrConnect *self)
{
  g_return_val_if_fail (CR_IS_CONNECT (self), NULL);

  return g_strconcat (self->public_url, "/callback", NULL);
}

gboolean
cr_connect_returns_here (CrConnect *self, CrSession *session)
{
  g_autofree char *tail = g_strconcat ("/c/", session->url_key, NULL);

  return g_str_has_suffix (session->return_url, tail);
}

/**
 * cr_connect_stop_async:
 *
 * Ends what is under way. A code that was sent to a portal is waited for, and what it gave is
 * stored, because it is good for one use; a portal that takes longer than 20 s is given up, which
 * ends the attempt.
 */
void
cr_connect_stop_async (CrConnect *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;

  g_return_if_fail (CR_IS_CONNECT (self));
  g_return_if_fail (!cr_under_way_is_stopping (&self->under_way));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, cr_connect_stop_async);
  cr_under_way_stop (&self->under_way, task);
}

void
cr_connect_stop_finish (CrConnect *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));

  g_task_propagate_boolean (G_TASK (result), NULL);
}
