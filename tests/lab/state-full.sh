#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The state file's disk fills up, or is made read-only, at each write of an
# attach and of a detach: an error with exit 8, nothing half done, and when there
# is room again everything goes on.
#
# lab: warm
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 1
address=$(vf_address "$pf" 0)
before=$(vf_settings "$pf" 0)
disk=$WORK/disk dir=/mnt/vfpool-state
truncate -s 1M "$disk"
mkfs.ext4 -q -m 0 -O ^has_journal "$disk"
mkdir -p "$dir"
mount -o loop,sync "$disk" "$dir"
at_exit umount "$dir"
on_disk=(vfpool --state "$dir/vfpool/state.db")
at_exit "${on_disk[@]}" detach guest1 --all --ensure

fill() {
	dd if=/dev/zero of="$dir/filler" bs=1k 2>/dev/null || true
}

free_vf() {
	"${on_disk[@]}" list --json | jq -r --arg a "$address" '.[] | select(.address == $a) | .state'
}

gone_from_guest() {
	equal "XML of guest1" "$(interface_xml guest1 net0)$(interface_xml guest1 net0 --inactive)" ''
	equal "settings of the VF" "$(vf_settings "$pf" 0)" "$before"
}

# No room for the state file itself.
fill
run "${on_disk[@]}" attach guest1 --pf "$pf"
equal "status of an attach without room" "$STATUS" 8
contains "what it says" "$ERR" "$dir/vfpool"
gone_from_guest
rm "$dir/filler"
expect 0 "${on_disk[@]}" attach guest1 --pf "$pf"
expect 0 "${on_disk[@]}" detach guest1
gone_from_guest
ok "no room for the first write: nothing done"

# No room at each of the writes, by the error that the kernel would give.
for call in pwrite64:1 pwrite64:3 pwrite64:5 pwrite64:8 fdatasync:1 fdatasync:5; do
	status=0
	strace -f -qq -o /dev/null -P "$dir/vfpool/state.db" -P "$dir/vfpool/state.db-journal" \
		-e trace="${call%:*}" -e inject="${call%:*}:error=ENOSPC:when=${call#*:}+" \
		"${on_disk[@]}" attach guest1 --pf "$pf" >"$WORK/out" 2>&1 || status=$?
	[[ $status == [08] ]] || fail "attach with ENOSPC at $call exits $status: $(<"$WORK/out")"
	expect 0 "${on_disk[@]}" reconcile --fix
	run "${on_disk[@]}" reconcile
	equal "what reconcile finds after ENOSPC at $call" "$STATUS $OUT $ERR" "0  "
	if [[ $(free_vf) == free ]]; then
		gone_from_guest
	else
		expect 0 "${on_disk[@]}" detach guest1 --slot net0
		gone_from_guest
	fi
	expect 0 "${on_disk[@]}" attach guest1 --pf "$pf" --slot net0 --ensure
	status=0
	strace -f -qq -o /dev/null -P "$dir/vfpool/state.db" -P "$dir/vfpool/state.db-journal" \
		-e trace="${call%:*}" -e inject="${call%:*}:error=ENOSPC:when=${call#*:}+" \
		"${on_disk[@]}" detach guest1 --slot net0 >"$WORK/out" 2>&1 || status=$?
	[[ $status == [08] ]] || fail "detach with ENOSPC at $call exits $status: $(<"$WORK/out")"
	expect 0 "${on_disk[@]}" detach guest1 --slot net0 --ensure
	gone_from_guest
	equal "integrity" "$(sqlite3 "$dir/vfpool/state.db" 'pragma integrity_check')" ok
	ok "no room at $call: exit $status, whole again"
done

expect 0 "${on_disk[@]}" attach guest1 --pf "$pf" --slot net0
mount -o remount,ro "$dir"
run "${on_disk[@]}" detach guest1
equal "status of a detach on a read-only disk" "$STATUS" 8
[[ $(interface_xml guest1 net0) ]] || fail "a detach that could not write its intent took the device"
mount -o remount,rw "$dir"
expect 0 "${on_disk[@]}" detach guest1
gone_from_guest
ok "read-only: nothing done, and goes on afterwards"
