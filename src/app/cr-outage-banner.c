/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-outage-banner.h"

#include "app/cr-feed.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

#define MANY 100

struct _CrOutageBanner
{
  CrBanner *banner; /* (owned) */
  CrFeed *feed;     /* (owned) */
};

static char *
say_waiting (CrSource *source)
{
  g_autofree char *n = cr_words_number (source->n_waiting);

  return g_strdup_printf (ngettext ("%s patient waits", "%s patients wait", source->n_waiting), n);
}

char *
cr_outage_words (CrSource *source, gint64 now_ms)
{
  g_autofree char *since = cr_words_time (source->out_since_ms, now_ms);
  g_autofree char *waiting = say_waiting (source);
  g_autofree char *next = cr_words_time (source->next_try_ms, now_ms);

  if (source->next_try_ms <= now_ms)
    /* Translators: a time, then how many patients wait */
    return g_strdup_printf (_ ("Stopped answering %s, %s; being tried now"), since, waiting);
  /* Translators: a time, how many patients wait, then a time */
  return g_strdup_printf (_ ("Stopped answering %s, %s; next try %s"), since, waiting, next);
}

char *
cr_slow_words (CrSource *source, gint64 now_ms)
{
  g_autofree char *waiting = say_waiting (source);
  g_autofree char *next = cr_words_time (source->slow_until_ms, now_ms);

  /* Translators: how many patients wait, then a time: “2 patients wait; goes on in 5 minutes” */
  return g_strdup_printf (_ ("%s; goes on %s"), waiting, next);
}

static void
show_one (CrOutageBanner *self, CrSource *source)
{
  g_autofree char *words = cr_outage_words (source, cr_words_now_ms ());
  g_autofree char *text = g_strdup_printf ("%s: %s", source->name, words);

  cr_banner_show (self->banner, "network-offline-symbolic", text, _ ("Try Now"), NULL);
  cr_time_tip_set (GTK_WIDGET (self->banner), source->out_since_ms, source->next_try_ms);
  cr_banner_set_action (self->banner, "win.try-source", g_variant_new_string (source->id));
}

static void
show_outages (GPtrArray *sources, const GError *error, gpointer user_data)
{
  CrOutageBanner *self = user_data;
  guint n = 0;
  g_autofree char *number = NULL;
  g_autofree char *text = NULL;

  if (sources == NULL)
    return;
  if (sources->len == 0)
    cr_banner_hide (self->banner);
  else if (sources->len == 1)
    show_one (self, g_ptr_array_index (sources, 0));
  else
    {
      for (guint i = 0; i < sources->len; i++)
        n += CR_SOURCE (g_ptr_array_index (sources, i))->n_waiting;
      number = cr_words_number (n);
      text = g_strdup_printf (ngettext ("%u portals do not answer, and %s patient waits. They are "
                                        "tried again by themselves.",
                                        "%u portals do not answer, and %s patients wait. They are "
                                        "tried again by themselves.",
                                        n),
                              sources->len, number);
      cr_banner_show (self->banner, "network-offline-symbolic", text, _ ("Show"), NULL);
      cr_time_tip_set (GTK_WIDGET (self->banner), 0, 0);
      cr_banner_set_action (self->banner, "win.section", g_variant_new_string ("sources"));
    }
}

CrOutageBanner *
cr_outage_banner_new (CrBanner *banner, CrEngine *engine)
{
  CrListFilter filter = { .kind = CR_LIST_OUTAGES };
  CrOutageBanner *self = g_new0 (CrOutageBanner, 1);

  self->banner = g_object_ref (banner);
  self->feed = cr_feed_new (engine, &filter, MANY, CR_FEED_ON (SOURCE) | CR_FEED_ON (PULL),
                            show_outages, self);
  cr_feed_keep_time (self->feed);
  return self;
}

void
cr_outage_banner_free (CrOutageBanner *self)
{
  cr_feed_stop (self->feed);
  g_object_unref (self->banner);
  g_free (self);
}
