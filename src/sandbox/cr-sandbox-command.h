/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* `chartroomctl sandbox …`: runs the sandbox until it is told to end; gives the exit code. */
int cr_sandbox_command (int argc, char **argv);

G_END_DECLS
