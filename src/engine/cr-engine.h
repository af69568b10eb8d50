/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-time.h"
#include "engine/cr-workspace.h"
#include "model/cr-auth-event.h"
#include "model/cr-changes.h"
#include "model/cr-connection.h"
#include "model/cr-destination.h"
#include "model/cr-event.h"
#include "model/cr-export.h"
#include "model/cr-hold.h"
#include "model/cr-list-page.h"
#include "model/cr-patient.h"
#include "model/cr-profile.h"
#include "model/cr-pull-history.h"
#include "model/cr-pull.h"
#include "model/cr-reconciliation.h"
#include "model/cr-reconnect.h"
#include "model/cr-record-file.h"
#include "model/cr-record.h"
#include "model/cr-removal.h"
#include "model/cr-session.h"
#include "model/cr-source.h"
#include "model/cr-webhook.h"
#include "model/cr-withdrawal.h"
#include "net/cr-server.h"

G_BEGIN_DECLS

#define CR_TYPE_ENGINE (cr_engine_get_type ())
G_DECLARE_FINAL_TYPE (CrEngine, cr_engine, CR, ENGINE, GObject)

/* Owns a workspace and everything that works in it. Signals, on the main thread:
 *   `changed` (CrChangeKind kind, const char *id, const char *patient_id): something in the store
 * is different now `keyring` (): the state of the keyring changed, see
 * cr_engine_get_keyring_error(); `storage` (): the same for cr_engine_get_storage_error(); `clock`
 * (): the same for cr_engine_is_clock_wrong();
 *   `restart` (): the owner is to close this engine and to open another, see
 * cr_engine_restore_async(); `webhook` (const char *id, CrWebhookEnd end): an endpoint has been
 * failing for a while (NONE), or was disabled
 */

typedef struct
{
  CrWorkspace *workspace; /* locked */
  CrClock clock;
  CrClock boot_clock; /* (nullable): as cr_time_boot_ms (), which is the default */
  const char *listen; /* (nullable): address of the patient pages; NULL takes the setting, default
                         127.0.0.1:8484 */
  const char *public_url; /* (nullable): NULL takes the setting, else the address */
  const char *tls_cert;   /* (nullable): NULL takes the setting; a file */
  const char *tls_key;    /* (nullable): NULL takes the setting; a file */
  gboolean no_pages;      /* a short command: no listener */
  gboolean no_commands;   /* a command that is soon over: others wait for its end */
  gboolean no_schedule; /* a short command: scheduled work is left alone, work asked for is done */
} CrEngineOptions;

void cr_engine_open_async (const CrEngineOptions *options,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
CrEngine *cr_engine_open_finish (GAsyncResult *result, GError **error);
/* Refuse new work, suspend flows, wait for callbacks, stop the server, close the store, give the
 * workspace back. */
void cr_engine_close_async (CrEngine *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean cr_engine_close_finish (CrEngine *self, GAsyncResult *result, GError **error);

CrWorkspace *cr_engine_get_workspace (CrEngine *self);
CrServer *cr_engine_get_server (CrEngine *self);         /* pages; the API adds its routes */
CrServer *cr_engine_get_private_server (CrEngine *self); /* commands handed over */
const char *cr_engine_get_public_url (CrEngine *self);   /* (nullable): no pages */
gboolean
cr_engine_is_reachable_from_phone (CrEngine *self,
                                   const char **why_not); /* the public URL is not loopback */
const GError *
cr_engine_get_keyring_error (CrEngine *self); /* (nullable): why tokens cannot be read just now */
const GError *
cr_engine_get_storage_error (CrEngine *self); /* (nullable): why nothing can be stored just now */
/* Whether this machine's clock is known to be off by more than 5 minutes, as the portals' answers
 * say.
 * @skew_s: (out) (nullable): our clock less theirs; 0: unknown. @words: (out) (nullable): to be
 * freed; NULL when it is not wrong */
gboolean cr_engine_is_clock_wrong (CrEngine *self, gint64 *skew_s, char **words);
void cr_engine_retry_keyring (CrEngine *self); /* asks again, which may show the unlock prompt */

/* Reading. ----------------------------------------------------------------------------------------
 */

typedef enum
{
  CR_LIST_PATIENTS,    /* text, group */
  CR_LIST_SOURCES,     /* text, type */
  CR_LIST_OUTAGES,     /* CrSource of those that answer nobody, the longest first */
  CR_LIST_SESSIONS,    /* patient_id */
  CR_LIST_ATTEMPTS,    /* session_id */
  CR_LIST_CONNECTIONS, /* patient_id or all */
  CR_LIST_RECONNECT,   /* text, within_days, called, sort: CrConnection of who must sign in again */
  CR_LIST_AUTH_EVENTS, /* patient_id */
  CR_LIST_HOLDS,       /* patient_id or all; open_only */
  CR_LIST_PULLS,       /* patient_id, connection_id or all */
  CR_LIST_QUERIES,     /* pull_id */
  CR_LIST_PULL_CHANGES, /* pull_id, type; free_only */
  CR_LIST_PULL_TYPES,   /* pull_id: what it changed, by type */
  CR_LIST_PULL_WAITS,   /* pull_id */
  CR_LIST_PULL_LINES,   /* pull_id: its requests, oldest first */
  CR_LIST_RECORDS,  /* patient_id, source_id, type, text: CrRecord with title and date in words */
  CR_LIST_VERSIONS, /* rid */
  CR_LIST_DESTINATIONS,
  CR_LIST_RUNS,  /* destination_id or all */
  CR_LIST_ITEMS, /* run_id; failed_only */
  CR_LIST_EVENTS,
  CR_LIST_WEBHOOKS,          /* type: the nick of a status */
  CR_LIST_DELIVERIES,        /* webhook_id; deliveries */
  CR_LIST_DELIVERY_ATTEMPTS, /* delivery_id */
  CR_LIST_AUDIT,             /* text, type: the part of the actions before the dot */
  CR_LIST_LOOKS,             /* patient_id */
} CrListKind;

typedef struct
{
  CrListKind kind;
  const char *patient_id;
  const char *connection_id;
  const char *source_id;
  const char *session_id;
  const char *pull_id;
  const char *destination_id;
  const char *run_id;
  const char *webhook_id;
  const char *delivery_id;
  const char *type;
  const char *text;
  const char *actions; /* audit: “,run.retry,run.cancel,”: those that @text finds by their words */
  gint64 rid;
  CrPatientGroup group;
  gboolean open_only;
  gboolean failed_only;
  gboolean free_only; /* records: without those that wait for a decision about the patient */
  guint within_days;  /* access that ends later is left out; 0: whenever it ends */
  CrCalled called;
  CrReconnectSort sort;
  CrDeliveriesWanted deliveries;
} CrListFilter;

/* Strings of a filter are borrowed, but for those of a copy. */
void cr_list_filter_copy (CrListFilter *copy, const CrListFilter *filter);
void cr_list_filter_clear (CrListFilter *copy);

/* → GPtrArray of model objects (owned). Shorthand for faces that show a page. */
void cr_engine_list_async (CrEngine *self,
                           const CrListFilter *filter,
                           guint offset,
                           guint limit,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
GPtrArray *cr_engine_list_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_count_async (CrEngine *self,
                            const CrListFilter *filter,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
gint64
cr_engine_count_finish (CrEngine *self, GAsyncResult *result, GError **error); /* -1 on error */
/* The requests of a pull as lines of text, with nothing that tells of whom. */
void cr_engine_pull_log_async (CrEngine *self,
                               const char *pull_id,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
GBytes *cr_engine_pull_log_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* One object of a list's kind by id (patients, sources, sessions, connections, holds, pulls,
 * destinations, runs). */
void cr_engine_get_async (CrEngine *self,
                          CrListKind kind,
                          const char *id,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
gpointer cr_engine_get_finish (CrEngine *self,
                               GAsyncResult *result,
                               GError **error); /* (transfer full): CR_ERROR_NOT_FOUND */

/* A live GListModel of CrListRow: counted once, filled in blocks when asked for, refreshed after
 * changes at most four times a second. */
GListModel *cr_engine_list_model (CrEngine *self, const CrListFilter *filter);

/* → GPtrArray of CrTypeCount. source_id: (nullable) */
void cr_engine_count_types_async (CrEngine *self,
                                  const char *patient_id,
                                  const char *source_id,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
GPtrArray *cr_engine_count_types_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* What the source gives, as far as it has shown. → CrProfile (transfer full) */
void cr_engine_get_profile_async (CrEngine *self,
                                  const char *source_id,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
CrProfile *cr_engine_get_profile_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* A record with its body; version 0 is the latest. */
void cr_engine_get_record_async (CrEngine *self,
                                 const char *patient_id,
                                 const char *source_id,
                                 const char *type,
                                 const char *id,
                                 guint version,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
/* The same for another program: CR_ERROR_CONFLICT while a hold keeps it. */
void cr_engine_get_free_record_async (CrEngine *self,
                                      const char *patient_id,
                                      const char *source_id,
                                      const char *type,
                                      const char *id,
                                      guint version,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
CrRecord *cr_engine_get_record_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Which files of records are asked for. */
typedef struct
{
  const char *patient_id;
  const char *source_id; /* (nullable) */
  const char *type;      /* (nullable): NULL: of all records */
  const char *id;        /* (nullable) */
  guint version;         /* 0: the latest */
  guint n;               /* of the file; 0: the only one */
  guint offset, limit;   /* of a list; 0: from the first, all */
  gboolean free_only;    /* for another program: CR_ERROR_CONFLICT while a hold keeps it */
} CrFileQuestion;

/* → GPtrArray of CrRecordFile: those a record carries and those it links to, with what became of
 * each. */
void cr_engine_list_files_async (CrEngine *self,
                                 const CrFileQuestion *question,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GPtrArray *cr_engine_list_files_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* One with its bytes: CR_ERROR_NOT_FOUND, and why, when it is not here. */
void cr_engine_read_file_async (CrEngine *self,
                                const CrFileQuestion *question,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
CrRecordFile *cr_engine_read_file_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Writes one to @path, readable by its owner alone: whole or not at all. CR_ERROR_CONFLICT when
 * there is a file of that name, unless @replaces. */
void cr_engine_save_file_async (CrEngine *self,
                                const CrFileQuestion *question,
                                const char *path,
                                gboolean replaces,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
CrRecordFile *cr_engine_save_file_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Records as NDJSON lines, bytes kept but for line breaks between tokens; empty when there are no
 * more. */
void cr_engine_save_lines_async (CrEngine *self,
                                 const CrListFilter *filter,
                                 guint offset,
                                 guint limit,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GBytes *cr_engine_save_lines_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Pages that stay whole while others write; see CrPageKind. */
void cr_engine_page_async (CrEngine *self,
                           const CrPageAsk *asked,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
CrListPage *cr_engine_page_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* A patient with connections and failed attempts, a session with attempts. */
void cr_engine_get_whole_async (CrEngine *self,
                                CrListKind kind,
                                const char *id,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gpointer cr_engine_get_whole_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Records for another program, piece by piece; and what differs once they do. */
void cr_engine_read_stretch_async (CrEngine *self,
                                   const CrStretchAsk *asked,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
CrStretch *cr_engine_read_stretch_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_mark_records_async (CrEngine *self,
                                   const char *patient_id,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
char *cr_engine_mark_records_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* The outbox behind an event, oldest first; without one the newest, newest first. */
void cr_engine_read_events_async (CrEngine *self,
                                  const char *after_id,
                                  guint limit,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
GPtrArray *cr_engine_read_events_finish (CrEngine *self, GAsyncResult *result, GError **error);
char *cr_engine_pretty_record (CrRecord *record); /* indented, numbers as they are */
/* The record in words, away from the main thread: label, value, label, value, …, NULL; @title as in
 * lists. */
void cr_engine_describe_record_async (CrEngine *self,
                                      CrRecord *record,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
char **cr_engine_describe_record_finish (CrEngine *self,
                                         GAsyncResult *result,
                                         char **title,
                                         GError **error);

/* Doing. Every verb names the person on duty.
 * ------------------------------------------------------- */

void cr_engine_save_patient_async (CrEngine *self,
                                   CrPatient *patient,
                                   gboolean is_new,
                                   const char *person,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean cr_engine_save_patient_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* → the patient as stored. */
void cr_engine_replace_patient_async (CrEngine *self,
                                      CrPatient *patient,
                                      const char *person,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
CrPatient *cr_engine_replace_patient_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_remove_patient_async (CrEngine *self,
                                     const char *id,
                                     const char *person,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
/* → the receipt. */
CrRemoval *cr_engine_remove_patient_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* @secret: (nullable): the client secret, kept in the keyring. The source's id is filled in. */
void cr_engine_save_source_async (CrEngine *self,
                                  CrSource *source,
                                  const char *secret,
                                  const char *person,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
CrSource *cr_engine_save_source_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_remove_source_async (CrEngine *self,
                                    const char *id,
                                    const char *person,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean cr_engine_remove_source_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* → GPtrArray of CrFinding; also for a source not saved yet. */
void cr_engine_test_source_async (CrEngine *self,
                                  CrSource *source,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
GPtrArray *cr_engine_test_source_finish (CrEngine *self, GAsyncResult *result, GError **error);

typedef struct
{
  const char *patient_id;
  const char *patient_name;
  const char *patient_email;
  const char *source_id;
  const char *const *recommended;
  const char *return_url; /* (nullable): NULL ends on a page of ours */
  const char *return_button_label;
  gint64 expires_in_s;
  const char *metadata;
} CrSessionSpec;

void cr_engine_create_session_async (CrEngine *self,
                                     const CrSessionSpec *spec,
                                     const char *person,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
CrSession *cr_engine_create_session_finish (CrEngine *self, GAsyncResult *result, GError **error);
char *cr_engine_get_session_url (CrEngine *self, CrSession *session);

void cr_engine_disconnect_async (CrEngine *self,
                                 const char *connection_id,
                                 const char *person,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean cr_engine_disconnect_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_remove_data_async (CrEngine *self,
                                  const char *connection_id,
                                  const char *person,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
CrRemoval *cr_engine_remove_data_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Both, one after the other. */
void cr_engine_remove_connection_async (CrEngine *self,
                                        const char *connection_id,
                                        const char *person,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
CrRemoval *
cr_engine_remove_connection_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* What a removal would take. @kind: CR_LIST_PATIENTS or CR_LIST_CONNECTIONS, of @id. */
void cr_engine_weigh_removal_async (CrEngine *self,
                                    CrListKind kind,
                                    const char *id,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
CrRemoval *cr_engine_weigh_removal_finish (CrEngine *self, GAsyncResult *result, GError **error);

#define CR_ENGINE_KEEP G_MININT64
/* What staff know about a connection. @text: (nullable): NULL keeps what is there, "" removes it.
 * @called_ms: when @person told the patient to sign in again; 0: not yet; CR_ENGINE_KEEP */
void cr_engine_note_connection_async (CrEngine *self,
                                      const char *connection_id,
                                      const char *text,
                                      gint64 called_ms,
                                      const char *person,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean cr_engine_note_connection_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_decide_hold_async (CrEngine *self,
                                  const char *hold_id,
                                  gboolean release,
                                  const char *person,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean cr_engine_decide_hold_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* One pull per active connection, or for one; a pull under way is joined. → GPtrArray of CrPull. */
void cr_engine_start_pull_async (CrEngine *self,
                                 const char *patient_id,
                                 const char *connection_id,
                                 gboolean is_whole,
                                 const char *person,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GPtrArray *cr_engine_start_pull_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_cancel_pull_async (CrEngine *self,
                                  const char *pull_id,
                                  const char *person,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean cr_engine_cancel_pull_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* The kinds of destinations and their fields, for forms. */
typedef struct
{
  const char *name;
  const char *label;
  const CrField *fields;
  guint n_fields;
} CrDestinationKind;

const CrDestinationKind *cr_engine_destination_kinds (guint *n_kinds);
/* Whether a field counts with these settings (field name → text): faces never read `needs`. */
gboolean cr_engine_field_is_needed (const CrField *field, GHashTable *settings);
/* @secrets: (nullable): field name → secret; for an existing destination those not given are taken
 * from the keyring. → GPtrArray of CrFinding. */
void cr_engine_test_destination_async (CrEngine *self,
                                       CrDestination *destination,
                                       GHashTable *secrets,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
GPtrArray *cr_engine_test_destination_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* New when the id is empty. @backfill: start the first export. Not tested here: the caller shows
 * the findings first. */
void cr_engine_save_destination_async (CrEngine *self,
                                       CrDestination *destination,
                                       GHashTable *secrets,
                                       gboolean backfill,
                                       const char *person,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
CrDestination *
cr_engine_save_destination_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* A copy of the settings and secrets under another name (nullable: “… (copy)”), disabled; finished
 * by the one above. */
void cr_engine_duplicate_destination_async (CrEngine *self,
                                            CrDestination *destination,
                                            const char *name,
                                            const char *person,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer user_data);
void cr_engine_enable_destination_async (CrEngine *self,
                                         const char *id,
                                         gboolean enable,
                                         const char *person,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean cr_engine_enable_destination_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_remove_destination_async (CrEngine *self,
                                         const char *id,
                                         const char *person,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean cr_engine_remove_destination_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Of a run that was cancelled or a destination that was removed: what remains at the storage, and
 * what to do. (nullable) */
char *cr_engine_dup_rest (CrEngine *self, GAsyncResult *result);
/* → the run, queued. */
void cr_engine_start_export_async (CrEngine *self,
                                   const char *destination_id,
                                   const char *person,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
CrExportRun *cr_engine_start_export_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_retry_run_async (CrEngine *self,
                                const char *run_id,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
CrExportRun *cr_engine_retry_run_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* The same, though the cause of some is unchanged; finished by the one above. */
void cr_engine_retry_all_async (CrEngine *self,
                                const char *run_id,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
/* What a retry would do and what it would leave. */
void cr_engine_preview_retry_async (CrEngine *self,
                                    const char *run_id,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
CrRetryPreview *
cr_engine_preview_retry_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* What a run withdrew from its destination, and what that answered. */
void cr_engine_receipt_async (CrEngine *self,
                              const char *run_id,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
CrReceipt *cr_engine_receipt_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Paused: what is out is finished; nothing more is sent until it is resumed. */
void cr_engine_pause_run_async (CrEngine *self,
                                const char *run_id,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean cr_engine_pause_run_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_resume_run_async (CrEngine *self,
                                 const char *run_id,
                                 const char *person,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean cr_engine_resume_run_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* How many records a rewind would send again, and how many more a hold keeps back; and the rewind:
 * → the run, queued. */
void cr_engine_count_rewind_async (CrEngine *self,
                                   const char *destination_id,
                                   gint64 to_ms,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gint64 cr_engine_count_rewind_finish (CrEngine *self,
                                      GAsyncResult *result,
                                      gint64 *n_held,
                                      GError **error);
/* Counts again what is at the destination; @sends: and queues a run for what is missing. */
void cr_engine_reconcile_async (CrEngine *self,
                                CrDestination *destination,
                                gboolean sends,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
CrReconciliation *cr_engine_reconcile_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_rewind_async (CrEngine *self,
                             const char *destination_id,
                             gint64 to_ms,
                             const char *person,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
CrExportRun *cr_engine_rewind_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_cancel_run_async (CrEngine *self,
                                 const char *run_id,
                                 const char *person,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
gboolean cr_engine_cancel_run_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* Whether the store says the truth about itself: → GPtrArray of CrFinding, one a rule. Reads the
 * whole database. */
void cr_engine_check_async (CrEngine *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
GPtrArray *cr_engine_check_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* TRUE while a pull or an export runs here. */
gboolean cr_engine_is_working (CrEngine *self);

/* Settings: known keys only. */
void cr_engine_get_settings_async (CrEngine *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GHashTable *cr_engine_get_settings_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_set_setting_async (CrEngine *self,
                                  const char *key,
                                  const char *value,
                                  const char *person,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean cr_engine_set_setting_finish (CrEngine *self, GAsyncResult *result, GError **error);

gint64 cr_engine_now_ms (CrEngine *self); /* by the engine's clock */

/* Sample patients: starts the sandbox as a child that keeps its state in the workspace, and sets up
 * its portal, its patients and (once) its two destinations. */
void cr_engine_start_sandbox_async (CrEngine *self,
                                    const char *person,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean cr_engine_start_sandbox_finish (CrEngine *self, GAsyncResult *result, GError **error);
const char *cr_engine_get_sandbox_uri (CrEngine *self); /* (nullable): not started */

G_END_DECLS
