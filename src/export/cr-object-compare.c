/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-object-sender.h"

#include <string.h>

static gboolean
is_hex_of (const guint8 *bytes, gsize n_bytes, const char *hex)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < n_bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_ascii_strcasecmp (text->str, hex) == 0;
}

static CrSameness
compare_base64 (const char *given, const char *hex)
{
  gsize n_bytes = 0;
  g_autofree guint8 *bytes = g_base64_decode (given, &n_bytes);

  return is_hex_of (bytes, n_bytes, hex) ? CR_SAMENESS_HASH : CR_SAMENESS_NO;
}

/* A checksum of parts' checksums says nothing about ours. */
static CrSameness
compare_sha256 (const CrDifference *each, const CrReply *reply)
{
  const char *given = cr_reply_header (reply, "x-amz-checksum-sha256");

  return given == NULL || each->sha256 == NULL || strchr (given, '-') != NULL
           ? CR_SAMENESS_SIZE
           : compare_base64 (given, each->sha256);
}

/* Cloud Storage: `x-goog-hash: crc32c=…,md5=…`; Azure: `Content-MD5`, as of the answer to the
 * write. */
static CrSameness
compare_md5 (const CrDifference *each, const CrReply *reply)
{
  const char *google = cr_reply_header (reply, "x-goog-hash");
  const char *md5 = google != NULL ? strstr (google, "md5=") : NULL;
  const char *azure = cr_reply_header (reply, "content-md5");

  if (md5 != NULL && each->etag != NULL && strlen (each->etag) == 32)
    {
      g_auto (GStrv) parts = g_strsplit_set (md5 + strlen ("md5="), ", ", 2);

      return compare_base64 (parts[0], each->etag);
    }
  if (azure != NULL && each->md5 != NULL)
    return g_str_equal (azure, each->md5) ? CR_SAMENESS_HASH : CR_SAMENESS_NO;

  return CR_SAMENESS_SIZE;
}

/**
 * cr_object_tag_clean:
 *
 * Returns: (transfer full) (nullable): an ETag without quotation marks; %NULL when it is empty
 */
char *
cr_object_tag_clean (const char *tag)
{
  const char *start = tag != NULL && g_str_has_prefix (tag, "W/") ? tag + 2 : tag;
  char *copy = g_strdup (start != NULL ? start : "");
  gsize n;

  if (copy[0] == '"')
    memmove (copy, copy + 1, strlen (copy));
  n = strlen (copy);
  if (n > 0 && copy[n - 1] == '"')
    copy[--n] = '\0';
  if (n > 0)
    return copy;

  g_free (copy);
  return NULL;
}

static CrSameness
compare_tag (const CrDifference *each, const CrReply *reply, gboolean is_of_content)
{
  g_autofree char *tag = cr_object_tag_clean (cr_reply_header (reply, "etag"));

  if (tag == NULL || each->etag == NULL)
    return CR_SAMENESS_SIZE;
  if (g_ascii_strcasecmp (tag, each->etag) == 0)
    return CR_SAMENESS_HASH;

  return is_of_content ? CR_SAMENESS_NO : CR_SAMENESS_SIZE;
}

/**
 * cr_object_sender_compare:
 * @reply: to CR_OBJECT_HEAD
 *
 * Whether an object is the file that was written: by the SHA-256 or MD5 the storage tells, by the
 * ETag it gave when the file was written, or, where it tells none of these, by the size alone.
 * Source: Amazon S3 API Reference, HeadObject; Cloud Storage, `x-goog-hash`; Azure, Get Blob
 * Properties. An ETag of S3 changes with the content alone, one of Azure with properties too.
 */
CrSameness
cr_object_sender_compare (CrObjectSender *self, const CrDifference *each, const CrReply *reply)
{
  const char *length = cr_reply_header (reply, "content-length");
  CrSameness found;

  if (length != NULL && g_ascii_strtoll (length, NULL, 10) != each->bytes)
    return CR_SAMENESS_NO;

  found = compare_sha256 (each, reply);
  if (found == CR_SAMENESS_SIZE)
    found = compare_md5 (each, reply);
  if (found == CR_SAMENESS_SIZE)
    found = compare_tag (each, reply, cr_object_sender_get_dialect (self)->has_uploads);
  return found;
}
