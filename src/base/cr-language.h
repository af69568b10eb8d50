/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Words of one language, for whoever speaks several at a time: gettext speaks one in a process.
 * Never changes once made, so any thread may use it. %NULL stands for the words as written. */
typedef struct _CrLanguage CrLanguage;

CrLanguage *cr_language_new (GBytes *catalog, GError **error);
void cr_language_free (CrLanguage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLanguage, cr_language_free)

typedef void (*CrLanguageFunc) (const char *text, const char *said, gpointer user_data);

void cr_language_list (const CrLanguage *self,
                       const char *context,
                       CrLanguageFunc func,
                       gpointer user_data);
gboolean cr_language_knows (const CrLanguage *self, const char *text);
const char *cr_language_get (const CrLanguage *self, const char *text) G_GNUC_FORMAT (2);
const char *cr_language_get_of (const CrLanguage *self, const char *context, const char *text)
    G_GNUC_FORMAT (3);
const char *cr_language_get_n (const CrLanguage *self, const char *one, const char *many, guint n)
    G_GNUC_FORMAT (2) G_GNUC_FORMAT (3);

G_END_DECLS
