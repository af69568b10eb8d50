/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-explain.h"

#include <glib/gi18n.h>

#include "base/cr-enum.h"
#include "base/cr-error.h"

#define OK_ICON "object-select-symbolic"
#define WORK_ICON "view-refresh-symbolic"
#define WAIT_ICON "document-open-recent-symbolic"
#define WARN_ICON "dialog-warning-symbolic"
#define FAIL_ICON "dialog-error-symbolic"
#define KEY_ICON "dialog-password-symbolic"
#define HOLD_ICON "changes-prevent-symbolic"
#define STOP_ICON "process-stop-symbolic"
#define NONE_ICON "list-remove-symbolic"
#define OFF_ICON "action-unavailable-symbolic"
#define NET_ICON "network-offline-symbolic"
#define ASK_ICON "dialog-question-symbolic"

static const CrExplanation record_statuses[] = {
  [CR_RECORD_STATUS_NONE] = { N_ ("Not connected"),
                              N_ ("No portal is connected yet. Make a link and ask the patient to "
                                  "sign in."),
                              NULL, NONE_ICON, "dim-label", CR_REMEDY_CONNECT },
  [CR_RECORD_STATUS_CURRENT] = { N_ ("Up to date"), N_ ("The latest pull brought everything in."),
                                 NULL, OK_ICON, "success", CR_REMEDY_NONE },
  [CR_RECORD_STATUS_PULLING] = { N_ ("Pulling records"),
                                 N_ ("Records are arriving now; nothing needs to be done."), NULL,
                                 WORK_ICON, "accent", CR_REMEDY_NONE },
  [CR_RECORD_STATUS_WAITING_FIRST_PULL] = { N_ ("Waiting for the first pull"),
                                            N_ ("The patient is connected; the first records have "
                                                "not been brought in yet."),
                                            NULL, WAIT_ICON, "accent", CR_REMEDY_PULL },
  [CR_RECORD_STATUS_PARTIAL] = { N_ ("Partly up to date"),
                                 N_ ("The latest pull brought some kinds of records and failed on "
                                     "others. Review its history to see which."),
                                 NULL, WARN_ICON, "warning", CR_REMEDY_REVIEW_PULL },
  [CR_RECORD_STATUS_FAILING] = { N_ ("Pull failed"),
                                 N_ ("The latest pull brought nothing in; what was here before is "
                                     "kept. Review its history."),
                                 NULL, FAIL_ICON, "error", CR_REMEDY_REVIEW_PULL },
  [CR_RECORD_STATUS_ACCESS_LAPSED] = { N_ ("Access ended"),
                                       N_ ("A portal no longer lets Chartroom in. Ask the patient "
                                           "to reconnect."),
                                       NULL, KEY_ICON, "error", CR_REMEDY_RECONNECT },
  [CR_RECORD_STATUS_HELD] = { N_ ("Held"),
                              N_ ("The portal's patient may be someone else, so nothing leaves "
                                  "until a person decides."),
                              NULL, HOLD_ICON, "warning", CR_REMEDY_DECIDE_HOLD },
};

const CrExplanation *
cr_explain_record_status (CrRecordStatus status)
{
  return &record_statuses[status];
}

static const CrExplanation connections[] = {
  [CR_CONNECTION_ACTIVE] = { N_ ("Active"), N_ ("Chartroom can bring records in from this portal."),
                             N_ ("Connected"), OK_ICON, "success", CR_REMEDY_PULL },
  [CR_CONNECTION_REFRESH_FAILED] = { N_ ("Sign-in ended"),
                                     N_ ("The portal no longer accepts our key. Ask the patient to "
                                         "reconnect; the records already here are kept."),
                                     N_ ("Your portal has ended the connection. Please connect "
                                         "again."),
                                     KEY_ICON, "error", CR_REMEDY_RECONNECT },
  [CR_CONNECTION_EXPIRED] = { N_ ("Access ran out"),
                              N_ ("The patient's permission ended on its date. Ask the patient to "
                                  "reconnect; the records already here are kept."),
                              N_ ("The time you allowed has passed. Please connect again."),
                              "appointment-missed-symbolic", "warning", CR_REMEDY_RECONNECT },
  [CR_CONNECTION_DISCONNECTED] = { N_ ("Disconnected"),
                                   N_ ("The clinic ended this connection. To use it again, ask the "
                                       "patient to reconnect."),
                                   N_ ("This connection was ended. You can connect again."),
                                   OFF_ICON, "dim-label", CR_REMEDY_RECONNECT },
};

const CrExplanation *
cr_explain_connection (CrConnectionStatus status)
{
  return &connections[status];
}

static const CrExplanation sessions[] = {
  [CR_SESSION_OPEN] = { N_ ("Waiting for the patient"),
                        N_ ("The link is ready; the patient has not finished yet."),
                        N_ ("Choose your portal and sign in there."), WAIT_ICON, "accent",
                        CR_REMEDY_NONE },
  [CR_SESSION_COMPLETE] = { N_ ("Finished"), N_ ("The patient went through to the end."),
                            N_ ("You are done. You can close this page."), OK_ICON, "success",
                            CR_REMEDY_NONE },
  [CR_SESSION_EXPIRED] = { N_ ("Link ran out"),
                           N_ ("The patient did not finish in time. Make a new link."),
                           N_ ("This link is no longer valid. Please ask your clinic for a new "
                               "one."),
                           "appointment-missed-symbolic", "warning", CR_REMEDY_CONNECT },
};

const CrExplanation *
cr_explain_session (CrSessionStatus status)
{
  return &sessions[status];
}

static const CrExplanation attempts[] = {
  [CR_ATTEMPT_STARTED] = { N_ ("At the portal"), N_ ("The patient is signing in at the portal."),
                           N_ ("Sign in at your portal to go on."), WORK_ICON, "accent",
                           CR_REMEDY_NONE },
  [CR_ATTEMPT_ACTIVE] = { N_ ("Connected"), N_ ("The patient gave access."),
                          N_ ("Connected. Your clinic can now receive your records."), OK_ICON,
                          "success", CR_REMEDY_NONE },
  [CR_ATTEMPT_FAILED] = { N_ ("Did not connect"),
                          N_ ("The portal gave no access. Ask the patient to try again."),
                          N_ ("This did not work. Please try again."), FAIL_ICON, "error",
                          CR_REMEDY_CONNECT },
  [CR_ATTEMPT_EXPIRED] = { N_ ("Not finished"),
                           N_ ("The patient did not come back from the portal in time. Make a new "
                               "link."),
                           N_ ("This took too long. Please start again."),
                           "appointment-missed-symbolic", "warning", CR_REMEDY_CONNECT },
};

const CrExplanation *
cr_explain_attempt (CrAttemptStatus status)
{
  return &attempts[status];
}

static const CrExplanation failures[] = {
  [CR_FAILURE_NONE] = { N_ ("No problem"), N_ ("Nothing failed."), NULL, OK_ICON, "dim-label",
                        CR_REMEDY_NONE },
  [CR_FAILURE_USER_DENIED] = { N_ ("Patient said no"),
                               N_ ("The patient did not allow access at the portal. Ask the "
                                   "patient to try again if that was a mistake."),
                               N_ ("You did not allow access, so nothing was shared. You can try "
                                   "again at any time."),
                               STOP_ICON, "warning", CR_REMEDY_CONNECT },
  [CR_FAILURE_OAUTH_CALLBACK_FAILED] = { N_ ("Portal sent the patient back with an error"),
                                         N_ ("The sign-in at the portal ended without an answer "
                                             "Chartroom can use. Ask the patient to try again."),
                                         N_ ("Your portal could not finish the sign-in. Please try "
                                             "again."),
                                         FAIL_ICON, "error", CR_REMEDY_CONNECT },
  [CR_FAILURE_TOKEN_EXCHANGE_FAILED] = { N_ ("Portal did not hand out a key"),
                                         N_ ("The patient signed in, but the portal refused to "
                                             "give "
                                             "access. Ask the patient to try again; if it stays, "
                                             "check the client id and secret of the source."),
                                         N_ ("Your portal did not confirm the sign-in. Please try "
                                             "again."),
                                         FAIL_ICON, "error", CR_REMEDY_CONNECT },
  [CR_FAILURE_INVALID_STATE] = { N_ ("Unknown sign-in"),
                                 N_ ("An answer came that belongs to no sign-in, or to one already "
                                     "used. Nothing was changed. Ask the patient to start again."),
                                 N_ ("This sign-in is not known or was already used. Please start "
                                     "again from your clinic's link."),
                                 WARN_ICON, "warning", CR_REMEDY_CONNECT },
  [CR_FAILURE_STATE_EXPIRED] = { N_ ("Sign-in took too long"),
                                 N_ ("The patient came back after more than ten minutes. Ask the "
                                     "patient to try again."),
                                 N_ ("The sign-in took too long. Please try again."),
                                 "appointment-missed-symbolic", "warning", CR_REMEDY_CONNECT },
  [CR_FAILURE_PORTAL_ERROR] = { N_ ("Portal had a problem"),
                                N_ ("The portal reported an error of its own. Ask the patient to "
                                    "try again later."),
                                N_ ("Your portal has a problem at the moment. Please try again "
                                    "later."),
                                FAIL_ICON, "error", CR_REMEDY_CONNECT },
  [CR_FAILURE_PATIENT_UNKNOWN] = { N_ ("Portal did not say which patient"),
                                   N_ ("The sign-in worked, but the portal named no patient "
                                       "record. "
                                       "Ask the patient to try again and to choose a person at the "
                                       "portal."),
                                   N_ ("Your portal did not tell us whose records these are. "
                                       "Please "
                                       "try again and choose the person."),
                                   ASK_ICON, "error", CR_REMEDY_CONNECT },
  [CR_FAILURE_ID_TOKEN_INVALID] = { N_ ("Portal's word could not be trusted"),
                                    N_ ("The sign-in worked, but the portal's statement of who "
                                        "signed in is not signed as it must be, so nothing was "
                                        "connected. An admin must check this computer's clock, and "
                                        "tell the portal's operator."),
                                    N_ ("Your portal could not prove to your clinic who signed in. "
                                        "Please tell the clinic."),
                                    WARN_ICON, "error", CR_REMEDY_NONE },
  [CR_FAILURE_DIFFERENT_PORTAL_PATIENT] = { N_ ("Other person at the portal"),
                                            N_ ("The sign-in was for another person than before, "
                                                "so "
                                                "the old connection stayed as it was. Ask the "
                                                "patient to sign in with the same account."),
                                            N_ ("You signed in as another person than last time. "
                                                "Please use the same account."),
                                            WARN_ICON, "error", CR_REMEDY_RECONNECT },
  [CR_FAILURE_SCOPES_INSUFFICIENT] = { N_ ("Too little was allowed"),
                                       N_ ("The access given does not cover any record. Ask the "
                                           "patient to try again and to allow the records."),
                                       N_ ("Without access to your records nothing can be shared. "
                                           "Please try again and allow them."),
                                       WARN_ICON, "error", CR_REMEDY_CONNECT },
  [CR_FAILURE_REGISTRATION_REFUSED] = { N_ ("Portal does not know us"),
                                        N_ ("The portal does not accept this source's client id or "
                                            "return address. An admin must check the registration "
                                            "at the portal."),
                                        N_ ("Your clinic cannot use this portal yet. Please tell "
                                            "the clinic."),
                                        FAIL_ICON, "error", CR_REMEDY_NONE },
  [CR_FAILURE_CLIENT_NOT_ACTIVE] = { N_ ("Registration not active yet"),
                                     N_ ("The portal knows the client id but has not switched it "
                                         "on. "
                                         "That can take a day; ask the patient to try again then."),
                                     N_ ("This portal is not ready for your clinic yet. Please try "
                                         "again tomorrow."),
                                     WAIT_ICON, "warning", CR_REMEDY_CONNECT },
  [CR_FAILURE_SOURCE_UNREACHABLE] = { N_ ("Portal not reachable"),
                                      N_ ("The portal did not answer. Ask the patient to try again "
                                          "later."),
                                      N_ ("Your portal is not answering. Please try again later."),
                                      NET_ICON, "error", CR_REMEDY_CONNECT },
  [CR_FAILURE_KEYRING_UNAVAILABLE] = { N_ ("Keyring not available"),
                                       N_ ("The sign-in worked, but its key could not be kept "
                                           "because the keyring of this computer is locked or "
                                           "missing. Unlock or start it, then ask the patient to "
                                           "try "
                                           "again."),
                                       N_ ("Your clinic could not save the connection. Please try "
                                           "again later."),
                                       KEY_ICON, "error", CR_REMEDY_CHECK_KEYRING },
  [CR_FAILURE_REFRESH_REFUSED] = { N_ ("Sign-in ended"),
                                   N_ ("The portal no longer accepts our key. Ask the patient to "
                                       "reconnect."),
                                   N_ ("Your portal has ended the connection. Please connect "
                                       "again."),
                                   KEY_ICON, "error", CR_REMEDY_RECONNECT },
  [CR_FAILURE_NO_ANSWER] = { N_ ("No answer from the portal"),
                             N_ ("The patient was sent to the portal and nothing came back. The "
                                 "portal may have shown an error of its own, or the page was "
                                 "closed. Ask the patient to try again."),
                             N_ ("No answer came from your portal. If it showed an error, try "
                                 "again later, or ask the clinic."),
                             ASK_ICON, "warning", CR_REMEDY_CONNECT },
  [CR_FAILURE_SOURCE_CLOSED] = { N_ ("Portal closed"),
                                 N_ ("The source is suspended, gone, or not enabled by its site: "
                                     "trying again does not help. An admin must check its state "
                                     "under Sources."),
                                 N_ ("This portal cannot be connected just now. Please ask the "
                                     "clinic."),
                                 OFF_ICON, "warning", CR_REMEDY_EDIT_SOURCE },
  [CR_FAILURE_PATIENT_AMBIGUOUS] = { N_ ("Portal named more than one patient"),
                                     N_ ("The sign-in opens the records of more than one person, "
                                         "so none was connected. Ask the patient to try again and "
                                         "to choose one person at the portal."),
                                     N_ ("Your account opens the records of more than one person. "
                                         "Please try again and choose one of them."),
                                     ASK_ICON, "error", CR_REMEDY_CONNECT },
  [CR_FAILURE_SITE_NOT_ENABLED] = { N_ ("Site has not enabled this app"),
                                    N_ ("The organization behind this portal has not switched "
                                        "access for Chartroom on. An admin must ask its portal "
                                        "team to enable the clinic's client id."),
                                    N_ ("Your portal's organization does not allow this yet. "
                                        "Please tell the clinic."),
                                    OFF_ICON, "error", CR_REMEDY_NONE },
  [CR_FAILURE_SESSION_EXPIRED] = { N_ ("Link ran out during sign-in"),
                                   N_ ("The link ended before the patient was back from the "
                                       "portal, so nothing was connected. Make a new link."),
                                   N_ ("The link from your clinic ended before you were done. "
                                       "Please ask your clinic for a new one."),
                                   "appointment-missed-symbolic", "warning", CR_REMEDY_CONNECT },
  [CR_FAILURE_SCOPES_REDUCED] = { N_ ("Less was granted than asked"),
                                  N_ ("Some kinds of records will be missing. To get them, ask "
                                      "the patient to reconnect and to allow everything."),
                                  N_ ("Your portal shares only a part of your records. To share "
                                      "all of them, please connect again and allow everything."),
                                  WARN_ICON, "warning", CR_REMEDY_RECONNECT },
};

const CrExplanation *
cr_explain_failure (CrFailureCode code)
{
  return &failures[code];
}

static const CrExplanation pulls[] = {
  [CR_PULL_QUEUED] = { N_ ("Queued"), N_ ("The pull starts as soon as there is room."), NULL,
                       WAIT_ICON, "accent", CR_REMEDY_CANCEL },
  [CR_PULL_RUNNING] = { N_ ("Running"), N_ ("Records are arriving now."), NULL, WORK_ICON, "accent",
                        CR_REMEDY_CANCEL },
  [CR_PULL_WAITING] = { N_ ("Waiting"), N_ ("The pull goes on by itself once it can."), NULL,
                        WAIT_ICON, "warning", CR_REMEDY_CANCEL },
  [CR_PULL_COMPLETE] = { N_ ("Complete"), N_ ("Everything that could be asked for is here."), NULL,
                         OK_ICON, "success", CR_REMEDY_NONE },
  [CR_PULL_PARTIAL] = { N_ ("Partial"),
                        N_ ("Some kinds of records failed; the others are here. Open the pull to "
                            "see "
                            "which."),
                        NULL, WARN_ICON, "warning", CR_REMEDY_REVIEW_PULL },
  [CR_PULL_FAILED] = { N_ ("Failed"),
                       N_ ("The pull ended before it could bring the records in. Open it to see "
                           "why."),
                       NULL, FAIL_ICON, "error", CR_REMEDY_REVIEW_PULL },
  [CR_PULL_CANCELLED] = { N_ ("Cancelled"),
                          N_ ("A person stopped this pull; what had arrived is kept."), NULL,
                          STOP_ICON, "dim-label", CR_REMEDY_PULL },
};

const CrExplanation *
cr_explain_pull (CrPullStatus status)
{
  return &pulls[status];
}

static const CrExplanation waits[] = {
  [CR_WAIT_NONE] = { N_ ("Not waiting"), N_ ("Nothing is waited for."), NULL, NONE_ICON,
                     "dim-label", CR_REMEDY_NONE },
  [CR_WAIT_RATE_LIMIT] = { N_ ("Asked to slow down"),
                           N_ ("The other side asked for a pause. Chartroom goes on by itself."),
                           NULL, "media-playback-pause-symbolic", "warning", CR_REMEDY_NONE },
  [CR_WAIT_SOURCE_PREPARING] = { N_ ("Portal is preparing"),
                                 N_ ("The portal is still putting the records together. Chartroom "
                                     "asks again by itself."),
                                 NULL, WAIT_ICON, "accent", CR_REMEDY_NONE },
  [CR_WAIT_KEYRING_LOCKED] = { N_ ("Keyring locked"),
                               N_ ("The keys are in the locked keyring of this computer. Unlock it "
                                   "to go on."),
                               NULL, KEY_ICON, "error", CR_REMEDY_UNLOCK_KEYRING },
  [CR_WAIT_OFFLINE] = { N_ ("No connection"),
                        N_ ("The other side cannot be reached from here. Chartroom tries again by "
                            "itself."),
                        NULL, NET_ICON, "warning", CR_REMEDY_NONE },
  [CR_WAIT_SOURCE_OUTAGE] = { N_ ("Portal is not answering"),
                              N_ ("The other side has trouble of its own. Chartroom tries again by "
                                  "itself."),
                              NULL, WARN_ICON, "warning", CR_REMEDY_NONE },
  [CR_WAIT_STORAGE] = { N_ ("Nothing can be stored"),
                        N_ ("The disk of this computer is full or cannot be written. Chartroom "
                            "goes "
                            "on by itself once it can; what was stored is kept."),
                        NULL, WARN_ICON, "error", CR_REMEDY_NONE },
  [CR_WAIT_PAUSED] = { N_ ("Paused"),
                       N_ ("A person paused it. It goes on where it stopped when it is resumed."),
                       NULL, "media-playback-pause-symbolic", "dim-label", CR_REMEDY_NONE },
};

const CrExplanation *
cr_explain_wait (CrWaitReason reason)
{
  return &waits[reason];
}

static const CrExplanation queries[] = {
  [CR_QUERY_PENDING] = { N_ ("Not asked yet"), N_ ("Its turn comes later in this pull."), NULL,
                         WAIT_ICON, "dim-label", CR_REMEDY_NONE },
  [CR_QUERY_RUNNING] = { N_ ("Arriving"), N_ ("The portal is sending these records now."), NULL,
                         WORK_ICON, "accent", CR_REMEDY_NONE },
  [CR_QUERY_COMPLETE] = { N_ ("Received"), N_ ("Everything the portal has of this kind is here."),
                          NULL, OK_ICON, "success", CR_REMEDY_NONE },
  [CR_QUERY_NOT_GRANTED] = { N_ ("Not granted"),
                             N_ ("The patient did not allow this kind of record. To get it, ask "
                                 "the "
                                 "patient to reconnect and allow it."),
                             NULL, HOLD_ICON, "warning", CR_REMEDY_RECONNECT },
  [CR_QUERY_NOT_SUPPORTED] = { N_ ("Not supported"),
                               N_ ("The portal does not offer this kind of record."), NULL,
                               OFF_ICON, "dim-label", CR_REMEDY_NONE },
  [CR_QUERY_FAILED] = { N_ ("Failed"),
                        N_ ("The portal did not deliver this kind of record. Its answer is kept "
                            "with "
                            "the pull."),
                        NULL, FAIL_ICON, "error", CR_REMEDY_REVIEW_PULL },
};

const CrExplanation *
cr_explain_query (CrQueryStatus status)
{
  return &queries[status];
}

static const CrExplanation holds[] = {
  [CR_HOLD_OPEN] = { N_ ("Waiting for a decision"),
                     N_ ("The portal's patient may be someone else. Compare both and decide; until "
                         "then nothing leaves."),
                     NULL, HOLD_ICON, "warning", CR_REMEDY_DECIDE_HOLD },
  [CR_HOLD_RELEASED] = { N_ ("Released"), N_ ("A person decided that it is the same patient."),
                         NULL, "changes-allow-symbolic", "success", CR_REMEDY_NONE },
  [CR_HOLD_REJECTED] = { N_ ("Rejected"),
                         N_ ("A person decided that it is another patient; nothing leaves."), NULL,
                         OFF_ICON, "error", CR_REMEDY_NONE },
};

const CrExplanation *
cr_explain_hold (CrHoldStatus status)
{
  return &holds[status];
}

static const CrExplanation guards[] = {
  [CR_GUARD_MATCH] = { N_ ("Same patient"), N_ ("The portal's patient agrees with the clinic's."),
                       NULL, OK_ICON, "success", CR_REMEDY_NONE },
  [CR_GUARD_UNVERIFIED] = { N_ ("Not compared"),
                            N_ ("The clinic and the portal have no name or birth date in common to "
                                "compare. Add the patient's birth date to have it checked."),
                            NULL, ASK_ICON, "dim-label", CR_REMEDY_NONE },
  [CR_GUARD_SEX_DIFFERS] = { N_ ("Sex differs"),
                             N_ ("The portal says another sex than the clinic. Records flow; "
                                 "please "
                                 "have a look."),
                             NULL, WARN_ICON, "warning", CR_REMEDY_NONE },
  [CR_GUARD_BIRTH_DATE_DIFFERS] = { N_ ("Birth date differs"),
                                    N_ ("The portal's patient has another birth date. Decide "
                                        "whether "
                                        "it is the same person."),
                                    NULL, HOLD_ICON, "error", CR_REMEDY_DECIDE_HOLD },
  [CR_GUARD_NAME_DIFFERS] = { N_ ("Name differs"),
                              N_ ("The portal's patient shares no part of the name. Decide whether "
                                  "it is the same person."),
                              NULL, HOLD_ICON, "error", CR_REMEDY_DECIDE_HOLD },
};

const CrExplanation *
cr_explain_guard (CrGuardResult result)
{
  return &guards[result];
}

static const CrExplanation destinations[] = {
  [CR_DESTINATION_IDLE] = { N_ ("Ready"), N_ ("New records are sent here as they arrive."), NULL,
                            OK_ICON, "success", CR_REMEDY_NONE },
  [CR_DESTINATION_RUNNING] = { N_ ("Exporting"), N_ ("Records are being sent now."), NULL,
                               WORK_ICON, "accent", CR_REMEDY_NONE },
  [CR_DESTINATION_FAILING] = { N_ ("Failing"),
                               N_ ("Records are in, but some could not be delivered. Open the run "
                                   "to "
                                   "see why, then retry."),
                               NULL, FAIL_ICON, "error", CR_REMEDY_RETRY_RUN },
  [CR_DESTINATION_ACTION_REQUIRED] = { N_ ("Needs someone"),
                                       N_ ("Nothing is sent until its settings are corrected."),
                                       NULL, WARN_ICON, "warning", CR_REMEDY_EDIT_DESTINATION },
  [CR_DESTINATION_DISABLED] = { N_ ("Disabled"),
                                N_ ("Nothing is sent. Enabling it catches up from where it "
                                    "stopped."),
                                NULL, OFF_ICON, "dim-label", CR_REMEDY_ENABLE },
};

const CrExplanation *
cr_explain_destination (CrDestinationStatus status)
{
  return &destinations[status];
}

static const CrExplanation runs[] = {
  [CR_RUN_QUEUED] = { N_ ("Queued"), N_ ("The export starts as soon as there is room."), NULL,
                      WAIT_ICON, "accent", CR_REMEDY_CANCEL },
  [CR_RUN_RUNNING] = { N_ ("Running"), N_ ("Records are being sent now."), NULL, WORK_ICON,
                       "accent", CR_REMEDY_CANCEL },
  [CR_RUN_WAITING] = { N_ ("Waiting"), N_ ("The export goes on by itself once it can."), NULL,
                       WAIT_ICON, "warning", CR_REMEDY_CANCEL },
  [CR_RUN_COMPLETE] = { N_ ("Complete"), N_ ("Everything of this run was delivered."), NULL,
                        OK_ICON, "success", CR_REMEDY_NONE },
  [CR_RUN_PARTIAL] = { N_ ("Partial"),
                       N_ ("Some records were refused; the others were delivered. Retry what "
                           "failed."),
                       NULL, WARN_ICON, "warning", CR_REMEDY_RETRY_RUN },
  [CR_RUN_FAILED] = { N_ ("Failed"), N_ ("Nothing could be delivered. See the reason, then retry."),
                      NULL, FAIL_ICON, "error", CR_REMEDY_RETRY_RUN },
  [CR_RUN_CANCELLED] = { N_ ("Cancelled"),
                         N_ ("A person stopped this export; the next one sends what is missing."),
                         NULL, STOP_ICON, "dim-label", CR_REMEDY_NONE },
};

const CrExplanation *
cr_explain_run (CrRunStatus status)
{
  return &runs[status];
}

static const CrExplanation items[] = {
  [CR_ITEM_PENDING] = { N_ ("Not sent yet"), N_ ("Its turn comes in this run or in a retry."), NULL,
                        WAIT_ICON, "accent", CR_REMEDY_NONE },
  [CR_ITEM_SENT] = { N_ ("Delivered"), N_ ("The destination confirmed it."), NULL, OK_ICON,
                     "success", CR_REMEDY_NONE },
  [CR_ITEM_FAILED] = { N_ ("Failed"),
                       N_ ("The destination did not take it. Retry it from the "
                           "destination page."),
                       NULL, FAIL_ICON, "error", CR_REMEDY_RETRY_RUN },
  [CR_ITEM_SUPERSEDED] = { N_ ("Replaced"),
                           N_ ("A newer version of the same record is sent instead."), NULL,
                           "edit-redo-symbolic", "dim-label", CR_REMEDY_NONE },
};

const CrExplanation *
cr_explain_item (CrItemStatus status)
{
  return &items[status];
}

static const CrExplanation sources[] = {
  [CR_SOURCE_WORKING] = { N_ ("Working"), N_ ("Patients can sign in here."), NULL, OK_ICON,
                          "success", CR_REMEDY_NONE },
  [CR_SOURCE_MOVED] = { N_ ("Moved"),
                        N_ ("The portal has a new address. Patients can sign in there; ask those "
                            "who were connected before to reconnect."),
                        NULL, "go-jump-symbolic", "warning", CR_REMEDY_RECONNECT },
  [CR_SOURCE_SUSPENDED] = { N_ ("Suspended"),
                            N_ ("Staff have suspended this source: patients see it and cannot "
                                "choose it. Resume it when it works again."),
                            N_ ("The clinic has paused this portal. Please try again later or ask "
                                "the clinic."),
                            "media-playback-pause-symbolic", "warning", CR_REMEDY_RESUME_SOURCE },
  [CR_SOURCE_NOT_ENABLED] = { N_ ("Not enabled"),
                              N_ ("This site has not switched patient access on, so trying again "
                                  "will not help. Ask the site to enable it, then resume the "
                                  "source."),
                              N_ ("This site does not let apps read records yet. Ask the site to "
                                  "enable patient access."),
                              OFF_ICON, "warning", CR_REMEDY_RESUME_SOURCE },
  [CR_SOURCE_GONE] = { N_ ("Gone"),
                       N_ ("The portal is no longer in its publisher's list. The records already "
                           "here are kept; find out which portal took its place."),
                       N_ ("This portal no longer exists. Look for the one that took its place."),
                       "edit-delete-symbolic", "dim-label", CR_REMEDY_EDIT_SOURCE },
};

const CrExplanation *
cr_explain_source (CrSourceStatus status)
{
  return &sources[status];
}

static const CrExplanation errors[] = {
  [CR_ERROR_OFFLINE] = { N_ ("Not reachable"),
                         N_ ("The other side could not be reached. Check the network and try again "
                             "later."),
                         N_ ("Your portal is not answering. Please try again later."), NET_ICON,
                         "error", CR_REMEDY_NONE },
  [CR_ERROR_BUSY] = { N_ ("Busy"), N_ ("The other side asked for patience. Try again later."),
                      N_ ("Your portal is busy. Please try again later."), WAIT_ICON, "warning",
                      CR_REMEDY_NONE },
  [CR_ERROR_SIGN_IN] = { N_ ("Sign-in not accepted"),
                         N_ ("The key or password was not accepted. Connect again, or correct it "
                             "in "
                             "the settings."),
                         N_ ("Please sign in again."), KEY_ICON, "error", CR_REMEDY_RECONNECT },
  [CR_ERROR_REFUSED] = { N_ ("Refused"),
                         N_ ("The other side understood and said no. A permission or a setting "
                             "must "
                             "change there."),
                         N_ ("Your portal refused this. Please tell your clinic."), STOP_ICON,
                         "error", CR_REMEDY_NONE },
  [CR_ERROR_NOT_FOUND] = { N_ ("Not found"), N_ ("What was asked for is not there."),
                           N_ ("This page does not exist."), ASK_ICON, "error", CR_REMEDY_NONE },
  [CR_ERROR_BAD_REPLY] = { N_ ("Unusable answer"),
                           N_ ("The other side answered something Chartroom cannot use. The answer "
                               "is kept under Details."),
                           N_ ("Your portal gave an unexpected answer. Please try again later."),
                           FAIL_ICON, "error", CR_REMEDY_NONE },
  [CR_ERROR_TOO_LARGE] = { N_ ("Too large"), N_ ("It is larger than Chartroom accepts."), NULL,
                           WARN_ICON, "error", CR_REMEDY_NONE },
  [CR_ERROR_BAD_INPUT] = { N_ ("Not filled in correctly"),
                           N_ ("Something that was entered is wrong. Correct it and try again."),
                           NULL, WARN_ICON, "warning", CR_REMEDY_NONE },
  [CR_ERROR_CONFLICT] = { N_ ("Already there"),
                          N_ ("It clashes with something that is there already."), NULL, WARN_ICON,
                          "warning", CR_REMEDY_NONE },
  [CR_ERROR_IN_USE] = { N_ ("In use"),
                        N_ ("Another Chartroom is working with these data. Close it first."), NULL,
                        HOLD_ICON, "warning", CR_REMEDY_NONE },
  [CR_ERROR_NO_SPACE] = { N_ ("Disk full"),
                          N_ ("The disk that holds Chartroom's data is full. Free some space; what "
                              "was stored is kept."),
                          NULL, "drive-harddisk-symbolic", "error", CR_REMEDY_NONE },
  [CR_ERROR_READ_ONLY] = { N_ ("Cannot write"),
                           N_ ("Chartroom's data folder cannot be written. Check its owner and "
                               "permissions."),
                           NULL, "drive-harddisk-symbolic", "error", CR_REMEDY_NONE },
  [CR_ERROR_CORRUPT] = { N_ ("Damaged file"),
                         N_ ("A file of Chartroom is damaged. It was left as it is; restore a "
                             "backup."),
                         NULL, FAIL_ICON, "error", CR_REMEDY_NONE },
  [CR_ERROR_TOO_NEW] = { N_ ("Written by a newer Chartroom"),
                         N_ ("These data were written by a newer version. Install that version or "
                             "a "
                             "later one."),
                         NULL, "software-update-available-symbolic", "error", CR_REMEDY_NONE },
  [CR_ERROR_KEYRING_MISSING] = { N_ ("No keyring"),
                                 N_ ("There is no keyring service on this computer, so no key can "
                                     "be kept. Start one, such as GNOME Keyring."),
                                 N_ ("Your clinic could not save the connection. Please try again "
                                     "later."),
                                 KEY_ICON, "error", CR_REMEDY_CHECK_KEYRING },
  [CR_ERROR_KEYRING_LOCKED] = { N_ ("Keyring locked"),
                                N_ ("The keys are in the locked keyring of this computer. Unlock "
                                    "it "
                                    "to go on."),
                                N_ ("Your clinic could not save the connection. Please try again "
                                    "later."),
                                KEY_ICON, "error", CR_REMEDY_UNLOCK_KEYRING },
  [CR_ERROR_KEYRING_REFUSED] = { N_ ("Keyring refused"),
                                 N_ ("The keyring of this computer answered with an error. Open it "
                                     "and try again."),
                                 N_ ("Your clinic could not save the connection. Please try again "
                                     "later."),
                                 KEY_ICON, "error", CR_REMEDY_CHECK_KEYRING },
  [CR_ERROR_CERTIFICATE] = { N_ ("Certificate not trusted"),
                             N_ ("The server could not prove who it is, so nothing was sent. Its "
                                 "operator must repair the certificate."),
                             N_ ("Your portal could not prove who it is. Please tell your clinic."),
                             "channel-insecure-symbolic", "error", CR_REMEDY_NONE },
  [CR_ERROR_INTERNAL] = { N_ ("Chartroom made a mistake"),
                          N_ ("This should not happen. What was stored is kept; please report it "
                              "with the details."),
                          N_ ("Something went wrong here. Please try again later."), FAIL_ICON,
                          "error", CR_REMEDY_NONE },
};

static const CrExplanation cancelled = {
  N_ ("Cancelled"), N_ ("A person stopped it."), NULL, STOP_ICON, "dim-label", CR_REMEDY_NONE
};

/**
 * cr_explain_error:
 * @error_code: (nullable): what cr_error_nick() gave
 *
 * Returns: (transfer none): the words; those of an internal mistake for a code that is not known
 */
const CrExplanation *
cr_explain_error (const char *error_code)
{
  int code = CR_ERROR_INTERNAL;

  if (g_strcmp0 (error_code, "cancelled") == 0)
    return &cancelled;

  cr_enum_from_string (CR_TYPE_ERROR_CODE, error_code, &code);
  return &errors[code];
}

/**
 * cr_explain_waiting:
 * @error_code: (nullable): of the error that it waits after
 *
 * Returns: (transfer none): the words of @reason; of a keyring that is not there, or refuses, its
 *   own, for that does not go by unlocking
 */
const CrExplanation *
cr_explain_waiting (CrWaitReason reason, const char *error_code)
{
  int code = CR_ERROR_KEYRING_LOCKED;

  if (reason != CR_WAIT_KEYRING_LOCKED)
    return cr_explain_wait (reason);

  cr_enum_from_string (CR_TYPE_ERROR_CODE, error_code, &code);
  return code == CR_ERROR_KEYRING_MISSING || code == CR_ERROR_KEYRING_REFUSED
           ? &errors[code]
           : cr_explain_wait (reason);
}

/* As they stand behind “started”: by whom or by what. */
const char *
cr_explain_pull_trigger (CrPullTrigger trigger)
{
  static const char *const words[] = {
    [CR_PULL_TRIGGER_ACTIVATION] = N_ ("after connecting"),
    [CR_PULL_TRIGGER_MANUAL] = N_ ("by hand"),
    [CR_PULL_TRIGGER_SCHEDULE] = N_ ("by schedule"),
    [CR_PULL_TRIGGER_RETRY] = N_ ("as a retry"),
  };

  return words[trigger];
}

const char *
cr_explain_run_trigger (CrRunTrigger trigger)
{
  static const char *const words[] = {
    [CR_RUN_TRIGGER_DESTINATION_ADDED] = N_ ("destination added"),
    [CR_RUN_TRIGGER_PULL_COMPLETED] = N_ ("pull completed"),
    [CR_RUN_TRIGGER_REACTIVATED] = N_ ("destination enabled"),
    [CR_RUN_TRIGGER_MANUAL_RETRY] = N_ ("retried by hand"),
    [CR_RUN_TRIGGER_MANUAL] = N_ ("by hand"),
    [CR_RUN_TRIGGER_REWIND] = N_ ("rewound"),
    [CR_RUN_TRIGGER_HOLD_RELEASED] = N_ ("hold released"),
    [CR_RUN_TRIGGER_AUTOMATIC_RETRY] = N_ ("retried by itself"),
    [CR_RUN_TRIGGER_WITHDRAWAL] = N_ ("records withdrawn"),
  };

  return words[trigger];
}
