#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What guest-config prints is understood by those whom it is for, as far as they are installed
# here: netplan, ifupdown (with ifenslave's words), NetworkManager, and the shell.
set -euo pipefail

build=${top_builddir:-.} source=${top_srcdir:-.}
work=$(mktemp -d "${TMPDIR:-/tmp}/vfpool-guest-config.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/host
done=0

fail() {
	echo "FAILED: $*"
	exit 1
}

vfpool() {
	"$build/vfpool" -q --sysroot "$root" "$@"
}

# expect FILE TEXT
expect() {
	grep -qF -- "$2" "$1" || fail "'$2' is not in $1: $(cat "$1")"
}

"$build/tests/mkhost" "$root" --pf enp1s0f0@0000:01:00.0,vfs=2 --pf enp2s0f0@0000:02:00.0,vfs=2 \
	--pf enp3s0f0@0000:03:00.0,vfs=2 --guest web1 --guest web2
etc=$(sed -n 's/^sysconfdir = //p' "$build/Makefile")
prefix=$(sed -n 's/^prefix = //p' "$build/Makefile")
templates=$root/${etc/#"\${prefix}"/"$prefix"}/vfpool/xml-templates
mkdir -p "$templates"
cp "$source/xml-templates/interface.xml" "$templates"
vfpool attach web1 --bond --pf enp1s0f0 --pf enp2s0f0 >/dev/null
vfpool attach web2 --bond --pf enp1s0f0 --pf enp2s0f0 --pf enp3s0f0 --bond-mac active >/dev/null

for guest in web1 web2; do
	policy=none legs=2
	[[ $guest == web1 ]] || policy=active legs=3
	for format in systemd-networkd netplan nmcli ifcfg interfaces; do
		mkdir -p "$work/$guest/$format"
		vfpool guest-config "$guest" --format "$format" --output "$work/$guest/$format" >/dev/null
	done

	for file in "$work/$guest"/ifcfg/* "$work/$guest"/nmcli/*; do
		sh -n "$file" || fail "$file"
	done

	generate=/usr/libexec/netplan/generate
	[[ -x $generate ]] || generate=/lib/netplan/generate
	if [[ -x $generate ]]; then
		mkdir -p "$work/$guest/np/etc/netplan"
		cp -p "$work/$guest"/netplan/* "$work/$guest/np/etc/netplan"
		"$generate" --root-dir "$work/$guest/np" 2>"$work/err" || fail "netplan: $(cat "$work/err")"
		[[ ! -s $work/err ]] || fail "netplan: $(cat "$work/err")"
		made=$work/$guest/np/run/systemd/network
		expect "$made/10-netplan-bond0.netdev" "FailOverMACPolicy=$policy"
		expect "$made/10-netplan-bond0.netdev" "MIIMonitorSec=100ms"
		expect "$made/10-netplan-bond0.netdev" "GratuitousARP=3"
		expect "$made/10-netplan-bond0-net0.network" "PrimarySlave=true"
		(($(grep -l Bond=bond0 "$made"/*.network | wc -l) == legs)) || fail "netplan: $guest"
		echo "ok netplan $guest"
		((++done))
	fi

	if command -v ifquery >/dev/null; then
		ifquery -i "$work/$guest/interfaces/bond0" --state-dir "$work" bond0 >"$work/out"
		expect "$work/out" "bond-fail-over-mac: $policy"
		expect "$work/out" "bond-primary: eno101"
		ifquery -i "$work/$guest/interfaces/bond0" --state-dir "$work" eno102 >"$work/out"
		expect "$work/out" "bond-master: bond0"
		echo "ok ifupdown $guest"
		((++done))
	fi

	# Without a daemon, 'connection add' prints the connection that it would make.
	if command -v nmcli >/dev/null && nmcli --help 2>&1 | grep -q -- --offline; then
		nmcli() {
			[[ $* == *'connection add'* ]] || return 1
			command nmcli --offline "$@"
		}
		# shellcheck source=/dev/null
		(. "$work/$guest/nmcli/bond0.sh" || :) >"$work/out"
		expect "$work/out" "fail_over_mac=$policy"
		expect "$work/out" "num_grat_arp=3"
		(($(grep -ci '^mac-address=' "$work/out") == legs)) || fail "nmcli: $(cat "$work/out")"
		echo "ok nmcli $guest"
		((++done))
	fi
done
((done > 0)) || {
	echo "none of netplan, ifupdown and NetworkManager is installed: skipped"
	exit 77
}
