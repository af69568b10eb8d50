/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <gnutls/crypto.h>

G_BEGIN_DECLS

#define CR_SEALED_HEAD_BYTES 76
#define CR_SEALED_TAG_BYTES 16

/* The head of a sealed file with its key: what writing and reading share. See cr-sealed-file.h. */
typedef struct
{
  guint8 bytes[CR_SEALED_HEAD_BYTES];
  guint32 n_piece;
  guint64 number; /* of the next piece */
  gnutls_aead_cipher_hd_t cipher;
} CrSealedHead;

CrSealedHead *cr_sealed_head_new (const char *passphrase, GError **error);
CrSealedHead *cr_sealed_head_read (const guint8 bytes[CR_SEALED_HEAD_BYTES],
                                   const char *passphrase,
                                   GError **error);
void cr_sealed_head_free (CrSealedHead *self);
/* @out holds @n bytes and a tag. */
void cr_sealed_head_seal (CrSealedHead *self,
                          gboolean is_last,
                          const guint8 *plain,
                          gsize n,
                          guint8 *out);
/* @plain holds as many bytes as @sealed without its tag. FALSE: it is not what was sealed. */
gboolean cr_sealed_head_open (CrSealedHead *self,
                              gboolean is_last,
                              const guint8 *sealed,
                              gsize n,
                              guint8 *plain);

G_END_DECLS
