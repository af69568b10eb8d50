/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-ca-file.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "base/cr-error.h"
#include "base/cr-said.h"

#define MAX_BYTES (1024 * 1024)

static gboolean
complain (const char *path, const char *what, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);

  g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
               "The CA certificate file “%s” %s. Choose it anew, or take it away where none is "
               "needed.",
               name, what);
  return FALSE;
}

/* Nothing is opened that could keep us waiting. */
static gboolean
check_file (const char *path, GError **error)
{
  GStatBuf info;

  if (!g_path_is_absolute (path))
    return complain (path, CR_SAID ("is not named by its whole path, from “/” on"), error);
  if (g_stat (path, &info) != 0)
    return complain (path, errno == EACCES ? CR_SAID ("may not be read") : CR_SAID ("is not there"),
                     error);
  if (!S_ISREG (info.st_mode))
    return complain (path, CR_SAID ("is no file"), error);
  if (info.st_size > MAX_BYTES)
    return complain (path, CR_SAID ("is too large to hold certificates"), error);
  if (g_access (path, R_OK) != 0)
    return complain (path, CR_SAID ("may not be read"), error);

  return TRUE;
}

/**
 * cr_ca_file_load:
 * @path: of a file of certificates in PEM (RFC 7468 §5)
 *
 * Returns: (transfer full): the authorities in it; %NULL with %CR_ERROR_BAD_INPUT, whose words tell
 *   a file that is missing from one that may not be read and from one without a certificate
 */
GTlsDatabase *
cr_ca_file_load (const char *path, GError **error)
{
  GTlsDatabase *database = NULL;
  GList *certificates;

  if (!check_file (path, error))
    return NULL;

  /* A file without a certificate would make a database that trusts nobody. */
  certificates = g_tls_certificate_list_new_from_file (path, NULL);
  if (certificates != NULL)
    database = g_tls_file_database_new (path, NULL);
  if (database == NULL)
    complain (path, CR_SAID ("has no certificate in it that can be read; it must be in PEM form"),
              error);
  g_list_free_full (certificates, g_object_unref);

  return database;
}
