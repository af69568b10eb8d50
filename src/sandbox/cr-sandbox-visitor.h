/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Someone at a browser: keeps cookies, follows redirects, fills in the forms of a portal's pages.
 * For the demo and for tests. */
#define CR_TYPE_SANDBOX_VISITOR (cr_sandbox_visitor_get_type ())
G_DECLARE_FINAL_TYPE (CrSandboxVisitor, cr_sandbox_visitor, CR, SANDBOX_VISITOR, GObject)

typedef struct
{
  char *clinic_id;
  char *name;
  char *username;
  char *password;
  gboolean is_mismatch; /* the portal's patient is another person than the clinic's */
} CrSandboxPerson;

CrSandboxVisitor *cr_sandbox_visitor_new (void);

/* The made-up people of the sandbox at @uri: GPtrArray of CrSandboxPerson. */
void cr_sandbox_visitor_people_async (CrSandboxVisitor *self,
                                      const char *uri,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
GPtrArray *
cr_sandbox_visitor_people_finish (CrSandboxVisitor *self, GAsyncResult *result, GError **error);

/* Opens @url, signs in and says yes wherever a form asks, until a page without a form to fill
 * comes: its address. */
void cr_sandbox_visitor_walk_async (CrSandboxVisitor *self,
                                    const char *url,
                                    const char *username,
                                    const char *password,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
char *cr_sandbox_visitor_walk_finish (CrSandboxVisitor *self, GAsyncResult *result, GError **error);

G_END_DECLS
