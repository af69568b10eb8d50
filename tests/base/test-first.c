/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"

#include <gio/gio.h>

#define CHILD "--first-number"
#define N_THREADS 4

static gpointer
contend (gpointer data)
{
  for (guint i = 0; i < 20000; i++)
    {
      gsize once = 0;

      if (g_once_init_enter (&once))
        g_once_init_leave (&once, 1);
    }
  return NULL;
}

/* The first number that a process reads, while its threads wait for each other. */
static void
read_first_number (void)
{
  GThread *threads[N_THREADS];
  guint64 number = 1;

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("contend", contend, NULL);
  g_usleep (1500);
  g_assert_true (g_ascii_string_to_unsigned ("0", 10, 0, G_MAXUINT16, &number, NULL));
  g_assert_cmpuint (number, ==, 0);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

static void
test_first_number (gconstpointer program)
{
  const char *const words[] = { program, CHILD, NULL };

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GSubprocess) child = g_subprocess_newv (words, G_SUBPROCESS_FLAGS_NONE, &error);

      g_assert_no_error (error);
      g_assert_true (g_subprocess_wait_check (child, NULL, &error));
      g_assert_no_error (error);
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  /* GTest reads numbers itself. */
  if (argc > 1 && g_str_equal (argv[1], CHILD))
    {
      read_first_number ();
      return 0;
    }

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/base/first/number", argv[0], test_first_number);
  return g_test_run ();
}
