#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A guest with the older machine type: its PCI slots are on one bus.
#
# lab:
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 2
new_guest old1 --machine pc

expect 0 vfpool attach old1 --pf "$pf"
check_attached old1 net0
name=$(slot_says old1 net0 guest_ifname) mac=$(slot_says old1 net0 mac)
equal "name" "$name" "eno$(slot_says old1 net0 acpi_index)"
check_ping old1 "$name" "$pf"
ok "attached to a guest of type pc as $name, ping"
expect 0 vfpool detach old1
check_detached old1 net0 "$mac"
equal "driver of the VFs" "$(driver_of "$(vf_address "$pf" 0)") $(driver_of "$(vf_address "$pf" 1)")" \
	"igbvf igbvf"
ok "detached"
expect 0 vfpool attach old1 --vf "$pf/1"
check_attached old1 net0
equal "name with another VF" "$(slot_says old1 net0 guest_ifname)" "$name"
ok "another VF, the same name"
