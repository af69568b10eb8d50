/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-attempt.h"
#include "model/cr-connection.h"
#include "model/cr-session.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

JsonObject *cr_session_to_json (CrSession *session, const char *url, GPtrArray *attempts);
JsonObject *cr_connection_to_event_json (CrConnection *connection);

G_END_DECLS
