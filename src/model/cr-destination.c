/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-destination.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrDestinationStatus,
                    cr_destination_status,
                    G_DEFINE_ENUM_VALUE (CR_DESTINATION_IDLE, "idle"),
                    G_DEFINE_ENUM_VALUE (CR_DESTINATION_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (CR_DESTINATION_FAILING, "failing"),
                    G_DEFINE_ENUM_VALUE (CR_DESTINATION_ACTION_REQUIRED, "action_required"),
                    G_DEFINE_ENUM_VALUE (CR_DESTINATION_DISABLED, "disabled"))

G_DEFINE_FINAL_TYPE (CrDestination, cr_destination, G_TYPE_OBJECT)

static void
cr_destination_finalize (GObject *object)
{
  CrDestination *self = CR_DESTINATION (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->kind);
  g_free (self->action_required);
  g_free (self->left_behind);
  g_clear_pointer (&self->work, cr_work_free);
  g_free (self->retry_run);
  g_free (self->last_successful_run);
  g_clear_pointer (&self->settings, g_hash_table_unref);

  G_OBJECT_CLASS (cr_destination_parent_class)->finalize (object);
}

static void
cr_destination_class_init (CrDestinationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_destination_finalize;
}

static void
cr_destination_init (CrDestination *self)
{
  self->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->is_enabled = TRUE;
}

CrDestination *
cr_destination_new (const char *id)
{
  CrDestination *self = g_object_new (CR_TYPE_DESTINATION, NULL);

  self->id = g_strdup (id);
  return self;
}

/**
 * cr_destination_get:
 * @field: name of a field of its kind
 *
 * Returns: (transfer none) (nullable): the setting, %NULL when it was not given
 */
const char *
cr_destination_get (CrDestination *self, const char *field)
{
  return self->settings != NULL ? g_hash_table_lookup (self->settings, field) : NULL;
}
