/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-destination.h"
#include "model/cr-event.h"
#include "model/cr-export.h"
#include "model/cr-record.h"
#include "net/cr-client.h"

G_BEGIN_DECLS

#define CR_TYPE_SENDER (cr_sender_get_type ())
G_DECLARE_DERIVABLE_TYPE (CrSender, cr_sender, CR, SENDER, GObject)

/* What one item sends: record versions with bodies, in order. @outcomes: one CrExportEntry a
 * record, filled by the sender. */
typedef struct
{
  CrExportItem *item;  /* name, bytes and sha256 are filled by the sender */
  CrExportRun *run;    /* whose item it is */
  GPtrArray *records;  /* of CrRecord */
  GPtrArray *outcomes; /* of CrExportEntry */
} CrParcel;

struct _CrSenderClass
{
  GObjectClass parent_class;

  /* How many records, and how many bytes of bodies, at most go into one item. */
  guint max_records;
  gsize max_bytes;
  /* TRUE: an item holds one resource type (a file per type). */
  gboolean one_type_an_item;

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
};

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

/* What a sender is made from. @secrets: field name → secret, wiped by the owner. */
typedef struct
{
  CrClient *client;
  CrClock clock;
  CrDestination *destination;
  GHashTable *secrets;
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
char *cr_sender_secret_name (const char *destination_id, const char *field); /* in the keyring */

G_END_DECLS
