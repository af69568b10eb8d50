/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-list-row.h"

struct _CrListRow
{
  GObject parent_instance;

  guint position;
  GObject *item; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrListRow, cr_list_row, G_TYPE_OBJECT)

typedef enum
{
  PROP_ITEM = 1,
} CrListRowProperty;

static GParamSpec *props[PROP_ITEM + 1];

static void
cr_list_row_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  CrListRow *self = CR_LIST_ROW (object);

  switch ((CrListRowProperty) property_id)
    {
    case PROP_ITEM:
      g_value_set_object (value, self->item);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
cr_list_row_finalize (GObject *object)
{
  g_clear_object (&CR_LIST_ROW (object)->item);

  G_OBJECT_CLASS (cr_list_row_parent_class)->finalize (object);
}

static void
cr_list_row_class_init (CrListRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = cr_list_row_get_property;
  object_class->finalize = cr_list_row_finalize;
  props[PROP_ITEM] =
      g_param_spec_object ("item", NULL, NULL, G_TYPE_OBJECT,
                           G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
cr_list_row_init (CrListRow *self)
{
}

CrListRow *
cr_list_row_new (guint position)
{
  CrListRow *self = g_object_new (CR_TYPE_LIST_ROW, NULL);

  self->position = position;
  return self;
}

guint
cr_list_row_get_position (CrListRow *self)
{
  g_return_val_if_fail (CR_IS_LIST_ROW (self), 0);

  return self->position;
}

gpointer
cr_list_row_get_item (CrListRow *self)
{
  g_return_val_if_fail (CR_IS_LIST_ROW (self), NULL);

  return self->item;
}

void
cr_list_row_set_item (CrListRow *self, gpointer item)
{
  g_return_if_fail (CR_IS_LIST_ROW (self));

  if (g_set_object (&self->item, item))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ITEM]);
}
