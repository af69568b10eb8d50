/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine-test.h"

G_BEGIN_DECLS

#define SMALL_PERSON 4
#define LARGE_PERSON 2

CrPull *latest_pull (EngineTest *test, const char *connection_id);
CrPull *wait_for_pull (EngineTest *test, CrConnection *connection, CrPullStatus status);
GPtrArray *start_pull (EngineTest *test, const char *patient_id, GError **error);

G_END_DECLS
