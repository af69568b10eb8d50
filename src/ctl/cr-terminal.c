/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-terminal.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;
static int wake[2] = { -1, -1 };

/* It may run in any thread, and just before the terminal is read. */
static void
interrupted_cb (int signal_number)
{
  int before = errno;
  ssize_t ignored = write (wake[1], "", 1);

  (void) ignored;
  interrupted = signal_number;
  errno = before;
}

/* Who gives up while nothing is shown gets the terminal back as it was. */
static void
listen_to_signals (gboolean listens, struct sigaction *before)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
  struct sigaction ours = { .sa_handler = interrupted_cb };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      sigaction (signals[i], listens ? &ours : &before[i], listens ? &before[i] : NULL);
      if (listens && before[i].sa_handler == SIG_IGN)
        sigaction (signals[i], &before[i], NULL);
    }
  if (!listens && interrupted != 0)
    raise (interrupted);
}

/* FALSE when a signal came first. */
static gboolean
wait_for_line (void)
{
  struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                          { .fd = wake[0], .events = POLLIN } };

  while (interrupted == 0 && fds[0].revents == 0)
    poll (fds, G_N_ELEMENTS (fds), -1);
  return interrupted == 0;
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

  if (is_tty && wake[0] < 0 && !g_unix_open_pipe (wake, FD_CLOEXEC, NULL))
    return NULL;
  if (is_tty)
    {
      g_printerr ("%s: ", prompt);
      silent = before;
      silent.c_lflag &= ~(tcflag_t) ECHO;
      listen_to_signals (TRUE, handlers);
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
    }
  length = !is_tty || wait_for_line () ? getline (&line, &size, stdin) : -1;
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
