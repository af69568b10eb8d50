/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "engine/cr-engine-private.h"
#include "engine/cr-logo-fetch.h"
#include "engine/cr-source-move.h"
#include "fhir/cr-catalog.h"
#include "fhir/cr-vendors.h"
#include "store/cr-catalog-import.h"
#include "store/cr-logos-table.h"
#include "store/cr-removal-table.h"
#include "store/cr-sources-table.h"

static gboolean
finish_boolean (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

/* Reading -------------------------------------------------------------------------------------- */

typedef struct
{
  GFile *file;          /* (owned) */
  char *publisher;      /* (owned) (nullable) */
  int *permille;        /* (unowned) (nullable) */
  GPtrArray *published; /* (owned) (nullable): of CrSource */
  GHashTable *logos;    /* (owned) (nullable): name → CrLogo */
  CrCatalogCounts counts;
  gint64 now_ms;
  GCancellable *cancellable; /* (owned) (nullable) */
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_object_unref (reading->file);
  g_free (reading->publisher);
  g_clear_pointer (&reading->published, g_ptr_array_unref);
  g_clear_pointer (&reading->logos, g_hash_table_unref);
  g_clear_object (&reading->cancellable);
  g_free (reading);
}

static void
progress_cb (gsize n_done, gsize n_bytes, gpointer user_data)
{
  int *permille = user_data;

  if (permille != NULL && n_bytes > 0)
    g_atomic_int_set (permille, (int) ((double) n_done * 1000 / (double) n_bytes));
}

/* Whose list a file is that does not say so, or says what changes with each: “name (2).json”. */
static char *
publisher_of (CrCatalog *catalog, GFile *file)
{
  const char *own = cr_catalog_get_publisher (catalog);
  char *name;
  char *end;

  if (own != NULL && own[0] != '\0' && strlen (own) < 200 && !g_uuid_string_is_valid (own) &&
      !g_str_has_prefix (own, "urn:uuid:"))
    return g_strdup (own);

  name = g_file_get_basename (file);
  end = strrchr (name, '.');
  if (end != NULL && end > name)
    *end = '\0';
  end = strrchr (name, '(');
  if (end != NULL && end > name && g_str_has_suffix (name, ")"))
    *end = '\0';
  return g_strstrip (name);
}

/* A pipe that nobody writes to would never open, and what is handed over to a running engine has
 * none of the caller's. */
static int
open_file (const char *path, const char **why_not)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  struct stat info;

  if (fd < 0)
    *why_not = g_strerror (errno);
  else if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    return fd;
  else
    *why_not = CR_SAID ("it is a folder, a pipe or a device. Save the list as a file first.");
  if (fd >= 0)
    close (fd);
  return -1;
}

static GMappedFile *
map_file (GFile *file, GError **error)
{
  g_autofree char *path = g_file_get_path (file);
  const char *why_not = CR_SAID ("it is not on this computer");
  int fd = path != NULL ? open_file (path, &why_not) : -1;
  GMappedFile *mapped = fd >= 0 ? g_mapped_file_new_from_fd (fd, FALSE, NULL) : NULL;

  if (mapped == NULL)
    g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "The file cannot be read: %s",
                 fd >= 0 ? g_strerror (EIO) : why_not);
  if (fd >= 0)
    close (fd);
  return mapped;
}

/* One that is in the list itself goes under a short name; one that is no picture is left out. */
static void
take_logo (Reading *reading, CrSource *source)
{
  g_autoptr (CrLogo) logo = NULL;
  g_autofree char *url = NULL;

  if (source->logo_url == NULL || !g_str_has_prefix (source->logo_url, "data:"))
    return;

  url = g_steal_pointer (&source->logo_url);
  logo = cr_logo_new_from_data_url (url, NULL);
  if (logo == NULL)
    return;

  source->logo_url = cr_logo_dup_name (logo);
  g_hash_table_replace (reading->logos, g_strdup (source->logo_url), g_steal_pointer (&logo));
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *reading = data;
  GError *error = NULL;
  g_autoptr (GMappedFile) mapped = map_file (reading->file, &error);
  g_autoptr (CrVendors) vendors = mapped != NULL ? cr_vendors_load (&error) : NULL;
  g_autoptr (CrCatalog) catalog = NULL;

  if (vendors != NULL)
    catalog =
        cr_catalog_read (g_mapped_file_get_contents (mapped), g_mapped_file_get_length (mapped),
                         progress_cb, reading->permille, cancellable, &error);
  if (catalog == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  reading->published = g_ptr_array_ref (cr_catalog_get_sources (catalog));
  reading->logos =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) cr_logo_free);
  reading->counts = *cr_catalog_get_counts (catalog);
  if (reading->publisher == NULL)
    reading->publisher = publisher_of (catalog, reading->file);
  for (guint i = 0; i < reading->published->len; i++)
    {
      CrSource *each = g_ptr_array_index (reading->published, i);

      each->type = g_strdup (cr_vendors_recognise (vendors, each->fhir_base_url));
      take_logo (reading, each);
    }
  g_task_return_boolean (task, TRUE);
}

static void
add_count (GString *words, guint n, const char *what)
{
  if (n == 0)
    return;

  g_string_append (words, words->len > 0 ? ", " : "");
  g_string_append_printf (words, CR_SAID ("%u %s"), n, what);
}

/* What of the file is of no use, in words. */
static void
count_unusable (CrCatalogDiff *diff, const CrCatalogCounts *counts)
{
  g_autoptr (GString) words = g_string_new (NULL);

  add_count (words, counts->n_other_version, CR_SAID ("of another FHIR version than R4"));
  add_count (words, counts->n_inactive, CR_SAID ("switched off"));
  add_count (words, counts->n_other_kind, CR_SAID ("that are no FHIR servers"));
  add_count (words, counts->n_bad_address, CR_SAID ("without an https:// address"));
  add_count (words, counts->n_unnamed, CR_SAID ("without a name"));
  diff->n_unusable = counts->n_other_version + counts->n_inactive + counts->n_other_kind +
                     counts->n_bad_address + counts->n_unnamed;
  if (words->len > 0)
    diff->unusable = g_strdup (words->str);
}

static gpointer
plan_func (CrDb *db, gpointer data, GError **error)
{
  Reading *reading = data;
  CrCatalogDiff *diff = cr_catalog_import_plan (db, reading->publisher, reading->published,
                                                reading->now_ms, reading->cancellable, error);

  if (diff == NULL)
    return NULL;

  count_unusable (diff, &reading->counts);
  diff->published = g_ptr_array_ref (reading->published);
  diff->logos = g_hash_table_ref (reading->logos);
  return diff;
}

static void
planned_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  CrCatalogDiff *diff = cr_store_read_finish (CR_STORE (store), result, &error);

  if (diff != NULL)
    g_task_return_pointer (task, diff, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = CR_ENGINE (object);
  Reading *reading = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }

  cr_store_read_async (self->store, CR_READ_BULK, plan_func, reading, NULL, g_object_unref,
                       g_task_get_cancellable (task), planned_cb, task);
  g_steal_pointer (&task);
}

void
cr_engine_read_catalog_async (CrEngine *self,
                              GFile *file,
                              const char *publisher,
                              int *permille,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_read_catalog_async, cancellable, callback, user_data);
  Reading *reading = g_new0 (Reading, 1);
  g_autoptr (GTask) reader = g_task_new (self, g_task_get_cancellable (task), read_cb, task);

  reading->file = g_object_ref (file);
  reading->publisher = g_strdup (publisher);
  reading->permille = permille;
  reading->now_ms = self->clock ();
  g_set_object (&reading->cancellable, g_task_get_cancellable (task));
  g_task_set_task_data (task, reading, reading_free);
  g_task_set_task_data (reader, reading, NULL);
  g_task_run_in_thread (reader, read_thread);
}

CrCatalogDiff *
cr_engine_read_catalog_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Applying ------------------------------------------------------------------------------------- */

typedef struct
{
  CrCatalogDiff *shown; /* (owned) */
  GPtrArray *told;      /* (owned): of CrTold, once it is committed */
  gint64 now_ms;
  GCancellable *cancellable; /* (owned) (nullable) */
} Applying;

static void
applying_free (gpointer data)
{
  Applying *applying = data;

  g_object_unref (applying->shown);
  g_ptr_array_unref (applying->told);
  g_clear_object (&applying->cancellable);
  g_free (applying);
}

static gboolean
keep_logos (CrDb *db, Applying *applying, GError **error)
{
  GHashTableIter iter;
  gpointer name, logo;

  g_hash_table_iter_init (&iter, applying->shown->logos);
  while (g_hash_table_iter_next (&iter, &name, &logo))
    if (!cr_logos_table_put (db, name, logo, applying->now_ms, error))
      return FALSE;

  return cr_logos_table_prune (db, error);
}

static gpointer
apply_func (CrDb *db, gpointer data, GError **error)
{
  Applying *applying = data;
  CrCatalogDiff *shown = applying->shown;
  g_autoptr (CrCatalogDiff) diff = cr_catalog_import_plan (
      db, shown->publisher, shown->published, applying->now_ms, applying->cancellable, error);

  if (diff == NULL)
    return NULL;
  if (memcmp (diff->n, shown->n, sizeof diff->n) != 0 ||
      diff->n_connections != shown->n_connections)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT,
                           "The sources have changed since the differences were shown. Import the "
                           "file again and look at them anew; nothing was changed.");
      return NULL;
    }
  if (!cr_source_uproot (db, diff, applying->told, applying->now_ms, error) ||
      !cr_catalog_import_apply (db, diff, applying->now_ms, applying->cancellable, error) ||
      !keep_logos (db, applying, error))
    return NULL;

  diff->n_unusable = shown->n_unusable;
  diff->unusable = g_strdup (shown->unusable);
  return g_steal_pointer (&diff);
}

void
cr_engine_apply_catalog_async (CrEngine *self,
                               CrCatalogDiff *diff,
                               const char *person,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_apply_catalog_async, cancellable, callback, user_data);
  Applying *applying = g_new0 (Applying, 1);
  CrVerb verb = { .func = apply_func,
                  .data = applying,
                  .free_result = g_object_unref,
                  .person = person,
                  .action = "source.import",
                  .object = diff->publisher,
                  .change = CR_CHANGE_SOURCE };

  applying->shown = g_object_ref (diff);
  applying->told = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_told_free);
  applying->now_ms = self->clock ();
  g_set_object (&applying->cancellable, g_task_get_cancellable (task));
  g_object_set_data_full (G_OBJECT (task), "applying", applying, applying_free);
  cr_engine_run_verb (self, &verb, task);
}

CrCatalogDiff *
cr_engine_apply_catalog_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  CrCatalogDiff *diff = g_task_propagate_pointer (G_TASK (result), error);
  Applying *applying = g_object_get_data (G_OBJECT (result), "applying");

  for (guint i = 0; diff != NULL && i < applying->told->len; i++)
    cr_told_tell (g_ptr_array_index (applying->told, i), self->changes);
  if (diff != NULL)
    cr_engine_go_on_fetching_logos (self);
  return diff;
}

/* States --------------------------------------------------------------------------------------- */

typedef struct
{
  char *id;     /* (owned) */
  char *reason; /* (owned) (nullable) */
  CrSourceStatus status;
  gint64 until_ms;
  gint64 now_ms;
} NewStatus;

static void
new_status_free (gpointer data)
{
  NewStatus *new_status = data;

  g_free (new_status->id);
  g_free (new_status->reason);
  g_free (new_status);
}

static gpointer
set_status_func (CrDb *db, gpointer data, GError **error)
{
  NewStatus *new_status = data;

  return cr_sources_table_set_status (db, new_status->id, new_status->status, new_status->reason,
                                      new_status->until_ms, new_status->now_ms, error)
           ? CR_DONE
           : NULL;
}

static gboolean
check_status (CrSourceStatus status,
              const char *reason,
              gint64 until_ms,
              gint64 now_ms,
              GError **error)
{
  if (status == CR_SOURCE_WORKING)
    return TRUE;
  if (reason == NULL || reason[0] == '\0')
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "Say why, so that those who find the source suspended know.");
      return FALSE;
    }
  if (until_ms != 0 && status != CR_SOURCE_SUSPENDED)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "Only a suspension ends by itself: when a site will have switched "
                           "access on is not known.");
      return FALSE;
    }
  if (until_ms != 0 && until_ms <= now_ms)
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "The day the suspension ends must lie ahead.");
      return FALSE;
    }
  return TRUE;
}

void
cr_engine_set_source_status_async (CrEngine *self,
                                   const char *id,
                                   CrSourceStatus status,
                                   const char *reason,
                                   gint64 until_ms,
                                   const char *person,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_set_source_status_async, cancellable, callback, user_data);
  NewStatus *new_status;
  GError *error = NULL;
  CrVerb verb = { .func = set_status_func,
                  .free_data = new_status_free,
                  .person = person,
                  .action = status == CR_SOURCE_WORKING ? "source.resume" : "source.suspend",
                  .object = id,
                  .detail = reason,
                  .change = CR_CHANGE_SOURCE };

  if (!check_status (status, reason, until_ms, self->clock (), &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  new_status = g_new0 (NewStatus, 1);
  new_status->id = g_strdup (id);
  new_status->reason = g_strdup (status == CR_SOURCE_WORKING ? NULL : reason);
  new_status->status = status;
  new_status->until_ms = until_ms;
  new_status->now_ms = self->clock ();
  verb.data = new_status;
  cr_engine_run_verb (self, &verb, task);
}

gboolean
cr_engine_set_source_status_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return finish_boolean (result, error);
}

void
cr_engine_resume_source_async (CrEngine *self,
                               const char *id,
                               const char *person,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  cr_engine_set_source_status_async (self, id, CR_SOURCE_WORKING, NULL, 0, person, cancellable,
                                     callback, user_data);
}

gboolean
cr_engine_resume_source_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return finish_boolean (result, error);
}

/* Vendors -------------------------------------------------------------------------------------- */

static gpointer
set_vendor_func (CrDb *db, gpointer data, GError **error)
{
  return cr_vendor_clients_set (db, data, error) ? CR_DONE : NULL;
}

static void
set_vendor_row (CrEngine *self, GTask *task)
{
  const CrVendorClient *client = g_object_get_data (G_OBJECT (task), "client");
  CrVendorClient *copy = g_new0 (CrVendorClient, 1);
  CrVerb verb = { .func = set_vendor_func,
                  .data = copy,
                  .free_data = (GDestroyNotify) cr_vendor_client_free,
                  .person = g_object_get_data (G_OBJECT (task), "person"),
                  .action = "vendor.save",
                  .object = client->type,
                  .change = CR_CHANGE_SOURCE };

  copy->type = g_strdup (client->type);
  copy->client_id = g_strdup (client->client_id);
  copy->client_auth = client->client_auth;
  cr_engine_run_verb (self, &verb, task);
}

static void
vendor_secret_kept_cb (GObject *vault, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (cr_vault_set_finish (CR_VAULT (vault), result, &error))
    {
      set_vendor_row (g_task_get_source_object (task), task);
      return;
    }

  g_task_return_error (task, error);
  g_object_unref (task);
}

static gboolean
is_type (const char *type)
{
  return type != NULL && type[0] != '\0' &&
         strspn (type, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen (type);
}

void
cr_engine_set_vendor_client_async (CrEngine *self,
                                   const CrVendorClient *client,
                                   const char *secret,
                                   const char *person,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_set_vendor_client_async, cancellable, callback, user_data);
  CrVendorClient *copy;
  g_autofree char *name = NULL;

  if (!is_type (client->type) || client->client_id == NULL || client->client_id[0] == '\0')
    {
      g_task_return_new_error (task, CR_ERROR, CR_ERROR_BAD_INPUT,
                               "A vendor is a word in small letters, such as epic, and needs a "
                               "client id.");
      g_object_unref (task);
      return;
    }

  copy = g_new0 (CrVendorClient, 1);
  copy->type = g_strdup (client->type);
  copy->client_id = g_strdup (client->client_id);
  copy->client_auth = client->client_auth;
  g_object_set_data_full (G_OBJECT (task), "client", copy, (GDestroyNotify) cr_vendor_client_free);
  g_object_set_data_full (G_OBJECT (task), "person", g_strdup (person), g_free);
  if (secret == NULL)
    {
      set_vendor_row (self, task);
      return;
    }

  name = g_strconcat ("vendor/", client->type, NULL);
  cr_vault_set_async (self->vault, name, "Chartroom: client secret of a vendor", secret,
                      cancellable, vendor_secret_kept_cb, task);
}

gboolean
cr_engine_set_vendor_client_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  gboolean ok = finish_boolean (result, error);

  if (ok)
    cr_engine_go_on_fetching_logos (self);
  return ok;
}

static gpointer
remove_vendor_func (CrDb *db, gpointer data, GError **error)
{
  g_autofree char *secret = g_strconcat ("vendor/", data, NULL);

  return cr_vendor_clients_remove (db, data, error) &&
                 cr_removal_tasks_add (db, CR_REMOVAL_KEYRING, secret, g_get_real_time () / 1000,
                                       error)
           ? CR_DONE
           : NULL;
}

void
cr_engine_remove_vendor_client_async (CrEngine *self,
                                      const char *type,
                                      const char *person,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_remove_vendor_client_async, cancellable, callback, user_data);
  CrVerb verb = { .func = remove_vendor_func,
                  .data = g_strdup (type),
                  .free_data = g_free,
                  .person = person,
                  .action = "vendor.remove",
                  .object = type,
                  .change = CR_CHANGE_SOURCE };

  cr_engine_run_verb (self, &verb, task);
}

gboolean
cr_engine_remove_vendor_client_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  gboolean ok = finish_boolean (result, error);

  if (ok)
    cr_engine_go_on_removing (self);
  return ok;
}

static gpointer
list_vendors_func (CrDb *db, gpointer data, GError **error)
{
  return cr_vendor_clients_list (db, error);
}

static void
vendors_listed_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *list = cr_store_read_finish (CR_STORE (store), result, &error);

  if (list != NULL)
    g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
cr_engine_list_vendor_clients_async (CrEngine *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_list_vendor_clients_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_SCREEN, list_vendors_func, NULL, NULL,
                       (GDestroyNotify) g_ptr_array_unref, cancellable, vendors_listed_cb, task);
}

GPtrArray *
cr_engine_list_vendor_clients_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
