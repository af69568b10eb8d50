/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-record.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* A searchset page, split without a copy: every pointer of its entries goes into @page or into the
 * bundle's own string chunk. */
typedef struct _CrBundle CrBundle;

/* First where everything lies, then the long part of the work. */
CrBundle *
cr_bundle_outline (GBytes *page, const char *fhir_base_url, gboolean is_alone, GError **error);
gboolean cr_bundle_hash (CrBundle *self, gboolean is_late, GError **error);
/* Both at once. */
CrBundle *cr_bundle_split (GBytes *page, const char *fhir_base_url, GError **error);
/* One resource alone (a read), as a bundle of one match. */
CrBundle *cr_bundle_from_resource (GBytes *body, const char *fhir_base_url, GError **error);
CrBundle *cr_bundle_ref (CrBundle *self);
void cr_bundle_unref (CrBundle *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrBundle, cr_bundle_unref)

const CrIncoming *
cr_bundle_get_entries (CrBundle *self,
                       guint *n_entries); /* matches and includes; outcomes are apart */
void cr_bundle_set_mode (CrBundle *self, guint entry, CrEntryMode mode); /* before it is shared */
const char *cr_bundle_get_next (CrBundle *self);      /* (nullable): as written */
const char *cr_bundle_get_self_link (CrBundle *self); /* (nullable) */
gint64 cr_bundle_get_total (CrBundle *self);          /* -1: not said */
guint cr_bundle_get_n_skipped (CrBundle *self);       /* entries without a resource */
guint cr_bundle_get_n_damaged (CrBundle *self);       /* entries with bytes that are no UTF-8 */
/* OperationOutcome entries: their worst severity (`fatal`, `error`, `warning`, `information`) and
 * words. NULL: none. */
const char *cr_bundle_get_outcome_severity (CrBundle *self);
const char *cr_bundle_get_outcome_text (CrBundle *self);
/* Attachments without data and with a url, of DocumentReference, DiagnosticReport (presentedForm)
 * and Media, and bare Binary references. */
typedef struct
{
  const char *url;          /* as written */
  const char *content_type; /* (nullable) */
  guint entry;              /* index of the entry that names it */
} CrAttachment;
const CrAttachment *cr_bundle_get_attachments (CrBundle *self, guint *n_attachments);

G_END_DECLS
