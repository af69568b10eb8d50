/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-logo-page.h"

#include <string.h>

#include "base/cr-error.h"
#include "connect/cr-connect-private.h"
#include "store/cr-logos-table.h"

static void
reply_none (CrExchange *exchange)
{
  cr_exchange_reply_text (exchange, 404, "text/plain; charset=utf-8", "There is no such logo.\n");
}

static gpointer
get_func (CrDb *db, gpointer data, GError **error)
{
  return cr_logos_table_get (db, data, error);
}

static void
got_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrLogo) logo = cr_store_read_finish (CR_STORE (store), result, &error);

  if (logo != NULL)
    {
      cr_exchange_set_header (exchange, "Cache-Control", "public, max-age=86400");
      cr_exchange_set_header (exchange, "Content-Security-Policy", "default-src 'none'; sandbox");
      cr_exchange_set_header (exchange, "X-Content-Type-Options", "nosniff");
      cr_exchange_reply (exchange, 200, logo->type, logo->body);
    }
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    reply_none (exchange);
  else
    cr_exchange_reply_text (exchange, 503, "text/plain; charset=utf-8",
                            "The logo cannot be read at the moment.\n");
}

void
cr_logo_page (CrExchange *exchange, gpointer user_data)
{
  CrConnect *self = user_data;
  const char *id = cr_exchange_get_parameter (exchange, "id");

  if (strlen (id) > 128 || !g_str_has_prefix (id, "fhirsrc_"))
    {
      reply_none (exchange);
      return;
    }

  cr_store_read_async (self->store, CR_READ_SCREEN, get_func, g_strdup (id), g_free,
                       (GDestroyNotify) cr_logo_free, NULL, got_cb, g_object_ref (exchange));
}
