/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-export.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrRunStatus,
                    cr_run_status,
                    G_DEFINE_ENUM_VALUE (CR_RUN_QUEUED, "queued"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_WAITING, "waiting"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_COMPLETE, "complete"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_PARTIAL, "partial"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_CANCELLED, "cancelled"))

#define BIT(status) (1u << CR_RUN_##status)

/* From each state, the states it may become. */
static const guint next_states[] = {
  [CR_RUN_QUEUED] = BIT (RUNNING) | BIT (CANCELLED),
  [CR_RUN_RUNNING] = BIT (QUEUED) | BIT (WAITING) | BIT (COMPLETE) | BIT (PARTIAL) | BIT (FAILED) |
                     BIT (CANCELLED), /* queued: the engine ended meanwhile */
  [CR_RUN_WAITING] =
      BIT (RUNNING) | BIT (COMPLETE) | BIT (PARTIAL) | BIT (FAILED) | BIT (CANCELLED),
  [CR_RUN_COMPLETE] = 0,
  [CR_RUN_PARTIAL] = 0,
  [CR_RUN_FAILED] = 0,
  [CR_RUN_CANCELLED] = 0,
};

gboolean
cr_run_status_can_become (CrRunStatus from, CrRunStatus to)
{
  return (next_states[from] & (1u << to)) != 0;
}

gboolean
cr_run_status_is_final (CrRunStatus status)
{
  return next_states[status] == 0;
}

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrRunTrigger,
                    cr_run_trigger,
                    G_DEFINE_ENUM_VALUE (CR_RUN_TRIGGER_DESTINATION_ADDED, "destination_added"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_TRIGGER_PULL_COMPLETED, "pull_completed"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_TRIGGER_REACTIVATED, "reactivated"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_TRIGGER_MANUAL_RETRY, "manual_retry"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_TRIGGER_MANUAL, "manual"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_TRIGGER_REWIND, "rewind"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_TRIGGER_HOLD_RELEASED, "hold_released"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_TRIGGER_AUTOMATIC_RETRY, "automatic_retry"),
                    G_DEFINE_ENUM_VALUE (CR_RUN_TRIGGER_WITHDRAWAL, "withdrawal"))

gboolean
cr_run_trigger_is_retry (CrRunTrigger trigger)
{
  return trigger == CR_RUN_TRIGGER_MANUAL_RETRY || trigger == CR_RUN_TRIGGER_AUTOMATIC_RETRY;
}

G_DEFINE_FINAL_TYPE (CrExportRun, cr_export_run, G_TYPE_OBJECT)

static void
cr_export_run_finalize (GObject *object)
{
  CrExportRun *self = CR_EXPORT_RUN (object);

  g_free (self->id);
  g_free (self->destination_id);
  g_free (self->retry_of);
  g_free (self->person);
  g_free (self->error_code);
  g_free (self->error_message);

  G_OBJECT_CLASS (cr_export_run_parent_class)->finalize (object);
}

static void
cr_export_run_class_init (CrExportRunClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_export_run_finalize;
}

static void
cr_export_run_init (CrExportRun *self)
{
}

CrExportRun *
cr_export_run_new (const char *id)
{
  CrExportRun *self = g_object_new (CR_TYPE_EXPORT_RUN, NULL);

  self->id = g_strdup (id);
  return self;
}

gboolean
cr_export_run_can_retry (CrExportRun *self)
{
  return cr_run_status_is_final (self->status) &&
         (self->n_failed_items > 0 || self->status == CR_RUN_FAILED);
}

/* The other side did not accept what it was sent with: only other settings help. */
gboolean
cr_export_run_needs_edit (CrExportRun *self)
{
  return self->status == CR_RUN_FAILED && (g_strcmp0 (self->error_code, "sign_in") == 0 ||
                                           g_strcmp0 (self->error_code, "refused") == 0);
}

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrItemStatus,
                    cr_item_status,
                    G_DEFINE_ENUM_VALUE (CR_ITEM_PENDING, "pending"),
                    G_DEFINE_ENUM_VALUE (CR_ITEM_SENT, "sent"),
                    G_DEFINE_ENUM_VALUE (CR_ITEM_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (CR_ITEM_SUPERSEDED, "superseded"))

#define ITEM_BIT(status) (1u << CR_ITEM_##status)

/* From each state, the states it may become. */
static const guint next_item_states[] = {
  [CR_ITEM_PENDING] = ITEM_BIT (SENT) | ITEM_BIT (FAILED) | ITEM_BIT (SUPERSEDED),
  [CR_ITEM_SENT] = 0,
  [CR_ITEM_FAILED] =
      ITEM_BIT (PENDING) | ITEM_BIT (SUPERSEDED), /* superseded: something newer was delivered */
  [CR_ITEM_SUPERSEDED] = 0,
};

gboolean
cr_item_status_can_become (CrItemStatus from, CrItemStatus to)
{
  return (next_item_states[from] & (1u << to)) != 0;
}

G_DEFINE_FINAL_TYPE (CrExportItem, cr_export_item, G_TYPE_OBJECT)

static void
cr_export_item_finalize (GObject *object)
{
  CrExportItem *self = CR_EXPORT_ITEM (object);

  g_free (self->id);
  g_free (self->run_id);
  g_free (self->destination_id);
  g_free (self->name);
  g_free (self->sha256);
  g_free (self->lines);
  g_free (self->error_code);
  g_free (self->error_message);

  G_OBJECT_CLASS (cr_export_item_parent_class)->finalize (object);
}

static void
cr_export_item_class_init (CrExportItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_export_item_finalize;
}

static void
cr_export_item_init (CrExportItem *self)
{
}

CrExportItem *
cr_export_item_new (const char *id)
{
  CrExportItem *self = g_object_new (CR_TYPE_EXPORT_ITEM, NULL);

  self->id = g_strdup (id);
  return self;
}

CrExportEntry *
cr_export_entry_new (gint64 rid, gint64 sequence)
{
  CrExportEntry *self = g_new0 (CrExportEntry, 1);

  self->rid = rid;
  self->sequence = sequence;
  self->status = CR_ITEM_PENDING;
  return self;
}

void
cr_export_entry_free (CrExportEntry *self)
{
  if (self == NULL)
    return;

  g_free (self->error_code);
  g_free (self->error_message);
  g_free (self->place);
  g_free (self);
}

void
cr_error_cause_free (CrErrorCause *self)
{
  g_free (self->code);
  g_free (self->message);
  g_free (self->example);
  g_free (self);
}

CrRetryPreview *
cr_retry_preview_new (void)
{
  CrRetryPreview *self = g_new0 (CrRetryPreview, 1);

  self->causes = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_error_cause_free);
  return self;
}

void
cr_retry_preview_free (CrRetryPreview *self)
{
  g_ptr_array_unref (self->causes);
  g_free (self);
}
