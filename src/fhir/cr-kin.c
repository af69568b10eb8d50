/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-kin.h"

#include "fhir/cr-fhir-base.h"
#include "fhir/cr-span.h"

#include <string.h>

#define MAX_KIN 100

/**
 * cr_kin_of_patient:
 * @body: a Patient
 * @fhir_base_url: (nullable): where it came from
 *
 * Returns: (transfer full): never NULL; empty when @body is no Patient or has no links
 * Source: FHIR R4, patient-definitions.html#Patient.link: “another patient resource that concerns
 *   the same actual patient”
 */
char **
cr_kin_of_patient (const char *body, gsize n_bytes, const char *fhir_base_url)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  g_auto (CrSpans) spans = { 0 };
  CrFhirBase base;
  guint links, n = 0;

  if (!cr_spans_scan (&spans, body, n_bytes) ||
      !cr_spans_text_is (&spans, cr_spans_member (&spans, 0, "resourceType"), "Patient"))
    return g_strv_builder_end (ids);

  cr_fhir_base_init (&base, fhir_base_url);
  links = cr_spans_member_of_kind (&spans, 0, "link", CR_SPAN_KIND_ARRAY);
  for (guint i = cr_spans_first (&spans, links); i != CR_SPAN_NONE && n < MAX_KIN;
       i = cr_spans_next (&spans, links, i))
    {
      g_autofree char *text = cr_spans_dup (&spans, cr_spans_find (&spans, i, "other.reference"));
      CrReferenceParts parts;

      if (text == NULL || !cr_reference_parse (&base, text, strlen (text), &parts) ||
          parts.n_type != strlen ("Patient") || strncmp (parts.type, "Patient", parts.n_type) != 0)
        continue;
      g_autofree char *id = g_strndup (parts.id, parts.n_id);

      g_strv_builder_add (ids, id);
      n++;
    }

  return g_strv_builder_end (ids);
}
