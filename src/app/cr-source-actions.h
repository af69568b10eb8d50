/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/cr-window.h"

G_BEGIN_DECLS

void cr_source_actions_import (CrWindow *window);
void cr_source_actions_import_file (CrWindow *window, const char *path);
void cr_source_actions_vendors (CrWindow *window);

G_END_DECLS
