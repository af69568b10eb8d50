/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "fhir/cr-names.h"
#include "fhir/cr-resource.h"
#include "fhir/cr-span.h"

/**
 * cr_demographics_read:
 * @body: a Patient
 * @error: %CR_ERROR_BAD_REPLY when @body is no Patient
 *
 * Names of every use count: a maiden name is shared as well as the present one.
 *
 * Returns: (transfer full)
 */
CrDemographics *
cr_demographics_read (const char *body, gsize n_bytes, GError **error)
{
  g_auto (CrSpans) spans = { 0 };
  g_autoptr (CrDemographics) self = NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  guint list;

  if (!cr_spans_scan_named (&spans, body, n_bytes, CR_SAID ("The portal's Patient"), error))
    return NULL;
  if (!cr_spans_text_is (&spans, cr_spans_member (&spans, 0, "resourceType"), "Patient"))
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                           "The portal answered something else instead of its Patient");
      return NULL;
    }

  list = cr_spans_member_of_kind (&spans, 0, "name", CR_SPAN_KIND_ARRAY);
  for (guint i = cr_spans_first (&spans, list); i != CR_SPAN_NONE;
       i = cr_spans_next (&spans, list, i))
    {
      g_autofree char *name = cr_name_to_text (&spans, i, CR_NAME_IN_PARTS);

      if (name != NULL)
        g_strv_builder_add (names, name);
    }

  self = g_new0 (CrDemographics, 1);
  self->names = g_strv_builder_end (names);
  self->birth_date = cr_spans_dup (&spans, cr_spans_find (&spans, 0, "birthDate"));
  self->sex = cr_spans_dup (&spans, cr_spans_find (&spans, 0, "gender"));
  return g_steal_pointer (&self);
}

/**
 * cr_patient_is_replaced:
 * @body: a Patient
 *
 * Returns: whether the portal says that another Patient took this one's place
 * Source: https://hl7.org/fhir/R4/patient.html#links
 */
gboolean
cr_patient_is_replaced (const char *body, gsize n_bytes)
{
  g_auto (CrSpans) spans = { 0 };
  guint links;

  if (!cr_spans_scan (&spans, body, n_bytes))
    return FALSE;

  links = cr_spans_member_of_kind (&spans, 0, "link", CR_SPAN_KIND_ARRAY);
  for (guint i = cr_spans_first (&spans, links); i != CR_SPAN_NONE;
       i = cr_spans_next (&spans, links, i))
    if (cr_spans_text_is (&spans, cr_spans_member (&spans, i, "type"), "replaced-by"))
      return TRUE;

  return FALSE;
}

void
cr_demographics_free (CrDemographics *self)
{
  g_strfreev (self->names);
  g_free (self->birth_date);
  g_free (self->sex);
  g_free (self);
}
