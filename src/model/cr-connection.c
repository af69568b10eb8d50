/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-connection.h"

#include <string.h>

#include "base/cr-error.h"
#include "base/cr-secret.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrConnectionStatus,
                    cr_connection_status,
                    G_DEFINE_ENUM_VALUE (CR_CONNECTION_ACTIVE, "active"),
                    G_DEFINE_ENUM_VALUE (CR_CONNECTION_REFRESH_FAILED, "refresh_failed"),
                    G_DEFINE_ENUM_VALUE (CR_CONNECTION_EXPIRED, "expired"),
                    G_DEFINE_ENUM_VALUE (CR_CONNECTION_DISCONNECTED, "disconnected"))

#define BIT(status) (1u << CR_CONNECTION_##status)

/* From each state, the states it may become. */
static const guint next_states[] = {
  [CR_CONNECTION_ACTIVE] = BIT (REFRESH_FAILED) | BIT (EXPIRED) | BIT (DISCONNECTED),
  [CR_CONNECTION_REFRESH_FAILED] = BIT (ACTIVE) | BIT (DISCONNECTED),
  [CR_CONNECTION_EXPIRED] = BIT (ACTIVE) | BIT (DISCONNECTED),
  [CR_CONNECTION_DISCONNECTED] = BIT (ACTIVE),
};

gboolean
cr_connection_status_can_become (CrConnectionStatus from, CrConnectionStatus to)
{
  return (next_states[from] & (1u << to)) != 0;
}

G_DEFINE_FINAL_TYPE (CrConnection, cr_connection, G_TYPE_OBJECT)

static void
cr_connection_finalize (GObject *object)
{
  CrConnection *self = CR_CONNECTION (object);

  g_free (self->id);
  g_free (self->patient_id);
  g_free (self->source_id);
  g_free (self->source_name);
  g_free (self->portal_patient_id);
  g_free (self->session_id);
  g_free (self->scopes);
  g_free (self->asked_scopes);
  g_free (self->ungranted);
  g_free (self->token_endpoint);
  g_free (self->last_pull_id);
  g_free (self->last_pull_status);
  g_free (self->patient_name);
  g_free (self->note);
  g_free (self->called_by);
  g_clear_pointer (&self->sealed_tokens, g_bytes_unref);

  G_OBJECT_CLASS (cr_connection_parent_class)->finalize (object);
}

static void
cr_connection_class_init (CrConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_connection_finalize;
}

static void
cr_connection_init (CrConnection *self)
{
}

CrConnection *
cr_connection_new (const char *id)
{
  CrConnection *self = g_object_new (CR_TYPE_CONNECTION, NULL);

  self->id = g_strdup (id);
  return self;
}

gint64
cr_connection_ends_ms (CrConnection *self)
{
  switch (self->status)
    {
    case CR_CONNECTION_ACTIVE:
      return cr_connection_get_end_ms (self);
    case CR_CONNECTION_EXPIRED:
      return self->access_expires_ms;
    case CR_CONNECTION_REFRESH_FAILED:
      return self->failure_ms;
    case CR_CONNECTION_DISCONNECTED:
    default:
      return 0;
    }
}

gint64
cr_connection_get_end_ms (CrConnection *self)
{
  gint64 access_ms = self->has_refresh ? 0 : self->access_expires_ms;

  if (self->status != CR_CONNECTION_ACTIVE)
    return 0;
  if (access_ms == 0 || self->consent_ends_ms == 0)
    return MAX (access_ms, self->consent_ends_ms);

  return MIN (access_ms, self->consent_ends_ms);
}

/* Memory of a secret that wipes itself: the size goes in front of the bytes. */
typedef struct
{
  gsize n_bytes;
  guint8 bytes[];
} Secret;

static void
secret_free (gpointer data)
{
  Secret *secret = data;

  explicit_bzero (secret->bytes, secret->n_bytes);
  g_free (secret);
}

CrTokenPair *
cr_token_pair_new (const char *access_token, const char *refresh_token)
{
  CrTokenPair *self = g_new0 (CrTokenPair, 1);

  self->access_token = g_strdup (access_token);
  self->refresh_token = g_strdup (refresh_token);
  return self;
}

void
cr_token_pair_free (CrTokenPair *self)
{
  if (self == NULL)
    return;

  cr_secret_free (self->access_token);
  cr_secret_free (self->refresh_token);
  g_free (self);
}

#define ABSENT G_MAXUINT32
#define PAIR_FORMAT 1

static guint8 *
put_text (guint8 *at, const char *text)
{
  gsize n_bytes = text != NULL ? strlen (text) : 0;
  guint32 length = GUINT32_TO_BE (text != NULL ? (guint32) n_bytes : ABSENT);

  memcpy (at, &length, sizeof length);
  if (n_bytes > 0)
    memcpy (at + sizeof length, text, n_bytes);
  return at + sizeof length + n_bytes;
}

/* Moves @at past a text; FALSE when it does not fit into what is left. */
static gboolean
take_text (const guint8 **at, gsize *left, char **text)
{
  guint32 length;

  if (*left < sizeof length)
    return FALSE;
  memcpy (&length, *at, sizeof length);
  length = GUINT32_FROM_BE (length);
  *at += sizeof length;
  *left -= sizeof length;

  if (length == ABSENT)
    return TRUE;
  if (length > *left || memchr (*at, '\0', length) != NULL)
    return FALSE;

  *text = g_strndup ((const char *) *at, length);
  *at += length;
  *left -= length;
  return TRUE;
}

/**
 * cr_token_pair_to_bytes:
 *
 * Returns: (transfer full): a byte that names the format, then each text after its length (32 bits,
 *   big-endian, all ones when absent); wiped when freed
 */
GBytes *
cr_token_pair_to_bytes (const CrTokenPair *self)
{
  gsize n_bytes = 1 + 2 * sizeof (guint32);
  Secret *secret;
  guint8 *at;

  n_bytes += self->access_token != NULL ? strlen (self->access_token) : 0;
  n_bytes += self->refresh_token != NULL ? strlen (self->refresh_token) : 0;
  secret = g_malloc (sizeof (Secret) + n_bytes);
  secret->n_bytes = n_bytes;

  secret->bytes[0] = PAIR_FORMAT;
  at = put_text (secret->bytes + 1, self->access_token);
  put_text (at, self->refresh_token);

  return g_bytes_new_with_free_func (secret->bytes, n_bytes, secret_free, secret);
}

/**
 * cr_token_pair_from_bytes:
 * @bytes: what cr_token_pair_to_bytes() made
 *
 * Returns: (transfer full): the pair, or %NULL with CR_ERROR_CORRUPT
 */
CrTokenPair *
cr_token_pair_from_bytes (GBytes *bytes, GError **error)
{
  g_autoptr (CrTokenPair) pair = cr_token_pair_new (NULL, NULL);
  gsize left;
  const guint8 *at = g_bytes_get_data (bytes, &left);

  if (left > 0 && at[0] == PAIR_FORMAT)
    {
      at++;
      left--;
      if (take_text (&at, &left, &pair->access_token) && pair->access_token != NULL &&
          take_text (&at, &left, &pair->refresh_token) && left == 0)
        return g_steal_pointer (&pair);
    }

  g_set_error_literal (error, CR_ERROR, CR_ERROR_CORRUPT,
                       "The stored sign-in of this connection cannot be read. Ask the patient to "
                       "connect again.");
  return NULL;
}
