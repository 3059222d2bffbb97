#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vfpool-hook with an XML that no libvirt writes: one line that says what is
# wrong, never the status that stops a guest, and no more memory than is allowed.
set -euo pipefail

build=${top_builddir:-.}
work=$(mktemp -d "${TMPDIR:-/tmp}/vfpool-hostile.XXXXXX")
trap 'rm -rf "$work"' EXIT
count=0 failed=0
uuid=5dd0d3b6-6f4e-4a0e-9a53-64a8d3a5b0f1
"$build/tests/mkhost" "$work/host" --pf enp1s0f0@0000:01:00.0,vfs=4 --guest web1

# Address sanitizers reserve terabytes.
limit=300000
[[ $(nm "$build/vfpool-hook") != *__asan_init* ]] || limit=unlimited

# domain CONTENT: a domain with CONTENT in it
domain() {
	printf '<domain><name>web1</name><uuid>%s</uuid>%s</domain>' "$uuid" "$1"
}

# repeat TEXT COUNT
repeat() {
	awk -v text="$1" -v count="$2" 'BEGIN { while (count-- > 0) printf "%s", text }'
}

# The names of the cases are those of these functions.
empty() { :; }
not_xml() { echo 'this is not XML'; }
binary() { head -c 100000 /bin/sh; }
zeros() { head -c 50000000 /dev/zero; }
truncated() { domain "$(repeat '<a/>' 10)" | head -c 60; }
huge() { domain "$(repeat 'x' 20000000 | head -c 20000000)"; }
huge_text() {
	printf '<domain><name>'
	repeat 'xxxxxxxxxx' 2000000
}
many_elements() {
	printf '<domain><name>web1</name>'
	repeat '<a/>' 4000000
}
many_attributes() {
	printf '<domain><name>web1</name><a '
	repeat "b='' " 3000000
}
deep() {
	printf '<domain><name>web1</name>'
	repeat '<a>' 100000
}
entity_bomb() {
	printf '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa">'
	for n in b c d e f g h i; do
		printf '<!ENTITY %s "%s">' "$n" "$(repeat "&$(printf '%s' "$n" | tr b-i a-h);" 20)"
	done
	printf ']>'
	domain '<title>&i;</title>'
}
external_entity() {
	printf '<!DOCTYPE d [<!ENTITY x SYSTEM "file://%s/secret">]>' "$work"
	domain '<title>&x;</title>'
}
external_dtd() {
	printf '<!DOCTYPE domain SYSTEM "http://127.0.0.1:9/d.dtd">'
	domain ''
}
other_root() { echo '<network><name>default</name></network>'; }
no_name() { printf '<domain><uuid>%s</uuid></domain>' "$uuid"; }
no_uuid() { echo '<domain><name>web1</name></domain>'; }
bad_uuid() { echo '<domain><name>web1</name><uuid>../../../etc/passwd</uuid></domain>'; }
long_uuid() { printf '<domain><name>w</name><uuid>%s%s</uuid></domain>' "$uuid" "$uuid"; }
bad_address() {
	domain '<devices><interface type="hostdev"><source><address type="pci" bus="x&#10;y"/></source></interface></devices>'
}
bad_metadata() {
	domain '<metadata><v:slots xmlns:v="urn:vfpool:slots:1" version="99"/></metadata>'
}

# expect CASE STATUS TEXT
expect() {
	local status=0 lines
	(
		ulimit -v "$limit"
		"$1" 2>/dev/null | timeout 60 "$build/vfpool-hook" --sysroot "$work/host" qemu web1 \
			"$operation" begin - 2>"$work/err" >"$work/out"
		exit "${PIPESTATUS[1]}"
	) || status=$?
	mapfile -t lines <"$work/err"
	count=$((count + 1))
	if ((status != $2)) || [[ -s $work/out ]]; then
		echo "FAILED $1: status $status, ${lines[*]}"
		failed=1
	elif [[ $3 && (${#lines[@]} != 1 || ${lines[0]} != "vfpool: web1: $operation: domain XML"*$3*) ]]; then
		echo "FAILED $1: ${lines[*]:0:3}"
		failed=1
	elif [[ ! $3 && ${#lines[@]} != 0 ]]; then
		echo "FAILED $1: ${lines[*]:0:3}"
		failed=1
	fi
}

set +o pipefail
for operation in prepare migrate restore; do
	expect empty 1 ', line 1: '
	expect not_xml 1 ', line 1: '
	expect binary 1 'it has a zero byte'
	expect zeros 1 'longer than 16 MiB'
	expect truncated 1 ', line 1: '
	expect huge 1 'longer than 16 MiB'
	expect huge_text 1 'longer than 16 MiB'
	expect many_elements 1 'more than 500000 elements'
	expect many_attributes 1 'more than 500000 elements'
	expect deep 1 ', line 1: Excessive depth'
	expect entity_bomb 1 'a document type declaration is not allowed'
	expect external_entity 1 'a document type declaration is not allowed'
	expect external_dtd 1 'a document type declaration is not allowed'
	expect other_root 1 'the root element is <network>'
	expect no_name 1 'there is no <name>'
	expect no_uuid 1 'there is no <uuid>'
	expect bad_uuid 1 'there is no <uuid>'
	expect long_uuid 1 'there is no <uuid>'
done
operation=prepare
# What is in it is none of our business, as long as the state file knows no slots of the guest.
expect bad_metadata 0 ''

# A guest that is sent to this host stays where it is.
status=0
bad_metadata | "$build/vfpool-hook" --sysroot "$work/host" qemu web1 migrate begin - \
	2>"$work/err" >"$work/out" || status=$?
[[ $status == 100 && ! -s $work/out && $(<"$work/err") == 'vfpool: web1 cannot come to '* ]] || {
	echo "FAILED bad_metadata at migrate: $(<"$work/err")"
	failed=1
}

bad_address 2>/dev/null | "$build/vfpool-hook" --sysroot "$work/host" qemu web1 prepare begin - \
	2>"$work/err" && failed=1
[[ $(wc -l <"$work/err") == 1 ]] || {
	echo "FAILED bad_address: $(<"$work/err")"
	failed=1
}
((failed == 0)) && echo "$count hostile documents"
