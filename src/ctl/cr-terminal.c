/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-terminal.h"

#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void
interrupted_cb (int signal_number)
{
  interrupted = signal_number;
}

/* Who gives up while nothing is shown gets the terminal back as it was. */
static void
listen_to_signals (gboolean listens, struct sigaction *before)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
  struct sigaction ours = { .sa_handler = interrupted_cb };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], listens ? &ours : &before[i], listens ? &before[i] : NULL);
  if (!listens && interrupted != 0)
    raise (interrupted);
}

char *
cr_terminal_read_secret (const char *prompt)
{
  struct sigaction handlers[4];
  struct termios before, silent;
  gboolean is_tty = tcgetattr (STDIN_FILENO, &before) == 0;
  char *line = NULL;
  size_t size = 0;
  ssize_t length;

  if (is_tty)
    {
      g_printerr ("%s: ", prompt);
      silent = before;
      silent.c_lflag &= ~(tcflag_t) ECHO;
      listen_to_signals (TRUE, handlers);
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
    }
  length = getline (&line, &size, stdin);
  if (is_tty)
    {
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
      g_printerr ("\n");
      listen_to_signals (FALSE, handlers);
    }
  if (length < 0)
    {
      free (line);
      return NULL;
    }

  line[strcspn (line, "\r\n")] = '\0';
  return line;
}
