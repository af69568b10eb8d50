/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench-common.h"

#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static gint64 begun_us, longest_us, longest_cpu_us;
static double used_s, idle_mb;

/* What this thread worked, whatever else the machine did meanwhile. */
static gint64
thread_cpu_us (void)
{
  struct timespec used;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &used);
  return (gint64) used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

static int
measuring_poll (GPollFD *fds, guint n_fds, int timeout)
{
  static gint64 back_us = 0, back_cpu_us = 0;
  int result;

  if (back_us > 0)
    {
      longest_us = MAX (longest_us, g_get_monotonic_time () - back_us);
      longest_cpu_us = MAX (longest_cpu_us, thread_cpu_us () - back_cpu_us);
    }
  result = poll ((struct pollfd *) fds, n_fds, timeout);
  back_us = g_get_monotonic_time ();
  back_cpu_us = thread_cpu_us ();
  return result;
}

static double
cpu_s (const struct rusage *usage)
{
  return (double) (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
         (double) (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / G_USEC_PER_SEC;
}

/* What is resident now, in MB. */
static double
resident_mb (void)
{
  g_autofree char *text = NULL;
  unsigned long all = 0, resident = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL) &&
      sscanf (text, "%lu %lu", &all, &resident) == 2)
    return (double) resident * (double) sysconf (_SC_PAGESIZE) / (1 << 20);
  return 0;
}

void
bench_begin (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  used_s = cpu_s (&usage);
  idle_mb = resident_mb ();
  g_main_context_set_poll_func (NULL, measuring_poll);
  begun_us = g_get_monotonic_time ();
}

double
bench_seconds (void)
{
  return (double) (g_get_monotonic_time () - begun_us) / G_USEC_PER_SEC;
}

void
bench_print (const char *name, guint n, gint64 n_bytes)
{
  double seconds = bench_seconds ();
  struct rusage usage;
  double peak_mb;

  getrusage (RUSAGE_SELF, &usage);
  peak_mb = (double) usage.ru_maxrss / 1024;
  g_print ("%s %u %.3f %.1f %.1f %.1f %.1f %.3f %.1f\n", name, n, seconds,
           (double) n_bytes / 1e6 / seconds, peak_mb, peak_mb - idle_mb, (double) longest_us / 1000,
           cpu_s (&usage) - used_s, (double) longest_cpu_us / 1000);
}

void
bench_keep_cb (GObject *source, GAsyncResult *result, gpointer slot)
{
  *(GAsyncResult **) slot = g_object_ref (result);
}

void
bench_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}
