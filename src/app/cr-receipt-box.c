/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-receipt-box.h"

#include "app/cr-app-init.h"
#include "app/cr-dialogs.h"
#include "app/cr-state-label.h"
#include "app/cr-time-tip.h"
#include "app/cr-words.h"
#include "base/cr-json.h"
#include "engine/cr-local-words.h"
#include "engine/cr-wire.h"

#include <glib/gi18n.h>
#include <string.h>

struct _CrReceiptBox
{
  AdwBin parent_instance;

  GtkLabel *words;
  GtkListBox *lines;
  GtkButton *save;

  CrReceipt *receipt; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrReceiptBox, cr_receipt_box, ADW_TYPE_BIN)

static char *
say_title (const CrReceiptLine *line)
{
  g_autofree char *number = cr_words_number (line->n);

  if (line->type == NULL)
    return g_strdup_printf (ngettext ("%s file", "%s files", line->n), number);

  /* Translators: a number and a type of record, as in “12 Observation” */
  return g_strdup_printf (_ ("%s %s"), number, line->type);
}

static const char *
say_how (const CrReceiptLine *line)
{
  if (line->status == CR_ITEM_SUPERSEDED)
    return _ ("not withdrawn: it came back, or another patient’s record is the same there");
  if (g_strcmp0 (line->how, "delete") == 0)
    return line->status == CR_ITEM_SENT ? _ ("deleted there") : _ ("to be deleted there");
  if (g_strcmp0 (line->how, "file") == 0)
    return line->status == CR_ITEM_SENT ? _ ("deleted there") : _ ("to be deleted there");
  if (g_strcmp0 (line->how, "manifest") == 0)
    return _ ("named in the file of withdrawn records; lines in other files stay");

  return _ ("not asked for yet");
}

static char *
say_line (const CrReceiptLine *line)
{
  g_autofree char *answer =
      line->answer > 0 ? g_strdup_printf (_ ("answered %u"), line->answer) : g_strdup ("");
  g_autofree char *time = line->last_ms > 0 ? cr_words_exact_time (line->last_ms) : g_strdup ("");
  const char *left = line->status != CR_ITEM_FAILED ? ""
                   : line->is_retryable             ? _ ("will be retried")
                                                    : _ ("not retried by itself");

  return cr_words_join (_ (cr_explain_withdrawal (line->cause)), say_how (line), answer, time,
                        line->error_message != NULL ? cr_local_words (line->error_message) : "",
                        left, NULL);
}

static void
add_line (CrReceiptBox *self, const CrReceiptLine *line)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *state = cr_state_label_new ();
  g_autofree char *title = say_title (line);
  g_autofree char *words = say_line (line);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), words);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  cr_state_label_set (CR_STATE_LABEL (state), cr_explain_withdrawn (line->status));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), state);
  gtk_list_box_append (self->lines, row);
}

static char *
say_receipt (CrReceipt *receipt)
{
  guint n_done = cr_receipt_count (receipt, CR_ITEM_SENT);
  guint n_failed = cr_receipt_count (receipt, CR_ITEM_FAILED);
  guint n_waiting = cr_receipt_count (receipt, CR_ITEM_PENDING);
  g_autofree char *done = cr_words_number (n_done);
  g_autofree char *failed = cr_words_number (n_failed);
  g_autofree char *waiting = cr_words_number (n_waiting);
  g_autofree char *time = cr_words_time (receipt->next_attempt_ms, cr_words_now_ms ());
  GString *text = g_string_new (NULL);

  if (receipt->lines->len == 0)
    g_string_append (text, _ ("Nothing was to be withdrawn."));
  else
    /* Translators: a number, a destination’s name */
    g_string_append_printf (text, _ ("%s withdrawn from “%s”."), done, receipt->destination_name);
  if (n_waiting > 0)
    g_string_append_printf (text, _ (" %s not yet."), waiting);
  if (n_failed > 0)
    g_string_append_printf (text, _ (" %s still there: it failed."), failed);
  if (n_failed > 0 && receipt->next_attempt_ms > 0)
    g_string_append_printf (text, _ (" Next attempt %s."), time);
  return g_string_free (text, FALSE);
}

static void
received_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrReceiptBox) self = user_data;
  CrReceipt *receipt = cr_engine_receipt_finish (CR_ENGINE (source), result, NULL);
  g_autofree char *words = NULL;
  GtkListBoxRow *row;

  if (receipt == NULL)
    return;

  g_clear_pointer (&self->receipt, cr_receipt_free);
  self->receipt = receipt;
  words = say_receipt (receipt);
  gtk_label_set_text (self->words, words);
  cr_time_tip_set (GTK_WIDGET (self->words), receipt->next_attempt_ms, 0);
  while ((row = gtk_list_box_get_row_at_index (self->lines, 0)) != NULL)
    gtk_list_box_remove (self->lines, GTK_WIDGET (row));
  for (guint i = 0; i < receipt->lines->len; i++)
    add_line (self, receipt->lines->pdata[i]);
  gtk_widget_set_visible (GTK_WIDGET (self->lines), receipt->lines->len > 0);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrReceiptBox) self = user_data;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  g_autoptr (GError) error = NULL;

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.say", "s", _ ("Receipt saved"));
  else if (root != NULL)
    cr_dialogs_say (GTK_WINDOW (root), _ ("The Receipt Could Not Be Saved"),
                    cr_local_words (error->message));
}

static void
save_cb (const char *path, gpointer user_data)
{
  CrReceiptBox *self = user_data;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (JsonObject) object = NULL;
  g_autoptr (GBytes) bytes = NULL;
  char *text;

  if (self->receipt == NULL)
    return;
  object = cr_wire_receipt (self->receipt);
  text = cr_json_object_to_text (object, TRUE);
  bytes = g_bytes_new_take (text, strlen (text));
  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE,
                                       G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION,
                                       NULL, saved_cb, g_object_ref (self));
}

static void
save_clicked_cb (CrReceiptBox *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  cr_dialogs_save_path (GTK_WINDOW (root), _ ("Save the Receipt"), "receipt.json", save_cb,
                        g_object_ref (self), g_object_unref);
}

static void
cr_receipt_box_finalize (GObject *object)
{
  g_clear_pointer (&CR_RECEIPT_BOX (object)->receipt, cr_receipt_free);
  G_OBJECT_CLASS (cr_receipt_box_parent_class)->finalize (object);
}

static void
cr_receipt_box_class_init (CrReceiptBoxClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_receipt_box_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-receipt-box"));
  gtk_widget_class_bind_template_child (widget_class, CrReceiptBox, words);
  gtk_widget_class_bind_template_child (widget_class, CrReceiptBox, lines);
  gtk_widget_class_bind_template_child (widget_class, CrReceiptBox, save);
  gtk_widget_class_bind_template_callback (widget_class, save_clicked_cb);
}

static void
cr_receipt_box_init (CrReceiptBox *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * cr_receipt_box_show:
 *
 * Reads the receipt again.
 */
void
cr_receipt_box_show (CrReceiptBox *self, CrEngine *engine, const char *run_id)
{
  g_return_if_fail (CR_IS_RECEIPT_BOX (self));

  cr_engine_receipt_async (engine, run_id, NULL, received_cb, g_object_ref (self));
}
