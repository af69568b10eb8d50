/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-notices.h"

#include "app/cr-notice-post.h"
#include "app/cr-notice-words.h"
#include "app/cr-overview-feed.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-engine-desk.h"

#include <glib/gi18n.h>
#include <stdio.h>

/* The pages are quicker: who looks at one sees it there. */
#define PAUSE_MS 3000
/* More than so many at once are told as one. */
#define MOST_AT_ONCE 3

struct _CrNotices
{
  CrEngine *engine;          /* (owned) */
  GApplication *application; /* (owned) */
  gboolean is_second;
  CrOverviewFeed *feed;      /* (owned) */
  GHashTable *words;         /* (owned): key → CrNoticeWords of what there is now */
  GCancellable *cancellable; /* (owned) */
  gboolean is_comparing;
};

static gboolean
wants (CrNotices *self, const char *key)
{
  return g_strcmp0 (cr_engine_read_setting (self->engine, key), "yes") == 0;
}

static void
send (CrNotices *self,
      const char *id,
      const char *title,
      const char *body,
      const char *action,
      const char *target)
{
  g_autoptr (GNotification) notification = g_notification_new (title);

  if (body != NULL && body[0] != '\0')
    g_notification_set_body (notification, body);
  g_notification_set_default_action_and_target (notification, "app.show-need", "(bss)",
                                                self->is_second, action,
                                                target != NULL ? target : "");
  cr_notice_post (self->application, id, notification);
}

static char *
make_id (const char *key)
{
  return g_strconcat ("need-", key, NULL);
}

static void
tell_begin (CrNotices *self, const CrNotice *notice)
{
  const CrNoticeWords *words = g_hash_table_lookup (self->words, notice->key);
  g_autofree char *id = make_id (notice->key);

  if (words != NULL && wants (self, "notice-begin"))
    send (self, id, words->title, words->body, words->action, words->target);
}

/* The first notice goes with what it said. */
static void
tell_end (CrNotices *self, const CrNotice *notice)
{
  g_autofree char *id = make_id (notice->key);
  g_autofree char *title = g_strdup_printf (_ ("Over: %s"), notice->words);

  g_application_withdraw_notification (self->application, id);
  if (wants (self, "notice-begin") && wants (self, "notice-end"))
    send (self, id, title, NULL, "win.section", "overview");
}

static void
tell_many (CrNotices *self, guint n)
{
  g_autofree char *number = cr_words_number (n);
  g_autofree char *title =
      g_strdup_printf (ngettext ("%s thing needs somebody", "%s things need somebody", n), number);

  if (wants (self, "notice-begin"))
    send (self, "needs", title, _ ("The overview says what, and what to do about each."),
          "win.section", "overview");
}

static void
compared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrNotices *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) news =
      cr_engine_compare_notices_finish (CR_ENGINE (source), result, &error);
  guint n_begun = 0;

  if (cr_error_is_cancelled (error))
    return; /* it is no more */
  self->is_comparing = FALSE;
  if (news == NULL)
    {
      g_warning ("What there is to tell could not be compared: %s", error->message);
      return;
    }

  for (guint i = 0; i < news->len; i++)
    n_begun += !((CrNotice *) g_ptr_array_index (news, i))->has_ended;
  for (guint i = 0; i < news->len; i++)
    {
      CrNotice *notice = g_ptr_array_index (news, i);

      if (notice->has_ended)
        tell_end (self, notice);
      else if (n_begun <= MOST_AT_ONCE)
        tell_begin (self, notice);
    }
  if (n_begun > MOST_AT_ONCE)
    tell_many (self, n_begun);
}

static void
compare (CrNotices *self, CrOverview *overview)
{
  g_autoptr (GPtrArray) now = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_notice_free);

  if (self->is_comparing)
    return;
  g_hash_table_remove_all (self->words);
  for (guint i = 0; i < overview->needs->len; i++)
    {
      const CrNeed *need = g_ptr_array_index (overview->needs, i);
      CrNoticeWords *words = cr_notice_words_new (need);

      if (words == NULL)
        continue;
      g_hash_table_insert (self->words, g_strdup (need->key), words);
      g_ptr_array_add (now, cr_notice_new (need->key, words->title));
    }
  self->is_comparing = TRUE;
  cr_engine_compare_notices_async (self->engine, now, self->cancellable, compared_cb, self);
}

/* Once a day ----------------------------------------------------------------------------------- */

typedef struct
{
  CrNotices *notices; /* (unowned): not looked at once it was cancelled */
  char *title;        /* (owned) */
  char *body;         /* (owned) */
} Digest;

static void
digest_free (Digest *digest)
{
  g_free (digest->title);
  g_free (digest->body);
  g_free (digest);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Digest, digest_free)

static void
claimed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Digest) digest = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_engine_claim_digest_finish (CR_ENGINE (source), result, &error))
    send (digest->notices, "digest", digest->title, digest->body, "win.section", "overview");
  else if (error != NULL && !cr_error_is_cancelled (error))
    g_warning ("The daily notice was not noted: %s", error->message);
}

/* When today's is due; 0: there is none, or not yet. */
static gint64
find_due (CrNotices *self)
{
  const char *text = cr_engine_read_setting (self->engine, "notice-digest");
  gint64 now_ms = cr_words_now_ms ();
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (now_ms / 1000);
  g_autoptr (GDateTime) due = NULL;
  int hour, minute;

  if (text == NULL || sscanf (text, "%2d:%2d", &hour, &minute) != 2)
    return 0;
  due = g_date_time_new_local (g_date_time_get_year (now), g_date_time_get_month (now),
                               g_date_time_get_day_of_month (now), hour, minute, 0);
  return due != NULL && g_date_time_to_unix (due) * 1000 <= now_ms
           ? g_date_time_to_unix (due) * 1000
           : 0;
}

static void
tell_day (CrNotices *self, CrOverview *overview)
{
  gint64 due_ms = find_due (self);
  Digest *digest;

  if (due_ms == 0)
    return;
  digest = g_new0 (Digest, 1);
  digest->notices = self;
  cr_notice_words_sum (overview, &digest->title, &digest->body);
  cr_engine_claim_digest_async (self->engine, due_ms, self->cancellable, claimed_cb, digest);
}

static void
overview_cb (CrOverview *overview, const GError *error, gpointer user_data)
{
  CrNotices *self = user_data;

  if (overview == NULL)
    return;
  compare (self, overview);
  tell_day (self, overview);
}

CrNotices *
cr_notices_new (CrEngine *engine, GApplication *application, gboolean is_second)
{
  CrNotices *self = g_new0 (CrNotices, 1);

  self->engine = g_object_ref (engine);
  self->application = g_object_ref (application);
  self->is_second = is_second;
  self->cancellable = g_cancellable_new ();
  self->words = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) cr_notice_words_free);
  self->feed = cr_overview_feed_new (engine, PAUSE_MS, overview_cb, self);
  return self;
}

void
cr_notices_free (CrNotices *self)
{
  g_cancellable_cancel (self->cancellable);
  cr_overview_feed_stop (self->feed);
  g_hash_table_unref (self->words);
  g_object_unref (self->cancellable);
  g_object_unref (self->application);
  g_object_unref (self->engine);
  g_free (self);
}
