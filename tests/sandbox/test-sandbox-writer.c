/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "base/cr-first.h"
#include "base/cr-json.h"
#include "cr-sandbox-rig.h"

#define BODY                                                                                       \
  "{ \"id\":\"o1\",\r\n\"resourceType\":\"Observation\",\"identifier\":[{\"system\":\"urn:i\","    \
  "\"value\":\"v1\"}],\"meta\":{\"tag\":[{\"code\":\"x\"}]},\"valueQuantity\":{\"value\":1.10},"   \
  "\"note\":[{\"text\":\"\\u00e9 \\/ é\"}],\"subject\":{\"reference\":\"Patient/p1\"}}"

/* @header: (nullable): one header, "Name: value" */
static CrReply *
send (CrSandboxRig *rig, const char *method, const char *path, const char *body, const char *header)
{
  JsonObject *about = cr_json_object (rig->about, "fhir_destination");
  g_autofree char *whole = g_strconcat ("/dest/fhir", path, NULL);
  g_autofree char *bearer = g_strconcat ("Bearer ", cr_json_string (about, "token"), NULL);
  SoupMessage *message = cr_sandbox_rig_message (rig, method, whole);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autoptr (GBytes) bytes = body != NULL ? g_bytes_new (body, strlen (body)) : NULL;
  g_auto (GStrv) parts = g_strsplit (header != NULL ? header : "", ": ", 2);

  soup_message_headers_append (headers, "Authorization", bearer);
  if (header != NULL)
    soup_message_headers_replace (headers, parts[0], parts[1]);
  return cr_sandbox_rig_send (rig, message, "application/fhir+json", bytes);
}

static void
assert_status (CrSandboxRig *rig,
               const char *method,
               const char *path,
               const char *body,
               guint status)
{
  g_autoptr (CrReply) reply = send (rig, method, path, body, NULL);

  g_assert_cmpuint (reply->status, ==, status);
}

static gint64
total (CrSandboxRig *rig, const char *path)
{
  g_autoptr (CrReply) reply = send (rig, "GET", path, NULL, NULL);
  g_autoptr (JsonObject) bundle = cr_reply_json (reply);

  g_assert_cmpuint (reply->status, ==, 200);
  return json_object_get_int_member (bundle, "total");
}

static void
test_bytes_and_versions (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (CrReply) created = send (rig, "PUT", "/Observation/o1", BODY, NULL);
  g_autoptr (CrReply) updated = send (rig, "PUT", "/Observation/o1", BODY, NULL);
  g_autoptr (CrReply) stale = send (rig, "PUT", "/Observation/o1", BODY, "If-Match: W/\"1\"");
  g_autoptr (CrReply) read = NULL;

  g_assert_cmpuint (created->status, ==, 201);
  g_assert_true (
      g_str_has_suffix (cr_reply_header (created, "Location"), "/Observation/o1/_history/1"));
  g_assert_cmpuint (updated->status, ==, 200);
  g_assert_cmpstr (cr_reply_header (updated, "ETag"), ==, "W/\"2\"");
  g_assert_cmpuint (stale->status, ==, 412);

  cr_sandbox_rig_restart (rig);
  read = send (rig, "GET", "/Observation/o1", NULL, NULL);
  g_assert_cmpstr (read->body, ==, BODY);
  g_assert_cmpstr (cr_reply_header (read, "ETag"), ==, "W/\"2\"");
  g_assert_cmpint (total (rig, "/Observation?identifier=urn:i%7Cv1"), ==, 1);
  g_assert_cmpint (total (rig, "/Observation?identifier=v1&_tag=x"), ==, 1);
  g_assert_cmpint (total (rig, "/Observation?_id=o1,o2"), ==, 1);
  g_assert_cmpint (total (rig, "/Observation?identifier=urn:i%7Cv2"), ==, 0);

  assert_status (rig, "DELETE", "/Observation/o1", NULL, 204);
  assert_status (rig, "GET", "/Observation/o1", NULL, 410);
  g_assert_cmpint (total (rig, "/Observation?identifier=v1"), ==, 0);
  cr_sandbox_rig_restart (rig);
  assert_status (rig, "GET", "/Observation/o1", NULL, 410);
  assert_status (rig, "PUT", "/Observation/o1", BODY, 201);
}

static void
test_refusals (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (CrReply) anonymous = cr_sandbox_rig_get (rig, "/dest/fhir/Patient", NULL);
  g_autoptr (CrReply) wrong = cr_sandbox_rig_get (rig, "/dest/fhir/Patient", "nonsense");
  g_autoptr (CrReply) open = cr_sandbox_rig_get (rig, "/dest-open/fhir/Patient", NULL);

  g_assert_cmpuint (anonymous->status, ==, 401);
  g_assert_cmpuint (wrong->status, ==, 401);
  g_assert_cmpuint (open->status, ==, 200);
  assert_status (rig, "PUT", "/Observation/o1", "{\"resourceType\":\"Observation\",", 400);
  assert_status (rig, "PUT", "/Observation/o1",
                 "{\"resourceType\":\"Observation\",\"id\":\"o1\",\"v\":01}", 400);
  assert_status (rig, "PUT", "/Observation/o1", "[]", 400);
  assert_status (rig, "PUT", "/Observation/o2", BODY, 400);
  assert_status (rig, "PUT", "/Patient/o1", BODY, 400);
  assert_status (rig, "PUT", "/Observation/o_1", BODY, 400);
  assert_status (rig, "PUT", "/../x", BODY, 404);
  assert_status (rig, "GET", "/Observation/none", NULL, 404);
  assert_status (rig, "GET", "/Observation?unknown=1", NULL, 400);
  assert_status (rig, "PATCH", "/Observation/o1", BODY, 405);
  g_assert_cmpint (total (rig, "/Observation"), ==, 0);
}

static void
test_client_credentials (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  JsonObject *about =
      cr_json_object (cr_json_object (rig->about, "fhir_destination"), "client_credentials");
  const char *id = cr_json_string (about, "client_id"),
             *secret = cr_json_string (about, "client_secret");
  g_autoptr (CrReply) good =
      cr_sandbox_rig_form (rig, "/dest/token", "grant_type", "client_credentials", "client_id", id,
                           "client_secret", secret, NULL);
  g_autoptr (CrReply) bad =
      cr_sandbox_rig_form (rig, "/dest/token", "grant_type", "client_credentials", "client_id", id,
                           "client_secret", "guess", NULL);
  g_autoptr (JsonObject) tokens = cr_reply_json (good);
  const char *access = cr_json_string (tokens, "access_token");
  g_autoptr (CrReply) first = cr_sandbox_rig_get (rig, "/dest/fhir/Patient", access);
  g_autoptr (CrReply) late = NULL;

  g_assert_cmpuint (bad->status, ==, 401);
  g_assert_cmpuint (first->status, ==, 200);
  cr_sandbox_rig_now_ms += 600000;
  late = cr_sandbox_rig_get (rig, "/dest/fhir/Patient", access);
  g_assert_cmpuint (late->status, ==, 401);
}

static void
test_conditional (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (CrReply) posted = NULL, again = NULL, read = NULL;
  const char *path;

  assert_status (rig, "PUT", "/Observation?identifier=urn:i%7Cv1", BODY, 201);
  assert_status (rig, "PUT", "/Observation?identifier=urn:i%7Cv1", BODY, 200);
  g_assert_cmpint (total (rig, "/Observation"), ==, 1);
  again = send (rig, "POST", "/Observation", BODY, "If-None-Exist: identifier=urn:i%7Cv1");
  g_assert_cmpuint (again->status, ==, 200);
  posted = send (rig, "POST", "/Observation", BODY, NULL);
  g_assert_cmpuint (posted->status, ==, 201);
  path = strstr (cr_reply_header (posted, "Location"), "/Observation/");
  read = send (rig, "GET", "/Observation?_count=1&_offset=1", NULL, NULL);
  g_assert_nonnull (strstr (read->body, "\"value\":1.10"));
  g_assert_null (strstr (path, "o1"));
  assert_status (rig, "PUT", "/Observation?identifier=urn:i%7Cv1", BODY, 412);
  g_assert_cmpint (total (rig, "/Observation?_summary=count"), ==, 2);
}

#define ENTRY(method, url, resource)                                                               \
  "{\"resource\":" resource ",\"request\":{\"method\":\"" method "\",\"url\":\"" url "\"}}"
#define PATIENT(id) "{\"resourceType\":\"Patient\",\"id\":\"" id "\"}"

static void
test_batch (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  const char *batch = "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[" ENTRY (
      "PUT", "Patient/p1",
      PATIENT ("p1")) "," ENTRY ("PUT", "Patient/p3",
                                 PATIENT ("p2")) "," ENTRY ("PUT", "Observation/o1", BODY) "]}";
  g_autoptr (CrReply) reply = send (rig, "POST", "", batch, NULL);
  g_autoptr (JsonObject) bundle = cr_reply_json (reply);
  JsonArray *entries = cr_json_array (bundle, "entry");
  static const char *const expected[] = { "201 Created", "400 Bad Request", "201 Created" };
  g_autoptr (CrReply) read = send (rig, "GET", "/Observation/o1", NULL, NULL);
  g_autoptr (CrReply) refused = NULL, summary = NULL;

  for (guint i = 0; i < 3; i++)
    g_assert_cmpstr (
        cr_json_string (cr_json_object (cr_json_array_object (entries, i), "response"), "status"),
        ==, expected[i]);
  g_assert_cmpstr (read->body, ==, BODY);
  summary = cr_sandbox_rig_get (rig, "/_sandbox/dest/summary", NULL);
  g_assert_nonnull (strstr (summary->body, "\"total\" : 2"));

  cr_sandbox_rig_fault (rig, "dest-entry-status", "{\"types\":[\"Observation\"]}");
  refused = send (rig, "POST", "/", batch, NULL);
  g_assert_nonnull (strstr (refused->body, "\"200 OK\""));
  g_assert_nonnull (strstr (refused->body, "\"422 "));
}

static void
test_transaction (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (CrReply) bad = NULL, good = NULL, read = NULL;

  bad = send (
      rig, "POST", "",
      "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[" ENTRY (
          "PUT", "Patient/p1", PATIENT ("p1")) "," ENTRY ("PUT", "Patient/p3", PATIENT ("p2")) "]}",
      NULL);
  g_assert_cmpuint (bad->status, ==, 400);
  g_assert_cmpint (total (rig, "/Patient"), ==, 0);

  cr_sandbox_rig_fault (rig, "dest-integrity", NULL);
  assert_status (rig, "PUT", "/Observation/o1", BODY, 409);
  good = send (
      rig, "POST", "",
      "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[" ENTRY (
          "PUT", "Observation/o1",
          BODY) "," ENTRY ("PUT", "Patient/p1",
                           PATIENT ("p1")) ","
                                           "{\"fullUrl\":\"urn:uuid:7\",\"resource\":{"
                                           "\"resourceType\":\"Patient\"},\"request\":{\"method\":"
                                           "\"POST\",\"url\":\"Patient\"}}," ENTRY (
                                               "PUT", "Goal/g1",
                                               "{\"resourceType\":\"Goal\",\"id\":\"g1\","
                                               "\"subject\":{\"reference\":\"urn:uuid:7\"}}") "]}",
      NULL);
  g_assert_cmpuint (good->status, ==, 200);
  g_assert_cmpint (total (rig, "/Patient"), ==, 2);
  read = send (rig, "GET", "/Goal/g1", NULL, NULL);
  g_assert_nonnull (strstr (read->body, "\"reference\":\"Patient/"));
}

static void
test_faults (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autoptr (CrReply) busy = NULL, metadata = NULL;

  cr_sandbox_rig_fault (rig, "dest-status", "{\"status\":503,\"retry_after\":4,\"count\":1}");
  busy = send (rig, "GET", "/Patient", NULL, NULL);
  g_assert_cmpuint (busy->status, ==, 503);
  g_assert_cmpstr (cr_reply_header (busy, "Retry-After"), ==, "4");
  assert_status (rig, "GET", "/Patient", NULL, 200);

  cr_sandbox_rig_fault (rig, "refuse-update-as-create", NULL);
  assert_status (rig, "PUT", "/Observation/o1", BODY, 405);
  assert_status (rig, "PUT", "/Observation?identifier=v1", BODY, 201);
  metadata = send (rig, "GET", "/metadata", NULL, NULL);
  g_assert_nonnull (strstr (metadata->body, "\"updateCreate\":false"));
  cr_sandbox_rig_no_fault (rig, "refuse-update-as-create");
  assert_status (rig, "PUT", "/Observation/o1", BODY, 201);
}

/* A kill in the middle of a write leaves a torn end; what came before is still there. */
static void
test_torn_end (void)
{
  g_autoptr (CrSandboxRig) rig = cr_sandbox_rig_new (1);
  g_autofree char *path = g_build_filename (rig->dir, "destination.log", NULL);
  g_autofree char *text = NULL;
  gsize length;

  assert_status (rig, "PUT", "/Patient/p1", PATIENT ("p1"), 201);
  assert_status (rig, "PUT", "/Patient/p2", PATIENT ("p2"), 201);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_true (g_file_set_contents (path, text, (gssize) length - 5, NULL));
  cr_sandbox_rig_restart (rig);
  assert_status (rig, "GET", "/Patient/p1", NULL, 200);
  assert_status (rig, "GET", "/Patient/p2", NULL, 404);
  assert_status (rig, "PUT", "/Patient/p2", PATIENT ("p2"), 201);
  cr_sandbox_rig_restart (rig);
  assert_status (rig, "GET", "/Patient/p2", NULL, 200);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sandbox/writer/bytes-and-versions", test_bytes_and_versions);
  g_test_add_func ("/sandbox/writer/refusals", test_refusals);
  g_test_add_func ("/sandbox/writer/client-credentials", test_client_credentials);
  g_test_add_func ("/sandbox/writer/conditional", test_conditional);
  g_test_add_func ("/sandbox/writer/batch", test_batch);
  g_test_add_func ("/sandbox/writer/transaction", test_transaction);
  g_test_add_func ("/sandbox/writer/faults", test_faults);
  g_test_add_func ("/sandbox/writer/torn-end", test_torn_end);
  return g_test_run ();
}
