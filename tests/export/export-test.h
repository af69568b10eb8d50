/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-export-flow.h"

G_BEGIN_DECLS

/* A store in a folder of its own, a client, a keyring in a file, and what it takes to run a flow.
 */
typedef struct
{
  char *folder;
  CrStore *store;
  CrClient *client;
  CrVault *vault;
  CrChanges *changes;
  CrDestination *destination;
  GSubprocess *sandbox; /* (nullable) */
  char *uri;            /* (nullable): of the sandbox */
  CrClock clock;        /* (nullable): of the flow; NULL: the right one */
} Fixture;

#define N_PATIENTS 2
#define N_OBSERVATIONS 250
#define N_RECORDS (N_PATIENTS * (N_OBSERVATIONS + 2)) /* that export_test_fill () stores */

void export_test_set_up (Fixture *self, gconstpointer data);
void export_test_tear_down (Fixture *self, gconstpointer data);
GAsyncResult *export_test_wait (GAsyncResult **result);
void export_test_keep (GObject *source, GAsyncResult *result, gpointer slot);

gpointer export_test_write (Fixture *self, CrStoreFunc func, gpointer data);
void export_test_save (Fixture *self, const char *patient_id, const char *body);
void export_test_fill_without_patients (Fixture *self); /* people and connections alone */
void export_test_fill (Fixture *self);
void export_test_add_destination (Fixture *self, const char *kind, const char *first_field, ...)
    G_GNUC_NULL_TERMINATED;
CrDestination *export_test_get_destination (Fixture *self, const char *id); /* as it is stored */
char *export_test_make_folder (Fixture *self); /* for files to be delivered to */
void export_test_set_secret (Fixture *self, const char *secret);
CrExportRun *export_test_add_run (Fixture *self, CrRunTrigger trigger, const char *retry_of);
CrExportFlow *export_test_new_flow (Fixture *self, CrExportRun *run);
CrExportRun *export_test_go (Fixture *self, CrExportRun *run);
CrExportRun *export_test_run (Fixture *self, CrRunTrigger trigger, const char *retry_of);
void export_test_assert_complete (CrExportRun *run, guint n_resources);
void export_test_reopen (Fixture *self);

void export_test_start_sandbox (Fixture *self);
GBytes *export_test_http (Fixture *self, const char *method, const char *path, const char *body);
void export_test_fault (Fixture *self, const char *name, const char *parameters);
void export_test_no_faults (Fixture *self);

G_END_DECLS
