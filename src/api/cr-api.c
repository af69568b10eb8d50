/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api-private.h"
#include "engine/cr-engine-api-keys.h"

#include <string.h>

#define AT_ONCE 5 /* seconds of requests */
#define FAILURES_PER_SECOND 20
#define FAILURES_AT_ONCE 200

typedef struct
{
  CrApi *api;
  const CrApiRoute *route;
} Row;

static void
api_free (gpointer data)
{
  CrApi *self = data;

  g_ptr_array_unref (self->rows);
  cr_buckets_free (self->calls);
  cr_buckets_free (self->failures);
  g_hash_table_unref (self->running);
  g_free (self);
}

static void
serve_cb (CrExchange *exchange, gpointer user_data)
{
  const Row *row = user_data;

  cr_api_call_begin (row->api, row->route, exchange);
}

static const char *
refusal_words (CrApiCode code)
{
  switch (cr_api_code_status (code))
    {
    case 403:
      return "This request comes from a web page of somewhere else, which may not send it.";
    case 404:
      return "There is nothing at this address.";
    case 405:
      return "This address does not take that kind of request; the header Allow says which.";
    case 413:
      return "The request is larger than 1 MiB.";
    case 421:
      return "This is not the address of this server. Use the one it listens at as Host.";
    case 503:
      return "Chartroom is being closed. Try again later.";
    default:
      return "The request cannot be read.";
    }
}

/* People who look with a browser get words instead. */
static gboolean
refuse_cb (CrExchange *exchange, guint status, gpointer user_data)
{
  const char *accept = cr_exchange_get_header (exchange, "Accept");
  CrApiCode code = cr_api_code_of_status (status);
  g_autofree char *text = NULL;

  if (accept != NULL && strstr (accept, "text/html") != NULL)
    return FALSE;

  text =
      cr_api_error_text (code, NULL, refusal_words (code), cr_exchange_get_request_id (exchange));
  cr_exchange_reply_text (exchange, status, "application/json", text);
  return TRUE;
}

/**
 * cr_api_attach:
 *
 * Adds the API to the server of @engine. It lasts as long as the engine.
 */
CrApi *
cr_api_attach (CrEngine *engine)
{
  CrApi *self = g_new0 (CrApi, 1);
  CrServer *server = cr_engine_get_server (engine);
  guint rate = cr_engine_get_api_rate (engine);
  guint n_routes;
  const CrApiRoute *routes = cr_api_routes (&n_routes);

  self->engine = engine;
  self->rows = g_ptr_array_new_with_free_func (g_free);
  self->calls = cr_buckets_new (rate, rate * AT_ONCE);
  self->running = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->failures = cr_buckets_new (FAILURES_PER_SECOND, FAILURES_AT_ONCE);
  for (guint i = 0; i < n_routes; i++)
    {
      Row *row = g_new0 (Row, 1);
      CrRoute route = { routes[i].method, routes[i].pattern, CR_ROUTE_API, serve_cb };

      row->api = self;
      row->route = &routes[i];
      g_ptr_array_add (self->rows, row);
      cr_server_add_routes (server, &route, 1, row);
    }
  cr_server_set_refuser (server, CR_ROUTE_API, refuse_cb, self);
  g_object_set_data_full (G_OBJECT (engine), "cr-api", self, api_free);
  return self;
}
