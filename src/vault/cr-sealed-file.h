/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file that opens with a passphrase alone, written and read from beginning to end, any size in
 * little memory. All numbers are big-endian.
 *
 *    0   8  `CHRTBKUP`
 *    8   1  version of this layout: 1
 *    9   1  how the key is made: 1 = PBKDF2 with HMAC-SHA-512, 64 bytes
 *   10   1  cipher: 1 = AES-256-GCM
 *   11   1  0
 *   12   4  iterations
 *   16   4  bytes of a piece of plain text, n
 *   20  32  salt
 *   52  16  first bytes of the SHA-256 of the second half of the key: tells a wrong passphrase
 *   68   8  first bytes of the SHA-256 of what stands before: tells a damaged head
 *   76      pieces, each n bytes of plain text (the last may be shorter) sealed with the first half
 *           of the key and followed by a tag of 16 bytes
 *
 * The nonce of a piece is its number in 11 bytes and a byte that is 1 for the last and 0 for the
 * others; the head is associated data of each. So no piece can be changed, moved, left out, or cut
 * off at the end.
 *
 * Source: RFC 8018 §5.2 (PBKDF2); NIST SP 800-38D; Hoang, Reyhanitabar, Rogaway, Vizár, “Online
 * Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance”, 2015 (STREAM) */

#define CR_TYPE_SEALED_OUTPUT (cr_sealed_output_get_type ())
G_DECLARE_FINAL_TYPE (CrSealedOutput, cr_sealed_output, CR, SEALED_OUTPUT, GFilterOutputStream)
#define CR_TYPE_SEALED_INPUT (cr_sealed_input_get_type ())
G_DECLARE_FINAL_TYPE (CrSealedInput, cr_sealed_input, CR, SEALED_INPUT, GFilterInputStream)

/* Both make a key first, which takes about a second on purpose: not on the main thread. */
GOutputStream *cr_sealed_output_new (GOutputStream *base, const char *passphrase, GError **error);
/* Only what was told to be whole gets its last piece when it is closed, and opens again. */
void cr_sealed_output_set_whole (CrSealedOutput *self);
/* Errors, also of reading: BAD_INPUT when it is no such file, TOO_NEW, SIGN_IN for a wrong
 * passphrase, CORRUPT for a damaged or shortened one. */
GInputStream *cr_sealed_input_new (GInputStream *base, const char *passphrase, GError **error);

G_END_DECLS
