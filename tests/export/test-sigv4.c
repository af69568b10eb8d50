/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-sigv4.h"

#include "base/cr-first.h"

#include <string.h>

/* The examples that AWS publishes: “Signature Calculations for the Authorization Header” of the S3
 * API reference, and get-vanilla of the Signature Version 4 test suite. */
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define DAY G_GINT64_CONSTANT (1369353600000) /* 2013-05-24T00:00:00Z */

static const CrSigV4Key s3_key = { "AKIAIOSFODNN7EXAMPLE",
                                   "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3" };

typedef struct
{
  const char *name;
  const char *method;
  const char *path;
  const char *query;
  const char *body_sha256;
  const char *extra[5];
  const char *signature;
} Example;

static const Example examples[] = {
  { "get-object",
    "GET",
    "/test.txt",
    NULL,
    EMPTY,
    { "Range", "bytes=0-9" },
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
  { "put-object",
    "PUT",
    "/test%24file.text",
    NULL,
    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    { "Date", "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class", "REDUCED_REDUNDANCY" },
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
  { "get-lifecycle",
    "GET",
    "/",
    "lifecycle",
    EMPTY,
    { NULL },
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
  { "list-objects",
    "GET",
    "/",
    "max-keys=2&prefix=J",
    EMPTY,
    { NULL },
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
  { "list-unsorted",
    "GET",
    "/",
    "prefix=J&max-keys=2",
    EMPTY,
    { NULL },
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
};

static void
test_example (gconstpointer data)
{
  const Example *example = data;
  const char *headers[16] = { "host",
                              "examplebucket.s3.amazonaws.com",
                              "x-amz-content-sha256",
                              example->body_sha256,
                              "x-amz-date",
                              "20130524T000000Z" };
  g_autofree char *authorization = NULL;
  const char *signature;

  for (guint i = 0; example->extra[i] != NULL; i++)
    headers[6 + i] = example->extra[i];
  authorization = cr_sigv4_authorization (&s3_key, example->method, example->path, example->query,
                                          headers, example->body_sha256, DAY);
  signature = strstr (authorization, "Signature=");

  g_assert_nonnull (signature);
  g_assert_cmpstr (signature + strlen ("Signature="), ==, example->signature);
}

static void
test_get_vanilla (void)
{
  CrSigV4Key key = { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1",
                     "service" };
  const char *headers[] = { "Host", "example.amazonaws.com", "X-Amz-Date", "20150830T123600Z",
                            NULL };
  g_autofree char *authorization =
      cr_sigv4_authorization (&key, "GET", "/", "", headers, EMPTY, 1440938160000);

  g_assert_cmpstr (
      authorization, ==,
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
      "SignedHeaders=host;x-amz-date, "
      "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

static void
test_headers (void)
{
  g_auto (GStrv) headers = cr_sigv4_headers (
      &s3_key, "GET", "https://examplebucket.s3.amazonaws.com/?lifecycle", EMPTY, NULL, DAY);

  g_assert_cmpuint (g_strv_length (headers), ==, 6);
  g_assert_cmpstr (headers[3], ==, "20130524T000000Z");
  g_assert_cmpstr (headers[4], ==, "Authorization");
  g_assert_nonnull (strstr (headers[5], "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac"
                                        "7a200a0136783543"));
  g_assert_null (strstr (headers[5], "wJalr"));
  g_assert_null (cr_sigv4_headers (&s3_key, "GET", "no address", EMPTY, NULL, DAY));
}

static void
test_encode (void)
{
  g_autofree char *path = cr_sigv4_encode ("a b/ü+%~.json", TRUE);
  g_autofree char *value = cr_sigv4_encode ("a/b=c", FALSE);

  g_assert_cmpstr (path, ==, "a%20b/%C3%BC%2B%25~.json");
  g_assert_cmpstr (value, ==, "a%2Fb%3Dc");
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      g_autofree char *path = g_strconcat ("/sigv4/", examples[i].name, NULL);

      g_test_add_data_func (path, &examples[i], test_example);
    }
  g_test_add_func ("/sigv4/get-vanilla", test_get_vanilla);
  g_test_add_func ("/sigv4/headers", test_headers);
  g_test_add_func ("/sigv4/encode", test_encode);

  return g_test_run ();
}
