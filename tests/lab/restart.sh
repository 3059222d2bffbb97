#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libvirtd is restarted between attach and detach.
#
# lab: warm
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 2
at_exit vfpool detach guest1 --all --ensure
before=$(vf_settings "$pf" 0)

expect 0 vfpool attach guest1 --vf "$pf/0"
mac=$(slot_says guest1 net0 mac)
systemctl restart libvirtd
check_attached guest1 net0
ok "after a restart of libvirtd all agree"
expect 0 vfpool detach guest1
check_detached guest1 net0 "$mac"
equal "settings of the VF" "$(vf_settings "$pf" 0)" "$before"
equal "driver of the VF" "$(driver_of "$(vf_address "$pf" 0)")" igbvf
ok "detached by the new libvirtd"

expect 0 vfpool attach guest1 --vf "$pf/1"
systemctl kill -s KILL libvirtd
expect 0 vfpool detach guest1
check_detached guest1 net0 "$mac"
equal "driver of the VF" "$(driver_of "$(vf_address "$pf" 1)")" igbvf
ok "detached after a crash of libvirtd"
