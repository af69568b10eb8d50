/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/cr-error.h"
#include "export/cr-file-lines.h"
#include "export/cr-uploads.h"
#include "model/cr-destination.h"
#include "model/cr-event.h"
#include "model/cr-export.h"
#include "model/cr-reconciliation.h"
#include "model/cr-record.h"
#include "model/cr-withdrawal.h"
#include "net/cr-client.h"
#include "store/cr-store.h"
#include "store/cr-uploads-table.h"
#include "vault/cr-vault.h"

G_BEGIN_DECLS

#define CR_TYPE_SENDER (cr_sender_get_type ())
G_DECLARE_DERIVABLE_TYPE (CrSender, cr_sender, CR, SENDER, GObject)

/* What one item sends: record versions with bodies, in order, or the lines of a file. @outcomes:
 * one CrExportEntry a record, filled by the sender. */
typedef struct
{
  CrExportItem *item;    /* bytes, sha256 and lines are filled by the sender */
  CrExportRun *run;      /* whose item it is */
  GPtrArray *records;    /* of CrRecord */
  CrFileLines *lines;    /* (nullable): in place of records; for a sender that takes_lines */
  gboolean are_sent;     /* all of the lines have arrived */
  GPtrArray *outcomes;   /* of CrExportEntry */
  GHashTable *base_urls; /* (nullable): source id → its FHIR base URL */
  GHashTable *places;    /* (nullable): ids the destination chose, see cr_fhir_place_key() */
  GHashTable *claimed;   /* (nullable): CrRecords whose own id another has at the destination */
  gboolean is_second;    /* what missed a target is sent once more */
  GPtrArray *withdrawn;  /* (nullable): of CrWithdrawal, in place of records */
  gint64 retry_after_ms; /* with CR_ERROR_BUSY: what the destination asked for; 0: nothing */
} CrParcel;

struct _CrSenderClass
{
  GObjectClass parent_class;

  /* How many records, and how many bytes of bodies, at most go into one item. */
  guint max_records;
  gsize max_bytes;
  /* TRUE: an item is a file of lines. */
  gboolean takes_lines;
  /* How many parcels at most are on their way at once, at least 1. */
  guint max_parallel;
  /* TRUE: a type is sent only when the one before it has arrived, and what was refused for a
   * missing target is sent once more at the end. */
  gboolean parents_first;
  /* TRUE: a parcel comes with the ids the destination has chosen for its records so far. */
  gboolean needs_places;

  /* TRUE: an item holds the records of one patient at one source. May be NULL. Any thread. */
  gboolean (*one_owner_an_item) (CrSender *self);
  /* The name of the @part-th item (from 1) of @type: an object's key, or words. Must be the same
   * for the same arguments. Any thread. */
  char *(*name_item) (CrSender *self,
                      CrExportRun *run,
                      const char *type,
                      const char *patient_id,
                      const char *source_id,
                      guint part);

  /* Tries the destination: reads, writes, reads back, removes. → GPtrArray of CrFinding. */
  void (*test_async) (CrSender *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  GPtrArray *(*test_finish) (CrSender *self, GAsyncResult *result, GError **error);

  /* Sends one parcel. Repeatable: the same parcel twice leaves the destination as once. An error is
   * the item's as a whole; refused entries are in the outcomes. */
  void (*send_async) (CrSender *self,
                      CrParcel *parcel,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  gboolean (*send_finish) (CrSender *self, GAsyncResult *result, GError **error);

  /* Last step of a run (the manifest): what @items of CrExportItem and their @lines say. May be
   * NULL. */
  void (*seal_async) (CrSender *self,
                      CrExportRun *run,
                      GPtrArray *items,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  gboolean (*seal_finish) (CrSender *self, GAsyncResult *result, GError **error);

  /* Takes back what was delivered: each of the parcel's @withdrawn gets an outcome whose `rid` is
   * its row. Repeatable, and deletes nothing but what we wrote. A GTask with a boolean. */
  void (*withdraw_async) (CrSender *self,
                          CrParcel *parcel,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);

  /* Looks for the records of a file, @each: fills its n_found. A GTask with a boolean. */
  void (*count_async) (CrSender *self,
                       CrDifference *each,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  /* Where there are no files: looks for each of @sought, of CrSought, and fills is_there. A GTask
   * with a boolean. */
  void (*find_async) (CrSender *self,
                      GPtrArray *sought,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  /* Takes away what a file in parts left that was begun and never ended; kept by the caller. Where
   * nothing has to be taken away, NULL. A GTask with a boolean. */
  void (*clean_async) (CrSender *self,
                       const CrUploadNote *note,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
};

gboolean cr_sender_one_owner_an_item (CrSender *self);
char *cr_sender_name_item (CrSender *self,
                           CrExportRun *run,
                           const char *type,
                           const char *patient_id,
                           const char *source_id,
                           guint part);
/* All of the parcel has arrived. */
void cr_parcel_all_sent (CrParcel *self);
/* One outcome a record, or what is withdrawn, all `sent`. */
void cr_parcel_list_outcomes (CrParcel *self);
/* Which lines, or entries, of it belong to whom: JSON array of `patient_id`, `source_id`, `first`
 * (from 1), `count`. */
char *cr_parcel_owners (CrParcel *self);

void cr_sender_test_async (CrSender *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
GPtrArray *cr_sender_test_finish (CrSender *self, GAsyncResult *result, GError **error);
void cr_sender_send_async (CrSender *self,
                           CrParcel *parcel,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean cr_sender_send_finish (CrSender *self, GAsyncResult *result, GError **error);
void cr_sender_seal_async (CrSender *self,
                           CrExportRun *run,
                           GPtrArray *items,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean cr_sender_seal_finish (CrSender *self, GAsyncResult *result, GError **error);

/* Counts all of @what again, one after another; kept by the caller. */
void cr_sender_recount_async (CrSender *self,
                              CrStore *store,
                              CrReconciliation *what,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean cr_sender_recount_finish (CrSender *self, GAsyncResult *result, GError **error);

/* What a sender is made from. @secrets: field name → secret, wiped by the owner. */
typedef struct
{
  CrClient *client;
  CrClock clock;
  CrDestination *destination;
  GHashTable *secrets;
  CrUploads *uploads; /* (nullable): files in parts are written down there */
} CrSenderParts;

/* One row a kind of destination: the form, the command line, validation and tests are made from it.
 */
typedef struct
{
  const char *name;  /* `fhir` */
  const char *label; /* translatable */
  const CrField *fields;
  guint n_fields;
  CrSender *(*make) (const CrSenderParts *parts, GError **error);
} CrSenderKind;

const CrSenderKind *cr_sender_kinds (guint *n_kinds);
const CrSenderKind *cr_sender_kind_find (const char *name);
/* Settings against the fields of the kind, secrets by name; CR_ERROR_BAD_INPUT names the field.
 * Fills in fallbacks. */
gboolean cr_sender_kind_check (const CrSenderKind *kind,
                               CrDestination *destination,
                               GHashTable *secrets,
                               GError **error);
gboolean cr_sender_field_is_needed (const CrField *field, GHashTable *settings);
char *cr_sender_secret_name (const char *destination_id, const char *field); /* in the keyring */
void cr_sender_secrets_async (CrVault *vault,
                              const CrSenderKind *kind,
                              CrDestination *destination,
                              gboolean is_quiet,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
GHashTable *cr_sender_secrets_finish (GAsyncResult *result, GError **error);

G_END_DECLS
