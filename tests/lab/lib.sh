# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# What the lab scenarios share; scripts/lab-test puts it on the host as
# /run/lib.sh.  A scenario ends at the first thing that is not so.

set -euo pipefail
export LC_ALL=C
unset LIBVIRT_DEFAULT_URI

VFPOOL_FULL=0
[[ ${1:-} != full ]] || VFPOOL_FULL=1

STATE=/var/lib/vfpool/state.db
WORK=$(mktemp -d /run/lab-work.XXXXXX)
CLEANUPS=()
FAILED=

fail() {
	FAILED=yes
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}

ok() {
	printf 'ok: %s\n' "$*"
}

# What is to be read though all is well: figures, and what cannot be shown here.
tell() {
	printf 'note: %s\n' "$*"
}

# Commands to be run at the end, the last one first.
at_exit() {
	CLEANUPS+=("${*@Q}")
}

# Whether every guest that runs and is not meant to hang or be empty answers.  One that does not has
# been stalled by the emulation, whatever a scenario then found.
guests_answer() {
	local name
	for name in $(timeout 30 virsh list --name --state-running 2>/dev/null); do
		[[ $(timeout 30 virsh desc "$name" 2>/dev/null) == linux* ]] || continue
		LAB_GUEST_TIMEOUT=15 lab-guest exec "$name" true || return
	done
}

# After a failure, not between the phases of a scenario.
is_stalled() {
	[[ $1 != 0 && $1 != 70 && $1 != 71 ]] && ! guests_answer
}

# Ends with 125 when a guest was stalled, and leaves everything as it is: to take a VF from such a
# guest would take for ever, and the host starts from its snapshot again.
finish() {
	local status=$? i
	trap - ERR EXIT
	set +e
	if is_stalled "$status"; then
		rm -rf "$WORK"
		exit 125
	fi
	for ((i = ${#CLEANUPS[@]} - 1; i >= 0; i--)); do
		eval "${CLEANUPS[i]}" >/dev/null 2>&1
	done
	rm -rf "$WORK"
	exit "$status"
}
trap finish EXIT
trap '[[ $FAILED ]] || printf "FAILED: %s:%s: %s\n" "${BASH_SOURCE[0]##*/}" "$LINENO" "$BASH_COMMAND" >&2' ERR
set -E

# wait_until SECONDS WHAT COMMAND...
wait_until() {
	local end=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || fail "waited in vain until $what"
		sleep 0.1
	done
}

# Runs a command: sets OUT, ERR, STATUS and TOOK, in milliseconds.
run() {
	local start=${EPOCHREALTIME/./}
	STATUS=0
	OUT=$("$@" 2>"$WORK/stderr") || STATUS=$?
	ERR=$(<"$WORK/stderr")
	TOOK=$(((${EPOCHREALTIME/./} - start) / 1000))
}

# expect STATUS COMMAND...
expect() {
	local wanted=$1
	shift
	run "$@"
	[[ $STATUS == "$wanted" ]] ||
		fail "\"$*\" exits $STATUS, not $wanted; it says: $OUT $ERR"
}

# expect_error STATUS TEXT COMMAND...: one line on stderr which has the text.
expect_error() {
	local wanted=$1 text=$2
	shift 2
	expect "$wanted" "$@"
	[[ $ERR == "vfpool: "* && $ERR != *$'\n'* ]] ||
		fail "\"$*\" does not say one line on stderr, but: $ERR"
	[[ ${ERR,,} == *"${text,,}"* ]] || fail "\"$*\" does not say \"$text\", but: $ERR"
	[[ ! $OUT ]] || fail "\"$*\" fails and yet writes to stdout: $OUT"
}

# equal WHAT ACTUAL WANTED
equal() {
	[[ $2 == "$3" ]] || fail "$1: is \"$2\", not \"$3\""
}

differ() {
	[[ $2 != "$3" ]] || fail "$1: is \"$2\" still"
}

contains() {
	[[ $2 == *"$3"* ]] || fail "$1: no \"$3\" in: $2"
}

lacks() {
	[[ $2 != *"$3"* ]] || fail "$1: there is \"$3\" in: $2"
}

# at_most WHAT ACTUAL LIMIT
at_most() {
	(($2 <= $3)) || fail "$1: is $2, more than $3"
}

# --- the host -----------------------------------------------------------------

pf_address() {
	basename "$(readlink -f "/sys/class/net/$1/device")"
}

# vf_address PF INDEX
vf_address() {
	basename "$(readlink -f "/sys/class/net/$1/device/virtfn$2")"
}

driver_of() {
	[[ ! -e /sys/bus/pci/devices/$1/driver ]] ||
		basename "$(readlink -f "/sys/bus/pci/devices/$1/driver")"
}

netdev_of() {
	local path
	for path in "/sys/bus/pci/devices/$1/net/"*; do
		[[ ! -e $path ]] || echo "${path##*/}"
	done
}

has_netdev() {
	[[ $(netdev_of "$1") ]]
}

# vf_settings PF INDEX: what the PF says about the VF, as JSON.
vf_settings() {
	ip -j -d link show dev "$1" |
		jq -c --argjson vf "$2" '.[0].vfinfo_list[] | select(.vf == $vf) | del(.stats)'
}

admin_mac() {
	vf_settings "$1" "$2" | jq -r .address
}

remove_vfs() {
	local device=/sys/class/net/$1/device
	echo 0 >"$device/sriov_numvfs"
	echo 1 >"$device/sriov_drivers_autoprobe"
}

# wait_for_vfs PF COUNT
wait_for_vfs() {
	local i
	for ((i = 0; i < $2; i++)); do
		wait_until 30 "VF $i of $1 has a netdev" has_netdev "$(vf_address "$1" "$i")"
	done
	udevadm settle
}

# make_vfs PF COUNT [none]: "none" leaves the VFs without a driver.
make_vfs() {
	local device=/sys/class/net/$1/device
	[[ ${3:-} != none ]] || echo 0 >"$device/sriov_drivers_autoprobe"
	echo "$2" >"$device/sriov_numvfs"
	at_exit remove_vfs "$1"
	[[ ${3:-} == none ]] || wait_for_vfs "$1" "$2"
}

# vfs_at_boot PF COUNT [none]: now, and at every boot by a unit of the administrator's, which finds
# the PF by its MAC wherever it is then; some time after libvirt could have started, if nobody had
# made it wait.  vfpool's own units are enabled too.
vfs_at_boot() {
	local mac unit=lab-vfs-$1.service
	mac=$(ip -j -d link show dev "$1" | jq -r '.[0] | .permaddr // .address')
	cat >/usr/local/sbin/lab-vfs <<-'END'
	#!/bin/bash
	# lab-vfs MAC COUNT AUTOPROBE
	# The PF's netdev is renamed meanwhile: its device is not.
	for ((i = 0; i < 600; i++)); do
		pf=$(ip -j -d link show | jq -r --arg mac "$1" '.[] | select((.permaddr // .address) == $mac) | .ifname')
		[[ ! $pf ]] || device=$(readlink -e "/sys/class/net/$pf/device")
		[[ ! -e $device/sriov_numvfs ]] || break
		sleep 0.2
	done
	sleep 5
	echo "$3" >"$device/sriov_drivers_autoprobe"
	echo "$2" >"$device/sriov_numvfs"
	END
	chmod +x /usr/local/sbin/lab-vfs
	cat >"/etc/systemd/system/$unit" <<-END
	[Unit]
	After=network.target
	[Service]
	Type=oneshot
	ExecStart=/usr/local/sbin/lab-vfs $mac $2 $([[ ${3:-} == none ]] && echo 0 || echo 1)
	[Install]
	WantedBy=multi-user.target
	END
	systemctl -q enable "$unit" vfpool-host.service vfpool-guests.service
	systemctl start "$unit"
	[[ ${3:-} == none ]] || wait_for_vfs "$1" "$2"
}

# --- guests -------------------------------------------------------------------

# new_guest NAME [OPTION...]: defined and started.
new_guest() {
	lab-guest define "$@"
	at_exit lab-guest delete "$1"
	lab-guest start "$1"
}

# interface_xml GUEST SLOT [--inactive]
interface_xml() {
	virsh dumpxml "$1" ${3:+"$3"} \
		--xpath "/domain/devices/interface[alias/@name='ua-vfpool-$2']" 2>/dev/null || true
}

# nic_line GUEST MAC: the NIC's line of "lab-guest nics", if there is one.
nic_line() {
	lab-guest nics "$1" | grep -F " $2 " || true
}

guest_has_mac() {
	[[ $(nic_line "$1" "$2") ]]
}

# --- vfpool -------------------------------------------------------------------

# slot_says GUEST SLOT KEY
slot_says() {
	vfpool show "$1" --json |
		jq -r --arg slot "$2" --arg key "$3" '.slots[] | select(.slot == $slot) | .[$key]'
}

# list_says ADDRESS KEY
list_says() {
	vfpool list --json | jq -r --arg a "$1" --arg key "$2" '.[] | select(.address == $a) | .[$key]'
}

# check_attached GUEST SLOT: vfpool, libvirt, the kernel and the guest agree.
check_attached() {
	local guest=$1 slot=$2 show pf vf address mac xml which
	show=$(vfpool show "$guest" --json | jq -c --arg slot "$slot" '.slots[] | select(.slot == $slot)')
	pf=$(jq -r .pf <<<"$show") vf=$(jq -r .vf <<<"$show")
	address=$(jq -r .address <<<"$show") mac=$(jq -r .mac <<<"$show")

	equal "$guest $slot" "$(jq -r .state <<<"$show")" attached
	equal "address of $guest's VF" "$address" "$(vf_address "$pf" "$vf")"
	equal "state of $address in list" "$(list_says "$address" state)" attached
	equal "guest of $address in list" "$(list_says "$address" guest)" "$guest"
	equal "admin MAC of VF $vf of $pf" "$(admin_mac "$pf" "$vf")" "$mac"
	contains "ip link show $pf" "$(ip link show "$pf")" "$mac"
	equal "driver of $address" "$(driver_of "$address")" vfio-pci
	for which in '' --inactive; do
		xml=$(interface_xml "$guest" "$slot" "$which")
		contains "dumpxml $guest $which" "$xml" "$mac"
		contains "dumpxml $guest $which" "$xml" "$(xml_source "$address")"
	done
	wait_until 30 "$guest sees the NIC $mac" guest_has_mac "$guest" "$mac"
	equal "name and address of the NIC in $guest" "$(nic_line "$guest" "$mac" | cut -d' ' -f1,2)" \
		"$(jq -r '.guest_ifname + " " + .guest_address' <<<"$show")"
}

# xml_source ADDRESS: as libvirt writes it.
xml_source() {
	local domain bus slot function
	IFS=:. read -r domain bus slot function <<<"$1"
	printf '<address type="pci" domain="0x%s" bus="0x%s" slot="0x%s" function="0x%s"/>' \
		"$domain" "$bus" "$slot" "$function"
}

# check_detached GUEST SLOT MAC: it is gone from all of them.
check_detached() {
	local guest=$1 slot=$2 mac=$3 which
	equal "$guest $slot" "$(slot_says "$guest" "$slot" state)" detached
	for which in '' --inactive; do
		equal "dumpxml $guest $which" "$(interface_xml "$guest" "$slot" "$which")" ''
	done
	equal "NIC in $guest" "$(nic_line "$guest" "$mac")" ''
	lacks "ip link" "$(ip link show)" "$mac"
}

# The guest's NIC has a carrier, and its packets get to the PF and back.
# check_ping GUEST IFNAME PF
check_ping() {
	local guest=$1 ifname=$2 pf=$3
	ip address replace 10.99.0.1/24 dev "$pf"
	lab-guest exec "$guest" "ip link set $ifname up; ip address flush dev $ifname;
		ip address add 10.99.0.2/24 dev $ifname"
	wait_until 30 "$ifname of $guest has a carrier" lab-guest exec "$guest" \
		"[ \"\$(cat /sys/class/net/$ifname/carrier)\" = 1 ]"
	wait_until 15 "$pf answers a ping from $guest" lab-guest exec "$guest" ping -c 1 -W 2 10.99.0.1
	run lab-guest exec "$guest" ping -c 3 -W 2 10.99.0.1
	ip address del 10.99.0.1/24 dev "$pf"
	contains "ping from $guest" "$OUT" " 0% packet loss"
}

# Everything that a command which changes nothing must leave as it is.
world() {
	local file guest
	find /var/lib/vfpool -type f -not -path '*.lock/*' -printf '%p %s %T@\n' \
		-exec sha256sum {} \; 2>/dev/null || true
	for file in /sys/bus/pci/devices/*/{driver_override,sriov_numvfs,sriov_drivers_autoprobe}; do
		[[ ! -e $file ]] || echo "$file $(<"$file")"
	done
	for file in /sys/bus/pci/devices/*; do
		echo "$file $(driver_of "${file##*/}")"
	done
	ip -d link show | sed -E 's/^[0-9]+: //'
	for guest in $(virsh list --all --name); do
		virsh dumpxml "$guest"
		virsh dumpxml "$guest" --inactive
	done
}

# unchanged WHAT COMMAND...: the command leaves the world as it is.
unchanged() {
	local what=$1
	shift
	world >"$WORK/before"
	"$@"
	world >"$WORK/after"
	cmp -s "$WORK/before" "$WORK/after" ||
		fail "$what changed something: $(diff "$WORK/before" "$WORK/after" | head -n 20 || true)"
}

# Stops libvirtd and its sockets, which would start it again.
stop_libvirt() {
	systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
}

start_libvirt() {
	systemctl start libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
}

# agree GUEST SLOT ADDRESS: what list says is what both XMLs and the kernel say.
agree() {
	local guest=$1 slot=$2 address=$3 live=false config=false state
	[[ $(interface_xml "$guest" "$slot") != *"$(xml_source "$address")"* ]] || live=true
	[[ $(interface_xml "$guest" "$slot" --inactive) != *"$(xml_source "$address")"* ]] || config=true
	state=$(list_says "$address" state)
	if [[ $live$config == falsefalse ]]; then
		equal "state of $address, which is in no XML" "$state" free
	else
		differ "state of $address, which is in an XML" "$state" free
		equal "guest of $address" "$(list_says "$address" guest)" "$guest"
		equal "live of $address" "$(list_says "$address" live)" "$live"
		equal "config of $address" "$(list_says "$address" config)" "$config"
	fi
	if [[ $live == true ]]; then
		equal "driver of $address, which is in a running guest" "$(driver_of "$address")" vfio-pci
	else
		differ "driver of $address, which is in no running guest" "$(driver_of "$address")" vfio-pci
	fi
	AGREED="state $state, live $live, config $config"
}

# hold_job GUEST SLOT: an unplug that nobody answers holds the guest's job for
# the five seconds that libvirt waits.  Its process is HOLDER.
hold_job() {
	interface_xml "$1" "$2" >"$WORK/hold.xml"
	virsh detach-device "$1" "$WORK/hold.xml" --live >/dev/null 2>&1 &
	HOLDER=$!
	wait_until 5 "the job of $1 is taken" job_is_held "$1"
}

# Not "ok": a job runs.
job_is_held() {
	[[ $(virsh domcontrol "$1") != ok* ]]
}

# slow_attach ARGUMENT...: attach as process CLIENT; rests for two seconds when
# its claim is committed, which is the moment that SQLite deletes its journal.
# Not plainly by "&": bash starts such a command with SIGINT ignored.
slow_attach() {
	: >"$WORK/trace"
	env --default-signal=INT,TERM strace -D -f -s 4096 -o "$WORK/trace" \
		-e trace=unlink,unlinkat,write,sendto,sendmsg \
		-e inject=unlink,unlinkat:delay_exit=2000000 \
		vfpool attach "$@" >"$WORK/out" 2>"$WORK/err" &
	CLIENT=$!
	at_exit kill -9 "$CLIENT"
	wait_until 15 "attach has claimed its VF" grep -q "$STATE-journal" "$WORK/trace"
}

# attach_behind_job GUEST HELD SLOT VF: the attach's request waits in libvirtd
# behind the unplug of slot HELD.
attach_behind_job() {
	slow_attach "$1" --slot "$3" --vf "$4" --live --timeout 5
	hold_job "$1" "$2"
	wait_until 5 "the request is in libvirtd's socket" \
		grep -E "(write|sendto|sendmsg)\(.*ua-vfpool-$3" "$WORK/trace"
	job_is_held "$1" || fail "the job came free too soon for this test"
}

state_is() {
	[[ $(list_says "$1" state) == "$2" ]]
}
