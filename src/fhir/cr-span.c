/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-span.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A page is capped long before, but a page of nothing but digits and commas makes a node of every
 * second byte. */
#define MAX_NODES (16u * 1024 * 1024)

typedef struct
{
  CrSpans *spans; /* (unowned) */
  const char *at;
  const char *end;
  guint32 open[CR_SPAN_MAX_DEPTH]; /* nodes of the containers around @at */
  guint depth;
  gboolean is_first; /* nothing stands between the last opening bracket and @at */
  guint32 key;
  guint32 n_key;
  gboolean key_has_escape;
} Scanner;

static gboolean
fail (Scanner *self, CrSpanFault fault)
{
  self->spans->fault = self->at >= self->end ? CR_SPAN_CUT_SHORT : fault;
  self->spans->fault_at = (gsize) (self->at - self->spans->text);
  return FALSE;
}

static inline void
skip_space (Scanner *self)
{
  while (self->at < self->end &&
         (*self->at == ' ' || *self->at == '\n' || *self->at == '\r' || *self->at == '\t'))
    self->at++;
}

/* Stops at a quote, a backslash, a control character or the end. */
static inline void
skip_plain (Scanner *self)
{
#ifdef __SSE2__
  while (self->end - self->at >= 16)
    {
      __m128i bytes = _mm_loadu_si128 ((const void *) self->at);
      __m128i quote = _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('"'));
      __m128i slash = _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('\\'));
      __m128i control = _mm_cmpeq_epi8 (_mm_min_epu8 (bytes, _mm_set1_epi8 (0x1f)), bytes);
      int hits = _mm_movemask_epi8 (_mm_or_si128 (_mm_or_si128 (quote, slash), control));

      if (hits != 0)
        {
          self->at += __builtin_ctz ((guint) hits);
          return;
        }
      self->at += 16;
    }
#endif
  while (self->at < self->end && *self->at != '"' && *self->at != '\\' &&
         (guchar) *self->at >= 0x20)
    self->at++;
}

static gboolean
read_escape (Scanner *self)
{
  self->at++;
  if (self->at >= self->end || strchr ("\"\\/bfnrtu", *self->at) == NULL || *self->at == '\0')
    return fail (self, CR_SPAN_BAD_STRING);

  if (*self->at++ != 'u')
    return TRUE;

  for (guint i = 0; i < 4; i++, self->at++)
    if (self->at >= self->end || !g_ascii_isxdigit (*self->at))
      return fail (self, CR_SPAN_BAD_STRING);

  return TRUE;
}

/* From the opening quote to after the closing one. */
static inline gboolean
read_string (Scanner *self, gboolean *has_escape)
{
  *has_escape = FALSE;
  self->at++;
  for (;;)
    {
      skip_plain (self);
      if (self->at >= self->end)
        return fail (self, CR_SPAN_CUT_SHORT);
      if (*self->at == '"')
        break;
      if (*self->at != '\\')
        return fail (self, CR_SPAN_BAD_STRING);
      *has_escape = TRUE;
      if (!read_escape (self))
        return FALSE;
    }
  self->at++;

  return TRUE;
}

static inline gboolean
read_digits (Scanner *self)
{
  const char *start = self->at;

  while (self->at < self->end && g_ascii_isdigit (*self->at))
    self->at++;

  return self->at > start || fail (self, CR_SPAN_BAD_NUMBER);
}

static inline gboolean
read_number (Scanner *self)
{
  if (*self->at == '-')
    self->at++;

  if (self->at < self->end && *self->at == '0')
    self->at++;
  else if (!read_digits (self))
    return FALSE;

  if (self->at < self->end && *self->at == '.')
    {
      self->at++;
      if (!read_digits (self))
        return FALSE;
    }

  if (self->at < self->end && (*self->at == 'e' || *self->at == 'E'))
    {
      self->at++;
      if (self->at < self->end && (*self->at == '+' || *self->at == '-'))
        self->at++;
      if (!read_digits (self))
        return FALSE;
    }

  return TRUE;
}

static gboolean
read_word (Scanner *self, const char *word)
{
  for (; *word != '\0'; word++, self->at++)
    if (self->at >= self->end || *self->at != *word)
      return fail (self, CR_SPAN_BAD_CHARACTER);

  return TRUE;
}

static inline CrSpan *
add_node (Scanner *self, char kind)
{
  CrSpans *spans = self->spans;
  CrSpan *node;

  if (G_UNLIKELY (spans->n_nodes == spans->n_allocated))
    {
      spans->n_allocated = MAX (256, spans->n_allocated * 2);
      spans->nodes = g_renew (CrSpan, spans->nodes, spans->n_allocated);
    }

  node = &spans->nodes[spans->n_nodes++];
  node->start = (guint32) (self->at - spans->text);
  node->end = node->start;
  node->key = self->key;
  node->n_key = self->n_key;
  node->after = spans->n_nodes;
  node->kind = (guint8) kind;
  node->has_escape = FALSE;
  node->key_has_escape = self->key_has_escape != FALSE;

  return node;
}

static gboolean
open_container (Scanner *self)
{
  if (self->depth == CR_SPAN_MAX_DEPTH)
    return fail (self, CR_SPAN_TOO_DEEP);

  self->open[self->depth++] = self->spans->n_nodes;
  add_node (self, *self->at);
  self->at++;
  self->is_first = TRUE;
  return TRUE;
}

static gboolean
read_scalar (Scanner *self)
{
  gboolean has_escape = FALSE;
  gboolean is_good;
  CrSpan *node;
  char kind = *self->at;

  if (kind == '-' || g_ascii_isdigit (kind))
    kind = CR_SPAN_KIND_NUMBER;
  node = add_node (self, kind);

  if (kind == CR_SPAN_KIND_STRING)
    is_good = read_string (self, &has_escape);
  else if (kind == CR_SPAN_KIND_NUMBER)
    is_good = read_number (self);
  else if (kind == CR_SPAN_KIND_TRUE)
    is_good = read_word (self, "true");
  else if (kind == CR_SPAN_KIND_FALSE)
    is_good = read_word (self, "false");
  else if (kind == CR_SPAN_KIND_NULL)
    is_good = read_word (self, "null");
  else
    is_good = fail (self, CR_SPAN_BAD_CHARACTER);

  node->end = (guint32) (self->at - self->spans->text);
  node->has_escape = has_escape != FALSE;
  self->is_first = FALSE;
  return is_good;
}

static inline gboolean
read_value (Scanner *self)
{
  skip_space (self);
  if (self->at >= self->end)
    return fail (self, CR_SPAN_CUT_SHORT);
  if (G_UNLIKELY (self->spans->n_nodes >= MAX_NODES))
    return fail (self, CR_SPAN_TOO_MANY);

  return *self->at == '{' || *self->at == '[' ? open_container (self) : read_scalar (self);
}

/* An element of the list that is visited: what was noted of it is forgotten afterwards. */
static void
visit_element (Scanner *self)
{
  CrSpans *spans = self->spans;
  guint array = self->open[1];
  const CrSpan *span = &spans->nodes[array];

  if (span->kind != CR_SPAN_KIND_ARRAY || span->key_has_escape ||
      span->n_key != strlen (spans->list) ||
      memcmp (spans->text + span->key, spans->list, span->n_key) != 0)
    return;

  spans->visit (spans, array, self->open[2], spans->visit_data);
  spans->n_nodes = self->open[2];
}

/* Closes every container that ends here. */
static inline gboolean
close_containers (Scanner *self)
{
  while (self->depth > 0)
    {
      CrSpan *node = &self->spans->nodes[self->open[self->depth - 1]];

      skip_space (self);
      if (self->at >= self->end)
        return fail (self, CR_SPAN_CUT_SHORT);
      if (*self->at != (node->kind == CR_SPAN_KIND_OBJECT ? '}' : ']'))
        return TRUE;

      self->at++;
      self->depth--;
      self->is_first = FALSE;
      node->end = (guint32) (self->at - self->spans->text);
      node->after = self->spans->n_nodes;
      if (G_UNLIKELY (self->depth == 2 && self->spans->visit != NULL))
        visit_element (self);
    }

  return TRUE;
}

static inline gboolean
read_key (Scanner *self)
{
  const char *start = self->at + 1;

  if (*self->at != '"')
    return fail (self, CR_SPAN_BAD_CHARACTER);
  if (!read_string (self, &self->key_has_escape))
    return FALSE;

  self->key = (guint32) (start - self->spans->text);
  self->n_key = (guint32) (self->at - 1 - start);

  skip_space (self);
  if (self->at >= self->end || *self->at != ':')
    return fail (self, CR_SPAN_BAD_CHARACTER);
  self->at++;

  return TRUE;
}

/* What stands before a value inside a container: a comma and a key. */
static inline gboolean
read_lead (Scanner *self)
{
  if (!self->is_first)
    {
      if (*self->at != ',')
        return fail (self, CR_SPAN_BAD_CHARACTER);
      self->at++;
      skip_space (self);
      if (self->at >= self->end)
        return fail (self, CR_SPAN_CUT_SHORT);
    }

  if (self->spans->nodes[self->open[self->depth - 1]].kind == CR_SPAN_KIND_OBJECT)
    return read_key (self);

  self->key = self->n_key = 0;
  self->key_has_escape = FALSE;
  return TRUE;
}

static gboolean
at_end (Scanner *self)
{
  skip_space (self);
  return self->at == self->end || fail (self, CR_SPAN_TRAILING);
}

/**
 * cr_spans_scan:
 * @self: cleared or used before; what it knew is forgotten
 * @text: must outlive the use of @self; a byte order mark at its start is skipped
 * @n_bytes: below 4 GiB
 *
 * Bytes above 127 inside strings are taken as they are: whether they are UTF-8 is the caller's
 * question. `fault` and `fault_at` say what was wrong.
 *
 * Returns: whether @text is one JSON value
 * Source: RFC 8259
 */
gboolean
cr_spans_scan (CrSpans *self, const char *text, gsize n_bytes)
{
  Scanner scanner;

  if (n_bytes == 0)
    text = "";

  scanner.spans = self;
  scanner.at = text;
  scanner.end = text + n_bytes;
  scanner.depth = 0;
  scanner.is_first = TRUE;
  scanner.key = scanner.n_key = 0;
  scanner.key_has_escape = FALSE;

  self->text = text;
  self->n_bytes = n_bytes;
  self->n_nodes = 0;
  self->fault = CR_SPAN_OK;
  self->fault_at = 0;

  if (n_bytes >= G_MAXUINT32)
    return fail (&scanner, CR_SPAN_TOO_MANY);
  if (n_bytes >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    scanner.at += 3;

  skip_space (&scanner);
  if (scanner.at == scanner.end)
    {
      self->fault = CR_SPAN_EMPTY;
      return FALSE;
    }

  for (;;)
    {
      if (!read_value (&scanner) || !close_containers (&scanner))
        return FALSE;
      if (scanner.depth == 0)
        return at_end (&scanner);
      if (!read_lead (&scanner))
        return FALSE;
    }
}

/**
 * cr_spans_visit:
 * @list: a literal
 *
 * From now on each object or array in the array that the root has under the name @list is shown to
 * @visit when its end is read, and forgotten then, so that a long list takes the room of its
 * longest element. What comes behind it is not checked yet.
 */
void
cr_spans_visit (CrSpans *self, const char *list, CrSpanVisit visit, gpointer user_data)
{
  self->list = list;
  self->visit = visit;
  self->visit_data = user_data;
}

void
cr_spans_clear (CrSpans *self)
{
  g_clear_pointer (&self->nodes, g_free);
  self->n_nodes = self->n_allocated = 0;
  self->text = NULL;
}
