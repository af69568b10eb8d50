/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cr-token-rig.h"
#include "model/cr-auth-event.h"

G_BEGIN_DECLS

/* A visit of patient 0 to the portal that is not always a happy one. */

/* To the portal's first answer and back at once, without signing in; where that leads. */
char *trip_bounce (CrRig *rig, CrSession *session);
/* Begins a trip; where the browser is sent. */
char *trip_begin (CrRig *rig, CrSession *session);
/* Comes back with @query after the state of @authorize_url. */
CrAnswer *trip_return (CrRig *rig, const char *authorize_url, const char *query);
/* The whole of it with one fault on. Returns: where the callback leads */
char *trip_with (CrRig *rig, const char *fault, const char *parameters, CrSession **session);

/* The trip failed with this code: in the URL, on the attempt, and in the history. */
void trip_assert_failed (CrRig *rig, CrSession *session, const char *back, CrFailureCode code);
void trip_assert_connected (CrRig *rig, CrSession *session, const char *back);
CrAuthEvent *trip_find (GPtrArray *log, CrAuthStep step);
CrAttempt *trip_attempt (CrRig *rig, CrSession *session);
/* Changes a column of the rig's source. */
void trip_set_source (CrRig *rig, const char *column, const char *value);

G_END_DECLS
