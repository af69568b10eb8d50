/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Ids of the Patients that a Patient links to as the same person: after a merge at the source,
 * records may still name the other one. */
char **cr_kin_of_patient (const char *body, gsize n_bytes, const char *fhir_base_url);

G_END_DECLS
