#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libvirt cannot write its configuration: it plugs the device in and then
# reports a failure.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 1
address=$(vf_address "$pf" 0)
before=$(vf_settings "$pf" 0)
at_exit vfpool detach guest1 --all --ensure
at_exit thaw

# libvirt writes a new file and renames it, both in this folder.
freeze() {
	mount --bind /etc/libvirt/qemu /etc/libvirt/qemu
	mount -o remount,bind,ro /etc/libvirt/qemu
}

thaw() {
	umount /etc/libvirt/qemu
}

freeze
run vfpool attach guest1 --vf "$address"
differ "status of an attach that cannot be done whole" "$STATUS" 0
equal "lines on stderr" "$(wc -l <<<"$ERR")" 1
agree guest1 net0 "$address"
ok "attach: exit $STATUS, $ERR"
ok "afterwards: $AGREED"
thaw

run vfpool detach guest1 --ensure
equal "configuration" "$(interface_xml guest1 net0 --inactive)" ''
equal "live XML" "$(interface_xml guest1 net0)" ''
agree guest1 net0 "$address"
equal "settings of the VF" "$(vf_settings "$pf" 0)" "$before"
ok "as before when it can be written again: $AGREED"

expect 0 vfpool attach guest1 --vf "$address"
freeze
run vfpool detach guest1
differ "status of a detach that cannot be done whole" "$STATUS" 0
agree guest1 net0 "$address"
ok "detach: exit $STATUS, $ERR"
ok "afterwards: $AGREED"
thaw
expect 0 vfpool detach guest1
agree guest1 net0 "$address"
equal "state" "$(list_says "$address" state)" free
equal "settings of the VF" "$(vf_settings "$pf" 0)" "$before"
ok "finished when it can be written again"
