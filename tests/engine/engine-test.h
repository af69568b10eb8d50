/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

G_BEGIN_DECLS

/* An engine in a folder of its own. */
typedef struct
{
  char *folder;         /* (owned) */
  CrEngine *engine;     /* (owned) (nullable) */
  gboolean is_sandbox;  /* of the workspace */
  gboolean no_schedule; /* of the engine */
} EngineTest;

/* Before cr_first_of_all(): the keyring in a file of this test. */
void engine_test_use_file_keyring (void);
void engine_test_make (EngineTest *test);
void engine_test_open (EngineTest *test);
void engine_test_open_fails (EngineTest *test, const char *listen, GError **error);
void engine_test_close (EngineTest *test);
void engine_test_clear (EngineTest *test);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EngineTest, engine_test_clear)
char *engine_test_path (EngineTest *test, const char *name);
/* The clock of its engines, ahead by as much as is set. */
extern gint64 engine_test_ahead_ms;
/* The same of that clock alone: it is wrong. */
extern gint64 engine_test_wrong_ms;
gint64 engine_test_clock (void);

/* A callback that keeps its result in a GAsyncResult *, and the wait for it. */
void keep_result (GObject *source, GAsyncResult *result, gpointer user_data);
GAsyncResult *wait_result (GAsyncResult **result);
/* Iterates for as long as @test says no, at most a minute. */
void wait_until (gboolean (*test) (gpointer data), gpointer data);
void iterate_for (guint ms);

GPtrArray *engine_test_list (EngineTest *test, const CrListFilter *filter);
void engine_test_add_patient (EngineTest *test, const char *id, const char *name);
void engine_test_start_sandbox (EngineTest *test);
/* A fault of the sandbox: PUT or DELETE; all of them without @name. */
void
engine_test_fault (EngineTest *test, const char *method, const char *name, const char *parameters);
/* Connects that sample patient by walking the pages. */
CrConnection *engine_test_connect (EngineTest *test, guint n);

G_END_DECLS
