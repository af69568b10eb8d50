/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-explain.h"

#include <glib/gi18n.h>

#define OK_ICON "object-select-symbolic"
#define WAIT_ICON "document-open-recent-symbolic"
#define WARN_ICON "dialog-warning-symbolic"
#define FAIL_ICON "dialog-error-symbolic"
#define OFF_ICON "action-unavailable-symbolic"

static const CrExplanation fresh = { N_ ("Ready"),
                                     N_ ("Nothing happened yet that it is told. Send a test to see "
                                         "whether events reach it."),
                                     NULL,
                                     WAIT_ICON,
                                     "accent",
                                     CR_REMEDY_NONE };
static const CrExplanation active = { N_ ("Active"), N_ ("Events reach it."), NULL, OK_ICON,
                                      "success",     CR_REMEDY_NONE };
static const CrExplanation failing = { N_ ("Last attempt failed"),
                                       N_ ("Its last attempt failed. Chartroom tries again by "
                                           "itself."),
                                       NULL,
                                       WARN_ICON,
                                       "warning",
                                       CR_REMEDY_NONE };
static const CrExplanation warned = {
  N_ ("Failing for hours"),
  N_ ("Events have failed for hours. Mend the receiver: once an "
      "event has failed nine times the endpoint is disabled."),
  NULL,
  FAIL_ICON,
  "error",
  CR_REMEDY_NONE
};

static const CrExplanation ends[] = {
  [CR_WEBHOOK_END_NONE] = { N_ ("Disabled"), N_ ("It is told nothing until it is enabled."), NULL,
                            OFF_ICON, "dim-label", CR_REMEDY_NONE },
  [CR_WEBHOOK_END_PERSON] = { N_ ("Disabled by a person"),
                              N_ ("Somebody disabled it. It is told nothing until it is enabled."),
                              NULL, OFF_ICON, "dim-label", CR_REMEDY_NONE },
  [CR_WEBHOOK_END_GONE] = { N_ ("Disabled: it is gone"),
                            N_ ("It answered 410: it does not want events any more. Enable it only "
                                "when its owner says so, or remove it."),
                            NULL, FAIL_ICON, "error", CR_REMEDY_NONE },
  [CR_WEBHOOK_END_EXHAUSTED] = { N_ ("Disabled: it kept failing"),
                                 N_ ("An event failed at all nine attempts, over more than three "
                                     "days. Mend the receiver, enable the endpoint, then send what "
                                     "was missed."),
                                 NULL, FAIL_ICON, "error", CR_REMEDY_NONE },
};

const CrExplanation *
cr_explain_webhook (CrWebhookEndpoint *endpoint)
{
  if (endpoint->status == CR_WEBHOOK_DISABLED)
    return &ends[endpoint->end];
  if (endpoint->warned_ms > 0)
    return &warned;
  if (endpoint->failing_since_ms > 0)
    return &failing;
  return endpoint->delivered_ms > 0 ? &active : &fresh;
}

static const CrExplanation waiting = {
  N_ ("Waiting"), N_ ("It is sent as soon as the endpoint can take it."), NULL, WAIT_ICON, "accent",
  CR_REMEDY_NONE
};
static const CrExplanation again = {
  N_ ("Will try again"),
  N_ ("The last attempt failed. Chartroom tries again by itself."),
  NULL,
  WARN_ICON,
  "warning",
  CR_REMEDY_NONE
};
static const CrExplanation delivered = {
  N_ ("Delivered"), N_ ("The endpoint took it."), NULL, OK_ICON, "success", CR_REMEDY_NONE
};
static const CrExplanation missed = {
  N_ ("Not delivered"),
  N_ ("No more attempts are made by themselves. Send it by hand, "
      "or send what was missed."),
  NULL,
  FAIL_ICON,
  "error",
  CR_REMEDY_NONE
};

const CrExplanation *
cr_explain_delivery (CrDelivery *delivery)
{
  switch (delivery->status)
    {
    case CR_DELIVERY_PENDING:
      return delivery->attempts == 0 ? &waiting : &again;
    case CR_DELIVERY_DELIVERED:
      return &delivered;
    case CR_DELIVERY_EXHAUSTED:
      return &missed;
    }

  g_return_val_if_reached (NULL);
}
