#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A root port without ACS: the VFs share an IOMMU group with the card's ports.
#
# lab: no-acs
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 2
make_vfs enp2s0f0 1
new_guest shared1 --empty
address=$(vf_address "$pf" 0)
[[ -e /sys/bus/pci/devices/$address/iommu_group/devices/$(pf_address "$pf") ]] ||
	fail "the lab is not what this needs: $address has a group of its own"

expect_error 4 iommu-group vfpool attach shared1 --pf "$pf"
ok "--pf: $ERR"
expect_error 4 iommu-group vfpool attach shared1 --vf "$address"
ok "--vf: $ERR"
equal "XML of the guest" "$(interface_xml shared1 net0)$(interface_xml shared1 net0 --inactive)" ''
equal "driver of $address" "$(driver_of "$address")" igbvf

expect 0 vfpool attach shared1 --pf enp2s0f0
ok "the card behind the other root port can be used"
