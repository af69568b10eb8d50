/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-compare-page.h"

#include "app/cr-app-init.h"
#include "app/cr-line-diff.h"
#include "app/cr-patient-line.h"
#include "app/cr-row-name.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>
#include <string.h>

/* A text view lays a line out whole, and a record may be long. What is longer than a line is shown
 * and compared in several. */
#define MAX_SHOWN (512 * 1024)
#define LINE 400 /* letters */

typedef struct
{
  GtkDropDown *menu; /* of versions */
  GtkLabel *when;
  GtkTextView *text;
  CrRecord *record; /* (owned) (nullable) */
} Side;

struct _CrComparePage
{
  CrPage parent_instance;

  GtkStack *stack;
  CrPatientLine *whose;
  AdwStatusPage *trouble;
  GtkBox *sides;
  GtkLabel *summary;
  GtkDropDown *old_menu;
  GtkLabel *old_when;
  GtkTextView *old_text;
  GtkDropDown *new_menu;
  GtkLabel *new_when;
  GtkTextView *new_text;

  Side left;
  Side right;
  char *patient_id; /* (owned) (nullable) */
  char *source_id;  /* (owned) (nullable) */
  char *type;       /* (owned) (nullable) */
  char *record_id;  /* (owned) (nullable) */
  guint n_versions; /* 0: not known yet */
  gboolean is_filling;
};

G_DEFINE_FINAL_TYPE (CrComparePage, cr_compare_page, CR_TYPE_PAGE)

static char *
join (GPtrArray *lines)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    {
      g_string_append (text, lines->pdata[i]);
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

static void
show_lines (GtkTextView *view, GPtrArray *lines, const char *color)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
  GtkTextTagTable *tags = gtk_text_buffer_get_tag_table (buffer);
  GtkTextTag *tag = gtk_text_tag_table_lookup (tags, "changed");
  g_autofree char *text = NULL;
  GtkTextIter start, end;
  GdkRGBA paint = { 0 };

  gtk_style_context_lookup_color (gtk_widget_get_style_context (GTK_WIDGET (view)), color, &paint);
  paint.alpha = 0.25f;
  if (tag == NULL)
    tag = gtk_text_buffer_create_tag (buffer, "changed", NULL);
  g_object_set (tag, "paragraph-background-rgba", &paint, NULL);
  text = join (lines);
  gtk_text_buffer_set_text (buffer, text, -1);
  for (guint i = 0; i < lines->len; i++)
    {
      const char *line = lines->pdata[i];

      if (line[0] != '-' && line[0] != '+')
        continue;
      gtk_text_buffer_get_iter_at_line (buffer, &start, (int) i);
      end = start;
      gtk_text_iter_forward_line (&end);
      gtk_text_buffer_apply_tag (buffer, tag, &start, &end);
    }
}

/* @is_cut is left alone where all of it fits. */
static char *
dup_text (CrRecord *record, gboolean *is_cut)
{
  g_autofree char *text = cr_engine_pretty_record (record);
  g_autofree char *valid = NULL;
  GString *lines = g_string_new (NULL);
  gsize n = 0; /* letters of the line */

  if (strlen (text) > MAX_SHOWN)
    {
      text[MAX_SHOWN] = '\0';
      *is_cut = TRUE;
    }
  valid = g_utf8_make_valid (text, -1);
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      if (*at != '\n' && n == LINE)
        {
          g_string_append_c (lines, '\n');
          n = 0;
        }
      n = *at == '\n' ? 0 : n + 1;
      g_string_append_len (lines, at, g_utf8_next_char (at) - at);
    }
  return g_string_free (lines, FALSE);
}

typedef struct
{
  CrRecord *left;  /* (owned) */
  CrRecord *right; /* (owned) */
  gboolean is_cut; /* only what they begin with is compared */
} Pair;

static void
pair_free (Pair *self)
{
  g_object_unref (self->left);
  g_object_unref (self->right);
  g_free (self);
}

static void
compare_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Pair *pair = data;
  g_autofree char *old = dup_text (pair->left, &pair->is_cut);
  g_autofree char *new = dup_text (pair->right, &pair->is_cut);

  g_task_return_pointer (task, cr_line_diff_new (old, new), (GDestroyNotify) cr_line_diff_free);
}

static void
show_diff (CrComparePage *self, CrLineDiff *diff, gboolean is_cut)
{
  g_autofree char *number = cr_words_number (diff->n_changed);
  g_autofree char *words =
      diff->n_changed == 0
          ? g_strdup (_ ("Nothing differs"))
          : g_strdup_printf (ngettext ("%s line differs", "%s lines differ", diff->n_changed),
                             number);
  g_autofree char *all = cr_words_join (
      words, is_cut ? _ ("only the first part of the record is compared") : "", NULL);

  gtk_label_set_text (self->summary, all);
  show_lines (self->old_text, diff->left, "error_color");
  show_lines (self->new_text, diff->right, "success_color");
  gtk_stack_set_visible_child_name (self->stack, "versions");
}

/* Another version may have been chosen since. */
static void
compared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrComparePage *self = CR_COMPARE_PAGE (source);
  Pair *pair = g_task_get_task_data (G_TASK (result));
  g_autoptr (CrLineDiff) diff = g_task_propagate_pointer (G_TASK (result), NULL);

  if (diff != NULL && pair->left == self->left.record && pair->right == self->right.record)
    show_diff (self, diff, pair->is_cut);
}

static void
compare (CrComparePage *self)
{
  g_autoptr (GTask) task =
      g_task_new (self, cr_page_get_cancellable (CR_PAGE (self)), compared_cb, NULL);
  Pair *pair = g_new (Pair, 1);

  *pair = (Pair){ g_object_ref (self->left.record), g_object_ref (self->right.record), FALSE };
  g_task_set_task_data (task, pair, (GDestroyNotify) pair_free);
  g_task_run_in_thread (task, compare_thread);
}

static void load (CrComparePage *self, Side *side, guint version);

static void
fill_menu (Side *side, guint n_versions, guint chosen)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (guint i = n_versions; i > 0; i--)
    {
      g_autofree char *name = g_strdup_printf (_ ("Version %u"), i);

      gtk_string_list_append (names, name);
    }
  gtk_drop_down_set_model (side->menu, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (side->menu, n_versions - chosen);
}

/* The newest is read first, and tells how many there are. */
static void
begin (CrComparePage *self)
{
  self->n_versions = MAX (self->right.record->n_versions, 1);
  self->is_filling = TRUE;
  fill_menu (&self->right, self->n_versions, self->n_versions);
  fill_menu (&self->left, self->n_versions, MAX (self->n_versions - 1, 1));
  self->is_filling = FALSE;
  load (self, &self->left, MAX (self->n_versions - 1, 1));
}

static void
take_record (CrComparePage *self, Side *side, CrRecord *record)
{
  g_autofree char *time = cr_words_exact_time (record->received_ms);
  g_autofree char *words = g_strdup_printf (_ ("received %s"), time);

  g_clear_object (&side->record);
  side->record = record;
  gtk_label_set_text (side->when, words);
  if (self->n_versions == 0)
    begin (self);
  else if (self->left.record != NULL && self->right.record != NULL)
    compare (self);
}

typedef struct
{
  CrComparePage *page; /* (owned) */
  Side *side;
} Load;

static void
got_record_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Load *loading = user_data;
  g_autoptr (CrComparePage) self = loading->page;
  Side *side = loading->side;
  g_autoptr (GError) error = NULL;
  CrRecord *record = cr_engine_get_record_finish (CR_ENGINE (source), result, &error);

  g_free (loading);
  if (record != NULL)
    {
      take_record (self, side, record);
      return;
    }
  if (cr_error_is_cancelled (error))
    return;
  adw_status_page_set_description (self->trouble, cr_local_words (error->message));
  gtk_stack_set_visible_child_name (self->stack, "trouble");
}

static void
load (CrComparePage *self, Side *side, guint version)
{
  Load *loading = g_new (Load, 1);

  *loading = (Load){ g_object_ref (self), side };
  cr_engine_get_record_async (cr_page_get_engine (CR_PAGE (self)), self->patient_id,
                              self->source_id, self->type, self->record_id, version,
                              cr_page_get_cancellable (CR_PAGE (self)), got_record_cb, loading);
}

static void
version_cb (GtkDropDown *menu, GParamSpec *pspec, CrComparePage *self)
{
  guint position = gtk_drop_down_get_selected (menu);

  if (self->is_filling || self->n_versions == 0 || position >= self->n_versions)
    return;
  load (self, menu == self->old_menu ? &self->left : &self->right, self->n_versions - position);
}

static void
cr_compare_page_finalize (GObject *object)
{
  CrComparePage *self = CR_COMPARE_PAGE (object);

  g_clear_object (&self->left.record);
  g_clear_object (&self->right.record);
  g_free (self->patient_id);
  g_free (self->source_id);
  g_free (self->type);
  g_free (self->record_id);
  G_OBJECT_CLASS (cr_compare_page_parent_class)->finalize (object);
}

static void
cr_compare_page_class_init (CrComparePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_compare_page_finalize;
  g_type_ensure (CR_TYPE_PATIENT_LINE);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-compare-page"));
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, whose);
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, trouble);
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, sides);
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, summary);
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, old_menu);
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, old_when);
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, old_text);
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, new_menu);
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, new_when);
  gtk_widget_class_bind_template_child (widget_class, CrComparePage, new_text);
  gtk_widget_class_bind_template_callback (widget_class, version_cb);
}

static void
cr_compare_page_init (CrComparePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_row_name_drop_down (self->old_menu, _ ("Older version"));
  cr_row_name_drop_down (self->new_menu, _ ("Newer version"));
  self->left = (Side){ self->old_menu, self->old_when, self->old_text, NULL };
  self->right = (Side){ self->new_menu, self->new_when, self->new_text, NULL };
  cr_page_bind_header (CR_PAGE (self), GTK_ORIENTABLE (self->sides));
  /* Both have as many lines: they scroll together. */
  g_object_bind_property (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->old_text)), "value",
                          gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->new_text)), "value",
                          G_BINDING_BIDIRECTIONAL);
}

GtkWidget *
cr_compare_page_new (CrEngine *engine,
                     const char *patient_id,
                     const char *source_id,
                     const char *type,
                     const char *id)
{
  CrComparePage *self = g_object_new (CR_TYPE_COMPARE_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  cr_page_set_title (CR_PAGE (self), _ ("Versions"));
  cr_page_set_shows (CR_PAGE (self), patient_id, CR_LOOK_RAW);
  self->patient_id = g_strdup (patient_id);
  cr_patient_line_show (self->whose, engine, patient_id);
  self->source_id = g_strdup (source_id);
  self->type = g_strdup (type);
  self->record_id = g_strdup (id);
  load (self, &self->right, 0);
  return GTK_WIDGET (self);
}
