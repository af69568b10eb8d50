/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-toast.h"

#include "app/cr-announce.h"
#include "app/cr-flow-layout.h"

#define BUTTON_S 10
/* Beside a button in a narrow window, with large text. */
#define WORDS_CHARS 4
#define SPACING 6
/* Around what is in it, on both sides. */
#define FRAME 42

AdwToast *
cr_toast_new_with_button (const char *text,
                          const char *button,
                          const char *action,
                          GVariant *target)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_button_label (toast, button);
  adw_toast_set_action_name (toast, action);
  adw_toast_set_action_target_value (toast, target);
  adw_toast_set_timeout (toast, BUTTON_S);
  return toast;
}

/* What an overlay shows, and what waits until it may. */
typedef struct
{
  gboolean is_held;
  GPtrArray *shown;   /* (owned): AdwToast, until each is dismissed */
  GPtrArray *waiting; /* (owned): AdwToast (owned) */
} Toasts;

static void
toasts_free (gpointer data)
{
  Toasts *toasts = data;

  for (guint i = 0; i < toasts->shown->len; i++)
    g_signal_handlers_disconnect_by_data (toasts->shown->pdata[i], toasts);
  g_ptr_array_unref (toasts->shown);
  g_ptr_array_unref (toasts->waiting);
  g_free (toasts);
}

static Toasts *
toasts_of (AdwToastOverlay *overlay)
{
  Toasts *toasts = g_object_get_data (G_OBJECT (overlay), "cr-toasts");

  if (toasts == NULL)
    {
      toasts = g_new0 (Toasts, 1);
      toasts->shown = g_ptr_array_new_with_free_func (g_object_unref);
      toasts->waiting = g_ptr_array_new_with_free_func (g_object_unref);
      g_object_set_data_full (G_OBJECT (overlay), "cr-toasts", toasts, toasts_free);
    }
  return toasts;
}

static void
dismissed_cb (AdwToast *toast, Toasts *toasts)
{
  g_signal_handlers_disconnect_by_data (toast, toasts);
  g_ptr_array_remove (toasts->shown, toast);
}

/* The window has another size: the overlay has it already. */
static void
room_cb (GdkSurface *surface, int width, int height, CrFlowLayout *layout)
{
  GtkWidget *toast = gtk_layout_manager_get_widget (GTK_LAYOUT_MANAGER (layout));
  GtkWidget *overlay =
      toast != NULL ? gtk_widget_get_ancestor (toast, ADW_TYPE_TOAST_OVERLAY) : NULL;

  if (overlay != NULL)
    cr_flow_layout_set_max_width (layout, gtk_widget_get_width (overlay) - FRAME);
}

/* The overlay gives it the height that it would have in all the width it likes. */
static void
parent_cb (GtkWidget *words, GParamSpec *pspec, GtkWidget *overlay)
{
  GtkWidget *bin = gtk_widget_get_parent (words);
  GtkWidget *toast = bin != NULL ? gtk_widget_get_parent (bin) : NULL;
  GtkLayoutManager *layout;

  if (toast == NULL)
    return;
  layout = cr_flow_layout_new (SPACING);
  cr_flow_layout_set_max_width (CR_FLOW_LAYOUT (layout), gtk_widget_get_width (overlay) - FRAME);
  gtk_widget_set_layout_manager (toast, layout);
  g_signal_connect_object (gtk_native_get_surface (gtk_widget_get_native (overlay)), "layout",
                           G_CALLBACK (room_cb), layout, 0);
}

/* libadwaita would cut them in a narrow window. */
static void
wrap_words (AdwToast *toast, AdwToastOverlay *overlay)
{
  GtkWidget *words = gtk_label_new (adw_toast_get_title (toast));

  gtk_label_set_wrap (GTK_LABEL (words), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (words), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_width_chars (GTK_LABEL (words), WORDS_CHARS);
  gtk_label_set_xalign (GTK_LABEL (words), 0);
  gtk_widget_set_hexpand (words, TRUE);
  gtk_widget_add_css_class (words, "heading");
  g_signal_connect (words, "notify::parent", G_CALLBACK (parent_cb), overlay);
  adw_toast_set_custom_title (toast, words);
}

/* What a person opens to read more is not gone because something else happened meanwhile. */
static gboolean
is_to_be_read (AdwToast *toast)
{
  return g_strcmp0 (adw_toast_get_action_name (toast), CR_TOAST_EXPLAIN) == 0;
}

/* libadwaita would let it wait until the one before has gone, whose words and whose way back are of
 * then: “Disabled”, ten seconds long, over what was enabled since. */
static void
replace_shown (Toasts *toasts)
{
  g_autoptr (GPtrArray) shown = g_ptr_array_copy (toasts->shown, (GCopyFunc) g_object_ref, NULL);

  g_ptr_array_set_free_func (shown, g_object_unref);
  for (guint i = 0; i < shown->len; i++)
    if (!is_to_be_read (shown->pdata[i]))
      adw_toast_dismiss (shown->pdata[i]);
}

static void
show (AdwToastOverlay *overlay, AdwToast *toast)
{
  Toasts *toasts = toasts_of (overlay);

  g_ptr_array_add (toasts->shown, g_object_ref (toast));
  g_signal_connect (toast, "dismissed", G_CALLBACK (dismissed_cb), toasts);
  cr_announce (GTK_WIDGET (overlay),
               gtk_label_get_text (GTK_LABEL (adw_toast_get_custom_title (toast))));
  adw_toast_overlay_add_toast (overlay, toast);
}

/* @toast: (transfer full) */
void
cr_toast_add (AdwToastOverlay *overlay, AdwToast *toast)
{
  Toasts *toasts = toasts_of (overlay);

  if (adw_toast_get_custom_title (toast) == NULL)
    wrap_words (toast, overlay);
  if (toasts->is_held)
    {
      g_ptr_array_add (toasts->waiting, toast);
      return;
    }
  replace_shown (toasts);
  show (overlay, toast);
}

static gboolean
is_about (AdwToast *toast, const char *id)
{
  GVariant *target = adw_toast_get_action_target_value (toast);

  return target != NULL && g_variant_is_of_type (target, G_VARIANT_TYPE_STRING) &&
         g_str_equal (g_variant_get_string (target, NULL), id);
}

void
cr_toast_dismiss (AdwToastOverlay *overlay, const char *id)
{
  Toasts *toasts = toasts_of (overlay);

  for (guint i = toasts->waiting->len; i > 0; i--)
    if (is_about (toasts->waiting->pdata[i - 1], id))
      g_ptr_array_remove_index (toasts->waiting, i - 1);
  for (guint i = toasts->shown->len; i > 0; i--)
    if (is_about (toasts->shown->pdata[i - 1], id))
      adw_toast_dismiss (toasts->shown->pdata[i - 1]);
}

/* Over a locked window nothing is shown: what is there goes, what comes waits for the end of it. */
void
cr_toast_set_held (AdwToastOverlay *overlay, gboolean is_held)
{
  Toasts *toasts = toasts_of (overlay);

  if (toasts->is_held == is_held)
    return;
  toasts->is_held = is_held;
  while (is_held && toasts->shown->len > 0)
    {
      g_autoptr (AdwToast) toast = g_object_ref (toasts->shown->pdata[0]);

      adw_toast_dismiss (toast);
      g_ptr_array_remove (toasts->shown, toast);
    }
  while (!is_held && toasts->waiting->len > 0)
    show (overlay, g_ptr_array_steal_index (toasts->waiting, 0));
}
