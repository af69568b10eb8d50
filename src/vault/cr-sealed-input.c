/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/cr-sealed-file.h"

#include <string.h>

#include "base/cr-error.h"
#include "vault/cr-sealed-head.h"

struct _CrSealedInput
{
  GFilterInputStream parent_instance;

  CrSealedHead *head; /* (owned) */
  guint8 *plain;      /* (owned): what was opened */
  guint8 *next;       /* (owned): the sealed piece behind it */
  gsize n_plain;
  gsize at; /* of what was given out */
  gsize n_next;
  gboolean is_over;
};

G_DEFINE_FINAL_TYPE (CrSealedInput, cr_sealed_input, G_TYPE_FILTER_INPUT_STREAM)

static gboolean
read_next (CrSealedInput *self, GCancellable *cancellable, GError **error)
{
  GInputStream *base = g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (self));

  return g_input_stream_read_all (base, self->next, self->head->n_piece + CR_SEALED_TAG_BYTES,
                                  &self->n_next, cancellable, error);
}

/* Which piece is the last is known when there is nothing behind it. */
static gboolean
open_piece (CrSealedInput *self, GCancellable *cancellable, GError **error)
{
  gsize n_whole = self->head->n_piece + CR_SEALED_TAG_BYTES;
  g_autofree guint8 *sealed = g_memdup2 (self->next, n_whole);
  gsize n_sealed = self->n_next;

  self->n_next = 0;
  if (n_sealed == n_whole && !read_next (self, cancellable, error))
    return FALSE;

  self->is_over = self->n_next == 0;
  if (n_sealed < CR_SEALED_TAG_BYTES ||
      !cr_sealed_head_open (self->head, self->is_over, sealed, n_sealed, self->plain))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CORRUPT,
                           "This backup is damaged, or a part at its end is missing. Use another "
                           "copy of it.");
      return FALSE;
    }

  self->n_plain = n_sealed - CR_SEALED_TAG_BYTES;
  self->at = 0;
  return TRUE;
}

static gssize
cr_sealed_input_read (GInputStream *stream,
                      void *buffer,
                      gsize count,
                      GCancellable *cancellable,
                      GError **error)
{
  CrSealedInput *self = CR_SEALED_INPUT (stream);
  gsize n;

  while (self->at == self->n_plain && !self->is_over)
    if (!open_piece (self, cancellable, error))
      return -1;

  n = MIN (count, self->n_plain - self->at);
  memcpy (buffer, self->plain + self->at, n);
  self->at += n;
  return (gssize) n;
}

static void
cr_sealed_input_finalize (GObject *object)
{
  CrSealedInput *self = CR_SEALED_INPUT (object);

  if (self->plain != NULL)
    explicit_bzero (self->plain, self->head->n_piece);
  g_free (self->plain);
  g_free (self->next);
  g_clear_pointer (&self->head, cr_sealed_head_free);
  G_OBJECT_CLASS (cr_sealed_input_parent_class)->finalize (object);
}

static void
cr_sealed_input_class_init (CrSealedInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_sealed_input_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = cr_sealed_input_read;
}

static void
cr_sealed_input_init (CrSealedInput *self)
{
}

GInputStream *
cr_sealed_input_new (GInputStream *base, const char *passphrase, GError **error)
{
  g_autoptr (CrSealedInput) self = NULL;
  guint8 bytes[CR_SEALED_HEAD_BYTES] = { 0 };
  CrSealedHead *head;

  if (!g_input_stream_read_all (base, bytes, sizeof bytes, NULL, NULL, error))
    return NULL;
  head = cr_sealed_head_read (bytes, passphrase, error);
  if (head == NULL)
    return NULL;

  self = g_object_new (CR_TYPE_SEALED_INPUT, "base-stream", base, NULL);
  self->head = head;
  self->plain = g_malloc (head->n_piece);
  self->next = g_malloc (head->n_piece + CR_SEALED_TAG_BYTES);
  if (!read_next (self, NULL, error))
    return NULL;
  return G_INPUT_STREAM (g_steal_pointer (&self));
}
