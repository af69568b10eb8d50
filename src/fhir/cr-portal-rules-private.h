/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-portal-rules.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

struct _CrPortalRules
{
  gatomicrefcount ref_count;
  GPtrArray *layers;        /* (owned): of JsonObject, the vendor's before the default */
  GPtrArray *queries;       /* (owned): of JsonObject, one a type, in the order to ask */
  char **followed_types;    /* (owned) */
  char **authorize;         /* (owned): name, value, … */
  char **refresh;           /* (owned): name, value, … */
  char **not_taken;         /* (owned) (nullable): names */
  char **client_algorithms; /* (owned) */
};

JsonNode *cr_portal_rules_setting (CrPortalRules *self, const char *name);
const char *cr_portal_rules_text_setting (CrPortalRules *self, const char *name);

G_END_DECLS
