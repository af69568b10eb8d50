/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "base/cr-id.h"
#include "store/cr-deliveries-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-pace-table.h"
#include "store/cr-schema.h"
#include "store/cr-webhooks-table.h"
#include "webhook/cr-delivery-settle.h"

#define NOW G_GINT64_CONSTANT (1700000000000)
#define MINUTE ((gint64) 60 * 1000)
#define HOUR (60 * MINUTE)

typedef struct
{
  CrDb *db;            /* (owned) */
  char *delivery;      /* (owned): id of the one there is */
  gboolean is_warning; /* of the last attempt */
  CrWebhookEnd end;
} World;

static void
add_endpoint (World *world, const char *id, const char *events)
{
  g_autoptr (CrWebhookEndpoint) endpoint = cr_webhook_endpoint_new (id);
  g_autoptr (GError) error = NULL;

  endpoint->url = g_strdup ("https://clinic.example/hook");
  endpoint->events = g_strsplit (events, ",", -1);
  endpoint->api_version = g_strdup (CR_API_VERSION);
  cr_webhooks_table_add (world->db, endpoint, &error);
  g_assert_no_error (error);
}

static void
raise_event (World *world, const char *id, CrEventType type, gint64 at_ms)
{
  g_autoptr (CrEvent) event = cr_event_new (id, type);
  g_autoptr (GError) error = NULL;

  event->data = g_strdup ("{\"patient_id\":\"p7\"}");
  event->created_ms = at_ms;
  cr_events_table_add (world->db, event, &error);
  g_assert_no_error (error);
}

static GPtrArray *
list (World *world, const char *webhook_id)
{
  GPtrArray *deliveries =
      cr_deliveries_table_list (world->db, webhook_id, CR_DELIVERIES_ALL, 0, 100, NULL);

  g_assert_nonnull (deliveries);
  return deliveries;
}

static void
set_up (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) all = NULL;

  world->db = cr_db_open (":memory:", CR_DB_WRITE, &error);
  g_assert_no_error (error);
  g_assert_true (cr_schema_migrate (world->db, &error));
  add_endpoint (world, "wh_1", "*");
  raise_event (world, "ev_1", CR_EVENT_RECORDS_SYNC_FAILED, NOW);
  all = list (world, "wh_1");
  g_assert_cmpuint (all->len, ==, 1);
  world->delivery = g_strdup (CR_DELIVERY (g_ptr_array_index (all, 0))->id);
}

static void
tear_down (World *world, gconstpointer data)
{
  cr_db_close (world->db);
  g_free (world->delivery);
}

static CrDelivery *
get (World *world)
{
  CrDelivery *delivery = cr_deliveries_table_get (world->db, world->delivery, NULL);

  g_assert_nonnull (delivery);
  return delivery;
}

static CrWebhookEndpoint *
get_endpoint (World *world)
{
  return cr_webhooks_table_get (world->db, "wh_1", NULL);
}

static void
attempt (World *world, guint status, gint64 retry_after_ms, gboolean by_hand, gint64 now_ms)
{
  CrDeliveryResult *result = g_new0 (CrDeliveryResult, 1);
  g_autoptr (GError) error = NULL;

  result->delivery_id = g_strdup (world->delivery);
  result->webhook_id = g_strdup ("wh_1");
  result->attempt = cr_delivery_attempt_new ();
  result->attempt->status = status;
  result->attempt->error = status >= 200 && status <= 299 ? NULL : g_strdup ("no");
  result->retry_after_ms = retry_after_ms;
  result->by_hand = by_hand;
  cr_delivery_settle (world->db, result, now_ms, &error);
  g_assert_no_error (error);
  world->is_warning = result->is_warning;
  world->end = result->end;
  cr_delivery_result_free (result);
}

/* contract §7.5: the published waits, a warning on the way, then the end. */
static void
test_ladder (World *world, gconstpointer data)
{
  static const gint64 waits[] = { MINUTE,    5 * MINUTE, 30 * MINUTE, 2 * HOUR,
                                  12 * HOUR, 24 * HOUR,  24 * HOUR,   24 * HOUR };
  gint64 now = NOW;
  guint n_warnings = 0;

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      g_autoptr (CrDelivery) delivery = NULL;

      attempt (world, 500, 0, FALSE, now);
      n_warnings += world->is_warning;
      delivery = get (world);
      g_assert_cmpint (delivery->next_ms, ==, now + waits[i]);
      g_assert_cmpuint (delivery->attempts, ==, i + 1);
      g_assert_cmpint (world->end, ==, CR_WEBHOOK_END_NONE);
      now = delivery->next_ms;
    }

  g_assert_cmpuint (n_warnings, ==, 1);
  g_assert_cmpint (now - NOW, ==, 86 * HOUR + 36 * MINUTE);
  attempt (world, 500, 0, FALSE, now);
  g_assert_cmpint (world->end, ==, CR_WEBHOOK_END_EXHAUSTED);
  {
    g_autoptr (CrDelivery) delivery = get (world);
    g_autoptr (CrWebhookEndpoint) endpoint = get_endpoint (world);

    g_assert_cmpint (delivery->status, ==, CR_DELIVERY_EXHAUSTED);
    g_assert_cmpint (delivery->next_ms, ==, 0);
    g_assert_cmpint (endpoint->status, ==, CR_WEBHOOK_DISABLED);
    g_assert_cmpint (endpoint->end, ==, CR_WEBHOOK_END_EXHAUSTED);
    g_assert_cmpint (endpoint->failing_since_ms, ==, NOW);
  }
}

static void
test_W02_gone (World *world, gconstpointer data)
{
  g_autoptr (CrWebhookEndpoint) endpoint = NULL;
  g_autoptr (CrDelivery) delivery = NULL;

  attempt (world, 410, 0, FALSE, NOW);
  g_assert_cmpint (world->end, ==, CR_WEBHOOK_END_GONE);
  endpoint = get_endpoint (world);
  delivery = get (world);
  g_assert_cmpint (endpoint->status, ==, CR_WEBHOOK_DISABLED);
  g_assert_cmpint (delivery->status, ==, CR_DELIVERY_EXHAUSTED);
}

static void
test_W03_retry_after (World *world, gconstpointer data)
{
  g_autoptr (CrDelivery) longer = NULL;
  g_autoptr (CrDelivery) shorter = NULL;
  g_autoptr (CrDelivery) absurd = NULL;

  attempt (world, 429, 3 * MINUTE, FALSE, NOW);
  longer = get (world);
  g_assert_cmpint (longer->next_ms, ==, NOW + 3 * MINUTE);
  attempt (world, 503, 1000, FALSE, NOW);
  shorter = get (world);
  g_assert_cmpint (shorter->next_ms, ==, NOW + 5 * MINUTE);
  attempt (world, 503, 1000 * HOUR, FALSE, NOW);
  absurd = get (world);
  g_assert_cmpint (absurd->next_ms, ==, NOW + 24 * HOUR);
}

/* W08: what was tried by hand in vain takes no rung. */
static void
test_W08_by_hand (World *world, gconstpointer data)
{
  g_autoptr (CrDelivery) before = NULL;
  g_autoptr (CrDelivery) failed = NULL;
  g_autoptr (CrDelivery) done = NULL;
  g_autoptr (CrDelivery) after = NULL;

  attempt (world, 500, 0, FALSE, NOW);
  before = get (world);
  attempt (world, 500, 0, TRUE, NOW + 10);
  failed = get (world);
  g_assert_cmpint (failed->next_ms, ==, before->next_ms);
  g_assert_cmpuint (failed->attempts, ==, 2);
  attempt (world, 204, 0, TRUE, NOW + 20);
  done = get (world);
  g_assert_cmpint (done->status, ==, CR_DELIVERY_DELIVERED);
  g_assert_cmpint (done->next_ms, ==, 0);
  attempt (world, 500, 0, TRUE, NOW + 30);
  after = get (world);
  g_assert_cmpint (after->status, ==, CR_DELIVERY_DELIVERED);
  g_assert_cmpint (after->delivered_ms, ==, NOW + 20);
}

static void
test_active_again (World *world, gconstpointer data)
{
  g_autoptr (CrWebhookEndpoint) endpoint = NULL;
  g_autoptr (CrDelivery) delivery = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 5; i++)
    attempt (world, 500, 0, FALSE, NOW);
  endpoint = get_endpoint (world);
  endpoint->status = CR_WEBHOOK_DISABLED;
  g_assert_true (cr_webhooks_table_update (world->db, endpoint, NOW, &error));
  g_assert_cmpint (endpoint->end, ==, CR_WEBHOOK_END_PERSON);
  g_assert_cmpint (cr_deliveries_table_next_due (world->db, NULL), ==, 0);
  endpoint->status = CR_WEBHOOK_ACTIVE;
  g_assert_true (cr_webhooks_table_update (world->db, endpoint, NOW + HOUR, &error));
  delivery = get (world);
  g_assert_cmpint (delivery->next_ms, ==, NOW + HOUR);
  g_assert_cmpuint (delivery->rung, ==, 0);
  g_assert_cmpuint (delivery->attempts, ==, 5);
  g_assert_cmpint (cr_deliveries_table_next_due (world->db, NULL), ==, NOW + HOUR);
}

static void
test_fan_out (World *world, gconstpointer data)
{
  g_autoptr (GPtrArray) chosen = NULL;
  g_autoptr (GPtrArray) all = NULL;

  add_endpoint (world, "wh_2", "patient_session.completed,records.sync.completed");
  raise_event (world, "ev_2", CR_EVENT_RECORDS_SYNC_COMPLETED, NOW + 1);
  raise_event (world, "ev_3", CR_EVENT_CONNECTION_TOKEN_REFRESH_FAILED, NOW + 2);
  chosen = list (world, "wh_2");
  all = list (world, "wh_1");
  g_assert_cmpuint (chosen->len, ==, 1);
  g_assert_cmpuint (all->len, ==, 3);
  g_assert_cmpstr (CR_DELIVERY (g_ptr_array_index (chosen, 0))->data, ==,
                   "{\"patient_id\":\"p7\"}");
  g_assert_cmpstr (CR_DELIVERY (g_ptr_array_index (chosen, 0))->id, !=,
                   CR_DELIVERY (g_ptr_array_index (all, 1))->id);
}

/* W07: what happened while it was disabled, and what failed at every attempt. */
static void
test_W07_missed (World *world, gconstpointer data)
{
  g_autoptr (CrWebhookEndpoint) endpoint = get_endpoint (world);
  g_autoptr (GError) error = NULL;

  attempt (world, 410, 0, FALSE, NOW);
  raise_event (world, "ev_2", CR_EVENT_RECORDS_SYNC_COMPLETED, NOW + HOUR);
  raise_event (world, "ev_3", CR_EVENT_RECORDS_SYNC_COMPLETED, NOW + 2 * HOUR);
  g_assert_cmpint (cr_deliveries_table_count_missed (world->db, "wh_1", 0, NULL), ==, 3);
  g_assert_cmpint (cr_deliveries_table_count_missed (world->db, "wh_1", NOW + HOUR, NULL), ==, 2);
  g_assert_true (cr_webhooks_table_update (world->db, endpoint, NOW + 3 * HOUR, &error));
  g_assert_cmpint (cr_deliveries_table_replay (world->db, "wh_1", 0, NOW + 3 * HOUR, &error), ==,
                   3);
  g_assert_no_error (error);
  g_assert_cmpint (cr_deliveries_table_count_missed (world->db, "wh_1", 0, NULL), ==, 0);
  {
    g_autoptr (GPtrArray) due =
        cr_deliveries_table_list_due (world->db, "wh_1", NOW + 3 * HOUR, 10, NULL);

    g_assert_cmpuint (due->len, ==, 3);
  }
}

/* The clock was a year ahead and is set right: what waits for the next attempt waits as long as
 * before, and not for a year. */
static void
test_clock_back (World *world, gconstpointer data)
{
  const gint64 back = -365 * 24 * HOUR;
  g_autoptr (CrDelivery) delivery = NULL;
  g_autoptr (GError) error = NULL;

  attempt (world, 500, 0, FALSE, NOW);
  g_assert_true (cr_pace_table_shift (world->db, back, &error));
  delivery = get (world);
  g_assert_cmpint (delivery->next_ms, ==, NOW + MINUTE + back);
  {
    g_autoptr (GPtrArray) due =
        cr_deliveries_table_list_due (world->db, "wh_1", NOW + MINUTE + back, 10, NULL);

    g_assert_cmpuint (due->len, ==, 1);
  }
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func) g_test_add ("/webhook/" name, World, NULL, set_up, func, tear_down)
  ADD ("ladder", test_ladder);
  ADD ("rows/W02-gone", test_W02_gone);
  ADD ("rows/W03-retry-after", test_W03_retry_after);
  ADD ("rows/W07-missed", test_W07_missed);
  ADD ("rows/W08-by-hand", test_W08_by_hand);
  ADD ("active-again", test_active_again);
  ADD ("fan-out", test_fan_out);
  ADD ("clock-back", test_clock_back);
  return g_test_run ();
}
