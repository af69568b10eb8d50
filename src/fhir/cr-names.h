/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-span.h"

G_BEGIN_DECLS

typedef enum
{
  CR_NAME_AS_WRITTEN, /* its text if it has one, else its parts */
  CR_NAME_IN_PARTS,   /* its parts if it has any, else its text */
} CrNameStyle;

char *cr_name_to_text (const CrSpans *spans, guint node, CrNameStyle style);

G_END_DECLS
