/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* One line from standard input, without its end; on a terminal it is asked for by @prompt and not
 * shown. (nullable) (transfer full): free with cr_secret_free () */
char *cr_terminal_read_secret (const char *prompt);
