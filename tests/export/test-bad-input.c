/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export-test.h"

#include "base/cr-first.h"
#include "export/cr-sender.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"

#include <string.h>

/* Servers that are none, storage that fills up, destinations that go: what a person is told, and
 * that nothing counts as delivered that is not. */

typedef struct
{
  const char *name;
  const char *answer; /* (nullable): bytes; NULL: accepts and never answers */
  CrRunStatus status; /* the run comes to */
  const char *code;
  const char *words; /* of what to do, or of what was wrong */
} Case;

#define JSON "Content-Type: application/fhir+json\r\nConnection: close\r\n"
#define OUTCOME                                                                                    \
  "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":"            \
  "\"exception\",\"diagnostics\":\"the disk is full\"}]}"

static const Case cases[] = {
  { "html",
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>log in</html>",
    CR_RUN_FAILED, "bad_reply", "check its address" },
  { "closes-mid-body",
    "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 100000\r\n\r\n{\"resourceType\":\"Bundle\",",
    CR_RUN_WAITING, "offline", "" },
  { "closes-at-once", "", CR_RUN_WAITING, "offline", "" },
  { "outcome-in-200", "HTTP/1.1 200 OK\r\n" JSON "\r\n" OUTCOME, CR_RUN_FAILED, "bad_reply",
    "the disk is full" },
  { "too-few-answers",
    "HTTP/1.1 200 OK\r\n" JSON "\r\n{\"resourceType\":\"Bundle\",\"type\":\"batch-response\","
    "\"entry\":[{\"response\":{\"status\":\"201\"}}]}",
    CR_RUN_FAILED, "bad_reply", "" },
};

/* Reads a request with its body. */
static void
read_request (GInputStream *stream)
{
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (stream);
  gsize n_bytes = 0;
  char *line;

  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (input), FALSE);
  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  while ((line = g_data_input_stream_read_line (input, NULL, NULL, NULL)) != NULL)
    {
      g_autofree char *owned = line;

      if (g_ascii_strncasecmp (line, "content-length:", 15) == 0)
        n_bytes = (gsize) g_ascii_strtoull (line + 15, NULL, 10);
      if (line[0] == '\0')
        break;
    }
  g_input_stream_skip (G_INPUT_STREAM (input), n_bytes, NULL, NULL);
}

static gboolean
run_cb (GThreadedSocketService *service,
        GSocketConnection *connection,
        GObject *source,
        gpointer data)
{
  const Case *self = data;
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  char byte;

  read_request (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  if (self->answer != NULL)
    g_output_stream_write_all (output, self->answer, strlen (self->answer), NULL, NULL, NULL);
  else
    g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), &byte, 1, NULL,
                         NULL);
  return TRUE;
}

static GSocketService *
serve (const Case *self, guint16 *port)
{
  GSocketService *service = g_threaded_socket_service_new (20);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (G_SOCKET_LISTENER (service), address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (service, "run", G_CALLBACK (run_cb), (gpointer) self);
  g_socket_service_start (service);
  return service;
}

static void
add_server (Fixture *fixture, guint16 port)
{
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/fhir", port);

  export_test_add_destination (fixture, "fhir", "url", url, NULL);
}

static void
assert_nothing_delivered (Fixture *fixture, CrExportRun *run)
{
  g_autoptr (CrDestination) destination =
      export_test_get_destination (fixture, fixture->destination->id);

  g_assert_cmpuint (run->n_resources, ==, 0);
  g_assert_cmpuint (destination->n_delivered, ==, 0);
}

static void
test_server (Fixture *fixture, gconstpointer data)
{
  const Case *self = data;
  guint16 port = 0;
  g_autoptr (GSocketService) service = serve (self, &port);
  g_autoptr (CrExportRun) run = NULL;

  export_test_fill (fixture);
  add_server (fixture, port);
  run = export_test_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  g_test_message ("%s: %s", run->error_code, run->error_message);
  g_assert_cmpint (run->status, ==, self->status);
  g_assert_cmpstr (run->error_code, ==, self->code);
  g_assert_nonnull (strstr (run->error_message, self->words));
  g_assert_cmpuint (strlen (run->error_message), >, 20);
  assert_nothing_delivered (fixture, run);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
}

static gboolean
cancel_cb (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

/* One that accepts and never answers holds nobody up who cancels. */
static void
test_silent (Fixture *fixture, gconstpointer data)
{
  static const Case silent = { .name = "silent" };
  guint16 port = 0;
  g_autoptr (GSocketService) service = serve (&silent, &port);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportFlow) flow = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (CrExportRun) after = NULL;
  gint64 start;

  export_test_fill (fixture);
  add_server (fixture, port);
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  flow = export_test_new_flow (fixture, run);
  start = g_get_monotonic_time ();
  g_timeout_add (500, cancel_cb, cancellable);
  cr_export_flow_run_async (flow, cancellable, export_test_keep, &result);
  after = cr_export_flow_run_finish (flow, export_test_wait (&result), NULL);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 20 * G_USEC_PER_SEC);
  g_assert_cmpint (after->status, ==, CR_RUN_CANCELLED);
  assert_nothing_delivered (fixture, after);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
}

static gpointer
remove_destination (CrDb *db, gpointer data, GError **error)
{
  cr_destinations_table_remove (db, data, error);
  return NULL;
}

static gboolean
remove_cb (gpointer data)
{
  Fixture *fixture = data;

  export_test_write (fixture, remove_destination, fixture->destination->id);
  return G_SOURCE_REMOVE;
}

/* A destination removed while its run is at work: the run ends, and nothing of it stays. */
static void
test_removed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *url = NULL;
  g_autoptr (CrExportRun) run = NULL;
  g_autoptr (CrExportFlow) flow = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrExportRun) after = NULL;

  export_test_fill (fixture);
  export_test_start_sandbox (fixture);
  export_test_fault (fixture, "dest-slow", "{\"delay_ms\":300}");
  url = g_strconcat (fixture->uri, "/dest-open/fhir", NULL);
  export_test_add_destination (fixture, "fhir", "url", url, NULL);
  run = export_test_add_run (fixture, CR_RUN_TRIGGER_DESTINATION_ADDED, NULL);
  flow = export_test_new_flow (fixture, run);
  cr_export_flow_run_async (flow, NULL, export_test_keep, &result);
  g_timeout_add (700, remove_cb, fixture);
  after = cr_export_flow_run_finish (flow, export_test_wait (&result), &error);
  g_assert_null (after);
  g_assert_error (error, CR_ERROR, CR_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "The destination was removed while"));
}

static void
add (const char *path, void (*func) (Fixture *, gconstpointer), gconstpointer data)
{
  g_test_add (path, Fixture, data, export_test_set_up, func, export_test_tear_down);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/export/bad-input/", cases[i].name, NULL);

      add (path, test_server, &cases[i]);
    }
  add ("/export/bad-input/never-answers", test_silent, NULL);
  add ("/export/bad-input/removed-while-running", test_removed, NULL);

  return g_test_run ();
}
