/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define CR_API_KEY_LIVE "mb_sk_live_"
#define CR_API_KEY_SANDBOX "mb_sk_sbx_"

/* Why a key opens nothing. */
typedef enum
{
  CR_API_KEY_FINE,
  CR_API_KEY_MALFORMED,
  CR_API_KEY_UNKNOWN,
  CR_API_KEY_OTHER_WORKSPACE, /* a sandbox key at a live workspace, or the reverse */
  CR_API_KEY_REVOKED,
  CR_API_KEY_EXPIRED,
} CrApiKeyFault;

#define CR_TYPE_API_KEY (cr_api_key_get_type ())
G_DECLARE_FINAL_TYPE (CrApiKey, cr_api_key, CR, API_KEY, GObject)

/* What another program shows to be let in. The key itself is never kept: only what it hashes to. */
struct _CrApiKey
{
  GObject parent_instance;

  char *id;       /* (owned): `key_` and 16 hex digits, which stand in the key too */
  char *name;     /* (owned) */
  GBytes *sha256; /* (owned): of the whole key */
  gboolean is_read_only;
  char *person; /* (owned): who made it */
  gint64 created_ms;
  gint64 expires_ms; /* 0: never */
  gint64 used_ms;    /* 0: never; to the minute */
  gint64 revoked_ms; /* 0: not */
};

CrApiKey *cr_api_key_new (const char *id);
CrApiKey *cr_api_key_copy (CrApiKey *self);
CrApiKey *cr_api_key_make (gboolean is_sandbox, gint64 now_ms, char **text);
char *cr_api_key_read_id (const char *text, gboolean is_sandbox, CrApiKeyFault *fault);
CrApiKeyFault cr_api_key_check (CrApiKey *self, const char *text, gint64 now_ms);
const char *cr_api_key_fault_words (CrApiKeyFault fault);

G_END_DECLS
