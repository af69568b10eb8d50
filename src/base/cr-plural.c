/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-plural.h"

#include <string.h>

#define MAX_DEPTH 32

typedef struct
{
  const char *p;
  gulong n;
  guint depth;
  gboolean is_bad;
} Reader;

/* Longer ones first, because they begin as shorter ones do; a bigger number binds more. */
static const struct
{
  const char *sign;
  int rank;
} operators[] = {
  { "||", 1 }, { "&&", 2 }, { "==", 3 }, { "!=", 3 }, { "<=", 4 }, { ">=", 4 }, { "<", 4 },
  { ">", 4 },  { "+", 5 },  { "-", 5 },  { "*", 6 },  { "/", 6 },  { "%", 6 },
};

static gulong read_choice (Reader *self);

static void
skip_blanks (Reader *self)
{
  while (g_ascii_isspace (*self->p))
    self->p++;
}

static gboolean
take (Reader *self, const char *sign)
{
  skip_blanks (self);
  if (!g_str_has_prefix (self->p, sign))
    return FALSE;

  self->p += strlen (sign);
  return TRUE;
}

static gulong
fail (Reader *self)
{
  self->is_bad = TRUE;
  return 0;
}

static gulong
read_one (Reader *self)
{
  gulong value;

  if (self->is_bad || ++self->depth > MAX_DEPTH)
    return fail (self);

  skip_blanks (self);
  if (g_ascii_isdigit (*self->p))
    value = (gulong) g_ascii_strtoull (self->p, (char **) &self->p, 10);
  else if (take (self, "n"))
    value = self->n;
  else if (take (self, "!"))
    value = !read_one (self);
  else if (take (self, "("))
    {
      value = read_choice (self);
      if (!take (self, ")"))
        return fail (self);
    }
  else
    return fail (self);

  self->depth--;
  return value;
}

static gulong
apply (Reader *self, guint which, gulong a, gulong b)
{
  switch (which)
    {
    case 0:
      return a || b;
    case 1:
      return a && b;
    case 2:
      return a == b;
    case 3:
      return a != b;
    case 4:
      return a <= b;
    case 5:
      return a >= b;
    case 6:
      return a < b;
    case 7:
      return a > b;
    case 8:
      return a + b;
    case 9:
      return a - b;
    case 10:
      return a * b;
    case 11:
      return b != 0 ? a / b : fail (self);
    default:
      return b != 0 ? a % b : fail (self);
    }
}

static gboolean
take_operator (Reader *self, int at_least, guint *which)
{
  skip_blanks (self);
  for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
    if (g_str_has_prefix (self->p, operators[i].sign))
      {
        if (operators[i].rank < at_least)
          return FALSE;
        self->p += strlen (operators[i].sign);
        *which = i;
        return TRUE;
      }

  return FALSE;
}

static gulong
read_joined (Reader *self, int at_least)
{
  gulong value = read_one (self);
  guint which;

  while (!self->is_bad && take_operator (self, at_least, &which))
    value = apply (self, which, value, read_joined (self, operators[which].rank + 1));

  return value;
}

static gulong
read_choice (Reader *self)
{
  gulong value = read_joined (self, 1);
  gulong yes;
  gulong no;

  if (self->is_bad || !take (self, "?"))
    return value;

  yes = read_choice (self);
  if (!take (self, ":"))
    return fail (self);
  no = read_choice (self);
  return value ? yes : no;
}

/**
 * cr_plural_pick:
 * @rule: what stands after `plural=` in the head of a catalog, a C expression of n
 * @form: (out): which form of a message goes with @n
 *
 * Source: GNU gettext manual, “Additional functions for plural forms”.
 *
 * Returns: %FALSE when @rule is none
 */
gboolean
cr_plural_pick (const char *rule, guint n, gulong *form)
{
  Reader reader = { .p = rule, .n = n };
  gulong value;

  g_return_val_if_fail (rule != NULL && form != NULL, FALSE);

  value = read_choice (&reader);
  skip_blanks (&reader);
  if (reader.is_bad || (*reader.p != '\0' && *reader.p != ';'))
    return FALSE;

  *form = value;
  return TRUE;
}
