/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-auth-log.h"
#include "connect/cr-connect.h"
#include "connect/cr-languages.h"
#include "connect/cr-under-way.h"
#include "vault/cr-vault.h"

G_BEGIN_DECLS

#define CR_STATE_LIFE_MS (10 * 60 * G_GINT64_CONSTANT (1000))

/* The fields are shared by the files that each do one part of a patient's trip. */
struct _CrConnect
{
  GObject parent_instance;

  CrStore *store;     /* (owned) */
  CrClient *client;   /* (owned) */
  CrVault *vault;     /* (owned) */
  CrChanges *changes; /* (owned) */
  CrUnderWay under_way;
  guint token_total_s; /* the longest a token endpoint may take; 0: the usual */
  CrClock clock;
  char *public_url; /* (owned) */
  char **languages; /* (owned) (nullable): for patients whose own are not spoken here */
};

char *cr_connect_url_of_key (CrConnect *self, const char *url_key);
/* A session of ours to come back to, not a caller's page. */
gboolean cr_connect_returns_here (CrConnect *self, CrSession *session);

/* cr-start.c: makes an attempt and says where the browser goes. @code: (out): why it could not;
 * then the attempt is stored as failed and the session stays open. */
void cr_start_async (CrConnect *self,
                     CrSession *session,
                     const char *source_id,
                     GAsyncReadyCallback callback,
                     gpointer user_data);
char *cr_start_finish (CrConnect *self, GAsyncResult *result, CrFailureCode *code, GError **error);

/* cr-callback.c: what the browser brought back from the portal. */
typedef struct
{
  const char *state;
  const char *code;              /* (nullable) */
  const char *iss;               /* (nullable): RFC 9207 */
  const char *error;             /* (nullable) */
  const char *error_description; /* (nullable) */
  const char *error_uri;         /* (nullable) */
  gboolean is_doubled;           /* a parameter came more than once */
} CrCallbackQuery;

/* How a trip to the portal ended. */
typedef struct
{
  CrFailureCode code;  /* CR_FAILURE_NONE: connected */
  gboolean can_reload; /* the same URL may be asked for again: nothing was used up */
  CrSession *session;  /* (owned) (nullable): as it is now; NULL when the state is nobody's */
  char *source_id;     /* (owned) (nullable) */
  char *source_name;   /* (owned) (nullable) */
} CrTripEnd;

void cr_trip_end_free (CrTripEnd *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTripEnd, cr_trip_end_free)

void cr_callback_async (CrConnect *self,
                        const CrCallbackQuery *query,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
CrTripEnd *cr_callback_finish (CrConnect *self, GAsyncResult *result, GError **error);

/* cr-session-page.c: the routes below /c/. */
void cr_session_page_show (CrExchange *exchange, gpointer user_data);
void cr_session_page_choose (CrExchange *exchange, gpointer user_data);
void cr_session_page_start (CrExchange *exchange, gpointer user_data);
void cr_session_page_done (CrExchange *exchange, gpointer user_data);
void cr_session_page_style (CrExchange *exchange, gpointer user_data);
void cr_session_page_script (CrExchange *exchange, gpointer user_data);
/* Answers after /callback. */
void cr_session_page_after_trip (CrConnect *self, CrExchange *exchange, CrTripEnd *end);
void cr_session_page_error (CrConnect *self, CrExchange *exchange, const GError *error);
/* A CrRefuser. */
gboolean cr_session_page_refuse (CrExchange *exchange, guint status, gpointer user_data);

G_END_DECLS
