/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-words.h"

#include "app/cr-locale-time.h"
#include "base/cr-time.h"
#include "model/cr-explain.h"

#include <glib/gi18n.h>
#include <gtk/gtk.h>
#include <locale.h>
#include <stdio.h>

#define MINUTE_MS (60 * G_GINT64_CONSTANT (1000))
#define HOUR_MS (60 * MINUTE_MS)

typedef struct
{
  const char *code;
  const char *words;
} Word;

gint64
cr_words_now_ms (void)
{
  return cr_time_now_ms ();
}

static GDateTime *
local (gint64 ms)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (ms / 1000);

  return utc == NULL ? NULL : g_date_time_to_local (utc);
}

static int
days_between (GDateTime *from, GDateTime *to)
{
  GDate a, b;

  g_date_clear (&a, 1);
  g_date_clear (&b, 1);
  g_date_set_dmy (&a, (GDateDay) g_date_time_get_day_of_month (from),
                  (GDateMonth) g_date_time_get_month (from),
                  (GDateYear) g_date_time_get_year (from));
  g_date_set_dmy (&b, (GDateDay) g_date_time_get_day_of_month (to),
                  (GDateMonth) g_date_time_get_month (to), (GDateYear) g_date_time_get_year (to));
  return g_date_days_between (&a, &b);
}

static char *
minutes (gint64 distance_ms)
{
  guint n = (guint) (ABS (distance_ms) / MINUTE_MS);

  if (distance_ms >= 0)
    return g_strdup_printf (ngettext ("%u minute ago", "%u minutes ago", n), n);
  return g_strdup_printf (ngettext ("in %u minute", "in %u minutes", n), n);
}

char *
cr_words_time (gint64 ms, gint64 now_ms)
{
  g_autoptr (GDateTime) then = local (ms);
  g_autoptr (GDateTime) now = local (now_ms);
  int days;

  if (ms == 0 || then == NULL || now == NULL)
    return g_strdup (_ ("never"));
  if (ABS (now_ms - ms) < MINUTE_MS)
    return g_strdup (now_ms >= ms ? _ ("just now") : _ ("in a moment"));
  if (ABS (now_ms - ms) < HOUR_MS)
    return minutes (now_ms - ms);

  days = days_between (then, now);
  if (days == 0)
    return cr_locale_time (then, N_ ("today %H:%M"));
  if (days == 1)
    return cr_locale_time (then, N_ ("yesterday %H:%M"));
  if (days == -1)
    return cr_locale_time (then, N_ ("tomorrow %H:%M"));
  if (g_date_time_get_year (then) == g_date_time_get_year (now))
    return cr_locale_time (then, N_ ("%-d %b"));
  return cr_locale_time (then, N_ ("%-d %b %Y"));
}

/* Days as the calendar counts them: what ends tomorrow at nine has one day left today at noon. */
char *
cr_words_days_left (gint64 ends_ms, gint64 now_ms)
{
  g_autoptr (GDateTime) then = local (ends_ms);
  g_autoptr (GDateTime) now = local (now_ms);
  int days;

  if (ends_ms == 0 || then == NULL || now == NULL)
    return g_strdup ("");

  days = days_between (now, then);
  if (ends_ms <= now_ms && days == 0)
    return g_strdup (_ ("ended today"));
  if (days == -1)
    return g_strdup (_ ("ended yesterday"));
  if (days < 0)
    return g_strdup_printf (ngettext ("ended %d day ago", "ended %d days ago", (gulong) -days),
                            -days);
  if (days == 0)
    return cr_locale_time (then, N_ ("ends today %H:%M"));
  return g_strdup_printf (ngettext ("%d day left", "%d days left", (gulong) days), days);
}

char *
cr_words_exact_time (gint64 ms)
{
  g_autoptr (GDateTime) then = local (ms);

  return ms == 0 || then == NULL ? g_strdup ("")
                                 : cr_locale_time (then, N_ ("%A, %-d %B %Y, %H:%M:%S"));
}

char *
cr_words_day (gint64 ms)
{
  g_autoptr (GDateTime) then = local (ms);

  return then == NULL ? g_strdup ("") : cr_locale_time (then, N_ ("%-d %b"));
}

char *
cr_words_whole_day (gint64 ms)
{
  g_autoptr (GDateTime) then = local (ms);

  return then == NULL ? g_strdup ("") : cr_locale_time (then, N_ ("%A, %-d %B"));
}

char *
cr_words_day_and_time (gint64 ms)
{
  g_autoptr (GDateTime) then = local (ms);

  return ms == 0 || then == NULL ? g_strdup ("")
                                 : cr_locale_time (then, N_ ("%A, %-d %B %Y, %H:%M"));
}

char *
cr_words_span (gint64 first_ms, gint64 last_ms)
{
  g_autoptr (GDateTime) first = local (first_ms);
  g_autoptr (GDateTime) last = local (last_ms);
  g_autofree char *begin = cr_words_day_and_time (first_ms);
  g_autofree char *end = NULL;

  if (first == NULL || last == NULL || first_ms / MINUTE_MS == last_ms / MINUTE_MS)
    return g_steal_pointer (&begin);
  end = days_between (first, last) == 0 ? cr_locale_time (last, N_ ("%H:%M"))
                                        : cr_words_day_and_time (last_ms);
  return g_strdup_printf ("%s – %s", begin, end);
}

char *
cr_words_date (const char *date)
{
  int year = 0, month = 0, day = 0, end = 0;
  g_autoptr (GDateTime) then = NULL;

  if (sscanf (date, "%4d-%2d-%2d%n", &year, &month, &day, &end) == 3 && date[end] == '\0')
    then = g_date_time_new_local (year, month, day, 12, 0, 0);
  return then == NULL ? g_strdup (date) : cr_locale_time (then, N_ ("%-d %b %Y"));
}

static gboolean
replace_day (const GMatchInfo *match, GString *result, gpointer user_data)
{
  g_autofree char *day = g_match_info_fetch (match, 0);
  g_autofree char *words = cr_words_date (day);

  g_string_append (result, words);
  return FALSE;
}

/**
 * cr_words_dates:
 * @text: a sentence of the engine, which writes days as records do
 */
char *
cr_words_dates (const char *text)
{
  g_autoptr (GRegex) days =
      g_regex_new ("(?<![\\w-])\\d{4}-\\d{2}-\\d{2}(?![\\w-])", G_REGEX_OPTIMIZE, 0, NULL);
  char *words = g_regex_replace_eval (days, text, -1, 0, 0, replace_day, NULL, NULL);

  return words != NULL ? words : g_strdup (text);
}

/* Takes what is behind the minutes of a dateTime. (nullable): it is none */
static const char *
say_zone (const char *text)
{
  text += strspn (text, ":.0123456789");
  if (g_str_equal (text, "Z"))
    return "UTC";
  return text[0] == '\0' || ((text[0] == '+' || text[0] == '-') && strlen (text) == 6) ? text
                                                                                       : NULL;
}

/* Source: FHIR R4, Data Types, dateTime and instant */
static char *
say_moment (const char *text)
{
  g_autofree char *day = g_strndup (text, strcspn (text, "T"));
  g_autofree char *date = cr_words_date (day);
  const char *time = text + strlen (day);
  const char *zone = NULL;
  int hour = 0, minute = 0, end = 0;

  if (time[0] == '\0')
    return g_steal_pointer (&date);
  if (!g_str_equal (date, day) && sscanf (time, "T%2d:%2d%n", &hour, &minute, &end) == 2)
    zone = say_zone (time + end);
  if (zone == NULL)
    return g_strdup (text);
  return g_strdup_printf ("%s, %02d:%02d%s%s", date, hour, minute, zone[0] != '\0' ? " " : "",
                          zone);
}

#define DASH " – "

/**
 * cr_words_moment:
 *
 * A day with its time, as the portal wrote them: in the zone that was written, which is not this
 * computer's; two with a dash between; one behind a word, such as “since”. Whatever is nothing of
 * it comes back as it is.
 */
char *
cr_words_moment (const char *text)
{
  const char *dash = strstr (text, DASH);
  const char *space = strchr (text, ' ');
  g_autofree char *before = NULL, *first = NULL, *last = NULL;

  if (dash != NULL)
    {
      before = g_strndup (text, (gsize) (dash - text));
      first = say_moment (before);
      last = say_moment (dash + strlen (DASH));
      return g_strconcat (first, DASH, last, NULL);
    }
  if (space == NULL || !g_ascii_isdigit (space[1]) || g_ascii_isdigit (text[0]))
    return say_moment (text);

  before = g_strndup (text, (gsize) (space + 1 - text));
  last = say_moment (space + 1);
  return g_strconcat (before, last, NULL);
}

const char *
cr_words_sex (const char *sex)
{
  return g_strcmp0 (sex, "female") == 0 ? _ ("female")
       : g_strcmp0 (sex, "male") == 0   ? _ ("male")
       : g_strcmp0 (sex, "other") == 0  ? C_ ("sex", "other")
                                        : "";
}

char *
cr_words_duration (gint64 ms)
{
  int hours = (int) (ms / HOUR_MS);
  int minutes = (int) (ms % HOUR_MS / MINUTE_MS);
  int seconds = (int) (ms % MINUTE_MS / 1000);

  if (ms < 1000)
    return g_strdup (_ ("under 1 s"));
  if (ms < MINUTE_MS)
    return g_strdup_printf (_ ("%d s"), seconds);
  if (ms < HOUR_MS && seconds == 0)
    return g_strdup_printf (_ ("%d min"), minutes);
  if (ms < HOUR_MS)
    return g_strdup_printf (_ ("%d min %d s"), minutes, seconds);
  if (minutes == 0)
    return g_strdup_printf (_ ("%d h"), hours);
  return g_strdup_printf (_ ("%d h %d min"), hours, minutes);
}

/* As the words' language has them. */
static char *
group (gint64 n)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GINT64_FORMAT, ABS (n));
  gsize length = strlen (digits);
  GString *text = g_string_new (n < 0 ? "-" : NULL);

  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
        /* Translators: what stands between thousands: 1,240 */
        g_string_append (text, C_ ("thousands separator", ","));
      g_string_append_c (text, digits[i]);
    }
  return g_string_free (text, FALSE);
}

/* A locale in another encoding than the words may have a separator that cannot be shown. */
char *
cr_words_number (gint64 n)
{
  g_autofree char *text = NULL;

  if (cr_locale_is_chosen (LC_NUMERIC))
    text = g_strdup_printf ("%'" G_GINT64_FORMAT, n);
  return text != NULL && g_utf8_validate (text, -1, NULL) ? g_steal_pointer (&text) : group (n);
}

static const char *
look_up (const Word *words, gsize n_words, const char *code)
{
  for (gsize i = 0; i < n_words; i++)
    if (g_strcmp0 (words[i].code, code) == 0)
      return _ (words[i].words);
  return NULL;
}

/* “SupplyDelivery” → “Supply delivery”: for types the table does not know. */
static char *
split_camel (const char *type)
{
  GString *text = g_string_new (NULL);

  for (const char *p = type; *p != '\0'; p++)
    {
      if (p != type && g_ascii_isupper (*p))
        g_string_append_c (text, ' ');
      g_string_append_c (text, p == type ? *p : g_ascii_tolower (*p));
    }
  return g_string_free (text, FALSE);
}

char *
cr_words_type (const char *type)
{
  static const Word types[] = {
    { "AllergyIntolerance", N_ ("Allergies") },
    { "Attachments", N_ ("Attached files") },
    { "Binary", N_ ("Attached files") },
    { "CarePlan", N_ ("Care plans") },
    { "CareTeam", N_ ("Care teams") },
    { "Condition", N_ ("Conditions") },
    { "Coverage", N_ ("Coverage") },
    { "Device", N_ ("Devices") },
    { "DiagnosticReport", N_ ("Diagnostic reports") },
    { "DocumentReference", N_ ("Documents") },
    { "Encounter", N_ ("Visits") },
    { "FamilyMemberHistory", N_ ("Family history") },
    { "Goal", N_ ("Goals") },
    { "Immunization", N_ ("Immunizations") },
    { "Location", N_ ("Locations") },
    { "Medication", N_ ("Medications") },
    { "MedicationDispense", N_ ("Medication dispenses") },
    { "MedicationRequest", N_ ("Prescriptions") },
    { "Observation", N_ ("Observations") },
    { "Organization", N_ ("Organizations") },
    { "Patient", N_ ("Patient") },
    { "Practitioner", N_ ("Practitioners") },
    { "PractitionerRole", N_ ("Practitioner roles") },
    { "Procedure", N_ ("Procedures") },
    { "Provenance", N_ ("Provenance") },
    { "QuestionnaireResponse", N_ ("Questionnaires") },
    { "References", N_ ("Records referred to") },
    { "RelatedPerson", N_ ("Related persons") },
    { "ServiceRequest", N_ ("Service requests") },
    { "Specimen", N_ ("Specimens") },
  };
  const char *words = look_up (types, G_N_ELEMENTS (types), type);

  return words != NULL ? g_strdup (words) : split_camel (type == NULL ? "" : type);
}

char *
cr_words_address (const char *url)
{
  g_autoptr (GUri) uri = url == NULL ? NULL : g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

  if (uri == NULL || g_uri_get_host (uri) == NULL)
    return g_strdup (url == NULL ? "" : url);
  return g_strdup (g_uri_get_host (uri));
}

char *
cr_words_webhook (CrWebhookEndpoint *endpoint)
{
  const char *description = endpoint->description;

  return description != NULL && description[0] != '\0' ? g_strdup (description)
                                                       : cr_words_address (endpoint->url);
}

const char *
cr_words_client_auth (CrClientAuth auth)
{
  switch (auth)
    {
    case CR_CLIENT_AUTH_NONE:
      return _ ("None (public client)");
    case CR_CLIENT_AUTH_BASIC:
      return _ ("Client secret in the header");
    case CR_CLIENT_AUTH_POST:
      return _ ("Client secret in the form");
    case CR_CLIENT_AUTH_PRIVATE_KEY_JWT:
      return _ ("Signed with this workspace’s key");
    default:
      g_assert_not_reached ();
    }
}

char *
cr_words_pull_trigger (CrPull *pull)
{
  const char *trigger = _ (cr_explain_pull_trigger (pull->trigger));

  if (pull->person == NULL)
    return g_strdup (trigger);
  /* Translators: why a pull was started and by whom: “by hand (Ana)” */
  return g_strdup_printf (_ ("%s (%s)"), trigger, pull->person);
}

char *
cr_words_pull (CrPull *pull)
{
  g_autofree char *time = cr_words_exact_time (pull->started_ms);
  g_autofree char *begun =
      time[0] != '\0' ? g_strdup_printf (_ ("Pull begun %s"), time) : g_strdup ("");
  g_autofree char *trigger = cr_words_pull_trigger (pull);

  return cr_words_join (begun, trigger, NULL);
}

const char *
cr_words_event (CrEventType type)
{
  switch (type)
    {
    case CR_EVENT_PATIENT_SESSION_COMPLETED:
      return _ ("A patient went through a connect link");
    case CR_EVENT_CONNECTION_TOKEN_REFRESH_FAILED:
      return _ ("A sign-in ended: the patient must connect again");
    case CR_EVENT_RECORDS_SYNC_COMPLETED:
      return _ ("Records arrived");
    case CR_EVENT_RECORDS_SYNC_FAILED:
      return _ ("Records could not be fetched");
    default:
      g_assert_not_reached ();
    }
}

static const Word actions[] = {
  { "api-key.create", N_ ("Made a key for another program") },
  { "api-key.revoke", N_ ("Revoked a key of another program") },
  { "backup.create", N_ ("Made a backup") },
  { "backup.discard", N_ ("Deleted the data from before a restore") },
  { "backup.restore", N_ ("Restored a backup") },
  { "backup.undo", N_ ("Went back to the data before a restore") },
  { "connection.disconnect", N_ ("Disconnected a source") },
  { "connection.note", N_ ("Wrote a note about a connection") },
  { "connection.remove-data", N_ ("Removed a connection’s records") },
  { "destination.add", N_ ("Added a destination") },
  { "destination.disable", N_ ("Disabled a destination") },
  { "destination.edit", N_ ("Changed a destination") },
  { "destination.enable", N_ ("Enabled a destination") },
  { "destination.export", N_ ("Started an export") },
  { "destination.remove", N_ ("Removed a destination") },
  { "destination.rest", N_ ("Parts of files remain at a removed destination") },
  { "destination.rewind", N_ ("Sent a destination records again") },
  { "hold.reject", N_ ("Rejected a hold: the records stay here") },
  { "hold.release", N_ ("Released a hold: the records are delivered") },
  { "keys.replace", N_ ("Replaced the signing key") },
  { "keys.rotate", N_ ("Rotated the signing key") },
  { "lock.remove", N_ ("Took a lock away") },
  { "lock.set", N_ ("Set what opens a lock") },
  { "patient.add", N_ ("Added a patient") },
  { "patient.edit", N_ ("Changed a patient") },
  { "patient.remove", N_ ("Removed a patient") },
  { "person.add", N_ ("Added a person") },
  { "person.duty", N_ ("Took over the desk") },
  { "person.remove", N_ ("Removed a person") },
  { "pull.cancel", N_ ("Cancelled a pull") },
  { "pull.start", N_ ("Started a pull") },
  { "run.cancel", N_ ("Cancelled an export") },
  { "run.pause", N_ ("Paused an export") },
  { "run.resume", N_ ("Resumed an export") },
  { "run.retry", N_ ("Retried a failed export") },
  { "sandbox.start", N_ ("Set up the sample patients") },
  { "session.create", N_ ("Made a connect link") },
  { "setting.change", N_ ("Changed a setting") },
  { "source.import", N_ ("Imported a list of sources") },
  { "source.remove", N_ ("Removed a source") },
  { "source.remove-logo", N_ ("Removed the logo of a source") },
  { "source.resume", N_ ("Resumed a source") },
  { "source.save", N_ ("Saved a source") },
  { "source.set-logo", N_ ("Chose a logo for a source") },
  { "source.suspend", N_ ("Suspended a source") },
  { "source.try", N_ ("Tried whether a source answers") },
  { "vendor.remove", N_ ("Removed a vendor’s client id") },
  { "vendor.save", N_ ("Saved a vendor’s client id") },
  { "webhook.add", N_ ("Added a webhook endpoint") },
  { "webhook.edit", N_ ("Changed a webhook endpoint") },
  { "webhook.give-up", N_ ("Gave up an event for a webhook endpoint") },
  { "webhook.redeliver", N_ ("Sent an event to a webhook endpoint by hand") },
  { "webhook.remove", N_ ("Removed a webhook endpoint") },
  { "webhook.replay", N_ ("Sent a webhook endpoint what it missed") },
  { "webhook.rotate-secret", N_ ("Rotated the secret of a webhook endpoint") },
  { "webhook.test", N_ ("Sent a test to a webhook endpoint") },
};

/* As the preferences call them, with what their groups say. */
static const Word settings[] = {
  { "clinic-name", N_ ("Name of the clinic") },
  { "desk-duty", N_ ("On duty, and named on every action") },
  { "keep-log-days", N_ ("Days to keep the requests of pulls and delivered events") },
  { "listen", N_ ("Listen at") },
  { "lock-minutes", N_ ("Lock when nobody touches it") },
  { "notice-begin", N_ ("When something needs somebody") },
  { "notice-digest", N_ ("Hour of the daily notice") },
  { "notice-end", N_ ("And when it is over") },
  { "public-url", N_ ("Public address") },
  { "pull-gap-minutes", N_ ("Least minutes between two pulls of a connection") },
  { "pull-interval-hours", N_ ("Hours between two pulls") },
  { "pull-quiet-hours", N_ ("Quiet hours") },
  { "tls-cert", N_ ("Certificate file") },
  { "tls-key", N_ ("Key file") },
  { "webhook-hosts", N_ ("Hosts on this computer or our network that may receive events") },
};

const char *
cr_words_setting (const char *key)
{
  const char *words = look_up (settings, G_N_ELEMENTS (settings), key);

  return words != NULL ? words : key;
}

const char *
cr_words_look (CrLookKind kind)
{
  switch (kind)
    {
    case CR_LOOK_PATIENT:
      return _ ("Looked the patient up");
    case CR_LOOK_RECORD:
      return _ ("Read records");
    case CR_LOOK_RAW:
      return _ ("Read records as they came");
    case CR_LOOK_FILE:
      return _ ("Opened a document in another program");
    case CR_LOOK_SAVE:
      return _ ("Saved records or a document to a file");
    case CR_LOOK_PRINT:
      return _ ("Printed a page");
    default:
      g_assert_not_reached ();
    }
}

const char *
cr_words_audit (const char *action)
{
  const char *words = look_up (actions, G_N_ELEMENTS (actions), action);

  return words != NULL ? words : action;
}

/* “,run.retry,run.cancel,”: the actions whose words have the text. NULL: none has. */
char *
cr_words_find_audit (const char *text)
{
  g_autofree char *part = g_utf8_casefold (text, -1);
  g_autoptr (GString) found = g_string_new (",");

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      g_autofree char *words = g_utf8_casefold (_ (actions[i].words), -1);

      if (strstr (words, part) != NULL)
        g_string_append_printf (found, "%s,", actions[i].code);
    }
  return found->len > 1 ? g_strdup (found->str) : NULL;
}

const char *
cr_words_check (const char *check)
{
  static const Word checks[] = {
    { "reach", N_ ("Reach the server") },
    { "sign-in", N_ ("Sign in") },
    { "read-capability", N_ ("Read what the server can do") },
    { "write", N_ ("Write a test object") },
    { "read", N_ ("Read it back") },
    { "list", N_ ("List what is there") },
    { "delete", N_ ("Remove it again") },
  };

  return look_up (checks, G_N_ELEMENTS (checks), check);
}

char *
cr_words_begin (const char *text)
{
  char first[6];
  int n = g_unichar_to_utf8 (g_unichar_totitle (g_utf8_get_char (text)), first);

  return text[0] == '\0' ? g_strdup ("")
                         : g_strdup_printf ("%.*s%s", n, first, g_utf8_next_char (text));
}

/* From right to left each part keeps its own order: “5.3 kB” next to Latin words would be torn
 * apart (UAX #9, isolates); a Latin name that comes first does not turn the line. */
char *
cr_words_join (const char *first, ...)
{
  gboolean is_rtl = gtk_widget_get_default_direction () == GTK_TEXT_DIR_RTL;
  GString *text = g_string_new (NULL);
  va_list args;

  va_start (args, first);
  for (const char *part = first; part != NULL; part = va_arg (args, const char *))
    {
      if (part[0] == '\0')
        continue;
      g_string_append (text, text->len > 0 ? " · " : is_rtl ? "\u200f" : "");
      g_string_append_printf (text, is_rtl ? "\u2068%s\u2069" : "%s", part);
    }
  va_end (args);
  return g_string_free (text, FALSE);
}
