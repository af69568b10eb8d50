/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-search.h"
#include "store/cr-sources-table.h"
#include "store/cr-stmt-rows.h"

#define MAX_WORDS 6
#define HAS_WORD(name)                                                                             \
  " AND (" name " IS NULL OR folded LIKE " name " ESCAPE '\\' OR type LIKE " name " ESCAPE '\\')"

static void
bind_words (CrStmt *stmt, const char *text)
{
  static const char *const names[MAX_WORDS] = { ":w1", ":w2", ":w3", ":w4", ":w5", ":w6" };
  g_auto (GStrv) words = g_strsplit_set (text != NULL ? text : "", " \t\r\n,", -1);
  guint n = 0;

  for (guint i = 0; words[i] != NULL && n < MAX_WORDS; i++)
    {
      g_autofree char *part = cr_search_part (words[i]);

      if (part != NULL)
        cr_stmt_bind_text (stmt, names[n++], part);
    }
  while (n < MAX_WORDS)
    cr_stmt_bind_text (stmt, names[n++], NULL);
}

/**
 * cr_sources_table_pick:
 * @text: (nullable): words of a name, an address or a vendor, any case, with or without accents;
 *   every one must be there
 *
 * Returns: (transfer full): what a patient may choose from: sources ready for use first, then by
 *   name
 */
GPtrArray *
cr_sources_table_pick (CrDb *db, const char *text, guint limit, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "SELECT id FROM source WHERE 1 = 1" HAS_WORD (":w1") HAS_WORD (":w2") HAS_WORD (":w3")
              HAS_WORD (":w4") HAS_WORD (":w5")
                  HAS_WORD (":w6") " ORDER BY client_id IS NULL OR client_id = '', folded, id"
                                   " LIMIT :limit OFFSET :offset");
  g_autoptr (GPtrArray) sources = g_ptr_array_new_with_free_func (g_object_unref);
  CrStep step;

  bind_words (stmt, text);
  cr_stmt_bind_page (stmt, 0, limit);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrSource *source = cr_sources_table_get (db, cr_stmt_text (stmt, 0), error);

      if (source == NULL)
        return NULL;
      g_ptr_array_add (sources, source);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&sources) : NULL;
}
