/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define CR_TYPE_TIME_LABEL (cr_time_label_get_type ())
G_DECLARE_FINAL_TYPE (CrTimeLabel, cr_time_label, CR, TIME_LABEL, AdwBin)

/* A time in words that stay true while they are looked at; the exact time is in the tooltip. */
GtkWidget *cr_time_label_new (void);
/* @format: (nullable): translated, with one %s; 0 shows @never (nullable: “never”). */
void cr_time_label_set (CrTimeLabel *self, gint64 ms, const char *format, const char *never);

G_END_DECLS
