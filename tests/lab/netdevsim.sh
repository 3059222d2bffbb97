#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The setters that igb lacks, against the kernel's netdevsim: link-state, 802.1ad,
# minimal rate; and a PF with more VFs than the kernel tells of.
#
# lab: netdevsim
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

# make_sim ID VFS: sets SIM, its netdev.
make_sim() {
	local bus=/sys/bus/netdevsim device
	echo "$1 1" >$bus/new_device
	device=$bus/devices/netdevsim$1
	wait_until 10 "netdevsim$1 has a netdev" test -d "$device/net"
	udevadm settle
	SIM=$(ls "$device/net")
	echo 256 >"/sys/kernel/debug/netdevsim/netdevsim$1/max_vfs"
	echo "$2" >"$device/sriov_numvfs"
	at_exit eval "echo $1 >$bus/del_device"
}

modprobe psample 2>/dev/null || true
insmod /run/netdevsim.ko
at_exit rmmod netdevsim
make_sim 1 4
expect 0 /run/netdevsim set "$SIM" 3
equal "settings that are not read back" "$(grep -vc 'set and read back' <<<"$OUT" || true)" 0
printf '%s\n' "$OUT"
ok "every setting of a VF set, read back and put back"

make_sim 2 200
equal "VFs of 200 that the kernel tells of" "$(/run/netdevsim count "$SIM")" 200
make_sim 3 256
expect 0 /run/netdevsim set "$SIM" 255
equal "VFs of 256 that the kernel tells of" "$(/run/netdevsim count "$SIM")" 256
ok "256 VFs on one PF: all are told and can be set"
