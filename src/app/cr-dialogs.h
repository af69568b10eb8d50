/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

typedef void (*CrDialogFunc) (gpointer user_data);
typedef void (*CrDecisionFunc) (gboolean is_yes, gpointer user_data);
typedef void (*CrTextFunc) (const char *text, gpointer user_data);
typedef void (*CrPathFunc) (const char *path, gpointer user_data);

/* Over @window, or over another one that is. */
gboolean cr_dialogs_is_over (GtkWindow *dialog, GtkWindow *window);
/* Every one that is over @window, hidden or not, the youngest first: destroyed and let go in that
 * order none is left with a parent that is freed, which GTK would look at. → (transfer container)
 */
GPtrArray *cr_dialogs_list (GtkWindow *window);
/* With more room where the text is larger, but not beyond the parent. */
void cr_dialogs_present (GtkWindow *dialog);
/* What newer libraries replace lives in this file alone. */
void cr_dialogs_confirm (GtkWindow *parent,
                         const char *heading,
                         const char *body,
                         const char *verb,
                         CrDialogFunc func,
                         gpointer user_data,
                         GDestroyNotify destroy);

/* As cr_dialogs_confirm(), for what takes nothing away. */
void cr_dialogs_propose (GtkWindow *parent,
                         const char *heading,
                         const char *body,
                         const char *verb,
                         CrDialogFunc func,
                         gpointer user_data,
                         GDestroyNotify destroy);
/* Two ways to answer, neither the default. */
void cr_dialogs_decide (GtkWindow *parent,
                        const char *heading,
                        const char *body,
                        const char *yes,
                        const char *no,
                        CrDecisionFunc func,
                        gpointer user_data,
                        GDestroyNotify destroy);
/* A secret with a button that copies it; there is no second time. */
void
cr_dialogs_show_once (GtkWindow *parent, const char *heading, const char *body, const char *secret);
/* One line. @is_secret: it is not shown as it is typed */
void cr_dialogs_ask_text (GtkWindow *parent,
                          const char *heading,
                          const char *body,
                          const char *title,
                          const char *verb,
                          gboolean is_secret,
                          CrTextFunc func,
                          gpointer user_data,
                          GDestroyNotify destroy);
void cr_dialogs_say (GtkWindow *parent, const char *heading, const char *body);
void cr_dialogs_choose_path (GtkWindow *parent,
                             gboolean is_folder,
                             const char *title,
                             CrPathFunc func,
                             gpointer user_data,
                             GDestroyNotify destroy);
void cr_dialogs_save_path (GtkWindow *parent,
                           const char *title,
                           const char *name,
                           CrPathFunc func,
                           gpointer user_data,
                           GDestroyNotify destroy);
void cr_dialogs_about (GtkWindow *parent);

G_END_DECLS
