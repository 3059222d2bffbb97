#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VFs that something else uses by way of libvirt are foreign and never picked.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 4
make_vfs enp1s0f1 1
new_guest running --empty
lab-guest define stopped --empty
at_exit lab-guest delete stopped

interface_of() {
	echo "<interface type='hostdev' managed='yes'><mac address='52:54:00:77:00:0$2'/>
		<source>$(xml_source "$1")</source></interface>" >"$WORK/interface.xml"
}

hostdev_of() {
	echo "<hostdev mode='subsystem' type='pci' managed='yes'>
		<source>$(xml_source "$1")</source></hostdev>" >"$WORK/hostdev.xml"
}

# check_foreign ADDRESS WHO: list and attach both say who has it.
check_foreign() {
	equal "state of $1" "$(list_says "$1" state)" foreign
	contains "user of $1" "$(list_says "$1" used_by)" "$2"
	expect_error 5 "$2" vfpool attach guest1 --vf "$1"
}

interface_of "$(vf_address "$pf" 0)" 0
virsh -q attach-device running "$WORK/interface.xml" --live
interface_of "$(vf_address "$pf" 1)" 1
virsh -q attach-device stopped "$WORK/interface.xml" --config
hostdev_of "$(vf_address "$pf" 2)"
virsh -q attach-device stopped "$WORK/hostdev.xml" --config
check_foreign "$(vf_address "$pf" 0)" running
ok "foreign: a VF in a running guest: $ERR"
check_foreign "$(vf_address "$pf" 1)" stopped
check_foreign "$(vf_address "$pf" 2)" stopped
ok "foreign: VFs in a stopped guest, as an interface and as a hostdev: $ERR"

expect 0 vfpool attach guest1 --pf "$pf"
equal "VF that was picked" "$(slot_says guest1 net0 vf)" 3
expect_error 4 "$pf" vfpool attach guest1 --slot net1 --pf "$pf"
contains "error" "$ERR" running
contains "error" "$ERR" stopped
expect 0 vfpool detach guest1
ok "only the free one is picked; then: $ERR"

cat >"$WORK/network.xml" <<-END
	<network><name>labnet</name>
	<forward mode='hostdev' managed='yes'><pf dev='enp1s0f1'/></forward></network>
END
virsh -q net-define "$WORK/network.xml"
at_exit virsh net-undefine labnet
virsh -q net-start labnet
at_exit virsh net-destroy labnet
check_foreign "$(vf_address enp1s0f1 0)" labnet
expect_error 4 enp1s0f1 vfpool attach guest1 --pf enp1s0f1
ok "foreign: a VF of an active hostdev network: $ERR"
virsh -q net-destroy labnet
equal "state while the network is off" "$(list_says "$(vf_address enp1s0f1 0)" state)" free
ok "a defined network that is not active keeps nothing"
