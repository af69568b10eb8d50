/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-tokens.h"

#include "connect/cr-tokens-private.h"
#include "store/cr-connections-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-sources-table.h"

/* Requests that were under way together are refused together; one renewal answers all of them,
 * those too that come back a little later. */
#define JUST_RENEWED_MS 5000

G_DEFINE_FINAL_TYPE (CrTokens, cr_tokens, G_TYPE_OBJECT)

/* Where the askers of one connection queue. */
typedef struct
{
  CrTokens *tokens;    /* (unowned) */
  char *connection_id; /* (owned) */
  GQueue askers;       /* of Asker */
  gboolean is_busy;
  gboolean asked_renewal; /* of the fetch under way */
  gint64 renewed_ms;      /* 0: not yet */
} Desk;

typedef struct
{
  GTask *task; /* (owned) */
  gboolean renew;
  Desk *desk;    /* (unowned) */
  GSource *gone; /* (owned) (nullable): watches the asker's own cancellable */
} Asker;

static void
asker_free (Asker *self)
{
  if (self->gone != NULL)
    {
      g_source_destroy (self->gone);
      g_source_unref (self->gone);
    }
  g_object_unref (self->task);
  g_free (self);
}

static void
desk_free (gpointer data)
{
  Desk *self = data;

  g_assert (g_queue_is_empty (&self->askers));
  g_free (self->connection_id);
  g_free (self);
}

static Desk *
desk_for (CrTokens *self, const char *connection_id)
{
  Desk *desk = g_hash_table_lookup (self->desks, connection_id);

  if (desk != NULL)
    return desk;

  desk = g_new0 (Desk, 1);
  desk->tokens = self;
  desk->connection_id = g_strdup (connection_id);
  g_queue_init (&desk->askers);
  g_hash_table_insert (self->desks, desk->connection_id, desk);
  return desk;
}

static gboolean
asker_gone_cb (GCancellable *cancellable, gpointer user_data)
{
  Asker *asker = user_data;

  g_queue_remove (&asker->desk->askers, asker);
  g_task_return_error_if_cancelled (asker->task);
  asker_free (asker);
  return G_SOURCE_REMOVE;
}

static void serve (Desk *desk);

static gboolean
has_just_renewed (Desk *self)
{
  gint64 since_ms = self->tokens->clock () - self->renewed_ms;

  return self->renewed_ms > 0 && since_ms >= 0 && since_ms < JUST_RENEWED_MS;
}

/* Answers everybody whom this token serves. Who was refused with it in hand waits for a renewal,
 * unless one was just made. */
static void
fetched_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  CrTokens *self = CR_TOKENS (object);
  Desk *desk = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *value = NULL;
  gboolean renewed = FALSE;
  gboolean serves_refused;
  GQueue askers = desk->askers;
  Asker *asker;

  value = cr_tokens_fetch_finish (self, result, &renewed, &error);
  if (renewed)
    desk->renewed_ms = self->clock ();
  serves_refused = renewed || desk->asked_renewal || has_just_renewed (desk);
  desk->is_busy = FALSE;
  g_queue_init (&desk->askers);

  while ((asker = g_queue_pop_head (&askers)) != NULL)
    {
      if (value != NULL && asker->renew && !serves_refused)
        {
          g_queue_push_tail (&desk->askers, asker);
          continue;
        }
      if (value != NULL)
        g_task_return_pointer (asker->task, g_strdup (value), g_free);
      else
        g_task_return_error (asker->task, g_error_copy (error));
      asker_free (asker);
    }

  serve (desk);
}

static gboolean
wants_renewal (Desk *desk)
{
  if (has_just_renewed (desk))
    return FALSE;

  for (GList *l = desk->askers.head; l != NULL; l = l->next)
    if (((Asker *) l->data)->renew)
      return TRUE;

  return FALSE;
}

static void
return_stopping (GTask *task)
{
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Chartroom is being closed.");
}

static void
turn_away (Desk *desk)
{
  Asker *asker;

  while ((asker = g_queue_pop_head (&desk->askers)) != NULL)
    {
      return_stopping (asker->task);
      asker_free (asker);
    }
}

static void
serve (Desk *desk)
{
  if (cr_under_way_is_stopping (&desk->tokens->under_way))
    turn_away (desk);
  if (desk->is_busy || g_queue_is_empty (&desk->askers))
    return;

  desk->is_busy = TRUE;
  desk->asked_renewal = wants_renewal (desk);
  cr_tokens_fetch_async (desk->tokens, desk->connection_id, desk->asked_renewal, fetched_cb, desk);
}

/* The Authorization of one connection. */
#define CR_TYPE_CONNECTION_TOKEN (cr_connection_token_get_type ())
G_DECLARE_FINAL_TYPE (CrConnectionToken, cr_connection_token, CR, CONNECTION_TOKEN, GObject)

struct _CrConnectionToken
{
  GObject parent_instance;

  CrTokens *tokens;    /* (owned) */
  char *connection_id; /* (owned) */
  char *origin;        /* (owned) */
};

static const char *
connection_token_get_origin (CrToken *token)
{
  return CR_CONNECTION_TOKEN (token)->origin;
}

static void
connection_token_get_async (CrToken *token,
                            gboolean renew,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  CrConnectionToken *self = CR_CONNECTION_TOKEN (token);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Asker *asker;

  g_task_set_source_tag (task, connection_token_get_async);
  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  if (cr_under_way_is_stopping (&self->tokens->under_way))
    {
      return_stopping (task);
      g_object_unref (task);
      return;
    }

  asker = g_new0 (Asker, 1);
  asker->task = task;
  asker->renew = renew;
  asker->desk = desk_for (self->tokens, self->connection_id);
  g_queue_push_tail (&asker->desk->askers, asker);
  if (cancellable != NULL)
    {
      asker->gone = g_cancellable_source_new (cancellable);
      g_source_set_callback (asker->gone, G_SOURCE_FUNC (asker_gone_cb), asker, NULL);
      g_source_attach (asker->gone, g_main_context_get_thread_default ());
    }

  serve (asker->desk);
}

static char *
connection_token_get_finish (CrToken *token, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, token), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
connection_token_iface_init (CrTokenInterface *iface)
{
  iface->get_origin = connection_token_get_origin;
  iface->get_async = connection_token_get_async;
  iface->get_finish = connection_token_get_finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (CrConnectionToken,
                               cr_connection_token,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (CR_TYPE_TOKEN, connection_token_iface_init))

static void
cr_connection_token_finalize (GObject *object)
{
  CrConnectionToken *self = CR_CONNECTION_TOKEN (object);

  g_object_unref (self->tokens);
  g_free (self->connection_id);
  g_free (self->origin);

  G_OBJECT_CLASS (cr_connection_token_parent_class)->finalize (object);
}

static void
cr_connection_token_class_init (CrConnectionTokenClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_connection_token_finalize;
}

static void
cr_connection_token_init (CrConnectionToken *self)
{
}

CrHolding *
cr_holding_new (const char *connection_id)
{
  CrHolding *self = g_new0 (CrHolding, 1);

  self->id = g_strdup (connection_id);
  return self;
}

void
cr_holding_free (CrHolding *self)
{
  g_free (self->id);
  g_clear_object (&self->connection);
  g_clear_object (&self->source);
  g_free (self->redirect_uri);
  g_free (self);
}

gpointer
cr_holding_read (CrDb *db, gpointer data, GError **error)
{
  CrHolding *self = data;

  g_clear_object (&self->connection);
  g_clear_object (&self->source);
  self->connection = cr_connections_table_get (db, self->id, error);
  g_clear_pointer (&self->redirect_uri, g_free);
  if (self->connection != NULL)
    self->source = cr_sources_table_get (db, self->connection->source_id, error);
  if (self->source != NULL)
    self->redirect_uri = cr_attempts_table_dup_redirect_uri (db, self->id, NULL);
  return self->source != NULL ? self : NULL;
}

static void
cr_tokens_dispose (GObject *object)
{
  CrTokens *self = CR_TOKENS (object);

  if (self->unsaved != NULL && g_hash_table_size (self->unsaved) > 0)
    g_message ("%u renewed tokens could not be saved; their patients may have to connect again",
               g_hash_table_size (self->unsaved));
  g_clear_object (&self->store);
  g_clear_object (&self->client);
  g_clear_object (&self->vault);
  g_clear_object (&self->changes);
  cr_under_way_clear (&self->under_way);
  g_clear_pointer (&self->desks, g_hash_table_unref);
  g_clear_pointer (&self->unsaved, g_hash_table_unref);

  G_OBJECT_CLASS (cr_tokens_parent_class)->dispose (object);
}

static void
cr_tokens_class_init (CrTokensClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_tokens_dispose;
}

static void
cr_tokens_init (CrTokens *self)
{
  cr_under_way_init (&self->under_way);
  self->desks = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, desk_free);
  self->unsaved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, cr_unsaved_free);
}

/**
 * cr_tokens_new:
 * @clock: milliseconds since 1970, the one that the ends of access were reckoned with
 */
CrTokens *
cr_tokens_new (CrStore *store, CrClient *client, CrVault *vault, CrChanges *changes, CrClock clock)
{
  CrTokens *self;

  g_return_val_if_fail (CR_IS_STORE (store), NULL);
  g_return_val_if_fail (CR_IS_CLIENT (client), NULL);
  g_return_val_if_fail (CR_IS_VAULT (vault), NULL);
  g_return_val_if_fail (CR_IS_CHANGES (changes), NULL);
  g_return_val_if_fail (clock != NULL, NULL);

  self = g_object_new (CR_TYPE_TOKENS, NULL);
  self->store = g_object_ref (store);
  self->client = g_object_ref (client);
  self->vault = g_object_ref (vault);
  self->changes = g_object_ref (changes);
  self->clock = clock;
  return self;
}

/**
 * cr_tokens_for:
 * @connection_id: `conn_…`
 * @fhir_base_url: of its source: the token goes to that origin alone
 *
 * Returns: (transfer full): keeps @self alive
 */
CrToken *
cr_tokens_for (CrTokens *self, const char *connection_id, const char *fhir_base_url)
{
  CrConnectionToken *token;

  g_return_val_if_fail (CR_IS_TOKENS (self), NULL);
  g_return_val_if_fail (connection_id != NULL && fhir_base_url != NULL, NULL);

  token = g_object_new (CR_TYPE_CONNECTION_TOKEN, NULL);
  token->tokens = g_object_ref (self);
  token->connection_id = g_strdup (connection_id);
  token->origin = cr_origin_of (fhir_base_url);
  return CR_TOKEN (token);
}

/**
 * cr_tokens_stop_async:
 *
 * Everybody who waits for a token is told that it was cancelled, and no renewal is begun any more.
 * One that a portal was asked for is waited for and saved, because the token it replaces may be
 * used up; so is a disconnection. A portal that takes longer than 20 s is given up.
 */
void
cr_tokens_stop_async (CrTokens *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task;
  GHashTableIter iter;
  gpointer desk;

  g_return_if_fail (CR_IS_TOKENS (self));
  g_return_if_fail (!cr_under_way_is_stopping (&self->under_way));

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, cr_tokens_stop_async);
  cr_under_way_stop (&self->under_way, task);
  g_hash_table_iter_init (&iter, self->desks);
  while (g_hash_table_iter_next (&iter, NULL, &desk))
    turn_away (desk);
}

void
cr_tokens_stop_finish (CrTokens *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));

  g_task_propagate_boolean (G_TASK (result), NULL);
}
