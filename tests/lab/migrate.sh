#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The guide doc/migration.md, word by word: a guest goes to the other host and back, with
# its VFs as halves of pairs and unplugged. How long it is silent is told beside a guest
# that has virtio alone.
#
# lab: hosts-2
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

GUIDE=/usr/share/doc/vfpool/migration.md
ROUNDS=5
GUEST=web1
PF=enp1s0f0
UPLINK=enp1s0f1
BRIDGE=br0
HERE=10.98.0.1 THERE=10.98.0.3 ADDRESS=10.98.0.2
TEMPLATES=/etc/vfpool/xml-templates

# on HOST COMMAND...
on() {
	local host=$1
	shift
	if [[ $host == hosta ]]; then
		"$@"
	else
		ssh -n -o LogLevel=ERROR "root@$host" "${*@Q}"
	fi
}

other_of() {
	[[ $1 == hosta ]] && echo hostb || echo hosta
}

# guided COMMAND: it stands in the guide, in a line of its own.
guided() {
	grep -qxF "    $1" "$GUIDE" || fail "the guide does not say: $1"
}

# follow HOST COMMAND: one of the guide.
follow() {
	guided "$2"
	expect 0 on "$1" bash -c "$2"
}

# What the guide asks of both hosts. igb's VFs are a PF's, and a bridge is on the other port.
# shellcheck disable=SC2016
PREPARE='
	ip link add $BRIDGE type bridge
	ip link set $UPLINK master $BRIDGE
	ip link set $UPLINK up
	ip link set $BRIDGE up
	ip address add $OWN/24 dev $BRIDGE
	echo 3 >/sys/class/net/$PF/device/sriov_numvfs
	echo 140 >/proc/sys/vm/nr_hugepages
	install -d $TEMPLATES
	printf "[pool lan]\npf = $PF\n" >/etc/vfpool/vfpool.conf
	echo "<interface type=\"bridge\"><model type=\"virtio\"/><rom enabled=\"no\"/></interface>" \
		>$TEMPLATES/standby.xml
	systemctl try-reload-or-restart libvirtd
'

prepare() {
	on "$1" env BRIDGE="$BRIDGE" UPLINK="$UPLINK" PF="$PF" TEMPLATES="$TEMPLATES" OWN="$2" \
		bash -c "$PREPARE"
}

# new_huge_guest NAME [OPTION...]: its memory is of huge pages, as the guide says.
new_huge_guest() {
	lab-guest define "$@"
	at_exit lab-guest delete "$1"
	virsh dumpxml --inactive "$1" |
		sed 's|<vcpu|<memoryBacking><hugepages/></memoryBacking>&|; /<teaming /d' |
		virsh -q define /dev/stdin
	lab-guest start "$1"
}

vf_of() {
	on "$1" vfpool show "$GUEST" --json | jq -r '.slots[0].address // "none"'
}

# All of them.
vf_is_live() {
	on "$1" vfpool show "$GUEST" --json |
		jq -e '.slots | length > 0 and all(.state == "attached" and .live and .config)'
}

nics_of() {
	on "$1" lab-guest nics "$GUEST" | cut -d' ' -f1-3 | sort
}

has_nics() {
	[[ $(nics_of "$1") == "$2" ]]
}

# places_of HOST: PCI address and MAC of each NIC.
places_of() {
	nics_of "$1" | cut -d' ' -f2,3 | sort
}

has_places() {
	[[ $(places_of "$1") == "$2" ]]
}

# The longest time in milliseconds between two answers in the log of "ping -D".
longest_silence() {
	sed -n 's/^\[\([0-9]*\)\.\([0-9]\{3\}\)[0-9]*\].* bytes from .*/\1\2/p' "$1" |
		awk 'NR > 1 && $1 - last > most { most = $1 - last } { last = $1 } END { print most + 0 }'
}

median() {
	sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# watched COMMAND...: the guest answers before and after; SILENCE is the longest time that it did not.
watched() {
	local pid
	wait_until 60 "the guest answers" ping -c 1 -W 1 "$ADDRESS"
	ping -D -i 0.1 "$ADDRESS" >"$WORK/ping" 2>&1 &
	pid=$!
	expect 0 "$@"
	wait_until 60 "the guest answers" ping -c 1 -W 1 "$ADDRESS"
	sleep 1
	kill -INT "$pid"
	wait "$pid" || true
	SILENCE=$(longest_silence "$WORK/ping")
	LOST=$(sed -n 's,.* received.* \([0-9.]*%\) packet loss.*,\1,p' "$WORK/ping")
}

# check_arrived HOST MODE NICS: it is there with all that it had, and nothing is left on the other.
check_arrived() {
	local host=$1 mode=$2 nics=$3 address
	wait_until 90 "$GUEST has its VF on $host ($mode)" vf_is_live "$host"
	address=$(vf_of "$host")
	contains "persistent XML on $host" "$(on "$host" virsh dumpxml --inactive "$GUEST")" \
		"$(xml_source "$address" | tr '"' "'")"
	wait_until 60 "$GUEST has its NICs on $host" has_nics "$host" "$nics"
	lacks "list of $(other_of "$host")" "$(on "$(other_of "$host")" vfpool list)" "$GUEST"
	lacks "virsh list of $(other_of "$host")" "$(on "$(other_of "$host")" virsh list --all)" "$GUEST"
	expect 0 on hosta vfpool reconcile
	expect 0 on hostb vfpool reconcile
}

# round_trips MODE COMMAND-END: every other time the VF of the same address is taken there.
round_trips() {
	local mode=$1 end=${2:-} i from to busy nics silences=()
	nics=$(nics_of hosta)
	for ((i = 0; i < 2 * ROUNDS; i++)); do
		((i % 2)) && from=hostb || from=hosta
		to=$(other_of "$from") busy=
		if ((i / 2 % 2)); then
			busy=$(vf_of "$from")
			on "$to" vfpool reserve "$busy" --owner lab >/dev/null
		fi
		watched on "$from" bash -c "vfpool migrate $GUEST qemu+ssh://$to/system$end"
		silences+=("$SILENCE")
		tell "$mode, $from to $to: silent for $SILENCE ms, $LOST of the pings lost"
		check_arrived "$to" "$mode" "$nics"
		if [[ $busy ]]; then
			differ "VF on $to" "$(vf_of "$to")" "$busy"
			on "$to" vfpool unreserve "$busy" >/dev/null
		fi
	done
	MEDIAN=$(printf '%s\n' "${silences[@]}" | median)
	tell "$mode: median of the longest silences $MEDIAN ms"
	ok "$ROUNDS round trips, $mode"
}

# The NIC that net_failover has made of the halves: it has lower ones.
# shellcheck disable=SC2016
master_of() {
	lab-guest exec "$1" 'for path in /sys/class/net/*/lower_*; do
		[ ! -e "$path" ] || { path=${path%/*}; echo "${path##*/}"; break; }
	done'
}

only_nic_of() {
	lab-guest nics "$1" | cut -d' ' -f1
}

# give_address GUEST NIC
# shellcheck disable=SC2016
give_address() {
	lab-guest exec "$1" 'for path in /sys/class/net/*; do ip link set "${path##*/}" up; done'
	lab-guest exec "$1" "ip address add $ADDRESS/24 dev $2"
}

has_both_halves() {
	[[ $(master_of "$GUEST") ]] &&
		(($(lab-guest nics "$GUEST" | cut -d' ' -f2 | sort -u | wc -l) == 2))
}

# has_another_nic NICS
has_another_nic() {
	(($(nics_of hosta | wc -l) > $(wc -l <<<"$1")))
}

at_exit on hostb virsh destroy "$GUEST"
at_exit on hostb virsh undefine "$GUEST"
prepare hosta "$HERE"
prepare hostb "$THERE"

# The yardstick: virtio alone, by virsh.
new_huge_guest plain1 --standby "$BRIDGE"
give_address plain1 "$(only_nic_of plain1)"
silences=()
for ((i = 0; i < ROUNDS; i++)); do
	((i % 2)) && from=hostb || from=hosta
	watched on "$from" virsh migrate --live --p2p --persistent --undefinesource plain1 \
		"qemu+ssh://$(other_of "$from")/system"
	silences+=("$SILENCE")
	tell "virtio alone, from $from: silent for $SILENCE ms, $LOST of the pings lost"
done
yardstick=$(printf '%s\n' "${silences[@]}" | median)
tell "virtio alone: median of the longest silences $yardstick ms"
on hostb virsh -q destroy plain1
on hostb virsh -q undefine plain1

# Failover.
new_huge_guest "$GUEST"
follow hosta "vfpool attach web1 --pool lan --failover --standby bridge=br0"
wait_until 60 "$GUEST has made one NIC of the halves" has_both_halves
give_address "$GUEST" "$(master_of "$GUEST")"
follow hosta "vfpool migrate web1 qemu+ssh://hostb/system --dry-run"
contains "dry run" "$OUT" "pass  hook"
follow hosta "vfpool migrate web1 qemu+ssh://hostb/system"
follow hostb "vfpool show web1"
follow hostb "virsh dumpxml --inactive web1"
follow hostb "vfpool migrate web1 qemu+ssh://hosta/system"
round_trips failover
at_most "median of the longest silences with failover" "$MEDIAN" $((yardstick + 1000))

# A power cycle on the other host, with what is defined there.
follow hosta "vfpool migrate web1 qemu+ssh://hostb/system"
wait_until 90 "web1 has its VF on hostb" vf_is_live hostb
on hostb lab-guest stop "$GUEST"
on hostb lab-guest start "$GUEST"
wait_until 90 "web1 has its VF on hostb" vf_is_live hostb
follow hostb "vfpool migrate web1 qemu+ssh://hosta/system"
wait_until 90 "web1 has its VF on hosta" vf_is_live hosta
ok "a power cycle on the other host"

# Plain virsh does the same for pairs.
follow hosta \
	"virsh migrate --live --p2p --persistent --undefinesource web1 qemu+ssh://hostb/system"
wait_until 90 "web1 has its VF on hostb" vf_is_live hostb
follow hostb "vfpool migrate web1 qemu+ssh://hosta/system"
wait_until 90 "web1 has its VF on hosta" vf_is_live hosta
ok "virsh migrate"

# Since its power cycle it has none.
wait_until 60 "$GUEST has made one NIC of the halves" has_both_halves
give_address "$GUEST" "$(master_of "$GUEST")"

guided "vfpool migrate web1 qemu+ssh://hostb/system --mode unplug"
round_trips unplug " --mode unplug"

# Beside the pair a VF that is half of none: all are unplugged.  Then a power cycle there.
nics=$(nics_of hosta)
expect 0 vfpool attach "$GUEST" --pool lan
wait_until 60 "$GUEST has another NIC" has_another_nic "$nics"
nics=$(nics_of hosta)
follow hosta "vfpool migrate web1 qemu+ssh://hostb/system --dry-run"
contains "dry run" "$OUT" "would go to qemu+ssh://hostb/system, unplug"
follow hosta "vfpool migrate web1 qemu+ssh://hostb/system"
check_arrived hostb "unplug, chosen" "$nics"
ok "a VF that is no half of a pair is unplugged unasked"
places=$(places_of hostb)
on hostb lab-guest stop "$GUEST"
on hostb lab-guest start "$GUEST"
wait_until 90 "$GUEST has its VFs on hostb" vf_is_live hostb
wait_until 60 "$GUEST has its NICs on hostb" has_places hostb "$places"
expect 0 on hostb vfpool reconcile
ok "a power cycle on the other host, after unplug"
