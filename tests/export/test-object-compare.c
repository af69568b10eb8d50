/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-object-sender.h"

#include "base/cr-first.h"

/* What storage tells of a file that is there, and what that means. The file is `hello`. */
#define SHA256 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define SHA256_64 "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
#define MD5 "5d41402abc4b2a76b9719d911017c592"
#define MD5_64 "XUFAKrxLKna5cZ2REBfFkg=="
#define OTHER "00000000000000000000000000000000"
#define OTHER_64 "AAAAAAAAAAAAAAAAAAAAAA=="

typedef struct
{
  const char *name;
  const char *kind;
  const char *etag; /* (nullable): as it was written */
  const char *md5;  /* (nullable): as it was written */
  const char *headers[8];
  CrSameness wanted;
} Case;

static const Case cases[] = {
  { "etag", "s3", MD5, NULL, { "etag", "\"" MD5 "\"" }, CR_SAMENESS_HASH },
  { "etag-changed", "s3", MD5, NULL, { "etag", "\"" OTHER "\"" }, CR_SAMENESS_NO },
  { "etag-of-parts", "s3", MD5 "-3", NULL, { "etag", "\"" MD5 "-3\"" }, CR_SAMENESS_HASH },
  { "etag-of-parts-changed", "s3", MD5 "-3", NULL, { "etag", "\"" MD5 "-2\"" }, CR_SAMENESS_NO },
  { "etag-unknown", "s3", NULL, NULL, { "etag", "\"" MD5 "\"" }, CR_SAMENESS_SIZE },
  { "etag-empty", "s3", MD5, NULL, { "etag", "\"\"" }, CR_SAMENESS_SIZE },
  { "sha256", "s3", NULL, NULL, { "x-amz-checksum-sha256", SHA256_64 }, CR_SAMENESS_HASH },
  { "sha256-changed",
    "s3",
    MD5,
    NULL,
    { "x-amz-checksum-sha256", OTHER_64, "etag", "\"" MD5 "\"" },
    CR_SAMENESS_NO },
  { "sha256-of-parts",
    "s3",
    NULL,
    NULL,
    { "x-amz-checksum-sha256", SHA256_64 "-2" },
    CR_SAMENESS_SIZE },
  { "size", "s3", MD5, NULL, { "content-length", "4", "etag", "\"" MD5 "\"" }, CR_SAMENESS_NO },
  { "nothing", "s3", MD5, NULL, { "content-length", "5" }, CR_SAMENESS_SIZE },
  { "google",
    "gcs",
    MD5,
    NULL,
    { "x-goog-hash", "crc32c=AAAAAA==,md5=" MD5_64 },
    CR_SAMENESS_HASH },
  { "google-changed",
    "gcs",
    MD5,
    NULL,
    { "x-goog-hash", "crc32c=AAAAAA==,md5=" OTHER_64 },
    CR_SAMENESS_NO },
  { "azure", "azure", "0x8D", MD5_64, { "content-md5", MD5_64, "etag", "0x9E" }, CR_SAMENESS_HASH },
  { "azure-changed",
    "azure",
    "0x8D",
    MD5_64,
    { "content-md5", OTHER_64, "etag", "0x9E" },
    CR_SAMENESS_NO },
  { "azure-blocks", "azure", "0x8D", NULL, { "etag", "0x8D" }, CR_SAMENESS_HASH },
  /* Somebody may have set a property. */
  { "azure-blocks-touched", "azure", "0x8D", NULL, { "etag", "0x9E" }, CR_SAMENESS_SIZE },
};

static CrSender *
make_sender (const char *kind)
{
  g_autoptr (CrClient) client = cr_client_new (cr_time_now_ms, 1);
  g_autoptr (CrDestination) destination = cr_destination_new ("dest_1");
  g_autoptr (GHashTable) secrets = g_hash_table_new (g_str_hash, g_str_equal);
  CrSenderParts parts = { client, cr_time_now_ms, destination, secrets };
  static const char *const names[] = { "endpoint", "bucket", "access-key" };
  static const char *const values[] = { "https://storage.example", "bucket", "key" };
  g_autoptr (GError) error = NULL;
  CrSender *sender;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_hash_table_insert (destination->settings, g_strdup (names[i]), g_strdup (values[i]));
  g_hash_table_insert (secrets, (gpointer) "secret", (gpointer) "c2VjcmV0");
  sender = cr_sender_kind_find (kind)->make (&parts, &error);
  g_assert_no_error (error);
  return sender;
}

static void
test_case (gconstpointer data)
{
  const Case *self = data;
  g_autoptr (CrSender) sender = make_sender (self->kind);
  g_autoptr (GHashTable) headers = g_hash_table_new (g_str_hash, g_str_equal);
  CrReply reply = { .status = 200, .headers = headers };
  CrDifference each = {
    .bytes = 5, .sha256 = (char *) SHA256, .etag = (char *) self->etag, .md5 = (char *) self->md5
  };

  for (guint i = 0; self->headers[i] != NULL; i += 2)
    g_hash_table_insert (headers, (gpointer) self->headers[i], (gpointer) self->headers[i + 1]);
  g_assert_cmpint (cr_object_sender_compare (CR_OBJECT_SENDER (sender), &each, &reply), ==,
                   self->wanted);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/object-compare/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }

  return g_test_run ();
}
