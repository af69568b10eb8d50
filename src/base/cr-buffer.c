/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "base/cr-buffer.h"

#include <string.h>
#include <sys/mman.h>

#define LEAST (256u << 10)
/* From here on large pages, where the system has them: what is written costs a fault a page. */
#define LARGE (4u << 20)

/* Makes room for @n_more bytes behind those that are there; like g_malloc() it ends the program
 * when there is none. */
void
cr_buffer_reserve (CrBuffer *self, gsize n_more)
{
  gsize size = MAX (self->size, LEAST);
  void *data;

  if (self->data != NULL && self->size - self->len >= n_more)
    return;

  while (size - self->len < n_more)
    {
      if (size > G_MAXSIZE / 4)
        g_error ("no room for %" G_GSIZE_FORMAT " bytes more", n_more);
      size *= 2;
    }
  data = self->data != NULL
           ? mremap (self->data, self->size, size, MREMAP_MAYMOVE)
           : mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED)
    g_error ("no room for %" G_GSIZE_FORMAT " bytes", size);
#ifdef MADV_HUGEPAGE
  if (size >= LARGE)
    madvise (data, size, MADV_HUGEPAGE);
#endif
  self->data = data;
  self->size = size;
}

void
cr_buffer_append (CrBuffer *self, gconstpointer data, gsize n_bytes)
{
  if (n_bytes == 0)
    return;

  cr_buffer_reserve (self, n_bytes);
  memcpy (self->data + self->len, data, n_bytes);
  self->len += n_bytes;
}

void
cr_buffer_clear (CrBuffer *self)
{
  if (self->data != NULL)
    munmap (self->data, self->size);
  *self = (CrBuffer){ 0 };
}

static void
free_buffer (gpointer data)
{
  cr_buffer_clear (data);
  g_free (data);
}

GBytes *
cr_buffer_take (CrBuffer *self)
{
  CrBuffer *taken = g_memdup2 (self, sizeof *self);

  *self = (CrBuffer){ 0 };
  return g_bytes_new_with_free_func (taken->data != NULL ? (gconstpointer) taken->data : "",
                                     taken->len, free_buffer, taken);
}
