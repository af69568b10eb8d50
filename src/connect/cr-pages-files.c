/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-pages.h"

#include "connect/cr-pages-resources.h"

#define PREFIX "/io/github/chartroom/pages/"

/* By way of the resource itself, which the linker would drop otherwise. */
static GBytes *
read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = g_resource_lookup_data (cr_pages_files_get_resource (), path,
                                          G_RESOURCE_LOOKUP_FLAGS_NONE, &error);

  if (bytes == NULL)
    g_error ("A file of the patient pages was not built in: %s", error->message);

  return bytes;
}

/* Returns: (transfer full) */
GBytes *
cr_pages_style (void)
{
  return read_file (PREFIX "pages.css");
}

/* Returns: (transfer full) */
GBytes *
cr_pages_script (void)
{
  return read_file (PREFIX "pages.js");
}
