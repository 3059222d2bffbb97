/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file descriptor that closes itself: g_auto (VfpFd); -1 is none. */
#pragma once

#include <unistd.h>

#include <glib.h>

typedef int VfpFd;
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (VfpFd, close, -1)
