/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-window.h"

#include "app/cr-toast.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

void
cr_window_say (CrWindow *self, const char *text)
{
  g_return_if_fail (CR_IS_WINDOW (self));

  cr_window_add_toast (self, adw_toast_new (text));
}

AdwToast *
cr_window_say_undo (CrWindow *self, const char *text, const char *action, const char *id)
{
  AdwToast *toast;

  g_return_val_if_fail (CR_IS_WINDOW (self), NULL);

  toast = cr_toast_new_with_button (text, _ ("_Undo"), action, g_variant_new_string (id));
  cr_window_add_toast (self, toast);
  return toast;
}

void
cr_window_say_more (CrWindow *self, const char *text, const char *button, const char *more)
{
  g_return_if_fail (CR_IS_WINDOW (self));

  cr_window_add_toast (self, cr_toast_new_with_button (text, button, CR_TOAST_EXPLAIN,
                                                       g_variant_new ("(ss)", text, more)));
}

void
cr_window_say_error (CrWindow *self, const char *heading, const GError *error)
{
  g_return_if_fail (CR_IS_WINDOW (self));

  if (!cr_error_is_cancelled (error))
    cr_window_say_more (self, heading, _ ("_Why"), cr_local_words (error->message));
}
