/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-sessions.h"

#include <glib/gstdio.h>

#include "net/cr-ca-file.h"

#define USER_AGENT "Chartroom/0.1"
#define MAX_KEPT 16 /* sets of connections with a CA file, and CA files */

struct _CrSessions
{
  guint max_per_host;
  SoupSession *session; /* (owned): trusts what the system trusts */
  GHashTable *sessions; /* (owned): GTlsDatabase (owned) → SoupSession (owned) */
  GHashTable *files;    /* (owned): path → CaFile */
};

/* One that was read, good for as long as it is not changed. */
typedef struct
{
  GTlsDatabase *authorities; /* (owned) */
  GStatBuf info;
} CaFile;

static void
ca_file_free (gpointer data)
{
  CaFile *file = data;

  g_object_unref (file->authorities);
  g_free (file);
}

static SoupSession *
session_new (CrSessions *self, GTlsDatabase *authorities)
{
  SoupSession *session = soup_session_new_with_options (
      "user-agent", USER_AGENT, "max-conns-per-host", self->max_per_host, "max-conns",
      MAX (10 * self->max_per_host, 64), "timeout", 0, "idle-timeout", 60, NULL);

  /* It would take credentials out of URLs and answer challenges by itself. */
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  if (authorities != NULL)
    soup_session_set_tls_database (session, authorities);

  return session;
}

CrSessions *
cr_sessions_new (guint max_per_host)
{
  CrSessions *self = g_rc_box_new0 (CrSessions);

  self->max_per_host = max_per_host;
  self->session = session_new (self, NULL);
  self->sessions =
      g_hash_table_new_full (g_direct_hash, g_direct_equal, g_object_unref, g_object_unref);
  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, ca_file_free);
  return self;
}

CrSessions *
cr_sessions_ref (CrSessions *self)
{
  return g_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  CrSessions *self = data;

  g_hash_table_unref (self->sessions);
  g_hash_table_unref (self->files);
  g_object_unref (self->session);
}

void
cr_sessions_unref (CrSessions *self)
{
  g_rc_box_release_full (self, clear);
}

SoupSession *
cr_sessions_get (CrSessions *self, GTlsDatabase *authorities)
{
  SoupSession *session;

  if (authorities == NULL)
    return self->session;

  session = g_hash_table_lookup (self->sessions, authorities);
  if (session != NULL)
    return session;

  if (g_hash_table_size (self->sessions) >= MAX_KEPT)
    g_hash_table_remove_all (self->sessions);
  session = session_new (self, authorities);
  g_hash_table_insert (self->sessions, g_object_ref (authorities), session);
  return session;
}

static gboolean
is_same (const GStatBuf *a, const GStatBuf *b)
{
  return a->st_ino == b->st_ino && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
         a->st_mode == b->st_mode;
}

/**
 * cr_sessions_load_ca:
 *
 * Returns: (transfer full) (nullable): the same as before while the file is the same, so that
 *   connections are kept; errors are those of cr_ca_file_load()
 */
GTlsDatabase *
cr_sessions_load_ca (CrSessions *self, const char *path, GError **error)
{
  CaFile *file = g_hash_table_lookup (self->files, path);
  GTlsDatabase *authorities;
  GStatBuf info = { 0 };

  if (g_stat (path, &info) == 0 && file != NULL && is_same (&info, &file->info) &&
      g_access (path, R_OK) == 0)
    return g_object_ref (file->authorities);

  authorities = cr_ca_file_load (path, error);
  if (authorities == NULL)
    return NULL;

  if (g_hash_table_size (self->files) >= MAX_KEPT)
    g_hash_table_remove_all (self->files);
  file = g_new0 (CaFile, 1);
  file->authorities = g_object_ref (authorities);
  file->info = info;
  g_hash_table_replace (self->files, g_strdup (path), file);
  return authorities;
}
