/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which vendor runs a FHIR server, told by its address; data/portals/vendors.json is the list. */
typedef struct _CrVendors CrVendors;

CrVendors *cr_vendors_load (GError **error);
void cr_vendors_free (CrVendors *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrVendors, cr_vendors_free)
const char *cr_vendors_recognise (CrVendors *self, const char *fhir_base_url);
char **cr_vendors_list (CrVendors *self);
const char *cr_vendors_get_name (CrVendors *self, const char *type);

G_END_DECLS
