/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-pull.h"

#include "base/cr-id.h"

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrPullStatus,
                    cr_pull_status,
                    G_DEFINE_ENUM_VALUE (CR_PULL_QUEUED, "queued"),
                    G_DEFINE_ENUM_VALUE (CR_PULL_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (CR_PULL_WAITING, "waiting"),
                    G_DEFINE_ENUM_VALUE (CR_PULL_COMPLETE, "complete"),
                    G_DEFINE_ENUM_VALUE (CR_PULL_PARTIAL, "partial"),
                    G_DEFINE_ENUM_VALUE (CR_PULL_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (CR_PULL_CANCELLED, "cancelled"))

#define BIT(status) (1u << CR_PULL_##status)

/* From each state, the states it may become. */
static const guint next_states[] = {
  [CR_PULL_QUEUED] = BIT (RUNNING) | BIT (CANCELLED),
  [CR_PULL_RUNNING] = BIT (QUEUED) | BIT (WAITING) | BIT (COMPLETE) | BIT (PARTIAL) | BIT (FAILED) |
                      BIT (CANCELLED), /* queued: the engine ended meanwhile */
  [CR_PULL_WAITING] =
      BIT (RUNNING) | BIT (COMPLETE) | BIT (PARTIAL) | BIT (FAILED) | BIT (CANCELLED),
  [CR_PULL_COMPLETE] = 0,
  [CR_PULL_PARTIAL] = 0,
  [CR_PULL_FAILED] = 0,
  [CR_PULL_CANCELLED] = 0,
};

gboolean
cr_pull_status_can_become (CrPullStatus from, CrPullStatus to)
{
  return (next_states[from] & (1u << to)) != 0;
}

gboolean
cr_pull_status_is_final (CrPullStatus status)
{
  return next_states[status] == 0;
}

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrPullTrigger,
                    cr_pull_trigger,
                    G_DEFINE_ENUM_VALUE (CR_PULL_TRIGGER_ACTIVATION, "activation"),
                    G_DEFINE_ENUM_VALUE (CR_PULL_TRIGGER_MANUAL, "manual"),
                    G_DEFINE_ENUM_VALUE (CR_PULL_TRIGGER_SCHEDULE, "schedule"),
                    G_DEFINE_ENUM_VALUE (CR_PULL_TRIGGER_RETRY, "retry"))

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrWaitReason,
                    cr_wait_reason,
                    G_DEFINE_ENUM_VALUE (CR_WAIT_NONE, "none"),
                    G_DEFINE_ENUM_VALUE (CR_WAIT_RATE_LIMIT, "rate_limit"),
                    G_DEFINE_ENUM_VALUE (CR_WAIT_SOURCE_PREPARING, "source_preparing"),
                    G_DEFINE_ENUM_VALUE (CR_WAIT_KEYRING_LOCKED, "keyring_locked"),
                    G_DEFINE_ENUM_VALUE (CR_WAIT_OFFLINE, "offline"),
                    G_DEFINE_ENUM_VALUE (CR_WAIT_SOURCE_OUTAGE, "source_outage"),
                    G_DEFINE_ENUM_VALUE (CR_WAIT_STORAGE, "storage"),
                    G_DEFINE_ENUM_VALUE (CR_WAIT_PAUSED, "paused"))

G_DEFINE_FINAL_TYPE (CrPull, cr_pull, G_TYPE_OBJECT)

static void
cr_pull_finalize (GObject *object)
{
  CrPull *self = CR_PULL (object);

  g_free (self->id);
  g_free (self->patient_id);
  g_free (self->connection_id);
  g_free (self->source_id);
  g_free (self->source_name);
  g_free (self->person);
  g_free (self->error_code);
  g_free (self->error_message);

  G_OBJECT_CLASS (cr_pull_parent_class)->finalize (object);
}

static void
cr_pull_class_init (CrPullClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_pull_finalize;
}

static void
cr_pull_init (CrPull *self)
{
}

CrPull *
cr_pull_new (const char *id)
{
  CrPull *self = g_object_new (CR_TYPE_PULL, NULL);

  self->id = g_strdup (id);
  return self;
}

CrPull *
cr_pull_new_for (CrConnection *connection, CrPullTrigger trigger, gint64 now_ms)
{
  g_autofree char *id = cr_id_new ("pull_", now_ms);
  CrPull *self = cr_pull_new (id);

  self->patient_id = g_strdup (connection->patient_id);
  self->connection_id = g_strdup (connection->id);
  self->source_id = g_strdup (connection->source_id);
  self->status = CR_PULL_QUEUED;
  self->trigger = trigger;
  self->created_ms = now_ms;
  return self;
}

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrQueryStatus,
                    cr_query_status,
                    G_DEFINE_ENUM_VALUE (CR_QUERY_PENDING, "pending"),
                    G_DEFINE_ENUM_VALUE (CR_QUERY_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (CR_QUERY_COMPLETE, "complete"),
                    G_DEFINE_ENUM_VALUE (CR_QUERY_NOT_GRANTED, "not_granted"),
                    G_DEFINE_ENUM_VALUE (CR_QUERY_NOT_SUPPORTED, "not_supported"),
                    G_DEFINE_ENUM_VALUE (CR_QUERY_FAILED, "failed"))

#define QUERY_BIT(status) (1u << CR_QUERY_##status)

/* From each state, the states it may become. */
static const guint next_query_states[] = {
  [CR_QUERY_PENDING] = QUERY_BIT (RUNNING) | QUERY_BIT (NOT_GRANTED) | QUERY_BIT (NOT_SUPPORTED) |
                       QUERY_BIT (FAILED), /* known without asking */
  [CR_QUERY_RUNNING] = QUERY_BIT (PENDING) | QUERY_BIT (COMPLETE) | QUERY_BIT (NOT_GRANTED) |
                       QUERY_BIT (NOT_SUPPORTED) |
                       QUERY_BIT (FAILED), /* pending: the engine ended meanwhile */
  [CR_QUERY_COMPLETE] = 0,
  [CR_QUERY_NOT_GRANTED] = 0,
  [CR_QUERY_NOT_SUPPORTED] = 0,
  [CR_QUERY_FAILED] = 0,
};

gboolean
cr_query_status_can_become (CrQueryStatus from, CrQueryStatus to)
{
  return (next_query_states[from] & (1u << to)) != 0;
}

/* The nicks are stored and public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrQueryKind,
                    cr_query_kind,
                    G_DEFINE_ENUM_VALUE (CR_QUERY_KIND_SEARCH, "search"),
                    G_DEFINE_ENUM_VALUE (CR_QUERY_KIND_READ, "read"),
                    G_DEFINE_ENUM_VALUE (CR_QUERY_KIND_REFERENCES, "references"),
                    G_DEFINE_ENUM_VALUE (CR_QUERY_KIND_ATTACHMENTS, "attachments"))

G_DEFINE_FINAL_TYPE (CrQuery, cr_query, G_TYPE_OBJECT)

static void
cr_query_finalize (GObject *object)
{
  CrQuery *self = CR_QUERY (object);

  g_free (self->pull_id);
  g_free (self->type);
  g_free (self->path);
  g_free (self->next);
  g_free (self->error_code);
  g_free (self->outcome);
  g_free (self->raw);

  G_OBJECT_CLASS (cr_query_parent_class)->finalize (object);
}

static void
cr_query_class_init (CrQueryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_query_finalize;
}

static void
cr_query_init (CrQuery *self)
{
  self->total = -1;
}

gboolean
cr_query_is_cut_off (CrQuery *self)
{
  return self->status == CR_QUERY_FAILED && g_strcmp0 (self->error_code, "cancelled") == 0;
}

CrQuery *
cr_query_new (const char *pull_id, guint n)
{
  CrQuery *self = g_object_new (CR_TYPE_QUERY, NULL);

  self->pull_id = g_strdup (pull_id);
  self->n = n;
  return self;
}
