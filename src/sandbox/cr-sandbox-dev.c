/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "sandbox/cr-sandbox-command.h"

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  return cr_sandbox_command (argc, argv);
}
