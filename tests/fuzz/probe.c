/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Compiled and thrown away, to learn whether libFuzzer is there. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t n_bytes)
{
  return 0;
}
