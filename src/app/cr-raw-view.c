/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-raw-view.h"

#include "app/cr-announce.h"
#include "app/cr-app-init.h"
#include "app/cr-flow-layout.h"
#include "app/cr-text-search.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>
#include <string.h>

/* A text view lays a line out whole, and a record may be one line: what is longer is shown in
 * parts, which have as much of a line as is laid out at once. */
#define PART ((gsize) 64 * 1024)
#define LINE ((gsize) 16 * 1024)
#define LINE_SOUGHT 1000 /* bytes before the edge of a part that may have the end of a line */
#define MOST_HITS 1000000

struct _CrRawView
{
  AdwBin parent_instance;

  GtkSearchEntry *find;
  GtkLabel *found;
  GtkWidget *steps;
  GtkToggleButton *as_received;
  GtkWidget *parts;
  GtkLabel *part;
  GtkWidget *earlier;
  GtkWidget *later;
  GtkTextView *text;

  CrRecord *record; /* (owned) (nullable) */
  GBytes *whole;    /* (owned) (nullable): the text of it, UTF-8 */
  gsize start;      /* of the part that is shown, in bytes */
  gsize end;
  GArray *hits;            /* (owned) (nullable): of CrTextHit, in all of it */
  guint at;                /* of those */
  GCancellable *reading;   /* (owned) (nullable) */
  GCancellable *searching; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrRawView, cr_raw_view, ADW_TYPE_BIN)

static void
stop (GCancellable **cancellable)
{
  g_cancellable_cancel (*cancellable);
  g_clear_object (cancellable);
}

/* Parts ------------------------------------------------------------------------------------------
 */

/* → where a part may begin or end: behind a line, if one ends close before, else at a letter */
static gsize
edge (CrRawView *self, gsize at)
{
  gsize length;
  const char *text = g_bytes_get_data (self->whole, &length);
  gsize least = at > LINE_SOUGHT ? at - LINE_SOUGHT : 0;

  if (at >= length)
    return length;
  for (gsize i = at; i > least; i--)
    if (text[i - 1] == '\n')
      return i;
  while (at > 0 && ((guchar) text[at] & 0xc0) == 0x80)
    at--;
  return at;
}

/* → where a part that begins there ends */
static gsize
end_of (CrRawView *self, gsize start, gsize most)
{
  gsize length;
  const char *text = g_bytes_get_data (self->whole, &length);
  gsize line = start;

  for (gsize i = start; i < MIN (start + most, length); i++)
    if (text[i] == '\n')
      line = i + 1;
    else if (i - line >= LINE)
      return edge (self, i);
  return edge (self, start + most);
}

static gsize
start_of (CrRawView *self, gsize end, gsize most)
{
  const char *text = g_bytes_get_data (self->whole, NULL);
  gsize line = end;

  for (gsize i = end; i > 0 && end - i < most; i--)
    if (text[i - 1] == '\n')
      line = i - 1;
    else if (line - i >= LINE)
      return edge (self, i);
  return end > most ? edge (self, end - most) : 0;
}

static void
unmark (CrRawView *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  GtkTextIter top, bottom;

  gtk_text_buffer_get_bounds (buffer, &top, &bottom);
  gtk_text_buffer_remove_tag_by_name (buffer, "found", &top, &bottom);
}

static void
select_hit (CrRawView *self, const CrTextHit *hit)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  const char *part = (const char *) g_bytes_get_data (self->whole, NULL) + self->start;
  const char *found = part + (hit->start - self->start);
  long n_before = g_utf8_strlen (part, found - part);
  long n = g_utf8_strlen (found, (gssize) (hit->end - hit->start));
  GtkTextIter start, end;

  gtk_text_buffer_get_iter_at_offset (buffer, &start, (int) n_before);
  gtk_text_buffer_get_iter_at_offset (buffer, &end, (int) (n_before + n));
  unmark (self);
  gtk_text_buffer_apply_tag_by_name (buffer, "found", &start, &end);
  gtk_text_buffer_select_range (buffer, &start, &end);
}

static void
show_cursor (CrRawView *self)
{
  GtkTextMark *cursor = gtk_text_buffer_get_insert (gtk_text_view_get_buffer (self->text));

  gtk_text_view_scroll_to_mark (self->text, cursor, 0.1, FALSE, 0, 0);
}

static void
show_part (CrRawView *self, gsize start, gsize end)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  gsize length;
  const char *text = g_bytes_get_data (self->whole, &length);
  g_autofree char *shown = NULL;
  GtkTextIter top, bottom;
  g_autofree char *from = cr_words_number ((gint64) start + 1);
  g_autofree char *to = cr_words_number ((gint64) end);
  g_autofree char *all = cr_words_number ((gint64) length);
  g_autofree char *words =
      g_strdup_printf (_ ("This record is long: bytes %s to %s of %s are shown. All of them are "
                          "searched and copied."),
                       from, to, all);

  self->start = start;
  self->end = end;
  /* GTK tells screen readers all that is in memory behind what is set, megabytes: a copy ends. */
  shown = g_strndup (text + start, end - start);
  gtk_text_buffer_set_text (buffer, shown, -1);
  gtk_text_buffer_get_bounds (buffer, &top, &bottom);
  gtk_text_buffer_apply_tag_by_name (buffer, "bytes", &top, &bottom);
  gtk_text_buffer_place_cursor (buffer, &top);
  show_cursor (self);
  gtk_label_set_text (self->part, words);
  gtk_widget_set_visible (self->parts, start > 0 || end < length);
  gtk_widget_set_sensitive (self->earlier, start > 0);
  gtk_widget_set_sensitive (self->later, end < length);
}

static void
earlier_cb (GtkButton *button, CrRawView *self)
{
  show_part (self, start_of (self, self->start, PART), self->start);
}

static void
later_cb (GtkButton *button, CrRawView *self)
{
  show_part (self, self->end, end_of (self, self->end, PART));
}

/* Finding ----------------------------------------------------------------------------------------
 */

static void
say_found (CrRawView *self, const char *words, gboolean is_missing)
{
  gtk_label_set_text (self->found, words);
  gtk_widget_set_visible (GTK_WIDGET (self->found), words[0] != '\0');
  cr_announce (GTK_WIDGET (self->found), words);
  if (is_missing)
    gtk_widget_add_css_class (GTK_WIDGET (self->find), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->find), "error");
}

static gboolean
is_shown (CrRawView *self, const CrTextHit *hit)
{
  return hit->start >= self->start && hit->end <= self->end;
}

static void
show_hit (CrRawView *self)
{
  const CrTextHit *hit = &g_array_index (self->hits, CrTextHit, self->at);
  g_autofree char *at = cr_words_number ((gint64) self->at + 1);
  g_autofree char *all = cr_words_number (self->hits->len);
  g_autofree char *words = g_strdup_printf (
      self->hits->len < MOST_HITS ? _ ("%s of %s") : _ ("%s of the first %s"), at, all);

  if (!is_shown (self, hit))
    show_part (self, start_of (self, hit->start, PART / 2),
               MAX (end_of (self, hit->end, PART / 2), hit->end));
  select_hit (self, hit);
  show_cursor (self);
  say_found (self, words, FALSE);
}

/* From where one is, who may have gone to another part since. */
static void
step (CrRawView *self, gboolean is_back)
{
  guint n = self->hits == NULL ? 0 : self->hits->len;
  guint i = 0;

  if (n == 0)
    return;
  if (is_shown (self, &g_array_index (self->hits, CrTextHit, self->at)))
    i = self->at + (is_back ? 0 : 1);
  else
    while (i < n && g_array_index (self->hits, CrTextHit, i).start < self->start)
      i++;
  self->at = (i + (is_back ? n - 1 : 0)) % n;
  show_hit (self);
}

static void
next_cb (GtkWidget *widget, CrRawView *self)
{
  step (self, FALSE);
}

static void
previous_cb (GtkWidget *widget, CrRawView *self)
{
  step (self, TRUE);
}

typedef struct
{
  GBytes *text; /* (owned) */
  char *words;  /* (owned) */
} Question;

static void
question_free (Question *self)
{
  g_bytes_unref (self->text);
  g_free (self->words);
  g_free (self);
}

static void
search_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  GArray *hits = cr_text_search (question->text, question->words, MOST_HITS, cancellable);

  if (!g_task_return_error_if_cancelled (task))
    g_task_return_pointer (task, g_steal_pointer (&hits), (GDestroyNotify) g_array_unref);
  g_clear_pointer (&hits, g_array_unref);
}

static void
searched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrRawView *self = CR_RAW_VIEW (source);
  GArray *hits = g_task_propagate_pointer (G_TASK (result), NULL);

  if (hits == NULL)
    return;
  g_clear_pointer (&self->hits, g_array_unref);
  self->hits = hits;
  self->at = 0;
  gtk_widget_set_sensitive (self->steps, hits->len > 0);
  if (hits->len > 0)
    show_hit (self);
  else
    say_found (self, _ ("Not found"), TRUE);
}

static void
search (CrRawView *self)
{
  const char *words = gtk_editable_get_text (GTK_EDITABLE (self->find));
  g_autoptr (GTask) task = NULL;
  Question *question;

  stop (&self->searching);
  g_clear_pointer (&self->hits, g_array_unref);
  gtk_widget_set_sensitive (self->steps, FALSE);
  unmark (self);
  say_found (self, words[0] != '\0' ? _ ("Searching…") : "", FALSE);
  if (self->whole == NULL || words[0] == '\0')
    return;
  self->searching = g_cancellable_new ();
  question = g_new (Question, 1);
  *question = (Question){ g_bytes_ref (self->whole), g_strdup (words) };
  task = g_task_new (self, self->searching, searched_cb, NULL);
  g_task_set_task_data (task, question, (GDestroyNotify) question_free);
  g_task_run_in_thread (task, search_thread);
}

static void
find_changed_cb (GtkSearchEntry *entry, CrRawView *self)
{
  search (self);
}

/* Reading ----------------------------------------------------------------------------------------
 */

static void
indent_thread (GTask *task, gpointer source, gpointer record, GCancellable *cancellable)
{
  char *text = cr_engine_pretty_record (record);

  g_task_return_pointer (task, g_bytes_new_take (text, strlen (text)),
                         (GDestroyNotify) g_bytes_unref);
}

static void
as_received_thread (GTask *task, gpointer source, gpointer record, GCancellable *cancellable)
{
  GBytes *body = CR_RECORD (record)->body;
  gsize n_bytes;
  const char *bytes = g_bytes_get_data (body, &n_bytes);
  char *text;

  if (g_utf8_validate_len (bytes, n_bytes, NULL))
    g_task_return_pointer (task, g_bytes_ref (body), (GDestroyNotify) g_bytes_unref);
  else
    {
      text = g_utf8_make_valid (bytes, (gssize) n_bytes);
      g_task_return_pointer (task, g_bytes_new_take (text, strlen (text)),
                             (GDestroyNotify) g_bytes_unref);
    }
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrRawView *self = CR_RAW_VIEW (source);
  GBytes *whole = g_task_propagate_pointer (G_TASK (result), NULL);

  if (whole == NULL)
    return;
  self->whole = whole;
  show_part (self, 0, end_of (self, 0, PART));
  search (self);
}

/* What takes long takes it in a thread. */
static void
read_text (CrRawView *self)
{
  g_autoptr (GTask) task = NULL;

  stop (&self->reading);
  stop (&self->searching);
  g_clear_pointer (&self->whole, g_bytes_unref);
  g_clear_pointer (&self->hits, g_array_unref);
  gtk_widget_set_visible (self->parts, FALSE);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text), "", 0);
  if (self->record == NULL || self->record->body == NULL)
    return;
  self->reading = g_cancellable_new ();
  task = g_task_new (self, self->reading, read_cb, NULL);
  g_task_set_task_data (task, g_object_ref (self->record), g_object_unref);
  g_task_run_in_thread (task, gtk_toggle_button_get_active (self->as_received) ? as_received_thread
                                                                               : indent_thread);
}

static void
as_received_cb (GtkToggleButton *button, CrRawView *self)
{
  read_text (self);
}

static void
copy_cb (GtkButton *button, CrRawView *self)
{
  g_autofree char *text = NULL;

  if (self->whole == NULL)
    return;
  text = g_strndup (g_bytes_get_data (self->whole, NULL), g_bytes_get_size (self->whole));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.say", "s", _ ("Copied"));
}

static void
cr_raw_view_unroot (GtkWidget *widget)
{
  CrRawView *self = CR_RAW_VIEW (widget);

  stop (&self->reading);
  stop (&self->searching);
  GTK_WIDGET_CLASS (cr_raw_view_parent_class)->unroot (widget);
}

static void
cr_raw_view_finalize (GObject *object)
{
  CrRawView *self = CR_RAW_VIEW (object);

  stop (&self->reading);
  stop (&self->searching);
  g_clear_object (&self->record);
  g_clear_pointer (&self->whole, g_bytes_unref);
  g_clear_pointer (&self->hits, g_array_unref);
  G_OBJECT_CLASS (cr_raw_view_parent_class)->finalize (object);
}

static void
cr_raw_view_class_init (CrRawViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_raw_view_finalize;
  widget_class->unroot = cr_raw_view_unroot;
  g_type_ensure (CR_TYPE_FLOW_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-raw-view"));
  gtk_widget_class_bind_template_child (widget_class, CrRawView, find);
  gtk_widget_class_bind_template_child (widget_class, CrRawView, found);
  gtk_widget_class_bind_template_child (widget_class, CrRawView, steps);
  gtk_widget_class_bind_template_child (widget_class, CrRawView, as_received);
  gtk_widget_class_bind_template_child (widget_class, CrRawView, parts);
  gtk_widget_class_bind_template_child (widget_class, CrRawView, part);
  gtk_widget_class_bind_template_child (widget_class, CrRawView, earlier);
  gtk_widget_class_bind_template_child (widget_class, CrRawView, later);
  gtk_widget_class_bind_template_child (widget_class, CrRawView, text);
  gtk_widget_class_bind_template_callback (widget_class, find_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_cb);
  gtk_widget_class_bind_template_callback (widget_class, previous_cb);
  gtk_widget_class_bind_template_callback (widget_class, as_received_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, earlier_cb);
  gtk_widget_class_bind_template_callback (widget_class, later_cb);
}

static void
cr_raw_view_init (CrRawView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* A hyphen where a line has no more room would be read as one of the record's. */
  gtk_text_buffer_create_tag (gtk_text_view_get_buffer (self->text), "bytes", "insert-hyphens",
                              FALSE, NULL);
  gtk_text_buffer_create_tag (gtk_text_view_get_buffer (self->text), "found", "weight",
                              PANGO_WEIGHT_BOLD, "underline", PANGO_UNDERLINE_SINGLE, NULL);
}

void
cr_raw_view_show (CrRawView *self, CrRecord *record)
{
  g_return_if_fail (CR_IS_RAW_VIEW (self));

  g_set_object (&self->record, record);
  read_text (self);
}

gboolean
cr_raw_view_search (CrRawView *self)
{
  g_return_val_if_fail (CR_IS_RAW_VIEW (self), FALSE);

  return gtk_widget_grab_focus (GTK_WIDGET (self->find));
}
