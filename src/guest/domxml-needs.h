/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's XML asks of the host that it is to run on. Pure. */
#pragma once

#include <glib.h>

typedef struct
{
  char *virt_type; /* "kvm" */
  char *arch;      /* "x86_64" */
  char *machine;   /* "pc-q35-7.2"; NULL: the default */
  char *cpu_mode;  /* "custom", "host-model", "host-passthrough"; NULL: the default CPU */
  char *cpu_xml;   /* <cpu> of mode custom, to be compared; NULL: none */
} VfpGuestNeeds;

/* Error: %VFP_ERROR_LIBVIRT. */
VfpGuestNeeds *vfp_guest_needs_parse (const char *xml, GError **error);
void vfp_guest_needs_free (VfpGuestNeeds *needs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VfpGuestNeeds, vfp_guest_needs_free)
