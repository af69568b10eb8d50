/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-time.h"
#include "net/cr-room.h"
#include "net/cr-skew.h"
#include "net/cr-token.h"

G_BEGIN_DECLS

/* One request. All pointers are copied by cr_client_send_async. Zero fields mean the default. */
typedef struct
{
  const char *method; /* default GET */
  const char *url;
  const char *accept; /* (nullable): default application/fhir+json, application/json;q=0.9 */
  const char *const *headers; /* (nullable): name, value, name, value, …, NULL */
  GBytes *body;               /* (nullable) */
  const char *content_type;   /* (nullable) */
  CrToken *token;             /* (nullable): sent only to its own origin */
  gsize max_bytes;            /* of the decoded body; default 64 MiB */
  guint connect_s;            /* default 15 */
  guint idle_s;               /* default 60 */
  guint total_s;              /* default 300 */
  guint max_attempts;         /* default 4 for GET and HEAD, PUT and DELETE; 1 for others */
  guint max_wait_s; /* longest wait this call sits out by itself; default 5. A longer Retry-After
                       comes back as the reply */
  gboolean may_leave_origin;  /* a redirect to another origin is followed, without any credential;
                                 else it is refused */
  GTlsDatabase *tls_database; /* (nullable): the CA file of one destination */
  gsize cut_bytes;            /* the body is read no further than this; 0: to its end */
  gboolean refuses_private;   /* nothing goes to an address that is not of the public internet */
  CrRoom *room; /* (nullable): a good answer takes its share of it as long as its body is held, and
                   is not read before there is some */
  gboolean new_connection; /* not over a kept connection, which may turn out closed only after a
                              request that must not be repeated was written to it */
  gboolean is_repeatable;  /* whatever its method: it goes over a kept connection, and again over a
                              new one where that turns out closed */
} CrRequest;

/* An answer of any status. Only what never became an answer is an error. */
typedef struct
{
  guint status;
  GBytes *body;
  char *url;             /* after redirects */
  GHashTable *headers;   /* lower-case name → value */
  gint64 retry_after_ms; /* 0: not said */
  gint64 clock_skew_ms;  /* our clock less the server's Date; 0: not said */
  guint n_attempts;
} CrReply;

void cr_reply_free (CrReply *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrReply, cr_reply_free)
const char *cr_reply_header (const CrReply *self, const char *name);
gboolean cr_reply_is_redirect (const CrReply *self);
void cr_reply_hide (CrReply *self, const char *authorization);
gboolean cr_reply_check (
    const CrReply *self,
    GError **error); /* the one place that turns a status into a CrError; names the host only */
gboolean cr_reply_check_ours (const CrReply *self, GError **error);

#define CR_TYPE_CLIENT (cr_client_get_type ())
G_DECLARE_FINAL_TYPE (CrClient, cr_client, CR, CLIENT, GObject)

CrClient *cr_client_new (CrClock clock, guint max_per_host);
/* For the requests to one source. */
CrClient *cr_client_trusting (CrClient *self, const char *ca_file);
/* What the Date of each answer says of our clock. */
CrSkew *cr_client_get_skew (CrClient *self);
void cr_client_send_async (CrClient *self,
                           const CrRequest *request,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
CrReply *cr_client_send_finish (CrClient *self, GAsyncResult *result, GError **error);
/* Whether the error was about getting a token, not about the request, which was not answered or was
 * answered 401. */
gboolean cr_client_send_lacks_token (CrClient *self, GAsyncResult *result);
/* How many requests the servers may have seen for it, whatever became of them. */
guint cr_client_send_n_sent (CrClient *self, GAsyncResult *result);

G_END_DECLS
