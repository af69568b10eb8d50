/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

gboolean cr_trust_is_public (SoupMessage *message, GTlsCertificate *certificate);
gboolean
cr_trust_has_peer (SoupSession *session, SoupMessage *message, GTlsCertificateFlags *flags);

G_END_DECLS
