/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-record-page.h"

#include "app/cr-app-init.h"
#include "app/cr-file-row.h"
#include "app/cr-flow-layout.h"
#include "app/cr-patient-line.h"
#include "app/cr-raw-view.h"
#include "app/cr-row-name.h"
#include "app/cr-trend-view.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

/* Files that are shown with the record; of others only what they are. */
#define MAX_FILES_SHOWN 10
#define FILES_AT_ONCE 50

#define MOST_SAID 8000 /* bytes of one value */

struct _CrRecordPage
{
  CrPage parent_instance;

  AdwViewSwitcher *switcher;
  GtkStack *stack;
  AdwStatusPage *trouble;
  CrPatientLine *whose;
  GtkLabel *heading;
  GtkLabel *about;
  GtkButton *compare;
  GtkDropDown *versions;
  GtkListBox *words;
  GtkLabel *files_heading;
  GtkListBox *files;
  GtkButton *more_files;
  CrTrendView *trend;
  GtkListBox *facts;
  CrRawView *raw;

  char *patient_id; /* (owned) (nullable) */
  char *source_id;  /* (owned) (nullable) */
  char *type;       /* (owned) (nullable) */
  char *record_id;  /* (owned) (nullable) */
  CrRecord *record; /* (owned) (nullable): what is shown */
  CrRecord *coming; /* (owned) (nullable): what is shown once it is described */
  guint n_files;    /* that are listed */
  gboolean is_filling;
};

G_DEFINE_FINAL_TYPE (CrRecordPage, cr_record_page, CR_TYPE_PAGE)

static void
clear (GtkListBox *box)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (box, 0)) != NULL)
    gtk_list_box_remove (box, GTK_WIDGET (row));
}

static GtkWidget *
make_value (const char *value)
{
  GtkWidget *text = gtk_label_new (value);

  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (text), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (text), TRUE);
  gtk_widget_set_hexpand (text, TRUE);
  return text;
}

/* Returns: (transfer none): its row */
static GtkWidget *
add_value (GtkListBox *box, const char *label, GtkWidget *value)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *name = gtk_label_new (label);
  GtkWidget *row;

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_yalign (GTK_LABEL (name), 0);
  gtk_label_set_wrap (GTK_LABEL (name), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (name), 14);
  gtk_label_set_max_width_chars (GTK_LABEL (name), 14);
  gtk_widget_add_css_class (name, "dim-label");
  gtk_widget_add_css_class (line, "line");
  gtk_widget_set_layout_manager (line, cr_flow_layout_new (12));
  gtk_box_append (GTK_BOX (line), name);
  gtk_box_append (GTK_BOX (line), value);
  gtk_list_box_append (box, line);
  row = gtk_widget_get_parent (line);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  cr_row_name_set (row);
  return row;
}

static void
add_line (GtkListBox *box, const char *label, const char *value)
{
  add_value (box, label, make_value (value));
}

/* A label lays all of its text out, and tells all of it to a screen reader. */
static char *
shorten (const char *text)
{
  const char *end;

  if (strlen (text) <= MOST_SAID)
    return g_strdup (text);
  end = g_utf8_find_prev_char (text, text + MOST_SAID);
  return g_strdup_printf (_ ("%.*s… The rest stands in the raw record."), (int) (end - text), text);
}

static void
show_words (CrRecordPage *self, char **words, const char *whole_title)
{
  g_autofree char *title = shorten (whole_title != NULL ? whole_title : self->record->id);

  clear (self->words);
  for (guint i = 0; words != NULL && words[i] != NULL && words[i + 1] != NULL; i += 2)
    {
      g_autofree char *begin = shorten (words[i + 1]);
      g_autofree char *value = cr_words_moment (begin);

      add_line (self->words, cr_local_words (words[i]), value);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->words), words != NULL && words[0] != NULL);
  gtk_label_set_text (self->heading, title);
  cr_page_set_title (CR_PAGE (self), title);
}

static const char *
say_reached (const char *reached)
{
  static const char *const words[][2] = {
    { "search", N_ ("Listed by the source") },
    { "read", N_ ("Read by itself, to learn whether it is still there") },
    { "reference", N_ ("Another record points at it") },
    { "attachment", N_ ("Attached to another record") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i][0], reached) == 0)
      return _ (words[i][1]);

  return "";
}

/* Kept as it was; the source has it no more, or does not list it. */
static void
add_absence (CrRecordPage *self)
{
  CrRecord *record = self->record;
  g_autofree char *missed = cr_words_exact_time (record->missed_ms);
  g_autofree char *gone = cr_words_exact_time (record->gone_ms);

  if (record->gone_ms > 0)
    add_line (self->facts, _ ("No longer at the source"), gone);
  else if (record->missed_ms > 0)
    add_line (self->facts, _ ("No longer listed by the source"), missed);
}

/* What it tells can be copied elsewhere: here a click is to open the pull. */
static void
add_pull (CrRecordPage *self, const char *label, CrPull *pull)
{
  g_autofree char *words = cr_words_pull (pull);
  GtkWidget *value = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *text = make_value (words);
  GtkWidget *row;

  gtk_label_set_selectable (GTK_LABEL (text), FALSE);
  gtk_box_append (GTK_BOX (value), text);
  gtk_box_append (GTK_BOX (value), gtk_image_new_from_icon_name ("go-next-symbolic"));
  row = add_value (self->facts, label, value);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "s", pull->id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "win.show-pull-changes");
}

static gboolean
is_other (CrPull *pull, CrPull *than)
{
  return pull != NULL && (than == NULL || g_strcmp0 (pull->id, than->id) != 0);
}

static void
add_pulls (CrRecordPage *self)
{
  CrRecord *record = self->record;

  if (record->pull != NULL)
    add_pull (self, _ ("Brought by"), record->pull);
  if (is_other (record->first_pull, record->pull))
    add_pull (self, _ ("First seen by"), record->first_pull);
  if (is_other (record->last_pull, record->pull))
    add_pull (self, _ ("Last confirmed by"), record->last_pull);
}

static void
add_stamps (CrRecordPage *self)
{
  CrRecord *record = self->record;
  g_autofree char *updated =
      record->source_updated != NULL ? cr_words_moment (record->source_updated) : NULL;

  if (record->source_version != NULL)
    add_line (self->facts, _ ("Version at the source"), record->source_version);
  if (updated != NULL)
    add_line (self->facts, _ ("Updated at the source"), updated);
}

static void
show_facts (CrRecordPage *self)
{
  CrRecord *record = self->record;
  g_autofree char *received = cr_words_exact_time (record->received_ms);
  g_autofree char *first = cr_words_exact_time (record->first_seen_ms);
  g_autofree char *confirmed = cr_words_exact_time (record->last_confirmed_ms);
  g_autofree char *size = g_format_size (record->n_bytes);

  clear (self->facts);
  add_line (self->facts, _ ("Resource"), record->type);
  add_line (self->facts, _ ("Id at the source"), record->id);
  add_stamps (self);
  add_line (self->facts, _ ("First seen"), first);
  add_line (self->facts, _ ("This version"), received);
  add_line (self->facts, _ ("Last confirmed"), confirmed);
  add_absence (self);
  add_line (self->facts, _ ("How it came"), say_reached (record->reached));
  add_pulls (self);
  add_line (self->facts, _ ("Size"), size);
  add_line (self->facts, _ ("SHA-256"), record->sha256 != NULL ? record->sha256 : "");
}

static void
show_files (CrRecordPage *self, GPtrArray *files)
{
  guint n = MIN (files->len, FILES_AT_ONCE);

  for (guint i = 0; i < n; i++)
    gtk_list_box_append (self->files,
                         cr_file_row_new (cr_page_get_engine (CR_PAGE (self)), self->patient_id,
                                          self->record->version, g_ptr_array_index (files, i),
                                          self->n_files + i < MAX_FILES_SHOWN));
  self->n_files += n;
  gtk_widget_set_visible (GTK_WIDGET (self->files), self->n_files > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->files_heading), self->n_files > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->more_files), files->len > n);
}

/* A record of which another version is looked at by now has its files shown later. */
typedef struct
{
  CrRecordPage *page; /* (owned) */
  CrRecord *record;   /* (owned) */
} Look;

static void
got_files_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Look *look = user_data;
  g_autoptr (CrRecordPage) self = look->page;
  g_autoptr (CrRecord) record = look->record;
  g_autoptr (GPtrArray) files = cr_engine_list_files_finish (CR_ENGINE (source), result, NULL);

  g_free (look);
  gtk_widget_set_sensitive (GTK_WIDGET (self->more_files), TRUE);
  if (files != NULL && self->record == record && cr_page_get_engine (CR_PAGE (self)) != NULL)
    show_files (self, files);
}

static void
look_for_files (CrRecordPage *self)
{
  CrFileQuestion question = { .patient_id = self->patient_id,
                              .source_id = self->record->source_id,
                              .type = self->record->type,
                              .id = self->record->id,
                              .version = self->record->version,
                              .offset = self->n_files,
                              .limit = FILES_AT_ONCE + 1 };
  Look *look = g_new (Look, 1);

  *look = (Look){ g_object_ref (self), g_object_ref (self->record) };
  cr_engine_list_files_async (cr_page_get_engine (CR_PAGE (self)), &question,
                              cr_page_get_cancellable (CR_PAGE (self)), got_files_cb, look);
}

static void
more_files_cb (CrRecordPage *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->more_files), FALSE);
  look_for_files (self);
}

static void
show_versions (CrRecordPage *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint n = MAX (self->record->n_versions, 1);

  self->is_filling = TRUE;
  for (guint i = n; i > 0; i--)
    {
      g_autofree char *name = g_strdup_printf (_ ("Version %u"), i);

      gtk_string_list_append (names, name);
    }
  gtk_drop_down_set_model (self->versions, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->versions, n - MIN (MAX (self->record->version, 1), n));
  gtk_widget_set_visible (GTK_WIDGET (self->versions), n > 1);
  gtk_widget_set_visible (GTK_WIDGET (self->compare), n > 1);
  self->is_filling = FALSE;
}

static void
show (CrRecordPage *self, char **words, const char *title)
{
  g_autofree char *type = cr_words_type (self->record->type);
  const char *source = self->record->source_name;
  g_autofree char *about = cr_words_join (type, source != NULL ? source : "", NULL);

  gtk_label_set_text (self->about, about);
  show_words (self, words, title);
  cr_trend_view_show (self->trend, cr_page_get_engine (CR_PAGE (self)), self->record);
  show_facts (self);
  cr_raw_view_show (self->raw, self->record);
  show_versions (self);
  clear (self->files);
  self->n_files = 0;
  look_for_files (self);
  gtk_stack_set_visible_child_name (self->stack, "record");
}

/* Another version may have been asked for since. */
static void
described_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Look *look = user_data;
  g_autoptr (CrRecordPage) self = look->page;
  g_autoptr (CrRecord) record = look->record;
  g_autofree char *title = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words =
      cr_engine_describe_record_finish (CR_ENGINE (source), result, &title, &error);

  g_free (look);
  if (cr_error_is_cancelled (error) || self->coming != record)
    return;
  g_clear_object (&self->coming);
  g_set_object (&self->record, record);
  show (self, words, title);
}

static void
describe (CrRecordPage *self)
{
  Look *look = g_new (Look, 1);

  *look = (Look){ g_object_ref (self), g_object_ref (self->coming) };
  cr_engine_describe_record_async (cr_page_get_engine (CR_PAGE (self)), self->coming,
                                   cr_page_get_cancellable (CR_PAGE (self)), described_cb, look);
}

static void
got_record_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrRecordPage) self = user_data;
  g_autoptr (GError) error = NULL;
  CrRecord *record = cr_engine_get_record_finish (CR_ENGINE (source), result, &error);

  if (record == NULL && cr_error_is_cancelled (error))
    return;
  if (record == NULL)
    {
      adw_status_page_set_description (self->trouble, cr_local_words (error->message));
      gtk_stack_set_visible_child_name (self->stack, "trouble");
      return;
    }
  g_clear_object (&self->coming);
  self->coming = record;
  describe (self);
}

static void
load (CrRecordPage *self, guint version)
{
  cr_engine_get_record_async (cr_page_get_engine (CR_PAGE (self)), self->patient_id,
                              self->source_id, self->type, self->record_id, version,
                              cr_page_get_cancellable (CR_PAGE (self)), got_record_cb,
                              g_object_ref (self));
}

static void
version_cb (GtkDropDown *menu, GParamSpec *pspec, CrRecordPage *self)
{
  guint position = gtk_drop_down_get_selected (menu);

  if (!self->is_filling && self->record != NULL && position != GTK_INVALID_LIST_POSITION)
    load (self, MAX (self->record->n_versions, 1) - position);
}

static void
tab_cb (AdwViewStack *tabs, GParamSpec *pspec, CrRecordPage *self)
{
  gboolean is_raw = g_strcmp0 (adw_view_stack_get_visible_child_name (tabs), "raw") == 0;

  if (self->patient_id != NULL)
    cr_page_set_shows (CR_PAGE (self), self->patient_id, is_raw ? CR_LOOK_RAW : CR_LOOK_RECORD);
}

/* In what came, which is all there is of it. */
static gboolean
cr_record_page_search (CrPage *page)
{
  CrRecordPage *self = CR_RECORD_PAGE (page);

  if (self->record == NULL)
    return FALSE;
  adw_view_stack_set_visible_child_name (adw_view_switcher_get_stack (self->switcher), "raw");
  return cr_raw_view_search (self->raw);
}

static void
cr_record_page_finalize (GObject *object)
{
  CrRecordPage *self = CR_RECORD_PAGE (object);

  g_clear_object (&self->record);
  g_clear_object (&self->coming);
  g_free (self->patient_id);
  g_free (self->source_id);
  g_free (self->type);
  g_free (self->record_id);
  G_OBJECT_CLASS (cr_record_page_parent_class)->finalize (object);
}

static void
cr_record_page_class_init (CrRecordPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_record_page_finalize;
  CR_PAGE_CLASS (klass)->search = cr_record_page_search;
  g_type_ensure (CR_TYPE_RAW_VIEW);
  g_type_ensure (CR_TYPE_TREND_VIEW);
  g_type_ensure (CR_TYPE_PATIENT_LINE);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-record-page"));
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, whose);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, switcher);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, trouble);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, heading);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, about);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, compare);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, versions);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, words);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, files_heading);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, files);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, more_files);
  gtk_widget_class_bind_template_callback (widget_class, more_files_cb);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, trend);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, facts);
  gtk_widget_class_bind_template_child (widget_class, CrRecordPage, raw);
  gtk_widget_class_bind_template_callback (widget_class, version_cb);
  gtk_widget_class_bind_template_callback (widget_class, tab_cb);
}

static void
cr_record_page_init (CrRecordPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_row_name_drop_down (self->versions, _ ("Version"));
  cr_page_bind_switcher (CR_PAGE (self), self->switcher);
}

GtkWidget *
cr_record_page_new (CrEngine *engine,
                    const char *patient_id,
                    const char *source_id,
                    const char *type,
                    const char *id)
{
  CrRecordPage *self = g_object_new (CR_TYPE_RECORD_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  cr_page_set_shows (CR_PAGE (self), patient_id, CR_LOOK_RECORD);
  self->patient_id = g_strdup (patient_id);
  cr_patient_line_show (self->whose, engine, patient_id);
  self->source_id = g_strdup (source_id);
  self->type = g_strdup (type);
  self->record_id = g_strdup (id);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->compare), "(ssss)", patient_id, source_id,
                                    type, id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->compare), "win.compare-versions");
  load (self, 0);
  return GTK_WIDGET (self);
}
