#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A state file that cannot be used, or that is not there although guests have
# slots: exit 8, and it is left as it is.
#
# lab: warm
# size: small
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. /run/lib.sh

pf=enp1s0f0
make_vfs "$pf" 2
at_exit vfpool detach guest1 --all --ensure
expect 0 vfpool attach guest1 --vf "$pf/0"
cp -a "$STATE" "$WORK/good"
put_back() {
	rm -rf "$STATE"
	cp -a "$WORK/good" "$STATE"
}

# useless WHAT: every changing command exits 8 and changes nothing.
useless() {
	expect_error 8 "$STATE" vfpool attach guest1 --slot net1 --pf "$pf"
	ok "$1: $ERR"
	expect_error 8 "$STATE" vfpool detach guest1
	expect_error 8 "$STATE" vfpool forget guest1
	expect_error 8 "$STATE" vfpool attach guest1 --slot net1 --pf "$pf" --dry-run
}

head -c 3000 /dev/urandom >"$STATE"
unchanged "a damaged state file" useless "damaged"
put_back
truncate -s 5000 "$STATE"
unchanged "a truncated state file" useless "truncated"
put_back
: >"$WORK/notours"
sqlite3 "$WORK/notours" 'create table t (a); insert into t values (1)'
cp "$WORK/notours" "$STATE"
unchanged "another program's database" useless "not ours"
put_back
sqlite3 "$STATE" "pragma user_version = $(($(sqlite3 "$STATE" 'pragma user_version') + 1))"
unchanged "a newer state file" useless "newer"
put_back
rm "$STATE"
mkdir "$STATE"
unchanged "a state file that is a directory" useless "unreadable"
put_back
rm "$STATE"
unchanged "a missing state file" useless "missing though guest1 has a slot"
[[ ! -e $STATE ]] || fail "a new state file has been made"
put_back
chmod 0600 "$STATE"
run setpriv --reuid=65534 --regid=65534 --groups="$(getent group libvirt | cut -d: -f3)" vfpool list
equal "status of list on an unreadable file" "$STATUS" 8
ok "unreadable for a user: $ERR"
put_back

check_attached guest1 net0
expect 0 vfpool detach guest1
expect 0 vfpool forget guest1
rm -f "$STATE"
expect 0 vfpool attach guest1 --vf "$pf/0"
check_attached guest1 net0
ok "missing, and no guest has slots: an empty pool"
