/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/cr-sealed-file.h"

#include <string.h>

#include "vault/cr-sealed-head.h"

struct _CrSealedOutput
{
  GFilterOutputStream parent_instance;

  CrSealedHead *head; /* (owned) */
  guint8 *plain;      /* (owned): a piece */
  guint8 *sealed;     /* (owned): a piece and its tag */
  gsize n_plain;
  gboolean is_whole;
};

G_DEFINE_FINAL_TYPE (CrSealedOutput, cr_sealed_output, G_TYPE_FILTER_OUTPUT_STREAM)

static gboolean
write_piece (CrSealedOutput *self, gboolean is_last, GCancellable *cancellable, GError **error)
{
  GOutputStream *base = g_filter_output_stream_get_base_stream (G_FILTER_OUTPUT_STREAM (self));

  cr_sealed_head_seal (self->head, is_last, self->plain, self->n_plain, self->sealed);
  if (!g_output_stream_write_all (base, self->sealed, self->n_plain + CR_SEALED_TAG_BYTES, NULL,
                                  cancellable, error))
    return FALSE;
  self->n_plain = 0;
  return TRUE;
}

/* A full piece waits for the next byte: it may be the last one. */
static gssize
cr_sealed_output_write (GOutputStream *stream,
                        const void *data,
                        gsize count,
                        GCancellable *cancellable,
                        GError **error)
{
  CrSealedOutput *self = CR_SEALED_OUTPUT (stream);
  gsize taken;

  if (count == 0)
    return 0;
  if (self->n_plain == self->head->n_piece && !write_piece (self, FALSE, cancellable, error))
    return -1;

  taken = MIN (count, self->head->n_piece - self->n_plain);
  memcpy (self->plain + self->n_plain, data, taken);
  self->n_plain += taken;
  return (gssize) taken;
}

static gboolean
cr_sealed_output_close (GOutputStream *stream, GCancellable *cancellable, GError **error)
{
  CrSealedOutput *self = CR_SEALED_OUTPUT (stream);

  if (self->is_whole && !write_piece (self, TRUE, cancellable, error))
    return FALSE;
  return g_output_stream_close (
      g_filter_output_stream_get_base_stream (G_FILTER_OUTPUT_STREAM (self)), cancellable, error);
}

static void
cr_sealed_output_finalize (GObject *object)
{
  CrSealedOutput *self = CR_SEALED_OUTPUT (object);

  if (self->plain != NULL)
    explicit_bzero (self->plain, self->head->n_piece);
  g_free (self->plain);
  g_free (self->sealed);
  g_clear_pointer (&self->head, cr_sealed_head_free);
  G_OBJECT_CLASS (cr_sealed_output_parent_class)->finalize (object);
}

static void
cr_sealed_output_class_init (CrSealedOutputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_sealed_output_finalize;
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = cr_sealed_output_write;
  G_OUTPUT_STREAM_CLASS (klass)->close_fn = cr_sealed_output_close;
}

static void
cr_sealed_output_init (CrSealedOutput *self)
{
}

void
cr_sealed_output_set_whole (CrSealedOutput *self)
{
  g_return_if_fail (CR_IS_SEALED_OUTPUT (self));

  self->is_whole = TRUE;
}

GOutputStream *
cr_sealed_output_new (GOutputStream *base, const char *passphrase, GError **error)
{
  g_autoptr (CrSealedOutput) self = NULL;
  CrSealedHead *head = cr_sealed_head_new (passphrase, error);

  if (head == NULL)
    return NULL;

  self = g_object_new (CR_TYPE_SEALED_OUTPUT, "base-stream", base, NULL);
  self->head = head;
  self->plain = g_malloc (head->n_piece);
  self->sealed = g_malloc (head->n_piece + CR_SEALED_TAG_BYTES);
  if (!g_output_stream_write_all (base, head->bytes, CR_SEALED_HEAD_BYTES, NULL, NULL, error))
    return NULL;
  return G_OUTPUT_STREAM (g_steal_pointer (&self));
}
