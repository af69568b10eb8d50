/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-sender.h"

#include "base/cr-first.h"
#include "export/cr-s3-reply.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *kind;
  const char *settings[16]; /* name, value, …; `!secret` goes to the secrets */
  const char *field;        /* NULL: good */
} Case;

static const Case cases[] = {
  { "fhir", "fhir", { "url", "https://a.example/r4" }, NULL },
  { "fhir-loopback", "fhir", { "url", "http://127.0.0.1:1/r4" }, NULL },
  { "fhir-plain", "fhir", { "url", "http://a.example/r4" }, "url" },
  { "fhir-no-url", "fhir", { "auth", "none" }, "url" },
  { "fhir-odd-url", "fhir", { "url", "nonsense" }, "url" },
  { "fhir-query", "fhir", { "url", "https://a.example/r4?x=1" }, "url" },
  { "fhir-user", "fhir", { "url", "https://u:p@a.example/r4" }, "url" },
  { "fhir-auth", "fhir", { "url", "https://a.example", "auth", "magic" }, "auth" },
  { "fhir-bearer", "fhir", { "url", "https://a.example", "auth", "bearer" }, "secret" },
  { "fhir-bearer-good",
    "fhir",
    { "url", "https://a.example", "auth", "bearer", "!secret", "t" },
    NULL },
  { "fhir-oauth2",
    "fhir",
    { "url", "https://a.example", "auth", "oauth2", "!secret", "t" },
    "token-url" },
  { "fhir-oauth2-good",
    "fhir",
    { "url", "https://a.example", "auth", "oauth2", "token-url", "https://a.example/t", "client-id",
      "c", "!secret", "t" },
    NULL },
  { "fhir-unknown", "fhir", { "url", "https://a.example", "bucket", "b" }, "bucket" },
  { "fhir-ca", "fhir", { "url", "https://a.example", "ca-file", "relative.pem" }, "ca-file" },
  { "s3", "s3", { "endpoint", "https://a.example", "bucket", "b", "access-key", "k" }, "secret" },
  { "s3-good",
    "s3",
    { "endpoint", "https://a.example", "bucket", "b", "access-key", "k", "!secret", "s" },
    NULL },
  { "folder", "folder", { "path", "/" }, NULL },
  { "folder-none", "folder", { "path", "/no/such/folder" }, "path" },
  { "folder-relative", "folder", { "path", "tmp" }, "path" },
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (CrDestination) destination = cr_destination_new ("dest_1");
  g_autoptr (GHashTable) secrets = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  gboolean ok;

  for (guint i = 0; c->settings[i] != NULL; i += 2)
    if (c->settings[i][0] == '!')
      g_hash_table_insert (secrets, (gpointer) (c->settings[i] + 1), (gpointer) c->settings[i + 1]);
    else
      g_hash_table_insert (destination->settings, g_strdup (c->settings[i]),
                           g_strdup (c->settings[i + 1]));

  ok = cr_sender_kind_check (cr_sender_kind_find (c->kind), destination, secrets, &error);
  g_assert_cmpint (ok, ==, c->field == NULL);
  if (c->field != NULL)
    {
      g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
      g_assert_nonnull (strstr (error->message, c->field));
    }
}

static void
test_fallbacks (void)
{
  g_autoptr (CrDestination) destination = cr_destination_new ("dest_1");

  g_hash_table_insert (destination->settings, g_strdup ("url"), g_strdup ("https://a.example"));
  g_assert_true (cr_sender_kind_check (cr_sender_kind_find ("fhir"), destination, NULL, NULL));
  g_assert_cmpstr (cr_destination_get (destination, "auth"), ==, "none");
  g_assert_cmpstr (cr_destination_get (destination, "ids"), ==, "namespaced");
  g_assert_null (cr_destination_get (destination, "token-auth"));
  g_assert_null (cr_sender_kind_find ("pigeon"));
}

static void
test_s3_replies (void)
{
  static const struct
  {
    guint status;
    const char *body;
    CrErrorCode code;
    const char *words;
  } replies[] = {
    { 403, "<Error><Code>AccessDenied</Code><Message></Message></Error>", CR_ERROR_REFUSED,
      "may not write files" },
    { 404, "<Error><Code>NoSuchBucket</Code></Error>", CR_ERROR_NOT_FOUND, "no bucket" },
    { 403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", CR_ERROR_REFUSED,
      "20 minutes ahead" },
    { 403,
      "<Error><Code>RequestTimeTooSkewed</Code><RequestTime>20261121T050000Z</RequestTime>"
      "<ServerTime>2026-11-21T06:30:00Z</ServerTime></Error>",
      CR_ERROR_REFUSED, "90 minutes behind" },
    { 301, "<Error><Code>PermanentRedirect</Code></Error>", CR_ERROR_REFUSED, "region" },
    { 400, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>",
      CR_ERROR_REFUSED, "“eu-west-1”, not “us-east-1”" },
    { 503, "<Error><Code>SlowDown</Code></Error>", CR_ERROR_BUSY, "fewer requests" },
    { 500, "<html>", CR_ERROR_BUSY, "" },
    { 403, "", CR_ERROR_REFUSED, "may not write files" },
    { 400, "<Error><Code>SomethingNew</Code></Error>", CR_ERROR_BAD_REPLY, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (replies); i++)
    {
      CrReply reply = { .status = replies[i].status,
                        .url = (char *) "https://s3.example/bucket/p1/secret",
                        .clock_skew_ms = 20 * 60 * 1000 };
      g_autoptr (GBytes) body = g_bytes_new_static (replies[i].body, strlen (replies[i].body));
      g_autoptr (GHashTable) headers = g_hash_table_new (g_str_hash, g_str_equal);
      g_autoptr (GError) error = NULL;

      reply.body = body;
      reply.headers = headers;
      g_assert_false (cr_s3_reply_check (&reply, "write files", "us-east-1", &error));
      g_assert_error (error, CR_ERROR, (int) replies[i].code);
      g_assert_nonnull (strstr (error->message, replies[i].words));
      g_assert_null (strstr (error->message, "p1"));
    }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/sender-kinds/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/sender-kinds/fallbacks", test_fallbacks);
  g_test_add_func ("/sender-kinds/s3-replies", test_s3_replies);

  return g_test_run ();
}
