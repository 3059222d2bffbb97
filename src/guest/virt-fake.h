/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guests of a captured or generated host, in files below vfpool-fake/ in its root:
 *
 *   guests/NAME/guest.conf    [guest] uuid = …, running = true, paused = false, arriving = false,
 *                             persistent = true,
 *                             hung = false (a hung guest never lets a device go)
 *   guests/NAME/live.xml      present while it runs
 *   guests/NAME/config.xml    present when it is persistent
 *   networks/NAME.xml         active libvirt networks
 *   version                   of libvirt, 9000000 is 9.0.0; absent: 11.3.0
 *   hook                      present where libvirt runs vfpool's hook
 *
 * Attaching and detaching edits the XML files and does to the tree what libvirt and the kernel do:
 * a live attach puts the VF on vfio-pci ("driver" link, "enable" 1) and sets MAC and VLAN in
 * links.conf, after saving what was there; a detach puts all of it back. */
#pragma once

#include "base/faults.h"
#include "guest/virt.h"
#include "host/netlink.h"
#include "host/root.h"

/* NULL without error when the root has no vfpool-fake/guests: libvirt is then off. */
VfpVirt *vfp_virt_fake_new (const VfpRoot *root, VfpFaults *faults);

/* libvirt of the host that @uri names: the file hosts/HOST of vfpool-fake has the path of its tree.
 * Error: %VFP_ERROR_LIBVIRT_UNREACHABLE. */
VfpVirt *vfp_virt_fake_open_remote (VfpVirt *virt, const char *uri, GError **error);
