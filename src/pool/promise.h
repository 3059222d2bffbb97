/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's metadata is to say, and whether it does. Pure. */
#pragma once

#include <glib.h>

#include "guest/guest.h"
#include "state/records.h"

/* The element for all slots of the guest @uuid; NULL: it has none, and is to have no element. */
char *vfp_promise_render (const VfpRecords *records, const char *uuid);

/* Whether the XML has the element @wanted, by meaning: libvirt writes it its own way. */
gboolean vfp_promise_is_written (const VfpDomxml *domxml, const char *uuid, const char *wanted);
