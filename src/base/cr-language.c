/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-language.h"

#include "base/cr-error.h"
#include "base/cr-plural.h"

#include <string.h>

#define MAGIC 0x950412deu
#define HEAD_BYTES 28
#define FORMS "nplurals="
#define RULE "plural="

/* The catalog is what msgfmt makes. Source: GNU gettext manual, “The Format of GNU MO Files” */
struct _CrLanguage
{
  GBytes *catalog;  /* (owned) */
  GHashTable *said; /* (owned): text as written → in this language, both in the catalog */
  char *rule;       /* (owned) (nullable): for plural forms */
  guint64 n_forms;
};

static guint32
number_at (const guint8 *data, gsize at)
{
  guint32 number;

  memcpy (&number, data + at, sizeof number);
  return GUINT32_FROM_LE (number);
}

/* Returns: (nullable): the text that the entry at @at leads to */
static const char *
text_at (const guint8 *data, gsize n_bytes, gsize at)
{
  guint64 length = number_at (data, at);
  guint64 offset = number_at (data, at + 4);

  if (offset + length >= n_bytes || data[offset + length] != '\0')
    return NULL;

  return (const char *) data + offset;
}

static gboolean
read_catalog (CrLanguage *self)
{
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (self->catalog, &n_bytes);
  guint64 n_texts;
  guint64 texts;
  guint64 said;

  if (n_bytes < HEAD_BYTES || number_at (data, 0) != MAGIC)
    return FALSE;

  n_texts = number_at (data, 8);
  texts = number_at (data, 12);
  said = number_at (data, 16);
  if (texts + n_texts * 8 > n_bytes || said + n_texts * 8 > n_bytes)
    return FALSE;

  for (gsize i = 0; i < n_texts; i++)
    {
      const char *key = text_at (data, n_bytes, texts + i * 8);
      const char *value = text_at (data, n_bytes, said + i * 8);

      if (key == NULL || value == NULL)
        return FALSE;
      g_hash_table_insert (self->said, (gpointer) key, (gpointer) value);
    }

  return TRUE;
}

static void
read_rule (CrLanguage *self)
{
  const char *head = g_hash_table_lookup (self->said, "");
  const char *forms = head != NULL ? strstr (head, FORMS) : NULL;
  const char *rule = forms != NULL ? strstr (forms + strlen (FORMS), RULE) : NULL;

  if (rule == NULL)
    return;

  self->n_forms = g_ascii_strtoull (forms + strlen (FORMS), NULL, 10);
  rule += strlen (RULE);
  self->rule = g_strndup (rule, strcspn (rule, ";\n"));
}

/**
 * cr_language_new:
 * @catalog: a compiled catalog, little-endian as msgfmt writes it
 * @error: %CR_ERROR_BAD_INPUT when it is none
 */
CrLanguage *
cr_language_new (GBytes *catalog, GError **error)
{
  g_autoptr (CrLanguage) self = g_new0 (CrLanguage, 1);

  g_return_val_if_fail (catalog != NULL, NULL);

  self->catalog = g_bytes_ref (catalog);
  self->said = g_hash_table_new (g_str_hash, g_str_equal);
  if (!read_catalog (self))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "This is no catalog of translated words; make it with msgfmt");
      return NULL;
    }

  read_rule (self);
  return g_steal_pointer (&self);
}

void
cr_language_free (CrLanguage *self)
{
  g_hash_table_unref (self->said);
  g_bytes_unref (self->catalog);
  g_free (self->rule);
  g_free (self);
}

/* A text that is there without a translation is as good as not there. */
static const char *
look_up (const CrLanguage *self, const char *text)
{
  const char *said = self != NULL ? g_hash_table_lookup (self->said, text) : NULL;

  return said != NULL && *said != '\0' && *text != '\0' ? said : NULL;
}

gboolean
cr_language_knows (const CrLanguage *self, const char *text)
{
  return look_up (self, text) != NULL;
}

/**
 * cr_language_list:
 * @self: (nullable): %NULL has nothing
 *
 * Calls @func with each text of @context as written and as said in this language.
 */
void
cr_language_list (const CrLanguage *self,
                  const char *context,
                  CrLanguageFunc func,
                  gpointer user_data)
{
  g_autofree char *front = g_strconcat (context, "\004", NULL);
  GHashTableIter iter;
  gpointer key;
  gpointer said;

  if (self == NULL)
    return;

  g_hash_table_iter_init (&iter, self->said);
  while (g_hash_table_iter_next (&iter, &key, &said))
    if (g_str_has_prefix (key, front) && *(const char *) said != '\0')
      func ((const char *) key + strlen (front), said, user_data);
}

/**
 * cr_language_get:
 * @text: as written in the source, marked for translation
 *
 * Returns: (transfer none): @text in this language, or as written
 */
const char *
cr_language_get (const CrLanguage *self, const char *text)
{
  const char *said = look_up (self, text);

  return said != NULL ? said : text;
}

const char *
cr_language_get_of (const CrLanguage *self, const char *context, const char *text)
{
  g_autofree char *key = g_strconcat (context, "\004", text, NULL);
  const char *said = look_up (self, key);

  return said != NULL ? said : text;
}

/**
 * cr_language_get_n:
 *
 * Returns: (transfer none): the form for @n; its `%u` is for the caller to fill in
 */
const char *
cr_language_get_n (const CrLanguage *self, const char *one, const char *many, guint n)
{
  const char *said = look_up (self, one);
  gulong form;

  if (said == NULL || self->rule == NULL || !cr_plural_pick (self->rule, n, &form) ||
      form >= self->n_forms)
    return n == 1 ? one : many;

  /* The forms follow one another, each with its end; msgfmt saw that all are there. */
  for (; form > 0; form--)
    said += strlen (said) + 1;

  return said;
}
