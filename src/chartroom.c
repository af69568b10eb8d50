/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api.h"
#include "app/cr-app-init.h"
#include "app/cr-application.h"
#include "app/cr-meter.h"
#include "base/cr-first.h"
#include "ctl/cr-ctl.h"

#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

static char *data_dir;
static gboolean is_sandbox;
static gboolean is_background;
static gboolean is_service;

static const GOptionEntry entries[] = {
  { "data-dir", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, N_ ("Work in this folder"), N_ ("DIR") },
  { "sandbox", 0, 0, G_OPTION_ARG_NONE, &is_sandbox, N_ ("Open the sandbox: made-up people"),
    NULL },
  { "background", 0, 0, G_OPTION_ARG_NONE, &is_background, N_ ("Start without a window"), NULL },
  { "gapplication-service", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &is_service, NULL, NULL },
  { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
};

static gboolean
parse (int *argc, char ***argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_summary (context,
                                _ ("Brings patients’ portal records into the clinic’s systems."));
  if (g_option_context_parse (context, argc, argv, &error))
    return TRUE;
  g_printerr ("%s\n", error->message);
  return FALSE;
}

/* The faces beside the window. */
static void
attach (CrEngine *engine)
{
  cr_ctl_attach (engine);
  cr_api_attach (engine);
}

int
main (int argc, char **argv)
{
  const char *locale_dir = g_getenv ("CHARTROOM_LOCALEDIR");
  g_autoptr (CrApplication) application = NULL;

  cr_first_of_all ();
  cr_meter_start ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir != NULL ? locale_dir : LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (!parse (&argc, &argv))
    return 2;

  if (!cr_app_init_toolkit ())
    {
      g_printerr ("%s\n", _ ("There is no display to show a window on. Start Chartroom in a "
                             "desktop session, or use chartroomctl, which needs none."));
      return 1;
    }

  g_set_prgname (APP_ID);
  g_set_application_name ("Chartroom");
  application = cr_application_new (
      &(CrApplicationOptions){ data_dir, is_sandbox, is_service, is_background, attach });
  return g_application_run (G_APPLICATION (application), argc, argv);
}
