/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-toast.h"

#define BUTTON_S 10

AdwToast *
cr_toast_new_with_button (const char *text,
                          const char *button,
                          const char *action,
                          GVariant *target)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_button_label (toast, button);
  adw_toast_set_action_name (toast, action);
  adw_toast_set_action_target_value (toast, target);
  adw_toast_set_timeout (toast, BUTTON_S);
  return toast;
}
