/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ctl/cr-ctl.h"
#include "model/cr-look.h"

G_BEGIN_DECLS

typedef void (*CrCtlHandler) (CrCtlCall *call);

/* One row of the table of commands. */
typedef struct
{
  const char *words;  /* `patient add` */
  const char *values; /* (nullable): names of the positional values, `ID`; in brackets when they may
                         be left out */
  const char *options; /* (nullable): `name= email= full`: with `=` takes a value, with `#=` a whole
                          number, `*=` may be repeated */
  const char *columns; /* (nullable): of the table shown to people: `id name status` */
  CrCtlHandler handler;
  gboolean starts_work;
  gboolean needs_pages;  /* when no engine runs, the patient pages are opened for it */
  gboolean needs_secret; /* always read, without --secret-stdin */
  gboolean works_alone;  /* also where the store does not open: its engine is NULL then */
  gboolean has_owner; /* the first value, when it is given, is the id of an @owner that is there */
  CrListKind owner;
} CrCtlCommand;

const CrCtlCommand *cr_ctl_commands (guint *n_commands);
const CrCtlCommand *cr_ctl_find_command (char **argv, guint *n_words);
char *cr_ctl_describe (const CrCtlCommand *command); /* its words, values and options */
char *cr_ctl_next_words (const char *word); /* (nullable): of the commands that begin with it */

/* A command being carried out. Handlers end it exactly once, by one of the three last functions. */
struct _CrCtlCall
{
  GTask *task;            /* (unowned): ended by the functions below */
  CrEngine *engine;       /* (owned) (nullable) */
  CrWorkspace *workspace; /* (owned) */
  const CrCtlCommand *command;
  GPtrArray *values;   /* (owned): of char* */
  GHashTable *options; /* (owned): name → value; flags → "" */
  GPtrArray *repeated; /* (owned): name, value, name, value */
  const CrCtlInput *input;
  CrCtlWrite write;
  gpointer write_data;
  GCancellable *cancellable; /* (owned) */
  gpointer data;             /* a handler's own */
  GDestroyNotify free_data;
  gboolean starts_work;
};

const char *cr_ctl_value (CrCtlCall *call, guint index); /* (nullable) */
const char *cr_ctl_option (CrCtlCall *call, const char *name);
gboolean cr_ctl_has (CrCtlCall *call, const char *name);
const char *cr_ctl_person (CrCtlCall *call);
char *cr_ctl_file (CrCtlCall *call, const char *name); /* an absolute file name */
void cr_ctl_set_data (CrCtlCall *call, gpointer data, GDestroyNotify free_data);
void cr_ctl_print (CrCtlCall *call, const char *text);

/* Takes @object. */
void cr_ctl_answer (CrCtlCall *call, JsonObject *object, CrExit code);
/* Takes @error. */
void cr_ctl_fail (CrCtlCall *call, GError *error);
void cr_ctl_end (CrCtlCall *call, CrExit code);

/* The common ways, in cr-ctl-common.c. */
guint cr_ctl_number (CrCtlCall *call, const char *name, guint fallback); /* of an option */
gboolean cr_ctl_require (CrCtlCall *call, const char *const *names);     /* FALSE: failed already */
/* Somebody was shown something of the patient that the command names first. */
void cr_ctl_note_look (CrCtlCall *call, CrLookKind kind);
void cr_ctl_list (CrCtlCall *call, const CrListFilter *filter);
void cr_ctl_get (CrCtlCall *call,
                 CrListKind kind,
                 GAsyncReadyCallback callback); /* by the first value */
void cr_ctl_show (CrCtlCall *call, CrListKind kind);
void cr_ctl_finish (CrCtlCall *call, gboolean ok, GError *error);
void cr_ctl_answer_findings (CrCtlCall *call, GPtrArray *findings, GError *error);

/* Re-reads an object after each change until @is_done says so, then calls @then with it. */
typedef gboolean (*CrCtlIsDone) (gpointer object);
typedef void (*CrCtlThen) (CrCtlCall *call, GPtrArray *objects);
void
cr_ctl_wait_for (CrCtlCall *call, CrListKind kind, char **ids, CrCtlIsDone is_done, CrCtlThen then);

/* Handlers, by file. */
void cr_ctl_config_get (CrCtlCall *call);
void cr_ctl_config_set (CrCtlCall *call);
void cr_ctl_status (CrCtlCall *call);
void cr_ctl_check_store (CrCtlCall *call);
void cr_ctl_source_add (CrCtlCall *call);
void cr_ctl_source_set (CrCtlCall *call);
void cr_ctl_source_list (CrCtlCall *call);
void cr_ctl_source_show (CrCtlCall *call);
void cr_ctl_source_test (CrCtlCall *call);
void cr_ctl_source_remove (CrCtlCall *call);
void cr_ctl_source_import (CrCtlCall *call);
void cr_ctl_source_logo (CrCtlCall *call);
void cr_ctl_source_suspend (CrCtlCall *call);
void cr_ctl_source_resume (CrCtlCall *call);
void cr_ctl_source_try (CrCtlCall *call);
void cr_ctl_vendor_list (CrCtlCall *call);
void cr_ctl_vendor_set (CrCtlCall *call);
void cr_ctl_vendor_remove (CrCtlCall *call);
void cr_ctl_backup_create (CrCtlCall *call);
void cr_ctl_backup_check (CrCtlCall *call);
void cr_ctl_backup_restore (CrCtlCall *call);
void cr_ctl_backup_undo (CrCtlCall *call);
void cr_ctl_backup_discard (CrCtlCall *call);
void cr_ctl_person_list (CrCtlCall *call);
void cr_ctl_person_add (CrCtlCall *call);
void cr_ctl_person_remove (CrCtlCall *call);
void cr_ctl_lock_set (CrCtlCall *call);
void cr_ctl_lock_remove (CrCtlCall *call);
void cr_ctl_api_key_create (CrCtlCall *call);
void cr_ctl_api_key_list (CrCtlCall *call);
void cr_ctl_api_key_revoke (CrCtlCall *call);
void cr_ctl_keys_show (CrCtlCall *call);
void cr_ctl_keys_rotate (CrCtlCall *call);
void cr_ctl_add_key_set_url (CrCtlCall *call, JsonObject *object);
void cr_ctl_patient_add (CrCtlCall *call);
void cr_ctl_patient_list (CrCtlCall *call);
void cr_ctl_patient_show (CrCtlCall *call);
void cr_ctl_patient_remove (CrCtlCall *call);
void cr_ctl_session_create (CrCtlCall *call);
void cr_ctl_session_list (CrCtlCall *call);
void cr_ctl_session_show (CrCtlCall *call);
void cr_ctl_connection_list (CrCtlCall *call);
void cr_ctl_connection_note (CrCtlCall *call);
void cr_ctl_connection_disconnect (CrCtlCall *call);
void cr_ctl_connection_remove_data (CrCtlCall *call);
void cr_ctl_hold_list (CrCtlCall *call);
void cr_ctl_hold_release (CrCtlCall *call);
void cr_ctl_hold_reject (CrCtlCall *call);
void cr_ctl_auth_list (CrCtlCall *call);
void cr_ctl_look_list (CrCtlCall *call);
void cr_ctl_pull_start (CrCtlCall *call);
void cr_ctl_pull_list (CrCtlCall *call);
void cr_ctl_pull_show (CrCtlCall *call);
void cr_ctl_pull_cancel (CrCtlCall *call);
void cr_ctl_pull_changes (CrCtlCall *call);
void cr_ctl_pull_log (CrCtlCall *call);
void cr_ctl_record_list (CrCtlCall *call);
void cr_ctl_record_show (CrCtlCall *call);
void cr_ctl_record_save (CrCtlCall *call);
void cr_ctl_attachment_list (CrCtlCall *call);
void cr_ctl_attachment_save (CrCtlCall *call);
void cr_ctl_destination_add (CrCtlCall *call);
void cr_ctl_destination_list (CrCtlCall *call);
void cr_ctl_destination_show (CrCtlCall *call);
void cr_ctl_destination_test (CrCtlCall *call);
void cr_ctl_destination_enable (CrCtlCall *call);
void cr_ctl_destination_disable (CrCtlCall *call);
void cr_ctl_destination_export (CrCtlCall *call);
void cr_ctl_destination_edit (CrCtlCall *call);
void cr_ctl_destination_remove (CrCtlCall *call);
void cr_ctl_run_list (CrCtlCall *call);
void cr_ctl_run_show (CrCtlCall *call);
void cr_ctl_run_retry (CrCtlCall *call);
void cr_ctl_run_cancel (CrCtlCall *call);
void cr_ctl_run_receipt (CrCtlCall *call);
void cr_ctl_run_pause (CrCtlCall *call);
void cr_ctl_run_resume (CrCtlCall *call);
void cr_ctl_destination_rewind (CrCtlCall *call);
void cr_ctl_destination_duplicate (CrCtlCall *call);
void cr_ctl_destination_reconcile (CrCtlCall *call);
void cr_ctl_event_list (CrCtlCall *call);
void cr_ctl_audit_list (CrCtlCall *call);
void cr_ctl_webhook_add (CrCtlCall *call);
void cr_ctl_webhook_list (CrCtlCall *call);
void cr_ctl_webhook_show (CrCtlCall *call);
void cr_ctl_webhook_enable (CrCtlCall *call);
void cr_ctl_webhook_disable (CrCtlCall *call);
void cr_ctl_webhook_remove (CrCtlCall *call);
void cr_ctl_webhook_rotate (CrCtlCall *call);
void cr_ctl_webhook_events (CrCtlCall *call);
void cr_ctl_webhook_attempts (CrCtlCall *call);
void cr_ctl_webhook_test (CrCtlCall *call);
void cr_ctl_webhook_redeliver (CrCtlCall *call);
void cr_ctl_webhook_give_up (CrCtlCall *call);
void cr_ctl_webhook_replay (CrCtlCall *call);

G_END_DECLS
