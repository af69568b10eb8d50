/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-said.h"

#include <string.h>

#define CONTEXT "said"
#define MAX_GAPS 8
#define MAX_DEPTH 4
#define MAX_STEPS 4096
/* What is longer is a portal's own words. */
#define MAX_LENGTH 4000
#define MAX_AHEAD 6
/* A form with fewer letters of its own would fit anything; it counts only where what fills it is
 * known too. */
#define FEW_LETTERS 4

/* A sentence with gaps, as printf() fills them. */
typedef struct
{
  char *words[MAX_GAPS + 1]; /* (owned): before the first gap, and behind each */
  gboolean is_number[MAX_GAPS];
  guint n_gaps;
  guint n_letters; /* of its own */
  char *said;      /* (owned): in the language */
} Form;

struct _CrSaid
{
  GHashTable *whole; /* (owned): sentence without gaps → in the language */
  GPtrArray *forms;  /* (owned): of Form, those with most letters first */
};

typedef struct
{
  const Form *form;
  char *texts[MAX_GAPS]; /* (owned) (nullable) */
  guint steps;
} Match;

static char *tell (const CrSaid *self, const char *text, guint depth);

static void
form_free (Form *self)
{
  for (guint i = 0; i <= self->n_gaps; i++)
    g_free (self->words[i]);
  g_free (self->said);
  g_free (self);
}

/* Reads “%2$-10.3ld” at @p.
 * Returns: (nullable): what is behind it; %NULL when none is there */
static const char *
skip_conversion (const char *p, guint *position, char *kind)
{
  const char *dollar = p + 1 + strspn (p + 1, "0123456789");

  *position = 0;
  if (*dollar == '$')
    {
      *position = (guint) g_ascii_strtoull (p + 1, NULL, 10);
      p = dollar;
    }
  p += 1 + strspn (p + 1, "-+ #0123456789.*lzhjq");
  *kind = *p;
  return *p != '\0' && strchr ("sdiux%", *p) != NULL ? p + 1 : NULL;
}

/* Returns: (nullable): %NULL for one with too many gaps, or whose gaps could not be told apart */
static Form *
form_new (const char *text, const char *said)
{
  Form *self = g_new0 (Form, 1);
  g_autoptr (GString) words = g_string_new (NULL);
  gboolean is_fit = TRUE;

  self->said = g_strdup (said);
  for (const char *p = text; *p != '\0' && is_fit;)
    {
      guint position;
      char kind;
      const char *behind = *p == '%' ? skip_conversion (p, &position, &kind) : NULL;

      if (behind == NULL || kind == '%')
        {
          self->n_letters += strchr (" .:,", *p) == NULL ? 1 : 0;
          g_string_append_c (words, *p);
          p = behind != NULL ? behind : p + 1;
          continue;
        }
      is_fit = self->n_gaps < MAX_GAPS && !(kind != 's' && self->n_gaps > 0 && words->len == 0);
      if (!is_fit)
        break;
      self->words[self->n_gaps] = g_strdup (words->str);
      self->is_number[self->n_gaps++] = kind != 's';
      self->n_letters += kind != 's' ? 1 : 0; /* fits digits alone */
      g_string_truncate (words, 0);
      p = behind;
    }

  self->words[self->n_gaps] = g_strdup (words->str);
  if (is_fit)
    return self;

  form_free (self);
  return NULL;
}

/* Texts side by side count as one, since nothing tells where the first ends. */
static guint
last_beside (const Form *form, guint gap)
{
  while (gap + 1 < form->n_gaps && form->words[gap + 1][0] == '\0' && !form->is_number[gap + 1])
    gap++;
  return gap;
}

static gboolean fill (Match *match, guint gap, const char *p);

static gboolean
keep (Match *match, guint gap, const char *p, gsize length)
{
  g_free (match->texts[gap]);
  match->texts[gap] = g_strndup (p, length);
  return TRUE;
}

static gboolean
fill_number (Match *match, guint gap, const char *p)
{
  const char *behind = match->form->words[gap + 1];
  gsize length = (*p == '-' ? 1 : 0);

  length += strspn (p + length, "0123456789");
  return length > 0 && g_ascii_isdigit (p[length - 1]) && g_str_has_prefix (p + length, behind) &&
         fill (match, gap + 1, p + length + strlen (behind)) && keep (match, gap, p, length);
}

static gboolean
fill_text (Match *match, guint gap, const char *p)
{
  guint last = last_beside (match->form, gap);
  const char *behind = match->form->words[last + 1];
  gsize n_behind = strlen (behind);
  gsize n = strlen (p);

  if (last + 1 == match->form->n_gaps)
    return n >= n_behind && g_str_equal (p + n - n_behind, behind) &&
           keep (match, gap, p, n - n_behind);

  for (const char *at = strstr (p, behind); at != NULL && match->steps++ < MAX_STEPS;
       at = strstr (at + 1, behind))
    if (fill (match, last + 1, at + n_behind))
      return keep (match, gap, p, (gsize) (at - p));

  return FALSE;
}

static gboolean
fill (Match *match, guint gap, const char *p)
{
  if (gap == match->form->n_gaps)
    return *p == '\0';

  return match->form->is_number[gap] ? fill_number (match, gap, p) : fill_text (match, gap, p);
}

static void
match_clear (Match *match)
{
  for (guint i = 0; i < MAX_GAPS; i++)
    g_clear_pointer (&match->texts[i], g_free);
}

/* What fills the gaps may be said by us too: “The file of an answer”, “try again later”. */
static gboolean
tell_gaps (const CrSaid *self, Match *match, guint depth)
{
  gboolean is_known = FALSE;

  for (guint i = 0; i < match->form->n_gaps; i++)
    {
      char *said = match->texts[i] != NULL && !match->form->is_number[i]
                     ? tell (self, match->texts[i], depth + 1)
                     : NULL;

      if (said == NULL)
        continue;
      g_free (match->texts[i]);
      match->texts[i] = said;
      is_known = TRUE;
    }

  return is_known;
}

static char *
write_out (const Match *match)
{
  GString *text = g_string_new (NULL);
  guint next = 0;

  for (const char *p = match->form->said; *p != '\0';)
    {
      guint position;
      char kind;
      const char *behind = *p == '%' ? skip_conversion (p, &position, &kind) : NULL;
      guint gap;

      if (behind == NULL || kind == '%')
        {
          g_string_append_c (text, *p);
          p = behind != NULL ? behind : p + 1;
          continue;
        }
      gap = position > 0 ? position - 1 : next++;
      if (gap < match->form->n_gaps && match->texts[gap] != NULL)
        g_string_append (text, match->texts[gap]);
      p = behind;
    }

  return g_string_free (text, FALSE);
}

static char *
tell_form (const CrSaid *self, const char *text, guint depth)
{
  for (guint i = 0; i < self->forms->len; i++)
    {
      const Form *form = g_ptr_array_index (self->forms, i);
      Match match = { form, { NULL }, 0 };
      char *said = NULL;

      if (g_str_has_prefix (text, form->words[0]) &&
          fill (&match, 0, text + strlen (form->words[0])) &&
          (tell_gaps (self, &match, depth) || form->n_letters >= FEW_LETTERS))
        said = write_out (&match);
      match_clear (&match);
      if (said != NULL)
        return said;
    }

  return NULL;
}

static char *
tell_one (const CrSaid *self, const char *text, guint depth)
{
  const char *said = g_hash_table_lookup (self->whole, text);

  return said != NULL ? g_strdup (said) : tell_form (self, text, depth);
}

/* Where one sentence can end and the next begin, or what was added to it. */
static gboolean
is_border (const char *text, const char *p)
{
  return *p == '\n' || g_str_has_prefix (p, "; ") ||
         (*p == ' ' && p > text && strchr (".!?:", p[-1]) != NULL);
}

/* Returns: (transfer full) (nullable): the longest beginning of @text that is known, up to @end */
static char *
tell_beginning (const CrSaid *self, const char *text, guint depth, const char **end)
{
  const char *borders[MAX_AHEAD];
  guint n = 0;

  for (const char *p = text + 1; *p != '\0' && n < MAX_AHEAD; p++)
    if (is_border (text, p))
      borders[n++] = p;
  *end = n > 0 ? borders[0] : text + strlen (text);

  for (; n > 0; n--)
    {
      g_autofree char *head = g_strndup (text, (gsize) (borders[n - 1] - text));
      char *said = tell_one (self, head, depth);

      if (said == NULL)
        continue;
      *end = borders[n - 1];
      return said;
    }

  return NULL;
}

/* Sentence after sentence, those that are not ours as they are. */
static char *
tell_in_turn (const CrSaid *self, const char *text, guint depth)
{
  g_autoptr (GString) all = g_string_new (NULL);
  gboolean is_known = FALSE;

  for (const char *p = text; *p != '\0';)
    {
      const char *end;
      g_autofree char *said = p == text ? NULL : tell_one (self, p, depth);

      if (said != NULL)
        end = p + strlen (p);
      else
        said = tell_beginning (self, p, depth, &end);
      if (said == NULL && g_str_has_prefix (p, "; "))
        end = p + 1;
      is_known = is_known || said != NULL;
      if (said != NULL)
        g_string_append (all, said);
      else
        g_string_append_len (all, p, end - p);
      for (p = end; *p == ' ' || *p == '\n'; p++)
        g_string_append_c (all, *p);
    }

  return is_known ? g_strdup (all->str) : NULL;
}

/* Every part must be known: a portal's words have commas too. */
static char *
tell_list (const CrSaid *self, const char *text, guint depth)
{
  g_auto (GStrv) parts = g_strsplit (text, ", ", -1);

  if (parts[0] == NULL || parts[1] == NULL)
    return NULL;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *said = tell_one (self, parts[i], depth);

      if (said == NULL)
        return NULL;
      g_free (parts[i]);
      parts[i] = said;
    }

  return g_strjoinv (", ", parts);
}

/* Returns: (transfer full) (nullable): %NULL when nothing of @text is known */
static char *
tell (const CrSaid *self, const char *text, guint depth)
{
  char *said;

  if (text[0] == '\0' || depth > MAX_DEPTH || strnlen (text, MAX_LENGTH) == MAX_LENGTH)
    return NULL;

  said = tell_one (self, text, depth);
  if (said == NULL)
    said = tell_list (self, text, depth);
  return said != NULL ? said : tell_in_turn (self, text, depth);
}

static void
add (const char *text, const char *said, gpointer user_data)
{
  CrSaid *self = user_data;
  g_autofree char *plain = g_strstrip (g_strdup (text));
  g_autofree char *plain_said = g_strstrip (g_strdup (said));
  Form *form = form_new (plain, plain_said);

  /* Hands on what another said. */
  if (strcmp (plain, "%s") == 0)
    {
      g_clear_pointer (&form, form_free);
      return;
    }
  if (form != NULL && form->n_gaps > 0)
    {
      g_ptr_array_add (self->forms, form);
      return;
    }

  g_clear_pointer (&form, form_free);
  g_hash_table_insert (self->whole, g_steal_pointer (&plain), g_steal_pointer (&plain_said));
}

static int
by_letters (gconstpointer a, gconstpointer b)
{
  const Form *one = *(const Form *const *) a;
  const Form *other = *(const Form *const *) b;

  return one->n_letters != other->n_letters ? (one->n_letters < other->n_letters ? 1 : -1)
                                            : strcmp (one->words[0], other->words[0]);
}

/**
 * cr_said_new:
 * @language: (nullable): has the sentences marked with CR_SAID()
 */
CrSaid *
cr_said_new (const CrLanguage *language)
{
  CrSaid *self = g_new0 (CrSaid, 1);

  self->whole = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->forms = g_ptr_array_new_with_free_func ((GDestroyNotify) form_free);
  cr_language_list (language, CONTEXT, add, self);
  g_ptr_array_sort (self->forms, by_letters);
  return self;
}

void
cr_said_free (CrSaid *self)
{
  g_hash_table_unref (self->whole);
  g_ptr_array_unref (self->forms);
  g_free (self);
}

/**
 * cr_said_tell:
 * @text: what the engine says, stored or just composed: one sentence or several
 *
 * Finds which sentence of ours it is and what filled its gaps, so that nothing but the words has to
 * be stored or sent. What is not ours, such as a portal's own words, stays as it is.
 *
 * Returns: (transfer full): @text in the language
 */
char *
cr_said_tell (const CrSaid *self, const char *text)
{
  char *said;

  g_return_val_if_fail (self != NULL && text != NULL, NULL);

  said = tell (self, text, 0);
  return said != NULL ? said : g_strdup (text);
}

/**
 * cr_said_day:
 *
 * Returns: (transfer full): “3 March 2026”, whatever the locale of this process is; cr_said_tell()
 *   says it in a language
 */
char *
cr_said_day (GDateTime *day)
{
  static const char *const forms[] = {
    CR_SAID ("%d January %d"), CR_SAID ("%d February %d"), CR_SAID ("%d March %d"),
    CR_SAID ("%d April %d"),   CR_SAID ("%d May %d"),      CR_SAID ("%d June %d"),
    CR_SAID ("%d July %d"),    CR_SAID ("%d August %d"),   CR_SAID ("%d September %d"),
    CR_SAID ("%d October %d"), CR_SAID ("%d November %d"), CR_SAID ("%d December %d"),
  };

  /* check-secrets: none; the format is one of those above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (forms[g_date_time_get_month (day) - 1],
                          g_date_time_get_day_of_month (day), g_date_time_get_year (day));
#pragma GCC diagnostic pop
}
