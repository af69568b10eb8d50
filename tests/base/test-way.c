/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-way.h"

#include "base/cr-first.h"

#include <sys/resource.h>

static int
niceness (void)
{
  return getpriority (PRIO_PROCESS, 0);
}

static gpointer
give (gpointer data)
{
  int before = niceness (), given;

  cr_way_give ();
  given = niceness ();
  g_assert_cmpint (given, ==, MIN (before + 5, 19));
  /* Threads of a pool come here with each piece of work. */
  cr_way_give ();
  g_assert_cmpint (niceness (), ==, given);
  return NULL;
}

static void
test_thread_alone (void)
{
  int before = niceness ();

  g_thread_join (g_thread_new ("give", give, NULL));
  g_thread_join (g_thread_new ("give", give, NULL));
  g_assert_cmpint (niceness (), ==, before);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
#ifdef __linux__
  g_test_add_func ("/way/thread-alone", test_thread_alone);
#endif
  return g_test_run ();
}
