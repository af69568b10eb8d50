/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "connect/cr-tokens-private.h"
#include "cr-rig.h"
#include "model/cr-source.h"

G_BEGIN_DECLS

#define HOUR_MS (60 * 60 * G_GINT64_CONSTANT (1000))
#define TOKEN_PATH "/portal/token"

/* What asking for a token gave. */
typedef struct
{
  gboolean done;
  char *value;
  GError *error;
} Got;

void got_clear (Got *got);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Got, got_clear)
void got_cb (GObject *object, GAsyncResult *result, gpointer user_data);
void get (CrToken *token, gboolean renew, Got *got);

CrToken *token_of (CrRig *rig, CrConnection *connection);
CrConnection *the_connection (CrRig *rig, const char *patient_id);
CrConnection *connected (CrRig *rig); /* patient 0 */
guint works_at_portal (CrRig *rig, const char *value);
/* @user_data: a gboolean that becomes TRUE */
void disconnected_cb (GObject *object, GAsyncResult *result, gpointer user_data);
void disconnect (CrRig *rig, CrConnection *connection);

/* The rig's source signs in with the portal's confidential client. @secret: (nullable): another
 * secret than the right one */
void make_confidential (CrRig *rig, CrClientAuth auth, const char *secret);

G_END_DECLS
