/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-sources-table.h"
#include "store/cr-stmt-rows.h"

G_BEGIN_DECLS

/* What a source is read from, with `s` for its own row and `v` for its vendor's. */
#define CR_SOURCE_COLUMNS                                                                          \
  "s.id, s.name, s.type, s.fhir_base_url, s.portal_url, coalesce (s.client_id, v.client_id),"      \
  " CASE WHEN s.client_id IS NULL AND v.client_id IS NOT NULL THEN v.client_auth"                  \
  " ELSE s.client_auth END, s.scopes, s.created_ms, s.status, s.status_reason, s.status_ms,"       \
  " s.suspended_until_ms, s.successor_id, s.publisher, s.published_id, s.published_name, s.brand," \
  " s.login, s.aliases, s.city, s.state, s.npi, s.website, s.logo_url, s.fhir_version,"            \
  " s.client_id IS NULL AND v.client_id IS NOT NULL,"                                              \
  " EXISTS (SELECT 1 FROM logo WHERE (logo.url = s.logo_url OR logo.url = 'source:' || s.id)"      \
  " AND logo.body IS NOT NULL),"                                                                   \
  " (SELECT count(*) FROM source AS b WHERE b.brand_words = s.brand_words AND b.status <> "        \
  "'gone'),"                                                                                       \
  " s.parameters, s.ca_file"

#define CR_SOURCE_VENDOR " LEFT JOIN vendor_client AS v ON v.type = s.type"

gpointer cr_sources_read (CrStmt *stmt);
const char *const *cr_sources_search_statements (void); /* all, for a look at their plans */

G_END_DECLS
