/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-notice-words.h"

#include "app/cr-need-words.h"
#include "app/cr-words.h"
#include "base/cr-enum.h"
#include "model/cr-explain.h"

#include <glib/gi18n.h>

static CrNoticeWords *
words_new (char *title, const char *body, const char *action, const char *target)
{
  CrNoticeWords *self = g_new0 (CrNoticeWords, 1);

  self->title = title;
  self->body = g_strdup (body);
  self->action = action;
  self->target = g_strdup (target);
  return self;
}

static CrNoticeWords *
say_pull (const CrNeed *need)
{
  const char *cause =
      need->code == NULL || need->code[0] == '\0' ? "" : _ (cr_explain_error (need->code)->title);

  return words_new (
      g_strdup_printf (_ ("Pulls fail at %s"), need->name != NULL ? need->name : _ ("a source")),
      cause, "win.show-patients", "failing");
}

static CrNoticeWords *
say_waiting (const CrNeed *need)
{
  int reason = CR_WAIT_NONE;
  const CrExplanation *why;
  const char *body;

  cr_enum_from_string (CR_TYPE_WAIT_REASON, need->code, &reason);
  why = cr_explain_waiting ((CrWaitReason) reason, need->error);
  body = _ (why->sentence);
  if (reason == CR_WAIT_SOURCE_OUTAGE && need->name != NULL)
    return words_new (g_strdup_printf (_ ("%s is not answering"), need->name), body, "win.section",
                      "sources");
  return words_new (g_strdup (_ (why->title)), body, "win.section", "overview");
}

static CrNoticeWords *
say_destination (const CrNeed *need)
{
  int status = CR_DESTINATION_FAILING;

  cr_enum_from_string (CR_TYPE_DESTINATION_STATUS, need->code, &status);
  return words_new (g_strdup_printf (_ ("Export to %s does not go through"),
                                     need->name != NULL ? need->name : ""),
                    _ (cr_explain_destination ((CrDestinationStatus) status)->sentence),
                    "win.show-destination", need->id);
}

/* Its description, or the host of the address and nothing else: a path may carry a key. */
static CrNoticeWords *
say_webhook (const CrNeed *need)
{
  g_autoptr (CrWebhookEndpoint) endpoint = cr_need_words_webhook (need);
  g_autofree char *name = cr_words_webhook (endpoint);

  return words_new (g_strdup_printf (endpoint->end == CR_WEBHOOK_END_NONE
                                         ? _ ("Events do not reach %s")
                                         : _ ("Webhook endpoint disabled: %s"),
                                     name),
                    _ (cr_explain_webhook (endpoint)->sentence), "win.show-webhook", need->id);
}

CrNoticeWords *
cr_notice_words_new (const CrNeed *need)
{
  switch (need->kind)
    {
    case CR_NEED_HOLD:
      return words_new (g_strdup (_ ("Is this the right patient?")),
                        _ ("Records wait: nothing leaves until somebody decides."),
                        "win.show-patients", "held");
    case CR_NEED_PULL_FAILED:
      return say_pull (need);
    case CR_NEED_WAITING:
      return say_waiting (need);
    case CR_NEED_DESTINATION:
      return say_destination (need);
    case CR_NEED_WEBHOOK:
      return say_webhook (need);
    case CR_NEED_SIGN_IN:
    case CR_NEED_SIGN_IN_SOON:
    case CR_NEED_PULL_PARTIAL:
    case CR_NEED_STALE:
      return NULL;
    default:
      g_return_val_if_reached (NULL);
    }
}

void
cr_notice_words_free (CrNoticeWords *self)
{
  g_free (self->title);
  g_free (self->body);
  g_free (self->target);
  g_free (self);
}

static void
add_line (GString *lines, const char *format, gint64 n)
{
  g_autofree char *number = cr_words_number (n);

  if (n == 0)
    return;
  if (lines->len > 0)
    g_string_append_c (lines, '\n');
    /* check-secrets: none; the format is one of those below. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_string_append_printf (lines, format, number);
#pragma GCC diagnostic pop
}

void
cr_notice_words_sum (const CrOverview *overview, char **title, char **body)
{
  GString *lines = g_string_new (NULL);
  gint64 n_sign_in = 0, n_soon = 0, n_rest = 0;

  for (guint i = 0; i < overview->needs->len; i++)
    {
      const CrNeed *need = g_ptr_array_index (overview->needs, i);

      if (need->kind == CR_NEED_SIGN_IN)
        n_sign_in += need->n;
      else if (need->kind == CR_NEED_SIGN_IN_SOON)
        n_soon += need->n;
      else
        n_rest++;
    }
  add_line (lines, _ ("Patients to ask to sign in again: %s"), n_sign_in);
  add_line (lines, _ ("Patients whose access ends within a week: %s"), n_soon);
  add_line (lines, _ ("Other things that need somebody: %s"), n_rest);
  add_line (lines, _ ("Records that came in since yesterday: %s"),
            cr_overview_sum (overview, CR_COUNT_LANDED, 2));
  add_line (lines, _ ("Records delivered since yesterday: %s"),
            cr_overview_sum (overview, CR_COUNT_DELIVERED, 2));
  if (lines->len == 0)
    g_string_append (lines, _ ("Nothing new, and nothing that needs somebody."));
  *title = g_strdup (overview->needs->len > 0 ? _ ("Today something needs somebody")
                                              : _ ("Today nothing needs anybody"));
  *body = g_string_free (lines, FALSE);
}
