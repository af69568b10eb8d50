/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A JSON value where it lies in its text; nothing is copied or spelled anew. */
typedef struct
{
  const char *start;
  gsize length;
} CrSandboxSpan;

gboolean cr_sandbox_span_check (const char *text, gsize length, CrSandboxSpan *value);
gboolean cr_sandbox_span_member (CrSandboxSpan object, const char *name, CrSandboxSpan *value);
gboolean cr_sandbox_span_next (CrSandboxSpan container, CrSandboxSpan *name, CrSandboxSpan *value);
char *cr_sandbox_span_string (CrSandboxSpan value);
char *cr_sandbox_span_member_string (CrSandboxSpan object, const char *name);
gboolean cr_sandbox_span_is (CrSandboxSpan value, char first);

typedef void (*CrSandboxSpanStringFunc) (CrSandboxSpan value, gpointer user_data);
void cr_sandbox_span_each_member (CrSandboxSpan value,
                                  const char *name,
                                  CrSandboxSpanStringFunc func,
                                  gpointer user_data);

G_END_DECLS
