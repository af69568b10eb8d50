/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-deliveries-view.h"

#include "app/cr-app-init.h"
#include "app/cr-rows.h"
#include "app/cr-state-label.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "base/cr-error.h"

#include <glib/gi18n.h>

/* Each look counts all of the patient's records. */
#define PAUSE_MS 2000

struct _CrDeliveriesView
{
  AdwBin parent_instance;

  GtkStack *stack;
  GtkListBox *list;

  CrEngine *engine;          /* (owned) (nullable) */
  char *patient_id;          /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  guint timeout_id;
  gboolean is_loading;
  gboolean is_dirty;
};

G_DEFINE_FINAL_TYPE (CrDeliveriesView, cr_deliveries_view, ADW_TYPE_BIN)

static void look_again (CrDeliveriesView *self);

static const char *
delivery_key (gpointer item)
{
  return ((CrPatientDelivery *) item)->destination_id;
}

static GtkWidget *
make_delivery (gpointer owner)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *state = cr_state_label_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), state);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data (G_OBJECT (row), "cr-state", state);
  return row;
}

static char *
say_failing (const CrPatientDelivery *delivery)
{
  g_autofree char *number = cr_words_number (delivery->n_failing);

  return delivery->n_failing == 0
           ? g_strdup ("")
           : g_strdup_printf (ngettext ("%s refused", "%s refused", (gulong) delivery->n_failing),
                              number);
}

static char *
say_delivery (const CrPatientDelivery *delivery)
{
  g_autofree char *delivered = cr_words_number (delivery->n_delivered);
  g_autofree char *stored = cr_words_number (delivery->n_stored);
  g_autofree char *counts = g_strdup_printf (_ ("%s of %s delivered"), delivered, stored);
  g_autofree char *time = cr_words_time (delivery->last_ms, cr_words_now_ms ());
  g_autofree char *last = delivery->last_ms == 0 ? g_strdup (_ ("nothing sent yet"))
                                                 : g_strdup_printf (_ ("last sent %s"), time);
  g_autofree char *failing = say_failing (delivery);

  return cr_words_join (counts, last, failing, delivery->error != NULL ? delivery->error : "",
                        delivery->is_held ? _ ("held until somebody decides") : "", NULL);
}

/* Of this patient, whatever the destination does for others. */
static const CrExplanation *
explain (const CrPatientDelivery *delivery)
{
  if (delivery->is_held)
    return cr_explain_record_status (CR_RECORD_STATUS_HELD);
  if (delivery->n_failing > 0)
    return cr_explain_item (CR_ITEM_FAILED);
  if (delivery->status == CR_DESTINATION_DISABLED ||
      delivery->status == CR_DESTINATION_ACTION_REQUIRED)
    return cr_explain_destination (delivery->status);
  return cr_explain_item (delivery->n_delivered < delivery->n_stored ? CR_ITEM_PENDING
                                                                     : CR_ITEM_SENT);
}

static void
show_delivery (GtkWidget *row, gpointer item, gpointer owner)
{
  const CrPatientDelivery *delivery = item;
  const CrExplanation *state = explain (delivery);
  g_autofree char *words = say_delivery (delivery);
  g_autofree char *label = cr_words_join (delivery->name, _ (state->title), words, NULL);
  g_autofree char *exact = cr_words_exact_time (delivery->last_ms);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), delivery->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), words);
  cr_tip_set (row, exact[0] != '\0' ? exact : NULL);
  cr_state_label_set (g_object_get_data (G_OBJECT (row), "cr-state"), state);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  cr_row_button_set_action (row, "win.show-destination", delivery->destination_id);
}

static void
got_deliveries_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  static const CrRowKind kind = { delivery_key, make_delivery, show_delivery };
  g_autoptr (CrDeliveriesView) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) deliveries =
      cr_engine_deliveries_finish (CR_ENGINE (source), result, &error);

  self->is_loading = FALSE;
  if (deliveries == NULL)
    {
      if (!cr_error_is_cancelled (error))
        g_message ("The deliveries of a patient could not be counted: %s", error->message);
      return;
    }
  cr_rows_update (self->list, deliveries, &kind, self);
  gtk_stack_set_visible_child_name (self->stack, deliveries->len > 0 ? "list" : "empty");
  if (self->is_dirty)
    look_again (self);
}

static void
load (CrDeliveriesView *self)
{
  self->is_loading = TRUE;
  self->is_dirty = FALSE;
  cr_engine_deliveries_async (self->engine, self->patient_id, self->cancellable, got_deliveries_cb,
                              g_object_ref (self));
}

static gboolean
pause_over_cb (gpointer user_data)
{
  CrDeliveriesView *self = user_data;

  self->timeout_id = 0;
  load (self);
  return G_SOURCE_REMOVE;
}

/* What nobody looks at is counted when somebody does. */
static void
look_again (CrDeliveriesView *self)
{
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  if (self->is_loading)
    self->is_dirty = TRUE;
  else if (self->timeout_id == 0)
    self->timeout_id = g_timeout_add (PAUSE_MS, pause_over_cb, self);
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            CrDeliveriesView *self)
{
  gboolean is_theirs = patient_id == NULL || g_strcmp0 (patient_id, self->patient_id) == 0;

  if (kind == CR_CHANGE_RUN || kind == CR_CHANGE_DESTINATION || kind == CR_CHANGE_ITEM ||
      (is_theirs && (kind == CR_CHANGE_PULL || kind == CR_CHANGE_HOLD)))
    look_again (self);
}

static void
map_cb (CrDeliveriesView *self)
{
  if (self->engine != NULL && !self->is_loading)
    load (self);
}

static void
cr_deliveries_view_dispose (GObject *object)
{
  CrDeliveriesView *self = CR_DELIVERIES_VIEW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  if (self->engine != NULL)
    g_signal_handlers_disconnect_by_data (self->engine, self);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_deliveries_view_parent_class)->dispose (object);
}

static void
cr_deliveries_view_finalize (GObject *object)
{
  CrDeliveriesView *self = CR_DELIVERIES_VIEW (object);

  g_clear_object (&self->cancellable);
  g_free (self->patient_id);
  G_OBJECT_CLASS (cr_deliveries_view_parent_class)->finalize (object);
}

static void
cr_deliveries_view_class_init (CrDeliveriesViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_deliveries_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_deliveries_view_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-deliveries-view"));
  gtk_widget_class_bind_template_child (widget_class, CrDeliveriesView, stack);
  gtk_widget_class_bind_template_child (widget_class, CrDeliveriesView, list);
}

static void
cr_deliveries_view_init (CrDeliveriesView *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "map", G_CALLBACK (map_cb), NULL);
}

void
cr_deliveries_view_start (CrDeliveriesView *self, CrEngine *engine, const char *patient_id)
{
  g_return_if_fail (CR_IS_DELIVERIES_VIEW (self));

  self->engine = g_object_ref (engine);
  self->patient_id = g_strdup (patient_id);
  g_signal_connect (engine, "changed", G_CALLBACK (changed_cb), self);
}
