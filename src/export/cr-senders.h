/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "export/cr-sender.h"
#include "model/cr-explain.h"

G_BEGIN_DECLS

/* The kinds there are, for the table. Each fails with CR_ERROR_BAD_INPUT when the settings cannot
 * be used. */
CrSender *cr_fhir_sender_new (const CrSenderParts *parts, GError **error);
CrSender *cr_s3_sender_new (const CrSenderParts *parts, GError **error);
CrSender *cr_gcs_sender_new (const CrSenderParts *parts, GError **error);
CrSender *cr_azure_sender_new (const CrSenderParts *parts, GError **error);
CrSender *cr_folder_sender_new (const CrSenderParts *parts, GError **error);

char *cr_sender_explain (const GError *error);
gboolean cr_sender_load_ca (CrDestination *destination, GTlsDatabase **database, GError **error);

G_END_DECLS
