/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-bundle.h"
#include "pull/cr-pull-flow.h"
#include "pull/cr-pull-save.h"

G_BEGIN_DECLS

/* What the parts of a pull share. */
typedef struct
{
  CrPullParts parts;
  GCancellable *cancellable; /* (owned): of the whole pull */
  GCancellable *no_more;     /* (owned): nothing new is asked; what was asked comes to its end */
  guint page_size;           /* 0: the source's own */
  guint max_parallel;
  guint per_minute;      /* requests; 0: no limit */
  guint max_pages;       /* of one query */
  guint patience_s;      /* for one request; 0: the default */
  gboolean totals_count; /* the source's totals are not estimates */
  GHashTable *patients;  /* (owned): ids of Patients that are this one; replaced, never changed */
  guint n_requests;
  guint n_retries;
  guint64 n_kept;   /* records that were stored since the pull went on */
  guint64 n_known;  /* of them, that were there and had not changed */
  GPtrArray *lines; /* (owned) (nullable): of CrPullLine, not handed to the store yet */
  gint64 n_bytes;
} CrPullContext;

/* How asking ended for the pull as a whole. */
typedef enum
{
  CR_ASK_DONE, /* the query's own row says how */
  CR_ASK_WAIT, /* the pull must wait; the query goes on from its mark later */
  CR_ASK_STOP, /* the pull ends with the error: access ended, or the store cannot write */
} CrAskResult;

typedef struct
{
  CrAskResult result;
  CrWaitReason reason;
  gint64 until_ms;
  GError *error;   /* (owned) (nullable) */
  char **narrower; /* (owned) (nullable): searches to ask in place of this one, whose row is not
                      stored yet */
  char *hint;      /* (owned) (nullable): why they may be refused */
} CrAskEnd;

void cr_ask_end_free (CrAskEnd *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrAskEnd, cr_ask_end_free)
CrAskEnd *cr_ask_end_new (CrAskResult result);
CrAskEnd *cr_ask_end_for_error (CrPullContext *context, GError *error);
CrAskEnd *cr_ask_end_for_store (CrPullContext *context, GError *error);
CrAskEnd *cr_ask_end_for_wait (CrPullContext *context, const CrReply *reply);
gboolean cr_ask_must_wait (CrPullContext *context, const CrReply *reply);
/* A merged patient keeps both ids: what came stays under the one, and staff must look. */
#define CR_ASK_MERGED                                                                              \
  "The portal merged this patient into another of its patients. What came under the old one is "   \
  "kept; ask the patient to connect again to reach the new one."
#define CR_ASK_LOST                                                                                \
  "The portal no longer has this patient under the id it gave. The patient may have been merged "  \
  "with another there. What came before is kept; ask the patient to connect again."
gboolean cr_ask_is_merged (CrQuery *query, CrBundle *bundle);
gboolean cr_ask_is_lost (CrQuery *query, const CrReply *reply);
char *cr_ask_url (CrPullContext *context, const char *path, guint count);
gint64 cr_pull_tried_since_ms (CrPullContext *context, gint64 for_ms);
/* At the source's turn, with the other pulls of the source. */
void cr_pull_send_async (CrPullContext *context,
                         const CrRequest *request,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
CrReply *cr_pull_send_finish (GAsyncResult *result, GError **error);
/* Whether it failed at the token: that stops every query, however many the portal would answer. */
gboolean cr_pull_send_lacks_token (GAsyncResult *result);
void cr_pull_context_set_kin (CrPullContext *self, const char *id, const char *const *kin);
char *cr_ask_raw (GBytes *body);

/* Asks one query page by page, the next page asked before the last is stored. @query is updated as
 * it goes on; a change is told after each page. */
void cr_pull_ask_async (CrPullContext *context,
                        CrQuery *query,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
CrAskEnd *cr_pull_ask_finish (GAsyncResult *result);

/* Reads one resource after another for a query of references: at most `max_parallel` at a time, in
 * pages of saves. */
void cr_pull_follow_async (CrPullContext *context,
                           CrQuery *query,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
CrAskEnd *cr_pull_follow_finish (GAsyncResult *result);

/* The same for the files that records link to; cr_pull_follow_finish() ends it too. */
void cr_pull_fetch_async (CrPullContext *context,
                          CrQuery *query,
                          GAsyncReadyCallback callback,
                          gpointer user_data);

G_END_DECLS
