/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "connect/cr-pages-private.h"
#include "connect/cr-return-url.h"
#include "connect/cr-session-visit.h"
#include "connect/cr-settle.h"

#include <string.h>

#define KEY_LENGTH 32
#define MAX_SEARCH 100

/* Forms lead on to portals and to the caller's page, and browsers apply form-action to where a
 * redirect after a form leads; so it can only keep out what is no web address. With no-referrer a
 * form of our own would come back with `Origin: null` (Fetch, “serializing a request origin”). */
static void
reply_html (CrExchange *exchange, guint status, const char *html)
{
  cr_exchange_set_header (exchange, "Content-Security-Policy",
                          "default-src 'none'; style-src 'self'; script-src 'self'; "
                          "connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
                          "frame-ancestors 'none'; form-action 'self' http: https:");
  cr_exchange_set_header (exchange, "Cache-Control", "no-store");
  cr_exchange_set_header (exchange, "Referrer-Policy", "same-origin");
  cr_exchange_set_header (exchange, "X-Content-Type-Options", "nosniff");
  cr_exchange_reply_text (exchange, status, "text/html; charset=utf-8", html);
}

static void
reply_page (CrExchange *exchange, guint status, const CrPage *page)
{
  g_autofree char *html = cr_page_to_html (page);

  reply_html (exchange, status, html);
}

static const CrLanguage *
language_of (CrConnect *self, CrExchange *exchange)
{
  return cr_languages_choose (cr_exchange_get_header (exchange, "Accept-Language"),
                              (const char *const *) self->languages);
}

static void
go_to (CrExchange *exchange, const char *url)
{
  cr_exchange_set_header (exchange, "Cache-Control", "no-store");
  cr_exchange_set_header (exchange, "Referrer-Policy", "no-referrer");
  cr_exchange_redirect (exchange, url);
}

static void
reply_unknown (CrExchange *exchange, guint status, const CrLanguage *in)
{
  CrPage page = {
    .in = in,
    .tone = CR_PAGE_BAD,
    .title = _ ("This link is not valid"),
    .text = _ ("There is nothing at this address. Check that the whole link was copied, or ask the "
               "clinic for a new one."),
  };

  reply_page (exchange, status, &page);
}

static void
reply_expired (CrExchange *exchange, const CrLanguage *in)
{
  CrPage page = {
    .in = in,
    .tone = CR_PAGE_INFO,
    .title = _ ("This link has expired"),
    .text = _ ("It could only be used for a limited time. Ask the clinic for a new one."),
  };

  reply_page (exchange, 410, &page);
}

void
cr_session_page_error (CrConnect *self, CrExchange *exchange, const GError *error)
{
  const CrLanguage *in = language_of (self, exchange);
  CrPage page = {
    .in = in,
    .tone = CR_PAGE_BAD,
    .title = _ ("Something went wrong"),
    .text = _ ("The clinic's computer could not do this just now. Please try again in a few "
               "minutes, or tell the clinic."),
    .hint = _ ("To try again, open the link from the clinic again."),
  };

  if (g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      reply_unknown (exchange, 404, in);
      return;
    }

  if (!cr_error_is_cancelled (error))
    g_warning ("A patient page failed: %s", error->message);
  reply_page (exchange, 500, &page);
}

static const char *
code_nick (CrFailureCode code)
{
  return cr_enum_to_string (CR_TYPE_FAILURE_CODE, (int) code);
}

/* What a session that is over came to. */
typedef struct
{
  CrFailureCode code;
  const char *source_id; /* (nullable): what was connected, in direct mode */
  const CrLanguage *in;  /* (nullable): the patient's language */
} End;

/* Where the browser goes when the session is over. */
static char *
dup_return_url (CrConnect *self, CrSession *session, const End *end)
{
  gboolean is_direct = session->source_id != NULL;
  gboolean ok = end->code == CR_FAILURE_NONE;

  if (cr_connect_returns_here (self, session))
    return cr_connect_get_session_url (self, session);
  if (!is_direct)
    return cr_url_with_query (session->return_url,
                              (const char *const[]){ "patient_id", session->patient_id,
                                                     "patient_session_id", session->id, NULL });

  return cr_url_with_query (
      session->return_url,
      (const char *const[]){ "patient_id", session->patient_id, "patient_session_id", session->id,
                             "success", ok ? "true" : "false", "connection_id",
                             ok ? end->source_id : NULL, "error", ok ? NULL : code_nick (end->code),
                             "error_description",
                             ok ? NULL : cr_page_failure_text (end->in, end->code), NULL });
}

static char *
dup_visit_return_url (CrSessionVisit *visit)
{
  End end = { cr_session_visit_code (visit), visit->session->source_id, visit->in };

  return dup_return_url (visit->self, visit->session, &end);
}

static void
reply_complete (CrSessionVisit *visit)
{
  const CrLanguage *in = visit->in;
  CrSession *session = visit->session;
  CrFailureCode code = cr_session_visit_code (visit);
  g_autofree char *url = dup_visit_return_url (visit);
  CrPage page = {
    .in = in,
    .tone = code == CR_FAILURE_NONE ? CR_PAGE_GOOD : CR_PAGE_INFO,
    .title = code == CR_FAILURE_NONE ? _ ("You are done") : _ ("This visit is over"),
    .text = visit->outcomes->len > 0
              ? _ ("This is what came of it:")
              : _ ("Nothing was connected. Ask the clinic for a new link to try again."),
    .outcomes = visit->outcomes,
    .leave_url = cr_connect_returns_here (visit->self, session) ? NULL : url,
    .leave_label = session->return_button_label,
    .hint = code == CR_FAILURE_NONE || visit->outcomes->len == 0
              ? _ ("You may close this page.")
              : _ ("To try again, ask the clinic for a new link. You may close this page."),
  };

  reply_page (visit->exchange, 200, &page);
}

static void
reply_picker (CrSessionVisit *visit)
{
  g_autofree char *html = NULL;
  CrPicker picker = {
    .in = visit->in,
    .key = visit->key,
    .text = visit->text,
    .recommended = visit->recommended,
    .sources = visit->sources,
    .has_more = visit->has_more,
    .outcomes = visit->outcomes,
    .leave_label = visit->session->return_button_label,
  };

  html = cr_picker_to_html (&picker);
  reply_html (visit->exchange, 200, html);
}

static void
reply_farewell (CrSessionVisit *visit)
{
  g_autofree char *html = NULL;
  gint64 left_ms = visit->session->expires_ms - visit->now_ms;
  CrFarewell farewell = {
    .in = visit->in,
    .key = visit->key,
    .source = visit->chosen,
    .leave_label = visit->session->return_button_label,
    .minutes_left = (guint) MAX (left_ms / 60000, 1),
  };

  html = cr_farewell_to_html (&farewell);
  reply_html (visit->exchange, 200, html);
}

static void
reply_not_started (CrSessionVisit *visit, CrFailureCode code)
{
  const CrLanguage *in = visit->in;
  g_autofree char *again = g_strconcat ("/c/", visit->key, NULL);
  g_autofree char *leave = g_strconcat ("/c/", visit->key, "/done", NULL);
  CrPage page = {
    .tone = CR_PAGE_BAD,
    .in = in,
    .title = _ ("The portal cannot be opened just now"),
    .text = cr_page_failure_text (in, code),
    .code = code_nick (code),
    .again_url = again,
    .leave_post = leave,
    .leave_label = visit->session->return_button_label,
  };

  reply_page (visit->exchange, 503, &page);
}

static void
started_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSessionVisit) visit = user_data;
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  CrFailureCode code;

  url = cr_start_finish (CR_CONNECT (object), result, &code, &error);
  if (url != NULL)
    go_to (visit->exchange, url);
  else if (code != CR_FAILURE_NONE)
    reply_not_started (visit, code);
  else
    cr_session_page_error (visit->self, visit->exchange, error);
}

static gpointer
finish_session (CrDb *db, gpointer data, GError **error)
{
  CrSessionVisit *visit = data;
  g_autofree char *url = cr_connect_get_session_url (visit->self, visit->session);
  CrSession *session =
      cr_settle_session (db, visit->session->id, url, TRUE, visit->told, visit->now_ms, error);

  if (session == NULL)
    return NULL;

  g_object_unref (visit->session);
  visit->session = session;
  return visit;
}

static void
session_finished_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSessionVisit) visit = user_data;
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;

  if (cr_store_write_finish (CR_STORE (object), result, &error) == NULL)
    {
      cr_session_page_error (visit->self, visit->exchange, error);
      return;
    }

  cr_told_tell (visit->told, visit->self->changes);
  url = dup_visit_return_url (visit);
  go_to (visit->exchange, url);
}

static void
finish (CrSessionVisit *visit)
{
  visit->told = cr_told_new (visit->session->patient_id);
  cr_store_write_async (visit->self->store, CR_WRITE_SURE, finish_session, visit, NULL, NULL, NULL,
                        session_finished_cb, visit);
}

static void
start (CrSessionVisit *visit)
{
  const char *source_id =
      visit->session->source_id != NULL ? visit->session->source_id : visit->source_id;

  cr_start_async (visit->self, visit->session, source_id, started_cb, visit);
}

static void
read_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrSessionVisit) visit = user_data;
  g_autoptr (GError) error = NULL;
  gboolean is_direct;

  if (cr_store_read_finish (CR_STORE (object), result, &error) == NULL)
    {
      cr_session_page_error (visit->self, visit->exchange, error);
      return;
    }

  is_direct = visit->session->source_id != NULL;
  if (cr_session_visit_is_over (visit))
    reply_expired (visit->exchange, visit->in);
  else if (visit->session->status == CR_SESSION_COMPLETE)
    reply_complete (visit);
  else if (visit->purpose == CR_VISIT_DONE)
    finish (g_steal_pointer (&visit));
  else if (is_direct)
    start (g_steal_pointer (&visit));
  else if (visit->chosen != NULL && visit->purpose == CR_VISIT_START &&
           visit->chosen->why_not == NULL)
    start (g_steal_pointer (&visit));
  else if (visit->chosen != NULL)
    reply_farewell (visit);
  else
    reply_picker (visit);
}

static gboolean
is_key (const char *key)
{
  if (key == NULL || strlen (key) != KEY_LENGTH)
    return FALSE;

  for (const char *p = key; *p != '\0'; p++)
    if (!g_ascii_isxdigit (*p))
      return FALSE;

  return TRUE;
}

static void
visit_page (CrConnect *self, CrExchange *exchange, CrVisitPurpose purpose)
{
  const char *key = cr_exchange_get_parameter (exchange, "key");
  CrSessionVisit *visit;

  if (!is_key (key))
    {
      reply_unknown (exchange, 404, language_of (self, exchange));
      return;
    }

  visit = g_new0 (CrSessionVisit, 1);
  visit->self = g_object_ref (self);
  visit->exchange = g_object_ref (exchange);
  visit->in = language_of (self, exchange);
  visit->purpose = purpose;
  visit->key = g_strdup (key);
  visit->text = cr_clean_text (cr_exchange_get_query (exchange, "q"), MAX_SEARCH);
  if (purpose == CR_VISIT_START)
    visit->source_id = g_strdup (cr_exchange_get_form (exchange, "source"));
  else if (purpose == CR_VISIT_CHOOSE)
    visit->source_id = g_strdup (cr_exchange_get_query (exchange, "source"));
  visit->now_ms = self->clock ();
  cr_store_read_async (self->store, CR_READ_SCREEN, cr_session_visit_read, visit, NULL, NULL, NULL,
                       read_cb, visit);
}

void
cr_session_page_show (CrExchange *exchange, gpointer user_data)
{
  visit_page (user_data, exchange, CR_VISIT_SHOW);
}

void
cr_session_page_choose (CrExchange *exchange, gpointer user_data)
{
  visit_page (user_data, exchange, CR_VISIT_CHOOSE);
}

void
cr_session_page_start (CrExchange *exchange, gpointer user_data)
{
  visit_page (user_data, exchange, CR_VISIT_START);
}

void
cr_session_page_done (CrExchange *exchange, gpointer user_data)
{
  visit_page (user_data, exchange, CR_VISIT_DONE);
}

/* The pages ask for it by version. */
static void
reply_file (CrExchange *exchange, const char *type, GBytes *bytes)
{
  cr_exchange_set_header (exchange, "Cache-Control", "public, max-age=3600");
  cr_exchange_set_header (exchange, "X-Content-Type-Options", "nosniff");
  cr_exchange_reply (exchange, 200, type, bytes);
}

void
cr_session_page_style (CrExchange *exchange, gpointer user_data)
{
  g_autoptr (GBytes) bytes = cr_pages_style ();

  reply_file (exchange, "text/css; charset=utf-8", bytes);
}

void
cr_session_page_script (CrExchange *exchange, gpointer user_data)
{
  g_autoptr (GBytes) bytes = cr_pages_script ();

  reply_file (exchange, "text/javascript; charset=utf-8", bytes);
}

static void
reply_trip_refused (CrExchange *exchange, const End *end, gboolean can_reload)
{
  const CrLanguage *in = end->in;
  CrPage page = {
    .in = in,
    .tone = CR_PAGE_BAD,
    .title = can_reload ? _ ("Almost there") : _ ("This sign-in cannot be used"),
    .text = can_reload ? _ ("Your portal agreed, but the clinic's computer cannot save the "
                            "connection just now.")
                       : cr_page_failure_text (in, end->code),
    .hint =
        can_reload
            ? _ ("Tell the clinic, then try again within ten minutes. You need not sign in again.")
            : _ ("Nothing was changed. Open the link from the clinic again to start over."),
    .code = code_nick (end->code),
    /* An empty reference is this very address. Source: RFC 3986 §4.4 */
    .again_url = can_reload ? "" : NULL,
  };

  reply_page (exchange, can_reload ? 503 : 400, &page);
}

void
cr_session_page_after_trip (CrConnect *self, CrExchange *exchange, CrTripEnd *trip)
{
  End end = { trip->code, trip->source_id, language_of (self, exchange) };
  g_autofree char *url = NULL;

  if (trip->session == NULL || trip->can_reload)
    {
      reply_trip_refused (exchange, &end, trip->can_reload);
      return;
    }

  if (trip->session->source_id != NULL)
    url = dup_return_url (self, trip->session, &end);
  else
    url = cr_connect_get_session_url (self, trip->session);
  go_to (exchange, url);
}

static gboolean
wants_page (CrExchange *exchange)
{
  const char *accept = cr_exchange_get_header (exchange, "Accept");

  return accept != NULL && strstr (accept, "text/html") != NULL;
}

/* What the server refuses by itself. A program gets its line of text. */
gboolean
cr_session_page_refuse (CrExchange *exchange, guint status, gpointer user_data)
{
  const CrLanguage *in = language_of (user_data, exchange);
  CrPage busy = {
    .in = in,
    .tone = CR_PAGE_INFO,
    .title = _ ("Please wait a moment"),
    .text = status == 429
              ? _ ("Too much was asked for at once. Nothing is lost: try again in a few "
                   "seconds.")
              : _ ("The clinic's computer is being restarted. Nothing is lost: try "
                   "again in a minute."),
    .again_url = "",
  };

  if (!wants_page (exchange))
    return FALSE;

  switch (status)
    {
    case 404:
    case 405:
      reply_unknown (exchange, status, in);
      return TRUE;
    case 429:
    case 503:
      reply_page (exchange, status, &busy);
      return TRUE;
    default:
      return FALSE;
    }
}
