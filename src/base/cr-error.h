/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * CrError:
 *
 * The one error domain. A code names a remedy, never a place; the message names the place and what
 * to do, and never holds a patient's name or id, a token, a path of a portal or a body.
 *
 * @CR_ERROR_OFFLINE: the other side could not be reached; try again later
 * @CR_ERROR_BUSY: the other side asked for patience (408, 425, 429, 5xx); try again later
 * @CR_ERROR_SIGN_IN: credentials were not accepted; sign in or connect again
 * @CR_ERROR_REFUSED: understood and refused; permission or configuration must change
 * @CR_ERROR_NOT_FOUND: the thing asked for is not there (404, 410, unknown id)
 * @CR_ERROR_BAD_REPLY: the other side answered something that is not what it should be
 * @CR_ERROR_TOO_LARGE: over a size cap
 * @CR_ERROR_BAD_INPUT: what was given to us is wrong; correct it
 * @CR_ERROR_CONFLICT: clashes with what is there
 * @CR_ERROR_IN_USE: another engine holds the workspace
 * @CR_ERROR_NO_SPACE: the disk is full
 * @CR_ERROR_READ_ONLY: the disk or the file cannot be written
 * @CR_ERROR_CORRUPT: a file of ours is damaged
 * @CR_ERROR_TOO_NEW: a file of ours was written by a newer version
 * @CR_ERROR_KEYRING_MISSING: there is no keyring service
 * @CR_ERROR_KEYRING_LOCKED: the keyring is there and locked; unlock it
 * @CR_ERROR_KEYRING_REFUSED: the keyring answered with an error
 * @CR_ERROR_CERTIFICATE: the server's certificate is not trusted; the message says why
 * @CR_ERROR_INTERNAL: our own mistake
 */
typedef enum
{
  CR_ERROR_OFFLINE,
  CR_ERROR_BUSY,
  CR_ERROR_SIGN_IN,
  CR_ERROR_REFUSED,
  CR_ERROR_NOT_FOUND,
  CR_ERROR_BAD_REPLY,
  CR_ERROR_TOO_LARGE,
  CR_ERROR_BAD_INPUT,
  CR_ERROR_CONFLICT,
  CR_ERROR_IN_USE,
  CR_ERROR_NO_SPACE,
  CR_ERROR_READ_ONLY,
  CR_ERROR_CORRUPT,
  CR_ERROR_TOO_NEW,
  CR_ERROR_KEYRING_MISSING,
  CR_ERROR_KEYRING_LOCKED,
  CR_ERROR_KEYRING_REFUSED,
  CR_ERROR_CERTIFICATE,
  CR_ERROR_INTERNAL,
} CrErrorCode;

#define CR_TYPE_ERROR_CODE (cr_error_code_get_type ())
GType cr_error_code_get_type (void);

#define CR_ERROR (cr_error_quark ())
GQuark cr_error_quark (void);

const char *cr_error_nick (const GError *error);
gboolean cr_error_is_cancelled (const GError *error);
gboolean cr_error_is_keyring (const GError *error);
gboolean cr_error_is_storage (const GError *error);
gboolean cr_error_is_retryable (const GError *error);

G_END_DECLS
