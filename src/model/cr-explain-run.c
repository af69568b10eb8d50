/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-explain.h"

#include <glib/gi18n.h>

const char *
cr_explain_withdrawal (CrWithdrawalCause cause)
{
  static const char *const words[] = {
    [CR_WITHDRAWAL_GONE] = N_ ("no longer at the portal"),
    [CR_WITHDRAWAL_DISCONNECTED] = N_ ("source disconnected"),
    [CR_WITHDRAWAL_REMOVED] = N_ ("data removed"),
  };

  return words[cause];
}

/* An item of a run that was cancelled: nothing newer took its place, it was not sent. */
const CrExplanation *
cr_explain_cancelled_item (CrItemStatus status)
{
  static const CrExplanation left = { N_ ("Left for the next run"),
                                      N_ ("The run was cancelled before it was sent."),
                                      NULL,
                                      "process-stop-symbolic",
                                      "dim-label",
                                      CR_REMEDY_NONE };

  return status == CR_ITEM_SUPERSEDED ? &left : cr_explain_item (status);
}

/* An item of a run that takes back, or a line of its receipt. */
const CrExplanation *
cr_explain_withdrawn (CrItemStatus status)
{
  static const CrExplanation withdrawn = { N_ ("Withdrawn"),
                                           N_ ("The destination confirmed it."),
                                           NULL,
                                           "object-select-symbolic",
                                           "success",
                                           CR_REMEDY_NONE };
  static const CrExplanation kept = { N_ ("Kept there"),
                                      N_ ("It came back, or is another patient's there too."),
                                      NULL,
                                      "object-select-symbolic",
                                      "dim-label",
                                      CR_REMEDY_NONE };

  return status == CR_ITEM_SENT       ? &withdrawn
       : status == CR_ITEM_SUPERSEDED ? &kept
                                      : cr_explain_item (status);
}

const CrExplanation *
cr_explain_work (const CrWork *work)
{
  return work->waiting_for != CR_WAIT_NONE
           ? cr_explain_waiting (work->waiting_for, work->error_code)
           : cr_explain_run (work->is_queued ? CR_RUN_QUEUED : CR_RUN_RUNNING);
}

const CrExplanation *
cr_explain_destination_now (CrDestination *destination)
{
  const CrWork *work = destination->work;

  return destination->status == CR_DESTINATION_RUNNING &&
                 (work->is_queued || work->waiting_for != CR_WAIT_NONE)
           ? cr_explain_work (work)
           : cr_explain_destination (destination->status);
}
