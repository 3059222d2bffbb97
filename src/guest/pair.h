/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failover pairs in a guest's XML: a VF, and the virtio NIC that stands by for it, with one MAC
 * (libvirt, formatdomain.rst, "Teaming a virtio/hostdev NIC pair"). QEMU takes the VF out before a
 * migration and the guest goes on with the standby. Pure. */
#pragma once

#include "guest/guest.h"

/* The standby of @device, of @domxml too; NULL: it is no half of a pair: it names no NIC by
 * <teaming>, or that is not there, is no virtio NIC with <teaming type='persistent'/>, has another
 * MAC, or is named by two VFs. @out_why (may be NULL): which of them, for people, "its standby
 * ua-x is not there"; owned by the caller. libvirt checks none of it. */
const VfpGuestNic *vfp_pair_standby (const VfpDomxml *domxml, const VfpGuestDevice *device,
                                     char **out_why);

/* The same for the device of the VF @source. */
const VfpGuestNic *vfp_pair_of_vf (const VfpDomxml *domxml, const VfpAddress *source,
                                   char **out_why);

/* The first PCI device of the host in @domxml that is no half of a pair, so that the guest cannot
 * be migrated with it; NULL: there is none. @out_why: as above. */
const VfpGuestDevice *vfp_pair_find_single (const VfpDomxml *domxml, char **out_why);

/* The first device that names @alias as its standby; NULL: none does. */
const VfpGuestDevice *vfp_pair_user (const VfpDomxml *domxml, const char *alias);
