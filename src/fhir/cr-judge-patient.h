/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-hold.h"
#include "model/cr-patient.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* A CrGuardJudge. Pure. */
CrGuardResult cr_judge_patient (CrPatient *clinic, GBytes *portal_patient, char **detail);

G_END_DECLS
