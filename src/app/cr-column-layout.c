/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-column-layout.h"

struct _CrColumnLayout
{
  GtkLayoutManager parent_instance;

  int spacing;
};

G_DEFINE_FINAL_TYPE (CrColumnLayout, cr_column_layout, GTK_TYPE_LAYOUT_MANAGER)

typedef enum
{
  PROP_SPACING = 1,
} CrColumnLayoutProperty;

static GParamSpec *props[PROP_SPACING + 1];

static void
cr_column_layout_measure (GtkLayoutManager *manager,
                          GtkWidget *widget,
                          GtkOrientation orientation,
                          int for_size,
                          int *minimum,
                          int *natural,
                          int *minimum_baseline,
                          int *natural_baseline)
{
  CrColumnLayout *self = CR_COLUMN_LAYOUT (manager);
  gboolean is_high = orientation == GTK_ORIENTATION_VERTICAL;
  guint n = 0;

  *minimum = *natural = 0;
  *minimum_baseline = *natural_baseline = -1;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      int spacing = is_high && n > 0 ? self->spacing : 0;
      int min, nat;

      if (!gtk_widget_should_layout (child))
        continue;
      gtk_widget_measure (child, orientation, is_high ? for_size : -1, &min, &nat, NULL, NULL);
      *minimum = is_high ? *minimum + spacing + min : MAX (*minimum, min);
      *natural = is_high ? *natural + spacing + nat : MAX (*natural, nat);
      n++;
    }
}

/* Each gets what it would like; where that is too much, the least. */
static void
cr_column_layout_allocate (GtkLayoutManager *manager,
                           GtkWidget *widget,
                           int width,
                           int height,
                           int baseline)
{
  CrColumnLayout *self = CR_COLUMN_LAYOUT (manager);
  gboolean is_natural;
  int needed = 0, y = 0;

  cr_column_layout_measure (manager, widget, GTK_ORIENTATION_VERTICAL, width, &(int){ 0 }, &needed,
                            &(int){ 0 }, &(int){ 0 });
  is_natural = needed <= height;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      int min, nat;

      if (!gtk_widget_should_layout (child))
        continue;
      gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, &min, &nat, NULL, NULL);
      gtk_widget_size_allocate (child, &(GtkAllocation){ 0, y, width, is_natural ? nat : min }, -1);
      y += (is_natural ? nat : min) + self->spacing;
    }
}

static GtkSizeRequestMode
cr_column_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
cr_column_layout_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_int (value, CR_COLUMN_LAYOUT (object)->spacing);
}

static void
cr_column_layout_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  CR_COLUMN_LAYOUT (object)->spacing = g_value_get_int (value);
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (object));
}

static void
cr_column_layout_class_init (CrColumnLayoutClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);

  object_class->get_property = cr_column_layout_get_property;
  object_class->set_property = cr_column_layout_set_property;
  manager_class->measure = cr_column_layout_measure;
  manager_class->allocate = cr_column_layout_allocate;
  manager_class->get_request_mode = cr_column_layout_get_request_mode;

  props[PROP_SPACING] = g_param_spec_int ("spacing", NULL, NULL, 0, G_MAXINT, 0,
                                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
cr_column_layout_init (CrColumnLayout *self)
{
}

GtkLayoutManager *
cr_column_layout_new (int spacing)
{
  return g_object_new (CR_TYPE_COLUMN_LAYOUT, "spacing", spacing, NULL);
}
