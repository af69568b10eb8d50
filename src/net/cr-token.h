/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Something that supplies the Authorization header for one origin; implemented where tokens are
 * kept. */
#define CR_TYPE_TOKEN (cr_token_get_type ())
G_DECLARE_INTERFACE (CrToken, cr_token, CR, TOKEN, GObject)

struct _CrTokenInterface
{
  GTypeInterface parent_iface;

  /* The origin (`https://host:port`) it may be sent to. */
  const char *(*get_origin) (CrToken *self);
  /* @renew: the last one was answered with 401; get another. Gives the whole header value: `Bearer
   * …`. */
  void (*get_async) (CrToken *self,
                     gboolean renew,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data);
  char *(*get_finish) (CrToken *self, GAsyncResult *result, GError **error);
};

const char *cr_token_get_origin (CrToken *self);
void cr_token_get_async (CrToken *self,
                         gboolean renew,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
char *cr_token_get_finish (CrToken *self, GAsyncResult *result, GError **error);

/* A token that does not change: a bearer token typed in by an admin. @value: the header's whole
 * value. */
CrToken *cr_fixed_token_new (const char *origin, const char *value);

char *cr_origin_of (
    const char *url); /* (nullable): scheme://host:port, lower case, default ports written out */
gboolean cr_url_is_allowed (const char *url, GError **error); /* https, or http to loopback */

G_END_DECLS
