/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-span.h"

G_BEGIN_DECLS

/* An OperationOutcome inside a scanned text. */
const char *cr_outcome_worse (const char *severity, const char *other);
const char *cr_outcome_read (const CrSpans *spans, guint node, GString *text, char **code);

G_END_DECLS
