# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The kernel's netdevsim, which Debian does not build: a netdev with VFs whose
# setters are all there, and as many of them as one likes.

# The module for the hosts' kernel; built in a root of its own.
ensure_netdevsim() {
	local suite=$1 module=$LAB/netdevsim-$1.ko root=$LAB/root-netdevsim version
	version=$(basename "$(echo "$LAB/root-$suite"/lib/modules/*)")
	stamp_matches "$module.stamp" "$version" && return
	((EUID == 0)) || die "building netdevsim needs root"
	log "building netdevsim for $version, some minutes"
	rm -rf "$root" "$module" "$module.stamp"
	unshare --mount mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/doc/*' --aptopt='Acquire::Retries "3"' \
		--include="make gcc xz-utils linux-headers-$version linux-source" \
		"$suite" "$root" - < <(sources_list "$suite") ||
		die "mmdebstrap could not build $root"
	# shellcheck disable=SC2016
	chroot "$root" bash -euc '
		cd /usr/src
		tar -xf linux-source-*.tar.xz --wildcards "*/drivers/net/netdevsim/*"
		make -s -C "/lib/modules/$0/build" M="$(echo /usr/src/linux-source-*/drivers/net/netdevsim)" \
			CONFIG_NETDEVSIM=m modules
		cp linux-source-*/drivers/net/netdevsim/netdevsim.ko /netdevsim.ko' "$version" >"$LAB/netdevsim.log" 2>&1 ||
		die "netdevsim could not be built; see $LAB/netdevsim.log"
	mv "$root/netdevsim.ko" "$module"
	rm -rf "$root"
	printf '%s' "$version" >"$module.stamp"
}
