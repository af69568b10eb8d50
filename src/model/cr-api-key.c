/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-api-key.h"

#include "base/cr-id.h"
#include "base/cr-said.h"

#include <string.h>

#define ID_BYTES 8
#define SECRET_BYTES 24

G_DEFINE_FINAL_TYPE (CrApiKey, cr_api_key, G_TYPE_OBJECT)

static void
cr_api_key_finalize (GObject *object)
{
  CrApiKey *self = CR_API_KEY (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->person);
  g_clear_pointer (&self->sha256, g_bytes_unref);

  G_OBJECT_CLASS (cr_api_key_parent_class)->finalize (object);
}

static void
cr_api_key_class_init (CrApiKeyClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_api_key_finalize;
}

static void
cr_api_key_init (CrApiKey *self)
{
}

CrApiKey *
cr_api_key_new (const char *id)
{
  CrApiKey *self = g_object_new (CR_TYPE_API_KEY, NULL);

  self->id = g_strdup (id);
  return self;
}

CrApiKey *
cr_api_key_copy (CrApiKey *self)
{
  CrApiKey *copy = cr_api_key_new (self->id);

  copy->name = g_strdup (self->name);
  copy->sha256 = g_bytes_ref (self->sha256);
  copy->is_read_only = self->is_read_only;
  copy->person = g_strdup (self->person);
  copy->created_ms = self->created_ms;
  copy->expires_ms = self->expires_ms;
  copy->used_ms = self->used_ms;
  copy->revoked_ms = self->revoked_ms;
  return copy;
}

static GBytes *
hash (const char *text)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize n_bytes = 32;
  guint8 *digest = g_malloc (n_bytes);

  g_checksum_update (checksum, (const guchar *) text, (gssize) strlen (text));
  g_checksum_get_digest (checksum, digest, &n_bytes);
  return g_bytes_new_take (digest, n_bytes);
}

static const char *
prefix_of (gboolean is_sandbox)
{
  return is_sandbox ? CR_API_KEY_SANDBOX : CR_API_KEY_LIVE;
}

/**
 * cr_api_key_make:
 * @text: (out): the key itself, 192 random bits behind its id; shown once and kept nowhere
 */
CrApiKey *
cr_api_key_make (gboolean is_sandbox, gint64 now_ms, char **text)
{
  g_autofree char *number = cr_random_hex (ID_BYTES);
  g_autofree char *secret = cr_random_hex (SECRET_BYTES);
  g_autofree char *id = g_strconcat ("key_", number, NULL);
  CrApiKey *self = cr_api_key_new (id);

  *text = g_strconcat (prefix_of (is_sandbox), number, secret, NULL);
  memset (secret, 0, strlen (secret));
  self->sha256 = hash (*text);
  self->created_ms = now_ms;
  return self;
}

/**
 * cr_api_key_read_id:
 * @fault: (out): CR_API_KEY_MALFORMED or CR_API_KEY_OTHER_WORKSPACE when there is no id
 *
 * Returns: (transfer full) (nullable): the id that stands in the key @text
 */
char *
cr_api_key_read_id (const char *text, gboolean is_sandbox, CrApiKeyFault *fault)
{
  const char *prefix = prefix_of (is_sandbox);
  const char *rest = text + strlen (prefix);
  g_autofree char *number = NULL;

  *fault = g_str_has_prefix (text, prefix_of (!is_sandbox)) ? CR_API_KEY_OTHER_WORKSPACE
                                                            : CR_API_KEY_MALFORMED;
  if (!g_str_has_prefix (text, prefix) ||
      strspn (rest, "0123456789abcdef") != 2 * (ID_BYTES + SECRET_BYTES) ||
      strlen (rest) != 2 * (ID_BYTES + SECRET_BYTES))
    return NULL;

  *fault = CR_API_KEY_FINE;
  number = g_strndup (rest, 2 * ID_BYTES);
  return g_strconcat ("key_", number, NULL);
}

/* In the same time wherever the two differ. */
static gboolean
is_equal (GBytes *a, GBytes *b)
{
  gsize n_a, n_b;
  const guint8 *bytes_a = g_bytes_get_data (a, &n_a);
  const guint8 *bytes_b = g_bytes_get_data (b, &n_b);
  volatile guint8 difference = 0;

  if (n_a != n_b)
    return FALSE;
  for (gsize i = 0; i < n_a; i++)
    difference = (guint8) (difference | (bytes_a[i] ^ bytes_b[i]));
  return difference == 0;
}

/* The secret is compared first, so that nobody without it learns what became of a key. */
CrApiKeyFault
cr_api_key_check (CrApiKey *self, const char *text, gint64 now_ms)
{
  g_autoptr (GBytes) given = hash (text);

  if (!is_equal (self->sha256, given))
    return CR_API_KEY_UNKNOWN;
  if (self->revoked_ms > 0)
    return CR_API_KEY_REVOKED;
  if (self->expires_ms > 0 && self->expires_ms <= now_ms)
    return CR_API_KEY_EXPIRED;
  return CR_API_KEY_FINE;
}

const char *
cr_api_key_fault_words (CrApiKeyFault fault)
{
  switch (fault)
    {
    case CR_API_KEY_MALFORMED:
      return CR_SAID (
          "This is not an API key of Chartroom. Keys begin with mb_sk_live_ or mb_sk_sbx_.");
    case CR_API_KEY_OTHER_WORKSPACE:
      return CR_SAID (
          "This key belongs to the other kind of workspace: mb_sk_live_ keys open live ones, "
          "mb_sk_sbx_ keys sandboxes.");
    case CR_API_KEY_REVOKED:
      return CR_SAID (
          "This API key was revoked. Make another in Preferences or with chartroomctl api-key "
          "create.");
    case CR_API_KEY_EXPIRED:
      return CR_SAID (
          "This API key has expired. Make another in Preferences or with chartroomctl api-key "
          "create.");
    case CR_API_KEY_UNKNOWN:
    case CR_API_KEY_FINE:
      break;
    }

  return CR_SAID ("No API key of this workspace is like the one given.");
}
