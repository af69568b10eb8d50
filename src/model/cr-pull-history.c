/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-pull-history.h"

#include "base/cr-time.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrRecordChange,
                    cr_record_change,
                    G_DEFINE_ENUM_VALUE (CR_RECORD_ADDED, "added"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_CHANGED, "changed"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_OLDER, "older"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_UNLISTED, "unlisted"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_GONE, "gone"),
                    G_DEFINE_ENUM_VALUE (CR_RECORD_RETURNED, "returned"))

G_DEFINE_FINAL_TYPE (CrPullChange, cr_pull_change, G_TYPE_OBJECT)

static void
cr_pull_change_finalize (GObject *object)
{
  CrPullChange *self = CR_PULL_CHANGE (object);

  g_object_unref (self->record);

  G_OBJECT_CLASS (cr_pull_change_parent_class)->finalize (object);
}

static void
cr_pull_change_class_init (CrPullChangeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_pull_change_finalize;
}

static void
cr_pull_change_init (CrPullChange *self)
{
}

CrPullChange *
cr_pull_change_new (gint64 rid)
{
  CrPullChange *self = g_object_new (CR_TYPE_PULL_CHANGE, NULL);

  self->record = cr_record_new (rid);
  return self;
}

G_DEFINE_FINAL_TYPE (CrPullType, cr_pull_type, G_TYPE_OBJECT)

static void
cr_pull_type_finalize (GObject *object)
{
  CrPullType *self = CR_PULL_TYPE (object);

  g_free (self->type);

  G_OBJECT_CLASS (cr_pull_type_parent_class)->finalize (object);
}

static void
cr_pull_type_class_init (CrPullTypeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_pull_type_finalize;
}

static void
cr_pull_type_init (CrPullType *self)
{
}

CrPullType *
cr_pull_type_new (const char *type)
{
  CrPullType *self = g_object_new (CR_TYPE_PULL_TYPE, NULL);

  self->type = g_strdup (type);
  return self;
}

G_DEFINE_FINAL_TYPE (CrPullWait, cr_pull_wait, G_TYPE_OBJECT)

static void
cr_pull_wait_class_init (CrPullWaitClass *klass)
{
}

static void
cr_pull_wait_init (CrPullWait *self)
{
}

CrPullWait *
cr_pull_wait_new (void)
{
  return g_object_new (CR_TYPE_PULL_WAIT, NULL);
}

G_DEFINE_FINAL_TYPE (CrPullLine, cr_pull_line, G_TYPE_OBJECT)

static void
cr_pull_line_finalize (GObject *object)
{
  CrPullLine *self = CR_PULL_LINE (object);

  g_free (self->method);
  g_free (self->path);
  g_free (self->error);

  G_OBJECT_CLASS (cr_pull_line_parent_class)->finalize (object);
}

static void
cr_pull_line_class_init (CrPullLineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_pull_line_finalize;
}

static void
cr_pull_line_init (CrPullLine *self)
{
}

CrPullLine *
cr_pull_line_new (void)
{
  return g_object_new (CR_TYPE_PULL_LINE, NULL);
}

char *
cr_pull_line_to_text (CrPullLine *self)
{
  g_autofree char *at = cr_time_to_string (self->at_ms);
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "%s %s %s", at, self->method, self->path);
  if (self->took_ms < 0)
    g_string_append (text, " not sent");
  if (self->status > 0)
    g_string_append_printf (text, " %u", self->status);
  else
    g_string_append_printf (text, " %s", self->error != NULL ? self->error : "no answer");
  g_string_append_printf (text, " %" G_GINT64_FORMAT " bytes", self->n_bytes);
  if (self->took_ms >= 0)
    g_string_append_printf (text, " %" G_GINT64_FORMAT " ms", self->took_ms);
  if (self->n_attempts > 1)
    g_string_append_printf (text, ", %u attempts", self->n_attempts);
  if (self->wait_ms > 0)
    g_string_append_printf (text, ", asked to wait %" G_GINT64_FORMAT " ms", self->wait_ms);
  g_string_append_c (text, '\n');
  return g_strdup (text->str);
}
