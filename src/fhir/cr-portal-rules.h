/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-capability.h"
#include "model/cr-pull.h"

G_BEGIN_DECLS

/* How a vendor's portal wants to be asked: data/portals/<vendor>.json over
 * data/portals/default.json, built in as a resource. */
typedef struct _CrPortalRules CrPortalRules;

CrPortalRules *
cr_portal_rules_load (const char *vendor,
                      GError **error); /* NULL or unknown vendor: the default rules */
void cr_portal_rules_free (CrPortalRules *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPortalRules, cr_portal_rules_free)

const char *
cr_portal_rules_get_scopes (CrPortalRules *self,
                            const CrSmartConfig *config); /* v2 where announced, else v1 */
/* What else the authorization request carries: name, value, …, NULL. */
const char *const *cr_portal_rules_get_authorize (CrPortalRules *self);
/* (nullable): the same as a piece of a query, which goes into the URL letter for letter */
const char *cr_portal_rules_get_authorize_exact (CrPortalRules *self);
/* Whether the portal takes an authorization request with the parameter @name. */
gboolean cr_portal_rules_takes (CrPortalRules *self, const char *name);
/* What else a token renewal carries: name, value, …, NULL; `{redirect_uri}` and `{scope}` stand for
 * those of the sign-in. */
const char *const *cr_portal_rules_get_refresh (CrPortalRules *self);
/* What the portal's own words mean: the nick of a failure code, or NULL. */
const char *cr_portal_rules_find_error (CrPortalRules *self, const char *text);
/* Algorithms to sign in with a private key, the preferred one first. */
const char *const *cr_portal_rules_get_client_algorithms (CrPortalRules *self);
guint cr_portal_rules_get_page_size (CrPortalRules *self);
guint cr_portal_rules_get_max_parallel (CrPortalRules *self);
guint cr_portal_rules_get_per_minute (CrPortalRules *self);
guint cr_portal_rules_get_max_pages (CrPortalRules *self);
gboolean cr_portal_rules_totals_count (CrPortalRules *self);
gboolean cr_portal_rules_can_ask_since (CrPortalRules *self); /* `_lastUpdated` works */
guint cr_portal_rules_get_full_days (CrPortalRules *self);
const char *const *
cr_portal_rules_get_followed_types (CrPortalRules *self); /* allow-list for references */

/* The queries of a pull in the order to ask them, Patient first: CrQuery with kind, type, path set,
 * and status and outcome set for those that need not be asked (not_granted, not_supported) with the
 * reason in words. @scopes: granted, space-separated; NULL or without resource scopes: nothing is
 * held back. */
GPtrArray *cr_portal_rules_plan (CrPortalRules *self,
                                 CrCapability *capability,
                                 const char *scopes,
                                 const char *pull_id);
char **cr_portal_rules_narrow (CrPortalRules *self, CrQuery *query); /* after a 400 */
/* After a 400 that does not like how the patient is named. */
char *cr_portal_rules_other_parameter (CrPortalRules *self, CrQuery *query);
/* After a 400 that says there is too much. */
char **cr_portal_rules_split_by_date (CrPortalRules *self, CrQuery *query, gint64 now_ms);
gboolean cr_portal_rules_is_part (CrPortalRules *self, CrQuery *query);
gboolean cr_scopes_grant_read (const char *scopes, const char *type); /* SMART v1 and v2 syntax */

G_END_DECLS
