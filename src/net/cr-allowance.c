/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-allowance.h"

#define DAY_S (24 * 60 * 60)

static guint
read_number (const char *text)
{
  guint64 number = 0;

  return g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT, &number, NULL) ? (guint) number : 0;
}

static void
take (CrAllowance *self, guint n, guint window_s)
{
  if (n > 0 && window_s > self->window_s && window_s <= DAY_S)
    *self = (CrAllowance){ n, window_s };
}

/* `100;w=60` or `"name";q=100;w=60`. */
static void
read_policy (CrAllowance *self, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ";", -1);
  guint n = 0, window_s = 0;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *part = g_strstrip (parts[i]);

      if (i == 0 || g_str_has_prefix (part, "q="))
        n = read_number (i == 0 ? part : part + 2);
      else if (g_str_has_prefix (part, "w="))
        window_s = read_number (part + 2);
    }
  take (self, n, window_s);
}

static void
read_policies (CrAllowance *self, const char *text)
{
  g_auto (GStrv) policies = g_strsplit (text != NULL ? text : "", ",", -1);

  for (guint i = 0; policies[i] != NULL; i++)
    read_policy (self, policies[i]);
}

/**
 * cr_allowance_read:
 *
 * A limit without its window says nothing about a pace, and is not taken.
 *
 * Source: draft-ietf-httpapi-ratelimit-headers-10 §3, and -03 §3.1 for the limit with its windows;
 *   the fields of gateways that have one for each window
 */
CrAllowance
cr_allowance_read (const CrReply *reply)
{
  static const struct
  {
    const char *name;
    guint window_s;
  } fields[] = {
    { "x-ratelimit-limit-minute", 60 },
    { "x-ratelimit-limit-hour", 60 * 60 },
    { "x-ratelimit-limit-day", DAY_S },
  };
  CrAllowance allowance = { 0 };

  read_policies (&allowance, cr_reply_header (reply, "ratelimit-policy"));
  read_policies (&allowance, cr_reply_header (reply, "ratelimit-limit"));
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const char *value = cr_reply_header (reply, fields[i].name);

      if (value != NULL)
        take (&allowance, read_number (value), fields[i].window_s);
    }
  return allowance;
}
