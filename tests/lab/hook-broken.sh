#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whatever becomes of the hook's program and of the state file: guests start, and
# running ones live through a restart of libvirtd.
#
# lab: warm
# size: full
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 2
hook=/etc/libvirt/hooks/qemu.d/50-vfpool program=/usr/sbin/vfpool-hook
[[ -x $hook && -x $program ]] || fail "the hook is not installed"
systemctl restart libvirtd
at_exit vfpool detach guest1 --all --ensure
lab-guest define other1 --empty
at_exit lab-guest delete other1
expect 0 vfpool attach guest1 --pf "$pf"
id=$(virsh domid guest1)

# survives WHAT: other1 starts, and guest1 lives through a restart of libvirtd.
survives() {
	run virsh start other1
	equal "start of a foreign guest with $1" "$STATUS" 0
	systemctl restart libvirtd
	equal "guest1 after a restart of libvirtd with $1" "$(virsh domid guest1)" "$id"
	equal "other1 after it" "$(virsh domstate other1)" running
	virsh destroy other1 >/dev/null
	ok "$1: a foreign guest starts, a running one lives on"
}

mv "$program" "$WORK/program"
at_exit mv "$WORK/program" "$program"
survives "no program"
printf '#!/no/such/interpreter\n' >"$program" && chmod +x "$program"
survives "a program without interpreter"
# shellcheck disable=SC2016
printf '#!/bin/sh\nkill -SEGV $$\n' >"$program"
survives "a program that crashes"
head -c 30000 "$WORK/program" >"$program"
survives "half a program"
mv "$WORK/program" "$program"
cp "$hook" "$hook.dpkg-dist"
sed -i 's|/usr/sbin/vfpool-hook|/bin/false|' "$hook.dpkg-dist"
survives "a left-over 50-vfpool.dpkg-dist"
rm "$hook.dpkg-dist"

cp "$STATE" "$WORK/state"
printf 'no database at all, and long enough to be read as one' >"$STATE"
lab-guest stop guest1
survives_start() {
	run lab-guest start guest1
	equal "start of guest1 with $1" "$STATUS" 0
	id=$(virsh domid guest1)
	survives "$1"
}
survives_start "a damaged state file"
lab-guest stop guest1
cp "$WORK/state" "$STATE"
lab-guest start guest1
check_attached guest1 net0
run vfpool reconcile
equal "what reconcile finds with the state file back" "$STATUS $OUT $ERR" "0  "
ok "the state file is back, and so is all that it says"
