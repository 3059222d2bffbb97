#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The hook program can do nothing with libvirt, which waits for it, and loads no
# more than it needs: it is started at every start and end of every guest.
set -euo pipefail

program=${top_builddir:-.}/vfpool-hook
failed=0

complain() {
	echo "FAILED: $*"
	failed=1
}

needed=$(readelf -d "$program" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p')
undefined=$(nm -D --undefined-only "$program" | awk '{ print $2 }')
[[ $needed == *libglib-2.0* && $undefined == *xmlCtxtReadMemory* ]] ||
	complain "readelf and nm do not show what the program links"

for library in libvirt libjson-glib libsmartcols libgobject libgio libcurl libssl; do
	! grep -F "$library" <<<"$needed" || complain "it needs $library"
done
! grep -E '^vir[A-Z]' <<<"$undefined" || complain 'it has undefined symbols of libvirt'
((failed == 0)) && echo "needs: ${needed//$'\n'/ }"
