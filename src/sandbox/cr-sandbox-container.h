/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sandbox/cr-visit.h"

G_BEGIN_DECLS

#define CR_SANDBOX_ACCOUNT "sandboxaccount"

void cr_sandbox_container_handle (CrVisit *x);
char *cr_sandbox_container_secret (CrHouse *house);

G_END_DECLS
