/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-token.h"

#include <libsoup/soup.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-secret.h"

G_DEFINE_INTERFACE (CrToken, cr_token, G_TYPE_OBJECT)

static void
cr_token_default_init (CrTokenInterface *iface)
{
}

const char *
cr_token_get_origin (CrToken *self)
{
  g_return_val_if_fail (CR_IS_TOKEN (self), NULL);

  return CR_TOKEN_GET_IFACE (self)->get_origin (self);
}

/**
 * cr_token_get_async:
 * @renew: the value given last was answered with 401; get another one
 *
 * Gives the whole value of the Authorization header.
 */
void
cr_token_get_async (CrToken *self,
                    gboolean renew,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  g_return_if_fail (CR_IS_TOKEN (self));

  CR_TOKEN_GET_IFACE (self)->get_async (self, renew, cancellable, callback, user_data);
}

char *
cr_token_get_finish (CrToken *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (CR_IS_TOKEN (self), NULL);

  return CR_TOKEN_GET_IFACE (self)->get_finish (self, result, error);
}

#define CR_TYPE_FIXED_TOKEN (cr_fixed_token_get_type ())
G_DECLARE_FINAL_TYPE (CrFixedToken, cr_fixed_token, CR, FIXED_TOKEN, GObject)

struct _CrFixedToken
{
  GObject parent_instance;

  char *origin; /* (owned) */
  char *value;  /* (owned): wiped when freed */
};

static void cr_fixed_token_iface_init (CrTokenInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (CrFixedToken,
                               cr_fixed_token,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CR_TYPE_TOKEN, cr_fixed_token_iface_init))

static const char *
cr_fixed_token_get_origin (CrToken *token)
{
  return CR_FIXED_TOKEN (token)->origin;
}

static void
cr_fixed_token_get_async (CrToken *token,
                          gboolean renew,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (token, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_fixed_token_get_async);
  g_task_return_pointer (task, g_strdup (CR_FIXED_TOKEN (token)->value), g_free);
  g_object_unref (task);
}

static char *
cr_fixed_token_get_finish (CrToken *token, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
cr_fixed_token_finalize (GObject *object)
{
  CrFixedToken *self = CR_FIXED_TOKEN (object);

  cr_secret_free (self->value);
  g_free (self->origin);

  G_OBJECT_CLASS (cr_fixed_token_parent_class)->finalize (object);
}

static void
cr_fixed_token_iface_init (CrTokenInterface *iface)
{
  iface->get_origin = cr_fixed_token_get_origin;
  iface->get_async = cr_fixed_token_get_async;
  iface->get_finish = cr_fixed_token_get_finish;
}

static void
cr_fixed_token_class_init (CrFixedTokenClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_fixed_token_finalize;
}

static void
cr_fixed_token_init (CrFixedToken *self)
{
}

/**
 * cr_fixed_token_new:
 * @origin: a URL of the only server it may be sent to; its origin counts
 * @value: the whole value of the Authorization header
 */
CrToken *
cr_fixed_token_new (const char *origin, const char *value)
{
  CrFixedToken *self;

  g_return_val_if_fail (origin != NULL, NULL);
  g_return_val_if_fail (value != NULL, NULL);

  self = g_object_new (CR_TYPE_FIXED_TOKEN, NULL);
  self->origin = cr_origin_of (origin);
  self->value = g_strdup (value);

  return CR_TOKEN (self);
}

/**
 * cr_origin_of:
 *
 * Returns: (transfer full) (nullable): `https://host:port`; %NULL if @url is not an absolute http
 *   or https URL
 * Source: RFC 6454 §4
 */
char *
cr_origin_of (const char *url)
{
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  g_autofree char *host = NULL;
  const char *scheme;
  int port;

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    return NULL;

  scheme = g_uri_get_scheme (uri);
  if (g_strcmp0 (scheme, "http") != 0 && g_strcmp0 (scheme, "https") != 0)
    return NULL;

  port = g_uri_get_port (uri);
  if (port <= 0)
    port = strcmp (scheme, "https") == 0 ? 443 : 80;
  host = g_ascii_strdown (g_uri_get_host (uri), -1);

  return strchr (host, ':') != NULL ? g_strdup_printf ("%s://[%s]:%d", scheme, host, port)
                                    : g_strdup_printf ("%s://%s:%d", scheme, host, port);
}

static gboolean
host_is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);

  /* RFC 6761, 6.3: every name below it is this machine too; GResolver asks nobody about them. */
  return g_ascii_strcasecmp (host, "localhost") == 0 || g_str_has_suffix (host, ".localhost");
}

/**
 * cr_url_is_allowed:
 * @error: %CR_ERROR_BAD_INPUT
 *
 * Returns: whether requests may go to @url: https to anywhere, http to this machine alone, and
 *   never with a name or password in the URL
 */
gboolean
cr_url_is_allowed (const char *url, GError **error)
{
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  g_autofree char *origin = cr_origin_of (url);

  if (uri == NULL || origin == NULL)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "This is not a complete web address; it should start with https://");
      return FALSE;
    }
  if (g_uri_get_userinfo (uri) != NULL)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "The address of %s holds a user name or a password; leave it out",
                   g_uri_get_host (uri));
      return FALSE;
    }
  if (strcmp (g_uri_get_scheme (uri), "http") == 0 && !host_is_loopback (g_uri_get_host (uri)))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "%s would be reached without encryption; use its https:// address",
                   g_uri_get_host (uri));
      return FALSE;
    }

  return TRUE;
}
