/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-patient-delivery.h"

CrPatientDelivery *
cr_patient_delivery_new (void)
{
  return g_new0 (CrPatientDelivery, 1);
}

void
cr_patient_delivery_free (CrPatientDelivery *self)
{
  g_free (self->destination_id);
  g_free (self->name);
  g_free (self->error);
  g_free (self);
}
