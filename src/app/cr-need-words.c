/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-need-words.h"

#include "app/cr-words.h"
#include "base/cr-enum.h"
#include "engine/cr-local-words.h"
#include "model/cr-explain.h"

#include <glib/gi18n.h>

static char *
say_patients (gint64 n)
{
  g_autofree char *number = cr_words_number (n);

  return g_strdup_printf (ngettext ("%s patient", "%s patients", (gulong) n), number);
}

/* NULL when it is not known. */
static char *
say_time (gint64 ms, gint64 now_ms)
{
  return ms > 0 ? cr_words_time (ms, now_ms) : NULL;
}

static char *
say_last (gint64 ms, gint64 now_ms)
{
  g_autofree char *time = say_time (ms, now_ms);

  /* Translators: “1 patient · newest: just now” */
  return time != NULL ? g_strdup_printf (_ ("newest: %s"), time) : g_strdup ("");
}

static char *
say_last_end (gint64 ms, gint64 now_ms)
{
  g_autofree char *time = say_time (ms, now_ms);

  return time != NULL ? g_strdup_printf (_ ("the last ended %s"), time) : g_strdup ("");
}

static char *
say_begun (gint64 ms, gint64 now_ms)
{
  g_autofree char *time = say_time (ms, now_ms);

  return time != NULL ? g_strdup_printf (_ ("since %s"), time) : g_strdup ("");
}

static char *
say_again (gint64 ms, gint64 now_ms)
{
  g_autofree char *time = say_time (ms, now_ms);

  return time != NULL ? g_strdup_printf (_ ("tries again %s"), time) : g_strdup ("");
}

static void
look_like (CrNeedWords *self, const CrExplanation *explanation)
{
  self->icon = explanation->icon;
  self->tone = explanation->tone;
}

static void
offer (CrNeedWords *self, const char *button, const char *action, const char *target)
{
  self->button = button;
  self->action = action;
  self->target = g_strdup (target);
}

static void
say_hold (CrNeedWords *self, const CrNeed *need, gint64 now_ms)
{
  g_autofree char *since = say_last (need->since_ms, now_ms);
  g_autofree char *number = cr_words_number (need->n);

  look_like (self, cr_explain_record_status (CR_RECORD_STATUS_HELD));
  self->about = cr_words_join (_ ("Nothing leaves until somebody decides"), since, NULL);
  if (need->n == 1)
    {
      self->title = g_strdup_printf (_ ("Is this the right patient? %s"),
                                     need->name != NULL ? need->name : "");
      offer (self, _ ("Decide…"), "win.decide-hold", need->id);
      return;
    }
  self->title = g_strdup_printf (ngettext ("Is this the right patient? %s waits for an answer",
                                           "Are these the right patients? %s wait for an answer",
                                           (gulong) need->n),
                                 number);
  offer (self, _ ("Show Them"), "win.show-patients", "held");
}

static void
say_sign_in (CrNeedWords *self, const CrNeed *need, gint64 now_ms)
{
  g_autofree char *who = say_patients (need->n);
  g_autofree char *since = say_last_end (need->since_ms, now_ms);

  look_like (self, cr_explain_record_status (CR_RECORD_STATUS_ACCESS_LAPSED));
  self->title = g_strdup_printf (_ ("Ask to sign in again: %s"), who);
  self->about = cr_words_join (_ ("Access has ended, and nobody has called them yet"), since, NULL);
  offer (self, _ ("Reconnect List"), "win.section", "reconnect");
}

static void
say_soon (CrNeedWords *self, const CrNeed *need, gint64 now_ms)
{
  g_autofree char *who = say_patients (need->n);
  g_autofree char *time = cr_words_time (need->until_ms, now_ms);

  self->icon = "document-open-recent-symbolic";
  self->tone = "warning";
  self->title = g_strdup_printf (_ ("Access ends within a week: %s"), who);
  self->about = g_strdup_printf (_ ("The first ends %s"), time);
  offer (self, _ ("Reconnect List"), "win.section", "reconnect");
}

static void
say_pull (CrNeedWords *self, const CrNeed *need, gint64 now_ms)
{
  gboolean is_failed = need->kind == CR_NEED_PULL_FAILED;
  g_autofree char *who = say_patients (need->n);
  g_autofree char *since = say_last (need->since_ms, now_ms);
  const char *source = need->name != NULL ? need->name : _ ("a source");
  const char *cause =
      need->code == NULL || need->code[0] == '\0' ? "" : _ (cr_explain_error (need->code)->title);

  look_like (self, cr_explain_record_status (is_failed ? CR_RECORD_STATUS_FAILING
                                                       : CR_RECORD_STATUS_PARTIAL));
  self->title = g_strdup_printf (
      is_failed ? _ ("Pulls fail at %s") : _ ("Some kinds of records fail at %s"), source);
  self->about = cr_words_join (who, cause, since, NULL);
  if (need->n == 1 && need->id != NULL)
    offer (self, _ ("Pull History"), "win.show-pulls", need->id);
  else
    offer (self, _ ("Show Them"), "win.show-patients", is_failed ? "failing" : "partial");
}

static void
say_waiting (CrNeedWords *self, const CrNeed *need, gint64 now_ms)
{
  g_autofree char *who = say_patients (need->n);
  g_autofree char *wait = g_strdup_printf (ngettext ("%s waits", "%s wait", (gulong) need->n), who);
  g_autofree char *since = say_begun (need->since_ms, now_ms);
  g_autofree char *again = say_again (need->until_ms, now_ms);
  int reason = CR_WAIT_NONE;
  const CrExplanation *why;

  cr_enum_from_string (CR_TYPE_WAIT_REASON, need->code, &reason);
  why = cr_explain_waiting ((CrWaitReason) reason, need->error);
  look_like (self, why);
  self->about = cr_words_join (why->remedy == CR_REMEDY_CHECK_KEYRING ? _ (why->sentence) : "",
                               wait, since, again, NULL);
  if (reason == CR_WAIT_SOURCE_OUTAGE && need->name != NULL)
    {
      self->title = g_strdup_printf (_ ("%s is not answering"), need->name);
      offer (self, _ ("Test…"), "win.test-source", need->source_id);
      return;
    }
  self->title = g_strdup (_ (why->title));
  if (reason == CR_WAIT_KEYRING_LOCKED)
    offer (self, why->remedy == CR_REMEDY_UNLOCK_KEYRING ? _ ("Unlock…") : _ ("Check Keyring"),
           "win.unlock-keyring", NULL);
  else
    offer (self, _ ("Show Them"), "win.show-patients", "pulling");
}

static void
say_destination (CrNeedWords *self, const CrNeed *need, gint64 now_ms)
{
  g_autofree char *number = cr_words_number (need->n);
  g_autofree char *refused =
      need->n == 0
          ? g_strdup ("")
          : g_strdup_printf (ngettext ("%s record refused", "%s records refused", (gulong) need->n),
                             number);
  g_autofree char *since = say_last (need->since_ms, now_ms);
  int status = CR_DESTINATION_FAILING;

  cr_enum_from_string (CR_TYPE_DESTINATION_STATUS, need->code, &status);
  look_like (self, cr_explain_destination ((CrDestinationStatus) status));
  self->title = g_strdup_printf (_ ("Export to %s"), need->name != NULL ? need->name : "");
  self->about = cr_words_join (refused, need->detail != NULL ? cr_local_words (need->detail) : "",
                               since, NULL);
  if (status == CR_DESTINATION_ACTION_REQUIRED)
    offer (self, _ ("Edit…"), "win.edit-destination", need->id);
  else
    offer (self, _ ("Open"), "win.show-destination", need->id);
}

static void
say_stale (CrNeedWords *self, const CrNeed *need, gint64 now_ms)
{
  g_autofree char *who = say_patients (need->n);

  self->icon = "appointment-missed-symbolic";
  self->tone = "warning";
  self->title = g_strdup_printf (_ ("Nothing new for a week: %s"), who);
  self->about = g_strdup (_ ("They are connected, and no pull has brought anything in"));
  offer (self, _ ("Show Them"), "win.show-patients", "stale");
}

CrWebhookEndpoint *
cr_need_words_webhook (const CrNeed *need)
{
  CrWebhookEndpoint *endpoint = cr_webhook_endpoint_new (need->id);
  int end = CR_WEBHOOK_END_NONE;

  cr_enum_from_string (CR_TYPE_WEBHOOK_END, need->code, &end);
  endpoint->url = g_strdup (need->name);
  endpoint->description = g_strdup (need->detail);
  endpoint->end = (CrWebhookEnd) end;
  endpoint->status = end == CR_WEBHOOK_END_NONE ? CR_WEBHOOK_ACTIVE : CR_WEBHOOK_DISABLED;
  endpoint->warned_ms = need->since_ms;
  return endpoint;
}

/* What tells it from others of its host: a path may carry a key. */
static char *
say_which (const CrNeed *need, const char *name, gint64 now_ms)
{
  g_autofree char *host = cr_words_address (need->name);
  g_autofree char *made = say_time (need->made_ms, now_ms);

  if (!g_str_equal (name, host))
    return g_steal_pointer (&host);
  return made != NULL ? g_strdup_printf (_ ("added %s"), made) : g_strdup ("");
}

static void
say_webhook (CrNeedWords *self, const CrNeed *need, gint64 now_ms)
{
  g_autoptr (CrWebhookEndpoint) endpoint = cr_need_words_webhook (need);
  const CrExplanation *why = cr_explain_webhook (endpoint);
  g_autofree char *name = cr_words_webhook (endpoint);
  g_autofree char *which = say_which (need, name, now_ms);
  g_autofree char *number = cr_words_number (need->n);
  g_autofree char *missed =
      need->n == 0 ? g_strdup ("")
                   : g_strdup_printf (ngettext ("%s event not delivered", "%s events not delivered",
                                                (gulong) need->n),
                                      number);
  g_autofree char *since = say_begun (need->since_ms, now_ms);

  look_like (self, why);
  self->title =
      g_strdup_printf (endpoint->end == CR_WEBHOOK_END_NONE ? _ ("Events do not reach %s")
                                                            : _ ("Webhook endpoint disabled: %s"),
                       name);
  self->about = cr_words_join (missed, _ (why->title), since, which, NULL);
  offer (self, _ ("Open"), "win.show-webhook", need->id);
}

CrNeedWords *
cr_need_words_new (const CrNeed *need, gint64 now_ms)
{
  CrNeedWords *self = g_new0 (CrNeedWords, 1);

  switch (need->kind)
    {
    case CR_NEED_HOLD:
      say_hold (self, need, now_ms);
      break;
    case CR_NEED_SIGN_IN:
      say_sign_in (self, need, now_ms);
      break;
    case CR_NEED_SIGN_IN_SOON:
      say_soon (self, need, now_ms);
      break;
    case CR_NEED_PULL_FAILED:
    case CR_NEED_PULL_PARTIAL:
      say_pull (self, need, now_ms);
      break;
    case CR_NEED_WAITING:
      say_waiting (self, need, now_ms);
      break;
    case CR_NEED_DESTINATION:
      say_destination (self, need, now_ms);
      break;
    case CR_NEED_STALE:
      say_stale (self, need, now_ms);
      break;
    case CR_NEED_WEBHOOK:
      say_webhook (self, need, now_ms);
      break;
    default:
      g_assert_not_reached ();
    }
  return self;
}

void
cr_need_words_free (CrNeedWords *self)
{
  g_free (self->title);
  g_free (self->about);
  g_free (self->target);
  g_free (self);
}
