/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-sections.h"

#include "app/cr-activity-page.h"
#include "app/cr-destinations-page.h"
#include "app/cr-overview-page.h"
#include "app/cr-patients-page.h"
#include "app/cr-reconnect-page.h"
#include "app/cr-sources-page.h"
#include "app/cr-webhooks-page.h"

#include <glib/gi18n.h>

const CrSection cr_sections[] = {
  { "overview", N_ ("Overview"), "view-grid-symbolic", cr_overview_page_new,
    cr_badges_get_overview },
  { "patients", N_ ("Patients"), "system-users-symbolic", cr_patients_page_new,
    cr_badges_get_patients },
  { "reconnect", N_ ("Reconnect"), "view-refresh-symbolic", cr_reconnect_page_new,
    cr_badges_get_reconnect },
  { "sources", N_ ("Sources"), "network-server-symbolic", cr_sources_page_new, NULL, TRUE },
  { "destinations", N_ ("Destinations"), "send-to-symbolic", cr_destinations_page_new,
    cr_badges_get_destinations, TRUE },
  { "webhooks", N_ ("Webhooks"), "mail-send-symbolic", cr_webhooks_page_new, cr_badges_get_webhooks,
    TRUE },
  { "activity", N_ ("Activity"), "document-open-recent-symbolic", cr_activity_page_new, NULL },
};

const guint cr_n_sections = G_N_ELEMENTS (cr_sections);
