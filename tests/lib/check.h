/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka with what its header needs, and a check that names the case of a table. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define check_case(name, condition)                                                                \
  do                                                                                               \
    if (!(condition))                                                                              \
      fail_msg ("%s: %s", name, #condition);                                                       \
  while (0)

#define check_case_string(name, got, wanted)                                                       \
  do                                                                                               \
    if (g_strcmp0 (got, wanted) != 0)                                                              \
      fail_msg ("%s: '%s' instead of '%s'", name, (got) != NULL ? (got) : "(null)",                \
                (wanted) != NULL ? (wanted) : "(null)");                                           \
  while (0)
