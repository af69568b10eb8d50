/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Answers to writes that carried an `Idempotency-Key`, for a day and at most some megabytes: asked
 * the same again, the same is answered and nothing is done twice. Kept in memory alone. */
typedef struct _CrApiOnce CrApiOnce;

typedef enum
{
  CR_API_ONCE_NEW,     /* do it, and end it with _settle() */
  CR_API_ONCE_DONE,    /* the answer is there */
  CR_API_ONCE_RUNNING, /* somebody is at it */
  CR_API_ONCE_OTHER,   /* the key was used for another request */
} CrApiOnceState;

CrApiOnce *cr_api_once_new (void);
void cr_api_once_free (CrApiOnce *self);
CrApiOnceState cr_api_once_begin (CrApiOnce *self,
                                  const char *key,
                                  const char *request,
                                  gint64 now_us,
                                  guint *status,
                                  char **body);
void cr_api_once_settle (CrApiOnce *self, const char *key, guint status, const char *body);
/* Of everybody: a patient was removed. */
void cr_api_once_forget (CrApiOnce *self);

G_END_DECLS
