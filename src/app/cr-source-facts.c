/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-source-facts.h"

#include "app/cr-feed.h"
#include "app/cr-profile-words.h"
#include "app/cr-quota-words.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

struct _CrSourceFacts
{
  AdwPreferencesGroup parent_instance;

  AdwActionRow *sends;
  AdwActionRow *never;
  AdwActionRow *not_granted;
  AdwActionRow *not_offered;
  AdwActionRow *today;
  AdwActionRow *at_once;
  AdwActionRow *pace;
  AdwActionRow *slowed;

  CrFeed *feed;              /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrSourceFacts, cr_source_facts, ADW_TYPE_PREFERENCES_GROUP)

/* Takes @words; a row without any is not shown. */
static void
show_words (AdwActionRow *row, char *words)
{
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  adw_action_row_set_subtitle (row, escaped);
  gtk_widget_set_visible (GTK_WIDGET (row), words[0] != '\0');
  g_free (words);
}

static void
show_source (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrSourceFacts *self = user_data;
  gint64 now_ms = cr_words_now_ms ();
  CrSource *source = items != NULL ? g_ptr_array_index (items, 0) : NULL;

  if (source == NULL)
    return;
  show_words (self->today, cr_quota_words_today (source));
  show_words (self->at_once, cr_quota_words_at_once (source));
  show_words (self->pace, cr_quota_words_pace (source, now_ms));
  show_words (self->slowed, cr_quota_words_slowed (source, now_ms));
}

static void
got_profile_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSourceFacts) self = user_data;
  g_autoptr (CrProfile) profile = cr_engine_get_profile_finish (CR_ENGINE (engine), result, NULL);
  g_autofree char *counted = NULL;

  if (profile == NULL)
    return;
  counted = cr_profile_words_counted (profile);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), counted);
  show_words (self->sends, cr_profile_words_sends (profile));
  show_words (self->never, cr_profile_words_never (profile));
  show_words (self->not_granted, cr_profile_words_not_granted (profile));
  show_words (self->not_offered, cr_profile_words_not_offered (profile));
}

static void
cr_source_facts_dispose (GObject *object)
{
  CrSourceFacts *self = CR_SOURCE_FACTS (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->feed, cr_feed_stop);
  G_OBJECT_CLASS (cr_source_facts_parent_class)->dispose (object);
}

static void
cr_source_facts_finalize (GObject *object)
{
  g_clear_object (&CR_SOURCE_FACTS (object)->cancellable);
  G_OBJECT_CLASS (cr_source_facts_parent_class)->finalize (object);
}

static void
cr_source_facts_class_init (CrSourceFactsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_source_facts_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_source_facts_finalize;
}

static AdwActionRow *
add_row (CrSourceFacts *self, const char *title)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_set_visible (row, FALSE);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  return ADW_ACTION_ROW (row);
}

static void
cr_source_facts_init (CrSourceFacts *self)
{
  self->cancellable = g_cancellable_new ();
  self->sends = add_row (self, _ ("Sends"));
  self->never = add_row (self, _ ("Never sent, though asked for"));
  self->not_granted = add_row (self, _ ("Granted to nobody"));
  self->not_offered = add_row (self, _ ("Not offered"));
  self->today = add_row (self, _ ("Requests today"));
  self->at_once = add_row (self, _ ("Most at the same time"));
  self->pace = add_row (self, _ ("Pace"));
  self->slowed = add_row (self, _ ("Last asked to slow down"));
}

void
cr_source_facts_watch (CrSourceFacts *self, CrEngine *engine, CrSource *source)
{
  g_return_if_fail (CR_IS_SOURCE_FACTS (self));
  g_return_if_fail (self->feed == NULL);

  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  self->feed = cr_feed_new_for_object (engine, CR_LIST_SOURCES, source->id,
                                       CR_FEED_ON (SOURCE) | CR_FEED_ON (PULL), show_source, self);
  cr_feed_keep_time (self->feed);
  cr_engine_get_profile_async (engine, source->id, self->cancellable, got_profile_cb,
                               g_object_ref (self));
}
