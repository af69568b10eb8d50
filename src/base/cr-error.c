/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"

#include "base/cr-enum.h"

/* The nicks are stored and sent over the API: add, never rename. */
G_DEFINE_ENUM_TYPE (CrErrorCode,
                    cr_error_code,
                    G_DEFINE_ENUM_VALUE (CR_ERROR_OFFLINE, "offline"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_BUSY, "busy"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_SIGN_IN, "sign_in"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_REFUSED, "refused"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_NOT_FOUND, "not_found"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_BAD_REPLY, "bad_reply"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_TOO_LARGE, "too_large"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_BAD_INPUT, "bad_input"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_CONFLICT, "conflict"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_IN_USE, "in_use"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_NO_SPACE, "no_space"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_READ_ONLY, "read_only"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_CORRUPT, "corrupt"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_TOO_NEW, "too_new"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_KEYRING_MISSING, "keyring_missing"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_KEYRING_LOCKED, "keyring_locked"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_KEYRING_REFUSED, "keyring_refused"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_CERTIFICATE, "certificate"),
                    G_DEFINE_ENUM_VALUE (CR_ERROR_INTERNAL, "internal"))

G_DEFINE_QUARK (CrError, cr_error)

/**
 * cr_error_nick:
 * @error: any error
 *
 * Returns: the stable code text of @error, such as `"offline"`; `"cancelled"` for cancelling and
 *   `"internal"` for a domain that should have been translated
 */
const char *
cr_error_nick (const GError *error)
{
  if (cr_error_is_cancelled (error))
    return "cancelled";

  return error->domain == CR_ERROR ? cr_enum_to_string (CR_TYPE_ERROR_CODE, error->code)
                                   : "internal";
}

gboolean
cr_error_is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

gboolean
cr_error_is_keyring (const GError *error)
{
  return g_error_matches (error, CR_ERROR, CR_ERROR_KEYRING_MISSING) ||
         g_error_matches (error, CR_ERROR, CR_ERROR_KEYRING_LOCKED) ||
         g_error_matches (error, CR_ERROR, CR_ERROR_KEYRING_REFUSED);
}

/* Nothing can be kept just now: a person must see to the disk. */
gboolean
cr_error_is_storage (const GError *error)
{
  return g_error_matches (error, CR_ERROR, CR_ERROR_NO_SPACE) ||
         g_error_matches (error, CR_ERROR, CR_ERROR_READ_ONLY);
}

/**
 * cr_error_is_retryable:
 * @error: any error
 *
 * Returns: whether the same request may succeed later with nothing changed by a person
 * Source: RFC 9110 §9.2.2; of the 4xx only 408, 425 and 429 are retried
 */
gboolean
cr_error_is_retryable (const GError *error)
{
  return g_error_matches (error, CR_ERROR, CR_ERROR_OFFLINE) ||
         g_error_matches (error, CR_ERROR, CR_ERROR_BUSY);
}
