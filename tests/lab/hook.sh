#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The hook: guests with slots start and stop by virsh; what it refuses, what it makes
# of hostile XML, and what it costs guests that vfpool does not know.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 4
hook=/etc/libvirt/hooks/qemu.d/50-vfpool program=/usr/sbin/vfpool-hook
[[ -x $hook && -x $program ]] || fail "the hook is not installed"
# A daemon that found no hooks when it started looks again when it is reloaded.
systemctl restart libvirtd
at_exit vfpool detach guest1 --all --ensure
lab-guest define other1 --empty
at_exit lab-guest delete other1

claim_says() {
	sqlite3 -readonly "$STATE" "select $1 from claim join slot on slot.id = slot_id
		where guest_name = '$2' and name = '$3'"
}

claim_is() {
	[[ $(claim_says "$1" "$2" "$3") == "$4" ]]
}

# --- a persistent slot over a start and an end by virsh -------------------------
address=$(vf_address "$pf" 0)
before=$(vf_settings "$pf" 0)
expect 0 vfpool attach guest1 --vf "$address" --trust on --spoofchk off --max-tx-rate 100
mac=$(slot_says guest1 net0 mac)
lab-guest stop guest1
wait_until 20 "the live part ends" claim_is live guest1 net0 0
equal "config part" "$(claim_says config guest1 net0)" 1
equal "settings of the VF of a guest that is off" "$(vf_settings "$pf" 0)" "$before"
lab-guest start guest1
check_attached guest1 net0
equal "live part" "$(claim_says live guest1 net0)" 1
settings=$(vf_settings "$pf" 0)
equal "trust after the start" "$(jq -r .trust <<<"$settings")" true
equal "spoofchk after the start" "$(jq -r .spoofchk <<<"$settings")" false
equal "rate after the start" "$(jq -r '.rate.max_tx' <<<"$settings")" 100
: # reconcile
ok "started and stopped by virsh: settings on at the start, off at the end"

# --- what it refuses -------------------------------------------------------------
virsh dumpxml guest1 --xpath "/domain/devices/interface[alias/@name='ua-vfpool-net0']" |
	sed "s/ua-vfpool-net0/ua-mine/; s/$mac/56:66:00:00:00:77/; /<acpi/d; /<address type=.pci. domain=.0x0000. bus=.0x01. slot=.0x00/d" >"$WORK/steal.xml"
lab-guest stop guest1
virsh attach-device other1 "$WORK/steal.xml" --config >/dev/null
run virsh start other1
((STATUS != 0)) || fail "other1 starts with the VF of guest1, which is off"
contains "why" "$ERR" guest1
ok "a VF claimed for another guest: $(tail -n 1 <<<"$ERR")"
virsh detach-device other1 "$WORK/steal.xml" --config >/dev/null
lab-guest start guest1
check_attached guest1 net0

remove=$(vf_address "$pf" 3)
interface_xml guest1 net0 | sed "s/ua-vfpool-net0/ua-mine/; s/$mac/56:66:00:00:00:77/; /<acpi/d" |
	perl -0pe 's|<address type="pci" domain="0x0000" bus="0x0[1-9a-f]" slot="0x00" function="0x0"/>\s*</interface>|</interface>|' \
		>"$WORK/gone.xml"
sed -i "s|<source>.*|<source>|; s|bus=\"0x01\" slot=\"0x10\"|bus=\"0x01\" slot=\"0x1f\"|" "$WORK/gone.xml"
virsh attach-device other1 "$WORK/gone.xml" --config >/dev/null
run virsh start other1
((STATUS != 0)) || fail "other1 starts with a VF that is not there ($remove)"
contains "why" "$ERR" vfpool
ok "a VF that is not on this host: $(tail -n 1 <<<"$ERR")"
lab-guest delete other1
lab-guest define other1 --empty

# --- hostile XML, called by hand ----------------------------------------------------
bomb='<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]><domain><name>&c;</name></domain>'
run bash -c "printf '%s' '$bomb' | (ulimit -v 400000; vfpool-hook qemu x prepare begin -)"
((STATUS < 126)) || fail "an entity bomb: status $STATUS"
run bash -c "head -c 50M /dev/zero | (ulimit -v 400000; vfpool-hook qemu x prepare begin -)"
((STATUS < 126)) || fail "50 MB of zeros: status $STATUS"
at_most "lines about it" "$(wc -l <<<"$ERR")" 1
ok "hostile XML: one line, bounded memory"

# --- what it costs guests that vfpool does not know -----------------------------------
lab-guest start other1
virsh dumpxml other1 >"$WORK/other1.xml"
millis() {
	local start=${EPOCHREALTIME/./} i
	for ((i = 0; i < 20; i++)); do
		"$@" >/dev/null 2>&1 <"$WORK/other1.xml"
	done
	echo $(((${EPOCHREALTIME/./} - start) / 20000))
}
ours=$(millis "$hook" other1 prepare begin -)
theirs=$(millis virsh --version)
((ours < theirs)) || fail "the hook takes $ours ms, virsh --version $theirs"
ok "the hook takes $ours ms for a guest that it does not know, virsh --version $theirs"
