/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct _CrFaults CrFaults;

CrFaults *cr_faults_new (const char *path);
void cr_faults_free (CrFaults *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrFaults, cr_faults_free)

gboolean cr_faults_exists (const char *name);
JsonArray *cr_faults_list (CrFaults *self);
gboolean cr_faults_set (CrFaults *self, const char *name, JsonObject *parameters, GError **error);
void cr_faults_clear (CrFaults *self, const char *name);

gboolean cr_faults_is_on (CrFaults *self, const char *name, const char *type);
gboolean cr_faults_take (CrFaults *self, const char *name, const char *type);
gboolean cr_faults_has_method (CrFaults *self, const char *name, const char *method);
gint64 cr_faults_int (CrFaults *self, const char *name, const char *parameter, gint64 fallback);
const char *
cr_faults_string (CrFaults *self, const char *name, const char *parameter, const char *fallback);
JsonObject *cr_faults_object (CrFaults *self, const char *name, const char *parameter);

G_END_DECLS
