/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-span.h"

G_BEGIN_DECLS

/* Values of a record in words, each as the record writes it. */
char *cr_value_to_text (const CrSpans *spans, guint node);
void cr_values_collect (const CrSpans *spans, guint node, const char *path, GString *into);
char *cr_values_text (const CrSpans *spans, guint node, const char *paths);

G_END_DECLS
