/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-event.h"
#include "model/cr-look.h"
#include "model/cr-pull.h"
#include "model/cr-source.h"
#include "model/cr-webhook.h"

G_BEGIN_DECLS

gint64 cr_words_now_ms (void);
char *cr_words_time (gint64 ms, gint64 now_ms); /* “today 09:14”, “5 minutes ago” */
char *cr_words_days_left (gint64 ends_ms, gint64 now_ms); /* “3 days left”, “ended yesterday” */
char *cr_words_exact_time (gint64 ms);
char *cr_words_day (gint64 ms); /* short, for a chart */
char *cr_words_whole_day (gint64 ms);
char *cr_words_day_and_time (gint64 ms); /* without seconds, for paper */
/* From the one to the other, as above. */
char *cr_words_span (gint64 first_ms, gint64 last_ms);
char *cr_words_duration (gint64 ms);
char *cr_words_date (const char *date);  /* of FHIR: a year, a month or a day, by the locale */
char *cr_words_dates (const char *text); /* each day written as FHIR does becomes one of ours */
char *cr_words_moment (const char *text);
const char *cr_words_sex (const char *sex);
char *cr_words_number (gint64 n); /* with separators: the locale’s, else the words’ */
char *cr_words_type (const char *type);
char *cr_words_address (const char *url);             /* the host of a URL */
char *cr_words_webhook (CrWebhookEndpoint *endpoint); /* what it is for, else where it is */
const char *cr_words_client_auth (CrClientAuth auth);
char *cr_words_pull_trigger (CrPull *pull); /* by whom or by what: “by hand (Ana)” */
char *cr_words_pull (CrPull *pull);         /* and when it began */
const char *cr_words_event (CrEventType type);
const char *cr_words_setting (const char *key);
const char *cr_words_audit (const char *action);
const char *cr_words_look (CrLookKind kind);
char *cr_words_find_audit (const char *text); /* → for CrListFilter.actions (nullable) */
const char *cr_words_check (const char *check);
char *
cr_words_begin (const char *text); /* the first letter large: “Just now”, for what stands alone */
char *cr_words_join (const char *first, ...) G_GNUC_NULL_TERMINATED; /* with “ · ”; skips "" */

G_END_DECLS
