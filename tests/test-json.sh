#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What --json prints is as doc/json says, to the last key.
set -euo pipefail

build=${top_builddir:-.} source=${top_srcdir:-.}
schemas=$source/doc/json

python3 -W ignore -c 'import jsonschema' 2>/dev/null || {
	echo "python3-jsonschema is not installed: skipped"
	exit 77
}

work=$(mktemp -d "${TMPDIR:-/tmp}/vfpool-json.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/host
"$build/tests/mkhost" "$root" --pf enp1s0f0@0000:01:00.0,vfs=3,driver=ice \
	--pf enp2s0f0@0000:02:00.0,vfs=2 \
	--pf -@0000:05:00.0,vfs=1,driver=nvme --guest web1 --guest db1,off --guest hu1,hung

# Schemas refer to each other by file name.
validate() {
	python3 -W ignore - "$schemas" "$1" "$2" <<-'END'
	import glob, json, os, sys
	import jsonschema

	folder, name, result = sys.argv[1:]
	store = {os.path.basename(path): json.load(open(path)) for path in glob.glob(folder + "/*.json")}
	schema = store[name + ".schema.json"]
	jsonschema.Draft202012Validator.check_schema(schema)
	resolver = jsonschema.RefResolver("", schema, store=store)
	validator = jsonschema.Draft202012Validator(
	    schema, resolver=resolver, format_checker=jsonschema.FormatChecker())
	errors = list(validator.iter_errors(json.load(open(result))))
	for error in errors:
	    print(error)
	sys.exit(1 if errors else 0)
	END
}

# expect STATUS SCHEMA ARGUMENT...
expect() {
	local wanted=$1 schema=$2 status=0
	shift 2
	"$build/vfpool" --sysroot "$root" --json "$@" >"$work/out" 2>"$work/err" || status=$?
	if ((status != wanted)) || ! validate "$schema" "$work/out"; then
		echo "FAILED vfpool $*: status $status, schema $schema"
		cat "$work/out" "$work/err"
		exit 1
	fi
	echo "ok vfpool $*"
}

# The installed template may not be there yet.
etc=$(sed -n 's/^sysconfdir = //p' "$build/Makefile")
prefix=$(sed -n 's/^prefix = //p' "$build/Makefile")
templates=$root/${etc/#"\${prefix}"/"$prefix"}/vfpool/xml-templates
mkdir -p "$templates"
cp "$source/xml-templates/interface.xml" "$templates"

expect 0 reconcile reconcile
printf '[enp1s0f0 2]\nsettings=vlan=7:0:802.1Q\n' >>"$root/vfpool-fake/links.conf"
expect 7 reconcile reconcile
expect 0 reconcile reconcile -n --fix
expect 0 reconcile reconcile --fix
expect 0 list list
expect 0 result attach web1 --pf enp1s0f0 --vlan 42:1:802.1ad --trust on --max-tx-rate 100 -n
expect 0 result attach web1 --pf enp1s0f0 --vlan 42:1:802.1ad --trust on --max-tx-rate 100
expect 0 result attach db1 --pf enp1s0f0 --acpi-index none
expect 0 result attach hu1 --pf enp1s0f0
expect 0 result attach web1 --slot net0 --ensure
expect 6 error detach hu1 --timeout 0
expect 4 error attach web1 --pf enp1s0f0
expect 2 error attach web1 --vlan 4095
expect 2 error attach
expect 2 error bogus
expect 3 error show web9
expect 0 list list
expect 0 list list --free
expect 0 show-guest show web1
expect 0 show-guest show hu1
expect 0 show-pf show enp1s0f0
expect 0 show-pf show 05:00.0
expect 0 vf show 01:10.0
expect 0 vf show 05:10.0
expect 0 result detach web1 --slot net0 -n
expect 0 result detach web1
expect 0 result detach web1 --slot net0 --ensure
expect 0 result detach db1 --all
expect 0 show-guest show web1
expect 0 result forget web1
expect 0 result forget web1 --ensure
expect 0 result forget web1 --ensure --all
expect 0 show-guest show web1
expect 7 reconcile reconcile --fix
expect 0 reconcile reconcile web1
expect 2 error reconcile --only bogus
expect 0 pools pools
expect 0 ports ports web1
expect 0 ports ports web1 --add 2
mkdir -p "$root/sys/bus/pci/drivers/vfio-pci"
expect 0 reservation reserve enp1s0f0/1 --owner dpdk --driver vfio-pci -n
expect 0 reservation reserve enp1s0f0/1 --owner dpdk --driver vfio-pci --mac auto --until +2h
expect 0 reservation reserve enp1s0f0/1 --owner dpdk --driver vfio-pci --mac auto --ensure
expect 0 list list
expect 0 state export
expect 5 error reserve enp1s0f0/1 --owner lxc
expect 0 reservation unreserve --owner dpdk
expect 0 reservation unreserve enp1s0f0/1 --ensure
expect 3 error unreserve enp1s0f0/1
expect 0 result attach web1 --pf enp1s0f0
expect 0 result set web1 --vlan 7 -n
expect 0 result set web1 --vlan 7 --virtualport none
expect 0 result set web1 --vlan 7
expect 6 error set web1 --virtualport 802.1Qbh:x --vlan 0
expect 0 show-guest show web1
expect 0 result move web1 -n
expect 0 result move web1
expect 0 result move web1 --pf enp1s0f0
expect 0 result disown web1 -n
expect 0 result disown web1
expect 0 result disown web1 --ensure
expect 0 result adopt --all -n
expect 0 result adopt web1 --slot net0
expect 0 result adopt web1
expect 3 error adopt db1
expect 0 result adopt db1 --ensure
expect 0 history history
expect 0 history history --guest web1 --at now
expect 0 state export
cp "$work/out" "$work/state.json"
expect 5 error import "$work/state.json"
expect 0 import import "$work/state.json" --merge
expect 0 import import "$work/state.json" --replace -n
expect 0 import import "$work/state.json" --replace
expect 2 error import "$work/err"
expect 5 error reconcile --rebuild
expect 0 result attach web1 --bond --pf enp1s0f0 --pf enp2s0f0 -n
expect 0 result attach web1 --bond --pf enp1s0f0 --pf enp2s0f0
expect 0 result attach web1 --bond --ensure
expect 2 error attach web1 --bond --pf enp1s0f0
expect 0 show-guest show web1
expect 0 list list
expect 0 guest-config guest-config web1 --format ifcfg
expect 0 guest-config guest-config web1 --format netplan --output "$work"
expect 0 state export
expect 3 error guest-config db1 --format ifcfg
expect 2 error migrate db1 qemu:///system
expect 6 error migrate db1 qemu+ssh://hostb/system
peer=$work/peer
"$build/tests/mkhost" "$peer" --pf enp1s0f0@0000:01:00.0,vfs=3
mkdir -p "$root/vfpool-fake/hosts" "$peer/etc/libvirt/qemu"
echo "$peer" >"$root/vfpool-fake/hosts/hostb"
expect 9 error migrate web1 qemu+ssh://hostb/system --mode unplug
expect 9 migrate migrate web1 qemu+ssh://hostb/system --mode unplug -n
printf '%s\n' "$build/vfpool-hook" --sysroot "$peer" >"$peer/vfpool-fake/hook-command"
expect 0 migrate migrate web1 qemu+ssh://hostb/system --mode unplug --pool-map enp2s0f0=enp1s0f0 -n
find "$root" -name state.db -delete
expect 0 rebuild reconcile --rebuild -n
expect 0 rebuild reconcile --rebuild
expect 0 result disown --all
