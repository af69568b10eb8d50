/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-page.h"

#include "app/cr-even-layout.h"
#include "app/cr-look-note.h"
#include "app/cr-room-layout.h"

typedef struct
{
  CrEngine *engine;          /* (owned) (nullable): a template alone has none */
  GCancellable *cancellable; /* (owned) */
  char *title;               /* (owned) (nullable) */
  char *patient_id;          /* (owned) (nullable): whose records it shows */
  CrLookKind kind;
  gboolean is_headed;
  gboolean is_searchable;
  gboolean is_searching;
  gboolean is_narrow;
} CrPagePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (CrPage, cr_page, ADW_TYPE_BIN)

typedef enum
{
  PROP_TITLE = 1,
  PROP_HEADED, /* it begins with its title */
  PROP_SEARCHABLE,
  PROP_SEARCH_MODE,
  PROP_NARROW,
} CrPageProperty;

static GParamSpec *props[PROP_NARROW + 1];

static CrPagePrivate *
get_private (CrPage *self)
{
  return cr_page_get_instance_private (self);
}

static void
cr_page_unroot (GtkWidget *widget)
{
  g_cancellable_cancel (get_private (CR_PAGE (widget))->cancellable);
  GTK_WIDGET_CLASS (cr_page_parent_class)->unroot (widget);
}

static void
cr_page_finalize (GObject *object)
{
  CrPagePrivate *self = get_private (CR_PAGE (object));

  g_clear_object (&self->engine);
  g_clear_object (&self->cancellable);
  g_free (self->title);
  g_free (self->patient_id);
  G_OBJECT_CLASS (cr_page_parent_class)->finalize (object);
}

static void
cr_page_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  CrPagePrivate *self = get_private (CR_PAGE (object));

  switch ((CrPageProperty) id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_HEADED:
      g_value_set_boolean (value, self->is_headed);
      break;
    case PROP_SEARCHABLE:
      g_value_set_boolean (value, self->is_searchable);
      break;
    case PROP_SEARCH_MODE:
      g_value_set_boolean (value, self->is_searching);
      break;
    case PROP_NARROW:
      g_value_set_boolean (value, self->is_narrow);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
cr_page_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  CrPage *self = CR_PAGE (object);

  switch ((CrPageProperty) id)
    {
    case PROP_TITLE:
      cr_page_set_title (self, g_value_get_string (value));
      break;
    case PROP_HEADED:
      get_private (self)->is_headed = g_value_get_boolean (value);
      break;
    case PROP_SEARCHABLE:
      get_private (self)->is_searchable = g_value_get_boolean (value);
      g_object_notify_by_pspec (object, pspec);
      break;
    case PROP_SEARCH_MODE:
      cr_page_set_search_mode (self, g_value_get_boolean (value));
      break;
    case PROP_NARROW:
      cr_page_set_narrow (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
cr_page_class_init (CrPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = cr_page_finalize;
  object_class->get_property = cr_page_get_property;
  object_class->set_property = cr_page_set_property;
  GTK_WIDGET_CLASS (klass)->unroot = cr_page_unroot;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), CR_TYPE_ROOM_LAYOUT);

  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  props[PROP_HEADED] = g_param_spec_boolean ("headed", NULL, NULL, FALSE, flags);
  props[PROP_SEARCHABLE] = g_param_spec_boolean ("searchable", NULL, NULL, FALSE, flags);
  props[PROP_SEARCH_MODE] = g_param_spec_boolean ("search-mode", NULL, NULL, FALSE, flags);
  props[PROP_NARROW] = g_param_spec_boolean ("narrow", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
cr_page_init (CrPage *self)
{
  get_private (self)->cancellable = g_cancellable_new ();
}

void
cr_page_set_engine (CrPage *self, CrEngine *engine)
{
  g_return_if_fail (CR_IS_PAGE (self));

  g_set_object (&get_private (self)->engine, engine);
}

CrEngine *
cr_page_get_engine (CrPage *self)
{
  g_return_val_if_fail (CR_IS_PAGE (self), NULL);

  return get_private (self)->engine;
}

GCancellable *
cr_page_get_cancellable (CrPage *self)
{
  g_return_val_if_fail (CR_IS_PAGE (self), NULL);

  return get_private (self)->cancellable;
}

void
cr_page_set_shows (CrPage *self, const char *patient_id, CrLookKind kind)
{
  CrPagePrivate *private;

  g_return_if_fail (CR_IS_PAGE (self));

  private = get_private (self);
  if (private->kind == kind && g_strcmp0 (private->patient_id, patient_id) == 0)
    return;
  g_free (private->patient_id);
  private->patient_id = g_strdup (patient_id);
  private->kind = kind;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    cr_page_note_look (self);
}

void
cr_page_note_look (CrPage *self)
{
  CrPagePrivate *private;

  g_return_if_fail (CR_IS_PAGE (self));

  private = get_private (self);
  if (private->patient_id != NULL)
    cr_look_note (GTK_WIDGET (self), private->engine, private->patient_id, private->kind);
}

const char *
cr_page_get_title (CrPage *self)
{
  g_return_val_if_fail (CR_IS_PAGE (self), NULL);

  return get_private (self)->title;
}

void
cr_page_set_title (CrPage *self, const char *title)
{
  CrPagePrivate *private;

  g_return_if_fail (CR_IS_PAGE (self));

  private = get_private (self);
  if (g_strcmp0 (private->title, title) == 0)
    return;
  g_free (private->title);
  private->title = g_strdup (title);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TITLE]);
}

void
cr_page_set_narrow (CrPage *self, gboolean is_narrow)
{
  g_return_if_fail (CR_IS_PAGE (self));

  if (get_private (self)->is_narrow == is_narrow)
    return;
  get_private (self)->is_narrow = is_narrow;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NARROW]);
}

gboolean
cr_page_get_narrow (CrPage *self)
{
  g_return_val_if_fail (CR_IS_PAGE (self), FALSE);

  return get_private (self)->is_narrow;
}

gboolean
cr_page_get_search_mode (CrPage *self)
{
  g_return_val_if_fail (CR_IS_PAGE (self), FALSE);

  return get_private (self)->is_searching;
}

void
cr_page_set_search_mode (CrPage *self, gboolean is_searching)
{
  g_return_if_fail (CR_IS_PAGE (self));

  if (get_private (self)->is_searching == is_searching)
    return;
  get_private (self)->is_searching = is_searching;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SEARCH_MODE]);
}

void
cr_page_refresh (CrPage *self)
{
  g_return_if_fail (CR_IS_PAGE (self));

  if (CR_PAGE_GET_CLASS (self)->refresh != NULL)
    CR_PAGE_GET_CLASS (self)->refresh (self);
}

gboolean
cr_page_search (CrPage *self)
{
  g_return_val_if_fail (CR_IS_PAGE (self), FALSE);

  if (get_private (self)->is_searchable)
    {
      cr_page_set_search_mode (self, !cr_page_get_search_mode (self));
      return TRUE;
    }
  return CR_PAGE_GET_CLASS (self)->search != NULL && CR_PAGE_GET_CLASS (self)->search (self);
}

static gboolean
narrow_to_policy (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_enum (to, g_value_get_boolean (from) ? ADW_VIEW_SWITCHER_POLICY_NARROW
                                                   : ADW_VIEW_SWITCHER_POLICY_WIDE);
  return TRUE;
}

/* Their names go on in a second line, and the last of them below, rather than be cut or run into
 * each other. */
static void
keep_names_whole (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    {
      gtk_label_set_ellipsize (GTK_LABEL (widget), PANGO_ELLIPSIZE_NONE);
      gtk_label_set_wrap (GTK_LABEL (widget), TRUE);
      gtk_label_set_justify (GTK_LABEL (widget), GTK_JUSTIFY_CENTER);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    keep_names_whole (child);
}

void
cr_page_bind_switcher (CrPage *self, AdwViewSwitcher *switcher)
{
  g_return_if_fail (CR_IS_PAGE (self));

  keep_names_whole (GTK_WIDGET (switcher));
  gtk_widget_set_layout_manager (GTK_WIDGET (switcher), cr_even_layout_new (3, 3));
  g_object_bind_property_full (self, "narrow", switcher, "policy", G_BINDING_SYNC_CREATE,
                               narrow_to_policy, NULL, NULL, NULL);
}

static gboolean
narrow_to_orientation (GBinding *binding, const GValue *from, GValue *to, gpointer user_data)
{
  g_value_set_enum (to, g_value_get_boolean (from) ? GTK_ORIENTATION_VERTICAL
                                                   : GTK_ORIENTATION_HORIZONTAL);
  return TRUE;
}

void
cr_page_bind_header (CrPage *self, GtkOrientable *header)
{
  g_return_if_fail (CR_IS_PAGE (self));

  g_object_bind_property_full (self, "narrow", header, "orientation", G_BINDING_SYNC_CREATE,
                               narrow_to_orientation, NULL, NULL, NULL);
}
