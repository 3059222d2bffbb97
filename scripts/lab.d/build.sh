# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# From Debian's packages to a bootable disk: root, guest initramfs, ext4 image.

HOST_PACKAGES=(
	linux-image-amd64 systemd-sysv udev dbus kmod busybox-static
	libvirt-daemon-system libvirt-clients qemu-system-x86 qemu-utils
	openssh-server openssh-client socat
	ifupdown ifenslave
	iproute2 iputils-ping ethtool pciutils jq strace tcpdump sqlite3 procps nvme-cli
	# What vfpool itself needs at run time.
	libvirt0 libxml2 libpci3 libnl-3-200 libnl-route-3-200 libsqlite3-0
	libjson-glib-1.0-0 libsmartcols1
)

# Left out of the root: nobody reads manuals there, and of the kernel's modules
# only what a server could use.
EXCLUDES=(
	'/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' '/usr/share/info/*'
	'*/kernel/drivers/gpu/*' '*/kernel/drivers/media/*' '*/kernel/sound/*'
	'*/kernel/drivers/net/wireless/*' '*/kernel/drivers/infiniband/*'
	'*/kernel/drivers/staging/*' '*/kernel/drivers/iio/*' '*/kernel/drivers/isdn/*'
)

# Sites of Debian's archive as apt on this machine knows them: $1 is the label
# of the archive.  The suite may be another one than the machine's.
mirror_site() {
	local format="\$(SITE)"
	apt-get indextargets --format "$format" \
		'Created-By: Packages' 'Origin: Debian' "Label: $1" 2>/dev/null | sort -u | sed q
}

sources_list() {
	local suite=$1 site=${VFPOOL_LAB_MIRROR:-} security
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[[ $site ]] || site=$(mirror_site Debian)
	if [[ ! $site ]]; then
		# A machine that never ran it does not know its own archives.
		apt-get -qq update >&2 || true
		site=$(mirror_site Debian)
	fi
	[[ $site ]] ||
		die "apt on this machine knows no Debian archive; name one in VFPOOL_LAB_MIRROR"
	[[ -e $keyring ]] || die "$keyring is missing, install debian-archive-keyring"
	echo "deb [signed-by=$keyring] $site $suite main"
	security=$(mirror_site Debian-Security)
	[[ ! $security ]] || echo "deb [signed-by=$keyring] $security $suite-security main"
}

ensure_root() {
	local suite=$1 root=$LAB/root-$1 own='libglib2.0-0t64 virtinst' list opts=() path stamp
	# One of the suites confines libvirtd and its guests, the other one clones them.
	[[ $suite == trixie ]] || own='libglib2.0-0 apparmor'
	stamp="${HOST_PACKAGES[*]} $own ${EXCLUDES[*]}"
	stamp_matches "$root.stamp" "$stamp" && return
	((EUID == 0)) || die "building the $suite root needs root"
	list=$(sources_list "$suite") || exit
	for path in "${EXCLUDES[@]}"; do
		opts+=("--dpkgopt=path-exclude=$path")
	done
	log "building the Debian root ($suite), about a minute"
	rm -rf "$root" "$root.stamp"
	# INITRD=No: Debian's own initrd takes half a minute to make and is not
	# used, see lib/lab/mkinitramfs.  What mmdebstrap mounts in the root must
	# not outlive it, hence the namespace.
	INITRD=No unshare --mount mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io "${opts[@]}" \
		--aptopt='Acquire::Retries "3"' \
		--include="${HOST_PACKAGES[*]} $own" "$suite" "$root" - <<<"$list" ||
		die "mmdebstrap could not build $root (does debian-archive-keyring know $suite?)"
	printf '%s' "$stamp" >"$root.stamp"
}

# The root of $1 becomes a lab host: our files, keys, and nothing started at
# boot that a lab can do without.
configure_root() {
	local root=$LAB/root-$1 keys=$LAB/image-$1 unit
	rm -rf "$root/usr/local/lib/lab"
	cp -r --preserve=mode "$LABD/host/." "$root/"
	cp -r --preserve=mode "$LABD/guest" "$root/usr/local/lib/lab/guest"
	# With a machine-id of its own a host would take this for its first boot;
	# the two hosts are told apart by systemd.machine_id= on the command line.
	echo 00000000000000000000000000001ab0 >"$root/etc/machine-id"
	printf '127.0.0.1 localhost\n192.168.77.1 hosta\n192.168.77.2 hostb\n' >"$root/etc/hosts"
	echo lab >"$root/etc/hostname"
	: >"$root/etc/resolv.conf"
	echo '/dev/vda / ext4 defaults 0 0' >"$root/etc/fstab"

	rm -f "$keys/key" "$keys/key.pub"
	ssh-keygen -q -t ed25519 -N '' -C vfpool-lab -f "$keys/key"
	echo "host* $(cut -d ' ' -f 1,2 "$root/etc/ssh/ssh_host_ed25519_key.pub")" >"$keys/known_hosts"
	install -d -m 0700 "$root/root/.ssh"
	install -m 0600 "$keys/key" "$root/root/.ssh/id_ed25519"
	install -m 0600 "$keys/key.pub" "$root/root/.ssh/authorized_keys"
	install -m 0600 "$keys/known_hosts" "$root/root/.ssh/known_hosts"

	# The default network would start dnsmasq on every boot.
	rm -f "$root/etc/libvirt/qemu/networks/autostart/default.xml"
	# What is plugged in is for the scenarios to bring up.
	rm -f "$root"/usr/lib/udev/rules.d/*ifupdown.rules
	for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
		e2scrub_all.timer e2scrub_reap.service fstrim.timer \
		systemd-tmpfiles-clean.timer libvirt-guests.service \
		systemd-networkd.service networking.service getty@tty1.service serial-getty@ttyS0.service; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
	install -d "$root/etc/systemd/system/multi-user.target.wants"
	ln -sf ../lab-host.service "$root/etc/systemd/system/multi-user.target.wants/"
}

image_stamp() {
	echo "$(stamp_of_files host guest build.sh) $(sha256sum <"$LAB/root-$1.stamp")"
}

ensure_image() {
	local suite=$1 root=$LAB/root-$1 image=$LAB/image-$1 kernel
	stamp_matches "$image/stamp" "$(image_stamp "$suite")" && return
	((EUID == 0)) || die "building the $suite image needs root"
	log "building the host image and the guest ($suite)"
	rm -rf "$image"
	mkdir -p "$image"
	configure_root "$suite"
	chroot "$root" /usr/local/lib/lab/mkinitramfs ||
		die "could not make the initramfs images in $root"
	for kernel in "$root"/boot/vmlinuz-*; do
		cp "$kernel" "$image/vmlinuz"
	done
	mv "$root/boot/lab-initrd" "$image/initrd"
	PATH=$PATH:/usr/sbin mke2fs -q -t ext4 -L lab -d "$root" "$image/host.ext4" 4G >/dev/null ||
		die "mke2fs could not make the disk of the host"
	image_stamp "$suite" >"$image/stamp"
}
