/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One request being answered. The handler, or whoever it gives a reference to, answers exactly
 * once; an exchange dropped without an answer answers 500. */
#define CR_TYPE_EXCHANGE (cr_exchange_get_type ())
G_DECLARE_FINAL_TYPE (CrExchange, cr_exchange, CR, EXCHANGE, GObject)

const char *cr_exchange_get_method (CrExchange *self);
const char *cr_exchange_get_path (CrExchange *self);
const char *cr_exchange_get_parameter (CrExchange *self,
                                       const char *name); /* of the route: `{name}` */
guint cr_exchange_count_query (CrExchange *self, const char *name);
const char *cr_exchange_get_query (CrExchange *self, const char *name); /* (nullable) */
const char *cr_exchange_get_form (CrExchange *self,
                                  const char *name); /* (nullable): urlencoded body */
const char *cr_exchange_get_header (CrExchange *self, const char *name); /* (nullable) */
GBytes *cr_exchange_get_body (CrExchange *self);                         /* (transfer none) */
const char *cr_exchange_get_request_id (CrExchange *self);
gboolean cr_exchange_is_loopback (CrExchange *self);

void cr_exchange_set_header (CrExchange *self, const char *name, const char *value);
void cr_exchange_reply (CrExchange *self, guint status, const char *content_type, GBytes *body);
void
cr_exchange_reply_text (CrExchange *self, guint status, const char *content_type, const char *text);
void cr_exchange_redirect (CrExchange *self, const char *url); /* 303 */
/* An answer in pieces. */
void cr_exchange_begin (CrExchange *self, guint status, const char *content_type);
void cr_exchange_write (CrExchange *self, GBytes *piece);
void cr_exchange_end (CrExchange *self);
/* Waits until what was written is on its way, so that a long answer takes no more memory than a
 * piece; G_IO_ERROR_CANCELLED once the visitor has gone. */
void cr_exchange_flush_async (CrExchange *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean cr_exchange_flush_finish (CrExchange *self, GAsyncResult *result, GError **error);
/* The rest of a begun answer cannot be had: the visitor sees the connection break. */
void cr_exchange_abort (CrExchange *self);
/* Cancelled when the visitor has gone. */
GCancellable *cr_exchange_get_cancellable (CrExchange *self);

typedef void (*CrHandler) (CrExchange *exchange, gpointer user_data);

typedef enum
{
  CR_ROUTE_PAGE, /* patient pages: may answer on other addresses than loopback */
  CR_ROUTE_API,  /* loopback, or an address of its own */
} CrRouteFace;

typedef struct
{
  const char *method;
  const char *pattern; /* `/c/{key}`; a last part `{rest*}` takes slashes too */
  CrRouteFace face;
  CrHandler handler;
} CrRoute;

#define CR_TYPE_SERVER (cr_server_get_type ())
G_DECLARE_FINAL_TYPE (CrServer, cr_server, CR, SERVER, GObject)

CrServer *cr_server_new (void);
void
cr_server_add_routes (CrServer *self, const CrRoute *routes, guint n_routes, gpointer user_data);
/* Answers what the server refuses by itself, in better words; FALSE leaves the line of text to it.
 */
typedef gboolean (*CrRefuser) (CrExchange *exchange, guint status, gpointer user_data);
/* One of each face: that of pages is asked first, that of the API for every path that is no page.
 */
void
cr_server_set_refuser (CrServer *self, CrRouteFace face, CrRefuser refuser, gpointer user_data);
void cr_server_set_certificate (CrServer *self, GTlsCertificate *certificate);
gboolean cr_server_listen (
    CrServer *self,
    const char *address,
    GError **error); /* `127.0.0.1:8484`; port 0 picks one; CR_ERROR_IN_USE when taken */
const char *cr_server_get_uri (CrServer *self); /* `http://127.0.0.1:8484` */
void
cr_server_allow_host (CrServer *self,
                      const char *host); /* beside loopback names: the host of the public URL */
void cr_server_set_read_deadline (CrServer *self, guint ms); /* default 30 s */
void cr_server_let_nobody_in (CrServer *self);               /* 503 for new requests */
void cr_server_close (CrServer *self);

/* A socket in a folder, for commands handed over by other processes of the same user: peer checked,
 * mode 0600, paths of any length. The host of a URL does not matter there. */
CrServer *cr_server_new_private (void);
gboolean cr_server_listen_private (CrServer *self, int folder_fd, const char *name, GError **error);

G_END_DECLS
