/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-source-row.h"

#include "app/cr-cells.h"
#include "app/cr-flow-layout.h"
#include "app/cr-logo-view.h"
#include "app/cr-outage-banner.h"
#include "app/cr-quota-words.h"
#include "app/cr-rows.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-tip.h"
#include "app/cr-window.h"
#include "app/cr-words.h"
#include "app/cr-wrap.h"
#include "engine/cr-local-words.h"
#include "model/cr-explain.h"

#include <glib/gi18n.h>

/* A timeout has no room for more than some weeks. */
#define MAX_WAIT_S (24 * 60 * 60)

#define PART(row, name) GTK_WIDGET (g_object_get_data (G_OBJECT (row), name))

static GtkWidget *
add_part (GtkWidget *row, GtkWidget *box, const char *name, GtkWidget *part)
{
  gtk_widget_set_valign (part, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), part);
  g_object_set_data (G_OBJECT (row), name, part);
  return part;
}

GtkWidget *
cr_source_row_new (void)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *about = cr_cell_dim_label_new ();
  GtkWidget *avatar = adw_avatar_new (32, NULL, TRUE);
  GtkWidget *name = cr_cell_label_new ();
  GtkWidget *ends = cr_cell_dim_label_new ();
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_set_layout_manager (row, cr_flow_layout_new (6));
  /* Two hospitals of one name differ at its end. */
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_NONE);
  gtk_label_set_wrap (GTK_LABEL (name), TRUE);
  gtk_widget_add_css_class (about, "caption");
  gtk_widget_add_css_class (row, "record-row");
  gtk_widget_set_hexpand (texts, TRUE);
  add_part (row, row, "cr-avatar", avatar);
  add_part (row, row, "cr-texts", texts);
  add_part (row, texts, "cr-name", name);
  add_part (row, texts, "cr-about", about);
  gtk_widget_set_halign (add_part (row, texts, "cr-state", cr_state_label_new ()), GTK_ALIGN_START);
  gtk_label_set_ellipsize (GTK_LABEL (ends), PANGO_ELLIPSIZE_NONE);
  gtk_label_set_wrap (GTK_LABEL (ends), TRUE);
  gtk_widget_add_css_class (ends, "caption");
  add_part (row, texts, "cr-ends", ends);
  gtk_widget_set_layout_manager (buttons, cr_flow_layout_new (6));
  add_part (row, row, "cr-buttons", buttons);
  add_part (
      row, buttons, "cr-resume",
      cr_row_icon_button_new ("media-playback-start-symbolic", _ ("Let patients choose it again")));
  add_part (row, buttons, "cr-suspend",
            cr_row_icon_button_new ("media-playback-pause-symbolic", _ ("Suspend this source")));
  add_part (row, buttons, "cr-try", gtk_button_new_with_label (_ ("Try Now")));
  add_part (row, buttons, "cr-test", gtk_button_new_with_label (_ ("Test")));
  add_part (row, buttons, "cr-remove",
            cr_row_icon_button_new ("user-trash-symbolic", _ ("Remove this source")));
  cr_wrap_bound (row);
  return row;
}

char *
cr_source_row_about (CrSource *source)
{
  g_autofree char *login = source->n_logins > 1 ? cr_source_dup_login (source) : NULL;
  g_autofree char *page = login != NULL ? g_strdup_printf (_ ("sign-in page %s"), login) : NULL;
  g_autofree char *place = cr_source_dup_place (source);
  g_autofree char *today = cr_quota_words_short (source);

  return cr_words_join (source->client_id == NULL ? _ ("no client id yet") : "",
                        page != NULL ? page : "", place != NULL ? place : "",
                        source->type != NULL ? source->type : "", today, source->fhir_base_url,
                        NULL);
}

static gboolean
ended_cb (gpointer row)
{
  g_object_steal_data (row, "cr-timer");
  cr_source_row_show (row, g_object_get_data (row, "cr-source"));
  return G_SOURCE_REMOVE;
}

static void
stop_waiting (gpointer id)
{
  g_source_remove (GPOINTER_TO_UINT (id));
}

/* A suspension that is over must not stay on the screen. */
static void
wait_for_end (GtkWidget *row, CrSource *source)
{
  gint64 left_ms = source->suspended_until_ms - cr_words_now_ms ();
  guint id = 0;

  g_object_set_data_full (G_OBJECT (row), "cr-source", g_object_ref (source), g_object_unref);
  if (source->status == CR_SOURCE_SUSPENDED && left_ms > 0)
    id = g_timeout_add_seconds ((guint) MIN (left_ms / 1000 + 1, MAX_WAIT_S), ended_cb, row);
  g_object_set_data_full (G_OBJECT (row), "cr-timer", GUINT_TO_POINTER (id),
                          id != 0 ? stop_waiting : NULL);
}

/* A line of its own: beside the buttons there is no room for it behind the state. */
static void
show_why (GtkWidget *row, CrSource *source, CrSourceStatus status)
{
  gboolean has_end = status == CR_SOURCE_SUSPENDED && source->suspended_until_ms > 0;
  gboolean has_reason = status != CR_SOURCE_WORKING && source->status_reason != NULL;
  g_autofree char *time = cr_words_time (source->suspended_until_ms, cr_words_now_ms ());
  /* Translators: a time: “ends tomorrow 18:00”, “ends in 5 minutes” */
  g_autofree char *ends = g_strdup_printf (_ ("ends %s"), time);
  g_autofree char *why = cr_words_join (
      has_end ? ends : "", has_reason ? cr_local_words (source->status_reason) : "", NULL);
  g_autofree char *words = cr_words_join (_ (cr_explain_source (status)->title), why, NULL);

  gtk_label_set_text (GTK_LABEL (PART (row, "cr-ends")), why);
  gtk_widget_set_visible (PART (row, "cr-ends"), why[0] != '\0');
  cr_time_tip_set (PART (row, "cr-ends"), has_end ? source->suspended_until_ms : 0, 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (PART (row, "cr-state")),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
}

static char *
explain (CrSource *source, CrSourceStatus status)
{
  const char *sentence = _ (cr_explain_source (status)->sentence);
  g_autofree char *ends = cr_words_exact_time (source->suspended_until_ms);
  g_autofree char *until = g_strdup_printf (_ ("It ends by itself: %s"), ends);

  return status == CR_SOURCE_SUSPENDED && ends[0] != '\0'
           ? g_strdup_printf ("%s\n%s", sentence, until)
           : g_strdup (sentence);
}

static void
show_outage (GtkWidget *row, CrSource *source)
{
  g_autofree char *words = cr_outage_words (source, cr_words_now_ms ());

  cr_state_label_set (CR_STATE_LABEL (PART (row, "cr-state")),
                      cr_explain_wait (CR_WAIT_SOURCE_OUTAGE));
  cr_tip_set (PART (row, "cr-state"), source->outage_message);
  cr_time_tip_set (PART (row, "cr-ends"), source->out_since_ms, source->next_try_ms);
  gtk_label_set_text (GTK_LABEL (PART (row, "cr-ends")), words);
  gtk_widget_set_visible (PART (row, "cr-ends"), TRUE);
}

static void
show_slow (GtkWidget *row, CrSource *source)
{
  g_autofree char *words = cr_slow_words (source, cr_words_now_ms ());
  const CrExplanation *wait = cr_explain_wait (CR_WAIT_RATE_LIMIT);

  cr_state_label_set (CR_STATE_LABEL (PART (row, "cr-state")), wait);
  cr_tip_set (PART (row, "cr-state"), _ (wait->sentence));
  cr_time_tip_set (PART (row, "cr-ends"), source->slow_until_ms, 0);
  gtk_label_set_text (GTK_LABEL (PART (row, "cr-ends")), words);
  gtk_widget_set_visible (PART (row, "cr-ends"), TRUE);
}

/* Working says nothing; everything else says what and why, and in the tooltip what follows. */
static void
show_state (GtkWidget *row, CrSource *source)
{
  CrSourceStatus status = cr_source_status_at (source, cr_words_now_ms ());
  GtkWidget *state = PART (row, "cr-state");
  gboolean is_shut = status == CR_SOURCE_SUSPENDED || status == CR_SOURCE_NOT_ENABLED;
  g_autofree char *words = explain (source, status);

  cr_state_label_set (CR_STATE_LABEL (state), cr_explain_source (status));
  show_why (row, source, status);
  cr_tip_set (state, words);
  gtk_widget_set_visible (state, status != CR_SOURCE_WORKING || source->out_since_ms > 0 ||
                                     source->slow_until_ms > 0);
  if (source->out_since_ms > 0 && status == CR_SOURCE_WORKING)
    show_outage (row, source);
  else if (source->slow_until_ms > 0 && status == CR_SOURCE_WORKING)
    show_slow (row, source);
  cr_tip_set (PART (row, "cr-resume"), status == CR_SOURCE_MOVED
                                           ? _ ("Clear the note that it moved")
                                           : _ ("Let patients choose it again"));
  gtk_widget_set_visible (PART (row, "cr-resume"), is_shut || status == CR_SOURCE_MOVED);
  gtk_widget_set_visible (PART (row, "cr-suspend"),
                          status == CR_SOURCE_WORKING || status == CR_SOURCE_MOVED);
  gtk_widget_set_visible (PART (row, "cr-try"), source->out_since_ms > 0);
  gtk_widget_set_visible (PART (row, "cr-test"),
                          status != CR_SOURCE_GONE && source->out_since_ms == 0);
  wait_for_end (row, source);
}

/* A screen reader must hear whose button it is. */
static void
name_buttons (GtkWidget *row, CrSource *source)
{
  gboolean has_moved = cr_source_status_at (source, cr_words_now_ms ()) == CR_SOURCE_MOVED;
  const struct
  {
    const char *part;
    const char *label;
  } buttons[] = {
    { "cr-try", _ ("Try now whether %s answers") },
    { "cr-test", _ ("Test %s") },
    { "cr-remove", _ ("Remove %s") },
    { "cr-suspend", _ ("Suspend %s") },
    { "cr-resume", has_moved ? _ ("Clear the note that %s moved") : _ ("Resume %s") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++)
    cr_row_button_set_name (PART (row, buttons[i].part), buttons[i].label, source->name);
}

static void
show_logo (GtkWidget *row, CrSource *source)
{
  GtkRoot *window = gtk_widget_get_root (row);
  CrEngine *engine = CR_IS_WINDOW (window) ? cr_window_get_engine (CR_WINDOW (window)) : NULL;

  cr_logo_view_show (ADW_AVATAR (PART (row, "cr-avatar")), engine,
                     source->has_logo ? source->id : NULL);
}

void
cr_source_row_show (GtkWidget *row, gpointer item)
{
  static const char *const actions[][2] = { { "cr-try", "win.try-source" },
                                            { "cr-test", "win.test-source" },
                                            { "cr-remove", "win.remove-source" },
                                            { "cr-suspend", "win.suspend-source" },
                                            { "cr-resume", "win.resume-source" } };
  CrSource *source = item;
  g_autofree char *about = cr_source_row_about (source);

  adw_avatar_set_text (ADW_AVATAR (PART (row, "cr-avatar")), source->name);
  show_logo (row, source);
  gtk_label_set_text (GTK_LABEL (PART (row, "cr-name")), source->name);
  gtk_label_set_text (GTK_LABEL (PART (row, "cr-about")), about);
  cr_tip_set (PART (row, "cr-texts"), source->fhir_base_url);
  show_state (row, source);
  name_buttons (row, source);
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    cr_row_button_set_action (PART (row, actions[i][0]), actions[i][1], source->id);
}
