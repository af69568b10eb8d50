/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-discard.h"

/**
 * cr_discard_stream:
 * @stream: of g_file_replace()
 *
 * Closes it so that what was written goes, and the file stays as it was. One that is only let go of
 * closes by itself, and what there is of the new file takes the place of the old one.
 */
void
cr_discard_stream (GOutputStream *stream)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();

  g_cancellable_cancel (cancelled);
  g_output_stream_close (stream, cancelled, NULL);
}
