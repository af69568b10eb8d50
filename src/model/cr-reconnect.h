/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The list of those who must sign in again: whether somebody called them about it. */
typedef enum
{
  CR_CALLED_ALL,
  CR_CALLED_NOT_YET,
  CR_CALLED_DONE,
} CrCalled;

#define CR_TYPE_CALLED (cr_called_get_type ())
GType cr_called_get_type (void);

typedef enum
{
  CR_RECONNECT_BY_DAYS, /* those whose access has ended first, then the next to end */
  CR_RECONNECT_BY_PATIENT,
  CR_RECONNECT_BY_SOURCE,
  CR_RECONNECT_BY_CALL, /* the last called first */
} CrReconnectSort;

#define CR_TYPE_RECONNECT_SORT (cr_reconnect_sort_get_type ())
GType cr_reconnect_sort_get_type (void);

G_END_DECLS
