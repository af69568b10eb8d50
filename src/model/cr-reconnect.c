/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-reconnect.h"

/* The nicks are public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrCalled,
                    cr_called,
                    G_DEFINE_ENUM_VALUE (CR_CALLED_ALL, "all"),
                    G_DEFINE_ENUM_VALUE (CR_CALLED_NOT_YET, "needs-call"),
                    G_DEFINE_ENUM_VALUE (CR_CALLED_DONE, "called"))

/* The nicks are public: add, never rename. */
G_DEFINE_ENUM_TYPE (CrReconnectSort,
                    cr_reconnect_sort,
                    G_DEFINE_ENUM_VALUE (CR_RECONNECT_BY_DAYS, "days"),
                    G_DEFINE_ENUM_VALUE (CR_RECONNECT_BY_PATIENT, "patient"),
                    G_DEFINE_ENUM_VALUE (CR_RECONNECT_BY_SOURCE, "source"),
                    G_DEFINE_ENUM_VALUE (CR_RECONNECT_BY_CALL, "call"))
