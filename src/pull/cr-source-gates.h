/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-time.h"
#include "model/cr-source.h"
#include "net/cr-client.h"

G_BEGIN_DECLS

/* What all pulls of one source share: how many requests at a time and in a minute, and that it
 * asked for patience or does not answer. */
typedef struct _CrSourceGates CrSourceGates;

/* @clock: milliseconds of a clock that nobody sets; see cr_time_boot_ms() */
CrSourceGates *cr_source_gates_new (CrClock clock);
CrSourceGates *cr_source_gates_ref (CrSourceGates *self);
void cr_source_gates_unref (CrSourceGates *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSourceGates, cr_source_gates_unref)

/* What is told of a source that does not answer: @trouble: why, once it is known and after each try
 * that went the same way; NULL: it answers again. @wait_ms: until the next try. */
typedef void (*CrOutageFunc) (const char *source_id,
                              const GError *trouble,
                              guint n_tries,
                              gint64 wait_ms,
                              gpointer user_data);
void cr_source_gates_watch (CrSourceGates *self, CrOutageFunc func, gpointer user_data);
/* What is told of the requests of pulls, and of tries: @n more of them were sent; below 0: so many
 * of those told of were not sent after all. @reply: (nullable): what came to one of them. */
typedef void (*CrAskedFunc) (const char *source_id,
                             int n,
                             const CrReply *reply,
                             gpointer user_data);
void cr_source_gates_watch_asked (CrSourceGates *self, CrAskedFunc func, gpointer user_data);
/* Of a request that did not go through the gates. */
void cr_source_gates_note_asked (CrSourceGates *self,
                                 const char *source_id,
                                 int n,
                                 const CrReply *reply);
/* Nothing is told any more, and tries under way are let go. */
void cr_source_gates_stop (CrSourceGates *self);
/* What the answers to all pulls share, see cr-room.h. */
CrRoom *cr_source_gates_get_room (CrSourceGates *self);

/* How a source is asked. */
typedef struct
{
  const char *id;
  const char *fhir_base_url; /* (nullable): its statement is what a try asks for */
  guint max_parallel;
  guint per_minute;      /* 0: no limit */
  GCancellable *no_more; /* (nullable): lets go of what was not sent yet; NULL: that of the send */
} CrGateRules;

/* Sends once it is this request's turn at the source. While the source has asked for patience
 * nothing is sent: the answer is what the source said, with the time that is left. When the time is
 * over one request goes first and the others wait for how it ends. Of a source that did not answer
 * it is first tried whether it does.
 */
void cr_source_gates_send_async (CrSourceGates *self,
                                 CrClient *client,
                                 const CrGateRules *rules,
                                 const CrRequest *request,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
CrReply *cr_source_gates_send_finish (GAsyncResult *result, GError **error);
gboolean cr_source_gates_send_lacks_token (GAsyncResult *result);
/* From when it was sent, not from when it was asked for; -1: it was not sent. */
gint64 cr_source_gates_took_ms (GAsyncResult *result);

void cr_source_gates_heed (CrSourceGates *self, const char *source_id, const CrReply *reply);
/* The source does not answer anybody, or does again. @asked_ms: how long it asked to be left alone;
 * 0: it did not. */
void cr_source_gates_set_outage (CrSourceGates *self,
                                 const char *source_id,
                                 const GError *error,
                                 gint64 asked_ms);
void cr_source_gates_restore (CrSourceGates *self,
                              const char *source_id,
                              const GError *error,
                              guint n_tries,
                              gint64 left_ms);
gboolean cr_source_gates_is_out (CrSourceGates *self, const char *source_id);
const GError *cr_source_gates_get_trouble (CrSourceGates *self, const char *source_id);
gint64 cr_source_gates_left_ms (CrSourceGates *self, const char *source_id); /* 0: open */
void cr_source_gates_clear (CrSourceGates *self, const char *source_id);
/* The next request tries again; how long to wait after it is as if there had been none before.
 * @source_id: (nullable): all */
void cr_source_gates_forgive (CrSourceGates *self, const char *source_id);

/* Tries now whether it answers, whatever the time. */
void cr_source_gates_try_async (CrSourceGates *self,
                                CrClient *client,
                                const CrGateRules *rules,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean cr_source_gates_try_finish (GAsyncResult *result, GError **error);

G_END_DECLS
