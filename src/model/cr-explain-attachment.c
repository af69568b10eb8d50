/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-explain.h"

#include <glib/gi18n.h>

#define WARN_ICON "dialog-warning-symbolic"
#define INFO_ICON "dialog-information-symbolic"

static const CrExplanation attachments[] = {
  [CR_ATTACHMENT_KEPT] = { N_ ("Kept"), N_ ("The file is here, byte for byte."), NULL,
                           "object-select-symbolic", "success", CR_REMEDY_NONE },
  [CR_ATTACHMENT_MISSING] = { N_ ("Not at the source"),
                              N_ ("The source names this file and does not have it. Some give "
                                  "files "
                                  "only where the site has paid for them."),
                              NULL, WARN_ICON, "warning", CR_REMEDY_NONE },
  [CR_ATTACHMENT_REFUSED] = { N_ ("Refused"),
                              N_ ("The source did not give this file for the access that the "
                                  "patient allowed."),
                              NULL, WARN_ICON, "warning", CR_REMEDY_RECONNECT },
  [CR_ATTACHMENT_TOO_LARGE] = { N_ ("Too large"),
                                N_ ("The file is larger than 48 MB and was not kept."), NULL,
                                WARN_ICON, "warning", CR_REMEDY_NONE },
  [CR_ATTACHMENT_ELSEWHERE] = { N_ ("On another server"),
                                N_ ("The file is on a server that this patient's access must not "
                                    "be sent to."),
                                NULL, WARN_ICON, "warning", CR_REMEDY_NONE },
  [CR_ATTACHMENT_UNREADABLE] = { N_ ("Something else came"),
                                 N_ ("In place of the file the source sent a web page or an error "
                                     "message. The next pull asks again."),
                                 NULL, WARN_ICON, "warning", CR_REMEDY_PULL },
  [CR_ATTACHMENT_NOT_YET] = { N_ ("Not fetched yet"),
                              N_ ("The file of this version was not read yet. The next pull asks "
                                  "for it."),
                              NULL, INFO_ICON, "dim-label", CR_REMEDY_PULL },
  [CR_ATTACHMENT_WITHHELD] = { N_ ("No file"),
                               N_ ("The source names a file here and gives neither its bytes nor "
                                   "its address."),
                               NULL, INFO_ICON, "dim-label", CR_REMEDY_NONE },
};

/* Why a file of a record is not there. */
const CrExplanation *
cr_explain_attachment (CrAttachmentStatus status)
{
  return &attachments[status];
}
