/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-client.h"

#include <libsoup/soup.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"

void
cr_reply_free (CrReply *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->headers, g_hash_table_unref);
  g_free (self->url);
  g_free (self);
}

/**
 * cr_reply_header:
 * @name: in any case
 *
 * Returns: (nullable): the value; several lines of the same name are joined by `, `
 */
const char *
cr_reply_header (const CrReply *self, const char *name)
{
  g_autofree char *key = g_ascii_strdown (name, -1);

  return g_hash_table_lookup (self->headers, key);
}

static CrErrorCode
code_for_status (guint status)
{
  switch (status)
    {
    case SOUP_STATUS_UNAUTHORIZED:
      return CR_ERROR_SIGN_IN;
    case SOUP_STATUS_FORBIDDEN:
      return CR_ERROR_REFUSED;
    case SOUP_STATUS_NOT_FOUND:
    case SOUP_STATUS_GONE:
      return CR_ERROR_NOT_FOUND;
    case SOUP_STATUS_CONFLICT:
    case SOUP_STATUS_PRECONDITION_FAILED:
      return CR_ERROR_CONFLICT;
    case SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE:
      return CR_ERROR_TOO_LARGE;
    case 507: /* Insufficient Storage, RFC 4918 §11.5 */
      return CR_ERROR_REFUSED;
    case SOUP_STATUS_REQUEST_TIMEOUT:
    case 425:
    case 429:
      return CR_ERROR_BUSY;
    default:
      return status >= 500 && status != SOUP_STATUS_NOT_IMPLEMENTED ? CR_ERROR_BUSY
                                                                    : CR_ERROR_BAD_REPLY;
    }
}

static const char *
advice_for_code (CrErrorCode code, gboolean is_ours)
{
  if (code == CR_ERROR_SIGN_IN)
    return is_ours ? CR_SAID ("correct the credentials in its settings")
                   : CR_SAID ("sign in again");
  if (code == CR_ERROR_REFUSED)
    return is_ours ? CR_SAID ("allow access there, or change the credentials in its settings")
                   : CR_SAID ("access must be granted there");
  if (code == CR_ERROR_BUSY)
    return CR_SAID ("try again later");

  return NULL;
}

static gboolean
check (const CrReply *self, gboolean is_ours, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  CrErrorCode code;
  const char *advice;

  if (SOUP_STATUS_IS_SUCCESSFUL (self->status))
    return TRUE;

  uri = g_uri_parse (self->url, SOUP_HTTP_URI_FLAGS, NULL);
  code = code_for_status (self->status);
  advice = advice_for_code (code, is_ours);
  g_set_error (error, CR_ERROR, (int) code, "%s answered %u %s%s%s",
               uri != NULL ? g_uri_get_host (uri) : CR_SAID ("The server"), self->status,
               soup_status_get_phrase (self->status), advice != NULL ? "; " : "",
               advice != NULL ? advice : "");
  return FALSE;
}

/**
 * cr_reply_check:
 * @error: 401 → %CR_ERROR_SIGN_IN, 403 → %CR_ERROR_REFUSED, 404 and 410 → %CR_ERROR_NOT_FOUND,
 *   409 and 412 → %CR_ERROR_CONFLICT, 413 → %CR_ERROR_TOO_LARGE, 408, 425, 429 and 5xx →
 *   %CR_ERROR_BUSY, anything else → %CR_ERROR_BAD_REPLY; the message names the host and the status
 *
 * Returns: whether the status is one of success
 */
gboolean
cr_reply_check (const CrReply *self, GError **error)
{
  return check (self, FALSE, error);
}

/**
 * cr_reply_check_ours:
 *
 * Like cr_reply_check(), of one who was sent the clinic's own credentials: no patient signs in
 * there.
 */
gboolean
cr_reply_check_ours (const CrReply *self, GError **error)
{
  return check (self, TRUE, error);
}

/**
 * cr_reply_hide:
 * @authorization: what the request was sent with, such as `Bearer …`
 *
 * Takes the token out of an answer that is none of success: some servers show the request that they
 * could not serve, header and all, and what they say is kept for staff to read.
 */
void
cr_reply_hide (CrReply *self, const char *authorization)
{
  const char *token = strrchr (authorization, ' ');
  gsize n_bytes;
  const char *body = g_bytes_get_data (self->body, &n_bytes);
  char *text;

  token = token != NULL ? token + 1 : authorization;
  if (SOUP_STATUS_IS_SUCCESSFUL (self->status) || n_bytes == 0 || token[0] == '\0' ||
      memmem (body, n_bytes, token, strlen (token)) == NULL)
    return;

  text = cr_secret_hide (g_strndup (body, n_bytes), token);
  g_bytes_unref (self->body);
  self->body = g_bytes_new_take (text, strlen (text));
}

gboolean
cr_reply_is_redirect (const CrReply *self)
{
  switch (self->status)
    {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return TRUE;
    default:
      return FALSE;
    }
}
