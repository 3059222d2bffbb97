#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SIGINT and SIGTERM during attach and during a detach that waits.
#
# lab: warm
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 3
new_guest deaf1 --empty
at_exit vfpool detach guest1 --all --ensure

status_of() {
	case $1 in
	INT) echo 130 ;;
	TERM) echo 143 ;;
	esac
}

# attach_ends_by SIGNAL GUEST ADDRESS: with 128+n, undone; or it was done.
attach_ends_by() {
	local status=0
	kill -"$1" "$CLIENT"
	wait "$CLIENT" || status=$?
	agree "$2" net1 "$3"
	equal "status of attach at SIG$1" "$status" "$(status_of "$1")"
	equal "errors on stderr" "$(grep -vc '^vfpool: warning: ' "$WORK/err")" 1
	ok "SIG$1 during attach: exit $status, $AGREED; $(<"$WORK/err")"
}

# signal_attach SIGNAL: before libvirt is asked for the device.
signal_attach() {
	local address before
	address=$(vf_address "$pf" 1) before=$(vf_settings "$pf" 1)
	slow_attach guest1 --slot net1 --vf "$address" --trust on
	attach_ends_by "$1" guest1 "$address"
	equal "state after an attach that was undone" "$(list_says "$address" state)" free
	equal "settings after an attach that was undone" "$(vf_settings "$pf" 1)" "$before"
	equal "XML of guest1" "$(interface_xml guest1 net1)$(interface_xml guest1 net1 --inactive)" ''
}

# signal_request SIGNAL: while the request waits in libvirtd. The guest does not
# let go of the device again.
signal_request() {
	local address
	address=$(vf_address "$pf" 1)
	attach_behind_job deaf1 net0 net1 "$address"
	attach_ends_by "$1" deaf1 "$address"
	if [[ $AGREED == *"live true"* ]]; then
		lacks "what attach says with the device still in" "$(<"$WORK/err")" "is undone"
	fi
}

# The state alone may be that of the detach before.
claimer_is() {
	[[ $(sqlite3 -readonly "$STATE" "select claimer_pid from claim where vf = 0") == "$1" ]]
}

# signal_detach SIGNAL
signal_detach() {
	local address status=0
	address=$(vf_address "$pf" 0)
	env --default-signal=INT,TERM vfpool detach deaf1 --slot net0 --live --timeout 60 \
		>"$WORK/out" 2>"$WORK/err" &
	CLIENT=$!
	wait_until 10 "detach waits" claimer_is "$CLIENT"
	wait_until 10 "detach waits" state_is "$address" detaching
	kill -"$1" "$CLIENT"
	wait "$CLIENT" || status=$?
	equal "status of detach at SIG$1" "$status" "$(status_of "$1")"
	equal "lines on stderr" "$(wc -l <"$WORK/err")" 1
	equal "state" "$(list_says "$address" state)" detaching
	contains "dumpxml deaf1" "$(interface_xml deaf1 net0)" "$(xml_source "$address")"
	ok "SIG$1 during detach: exit $status, state detaching; $(<"$WORK/err")"
}

expect 0 vfpool attach deaf1 --slot net0 --vf "$pf/0" --live
signal_detach INT
signal_detach TERM
expect_error 6 deaf1 vfpool detach deaf1 --slot net0 --live --timeout 2
ok "a further detach goes on asking: $ERR"
lab-guest stop deaf1
expect 0 vfpool detach deaf1 --slot net0
equal "state" "$(list_says "$(vf_address "$pf" 0)" state)" free
ok "a further detach finishes it"

signal_attach TERM
signal_attach INT
lab-guest start deaf1
expect 0 vfpool attach deaf1 --slot net0 --vf "$pf/0" --live
signal_request TERM
lab-guest stop deaf1
expect 0 vfpool detach deaf1 --all --ensure
equal "VFs that are not free" "$(vfpool list --json | jq '[.[] | select(.state != "free")] | length')" 0
ok "all free after the guest's end"
