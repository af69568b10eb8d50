/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-time.h"
#include "net-test.h"

#define LONG_MS (60 * 1000)

static GAsyncResult *
grow (CrRoomShare *share, gsize n_bytes, GCancellable *cancellable, GAsyncResult **slot)
{
  *slot = NULL;
  cr_room_share_grow_async (share, n_bytes, cancellable, keep_result, slot);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  return *slot;
}

static void
assert_let_in (GAsyncResult **slot)
{
  g_autoptr (GAsyncResult) result = wait_result (slot);

  *slot = NULL;
  g_assert_true (cr_room_share_grow_finish (result, NULL));
}

/* As much as there is room for at once, the rest in the order it came, as room is given back. */
static void
test_order (void)
{
  CrRoom *room = cr_room_new (100, LONG_MS);
  CrRoomShare *shares[4];
  GAsyncResult *slots[4];

  for (guint i = 0; i < 4; i++)
    shares[i] = cr_room_enter (room);
  g_assert_true (cr_room_share_try (shares[0], 60));
  g_assert_false (cr_room_share_try (shares[1], 60));
  g_assert_null (grow (shares[1], 60, NULL, &slots[1]));
  g_assert_false (cr_room_share_try (shares[2], 10)); /* would push in front */
  g_assert_null (grow (shares[2], 30, NULL, &slots[2]));
  g_assert_null (grow (shares[3], 20, NULL, &slots[3]));
  g_assert_cmpuint (cr_room_get_held (room), ==, 60);

  cr_room_share_shrink (shares[0], 50);
  g_assert_null (slots[1]);
  cr_room_share_leave (shares[0]);
  g_assert_null (slots[1]); /* never at once */
  assert_let_in (&slots[1]);
  assert_let_in (&slots[2]);
  g_assert_cmpuint (cr_room_get_held (room), ==, 90);
  g_assert_null (slots[3]);
  cr_room_share_leave (shares[2]);
  assert_let_in (&slots[3]);
  cr_room_share_leave (shares[1]);
  cr_room_share_leave (shares[3]);
  g_assert_cmpuint (cr_room_get_held (room), ==, 0);
  cr_room_unref (room);
}

/* What is larger than all of it waits until it is alone. What those hold who wait themselves is
 * nothing to wait for. */
static void
test_alone (void)
{
  CrRoom *room = cr_room_new (100, LONG_MS);
  CrRoomShare *first = cr_room_enter (room), *second = cr_room_enter (room);
  CrRoomShare *small = cr_room_enter (room);
  GAsyncResult *one, *two;

  g_assert_true (cr_room_share_try (small, 1));
  g_assert_true (cr_room_share_try (first, 40));
  g_assert_true (cr_room_share_try (second, 40));
  g_assert_null (grow (first, 500, NULL, &one));
  g_assert_null (grow (second, 500, NULL, &two));
  cr_room_share_leave (small);
  assert_let_in (&one);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (two);
  cr_room_share_leave (first);
  assert_let_in (&two);
  cr_room_share_leave (second);
  cr_room_unref (room);
}

static void
test_gone (void)
{
  CrRoom *room = cr_room_new (100, LONG_MS);
  CrRoomShare *first = cr_room_enter (room), *second = cr_room_enter (room);
  CrRoomShare *third = cr_room_enter (room);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *two, *three;

  g_assert_true (cr_room_share_try (first, 60));
  g_assert_null (grow (second, 90, cancellable, &two));
  g_assert_null (grow (third, 10, NULL, &three));
  g_cancellable_cancel (cancellable);
  result = wait_result (&two);
  g_assert_false (cr_room_share_grow_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_let_in (&three);
  g_assert_cmpuint (cr_room_get_held (room), ==, 70);
  cr_room_share_leave (second);
  cr_room_share_leave (third);
  cr_room_share_leave (first);
  g_assert_cmpuint (cr_room_get_held (room), ==, 0);
  cr_room_unref (room);
}

/* Nobody gives anything back: too much memory is better than a pull that stands still. */
static void
test_patience (void)
{
  CrRoom *room = cr_room_new (100, 30);
  CrRoomShare *first = cr_room_enter (room), *second = cr_room_enter (room);
  GAsyncResult *two;

  g_assert_true (cr_room_share_try (first, 60));
  g_assert_null (grow (second, 60, NULL, &two));
  assert_let_in (&two);
  g_assert_cmpuint (cr_room_get_held (room), ==, 120);
  cr_room_share_leave (first);
  cr_room_share_leave (second);
  cr_room_unref (room);
}

static gpointer
leave_thread (gpointer share)
{
  g_usleep (1000);
  cr_room_share_leave (share);
  return NULL;
}

/* Bodies are let go wherever they were stored. */
static void
test_threads (void)
{
  CrRoom *room = cr_room_new (100, LONG_MS);
  CrRoomShare *last = cr_room_enter (room);

  g_assert_true (cr_room_share_try (last, 80));
  for (guint i = 0; i < 200; i++)
    {
      CrRoomShare *next = cr_room_enter (room);
      GThread *thread = g_thread_new ("leave", leave_thread, last);
      GAsyncResult *slot = NULL;

      cr_room_share_grow_async (next, 80, NULL, keep_result, &slot);
      assert_let_in (&slot);
      g_thread_join (thread);
      last = next;
    }
  cr_room_share_leave (last);
  g_assert_cmpuint (cr_room_get_held (room), ==, 0);
  cr_room_unref (room);
}

static void
send_bulk (CrClient *client,
           Fake *fake,
           CrRoom *room,
           GCancellable *cancellable,
           GAsyncResult **slot)
{
  g_autofree char *url = fake_url (fake, "/page");
  CrRequest request = { .url = url, .room = room };

  *slot = NULL;
  cr_client_send_async (client, &request, cancellable, keep_result, slot);
}

static CrReply *
take_reply (CrClient *client, GAsyncResult **slot)
{
  g_autoptr (GAsyncResult) result = wait_result (slot);
  g_autoptr (GError) error = NULL;
  CrReply *reply = cr_client_send_finish (client, result, &error);

  g_assert_no_error (error);
  return reply;
}

/* Two answers that do not fit together: the second is read when the first is let go, not before,
 * and a refusal takes nothing for long. */
static void
test_answers (void)
{
  CrRoom *room = cr_room_new (1024 * 1024, LONG_MS);
  CrClient *client = cr_client_new (cr_time_now_ms, 4);
  g_autofree char *text = g_strnfill (700 * 1024, 'x');
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GAsyncResult *one, *two, *three;
  CrReply *first, *second;
  GBytes *body;
  Fake fake;

  fake_start (&fake, NULL);
  fake_answer (&fake, 200, NULL, text);
  send_bulk (client, &fake, room, NULL, &one);
  first = take_reply (client, &one);
  g_assert_cmpuint (cr_room_get_held (room), ==, 700 * 1024);
  send_bulk (client, &fake, room, NULL, &two);
  send_bulk (client, &fake, room, cancellable, &three);
  wait_for (&fake.asked->len, 3);
  for (guint i = 0; i < 50; i++)
    {
      g_usleep (1000);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_null (two);
  g_assert_null (three);
  g_assert_cmpuint (cr_room_get_held (room), ==, 700 * 1024);

  g_cancellable_cancel (cancellable);
  g_assert_null (cr_client_send_finish (client, wait_result (&three), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&three);
  body = g_bytes_ref (first->body);
  cr_reply_free (first);
  g_main_context_iteration (NULL, FALSE);
  g_assert_null (two);
  g_bytes_unref (body);
  second = take_reply (client, &two);
  g_assert_cmpuint (g_bytes_get_size (second->body), ==, 700 * 1024);
  cr_reply_free (second);

  fake_forget (&fake);
  fake_answer (&fake, 404, NULL, text);
  send_bulk (client, &fake, room, NULL, &one);
  first = take_reply (client, &one);
  g_assert_cmpuint (cr_room_get_held (room), ==, 0);
  cr_reply_free (first);
  fake_stop (&fake);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (client);
  cr_room_unref (room);
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/room/order", test_order);
  g_test_add_func ("/net/room/alone", test_alone);
  g_test_add_func ("/net/room/gone", test_gone);
  g_test_add_func ("/net/room/patience", test_patience);
  g_test_add_func ("/net/room/threads", test_threads);
  g_test_add_func ("/net/room/answers", test_answers);
  return g_test_run ();
}
