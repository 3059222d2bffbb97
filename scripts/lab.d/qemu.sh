# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The emulated hosts: their hardware, their start and end, their snapshots.

# Programs of the trixie root, run in place without chroot or mounts.  Debian
# 12's QEMU 7.2 has no igb, and in 10.0.2 the mailbox of its VFs is broken;
# trixie's works, so this machine's own is never used.
rooted_args() {
	local root=$LAB/root-trixie
	ROOTED=(
		"$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu"
		"$root/usr/bin/$1"
	)
}

rooted() {
	rooted_args "$1"
	"${ROOTED[@]}" "${@:2}"
}

# /dev/kvm may be there and not work: believe it only after a kernel ($1) has
# run under it as far as its panic about the missing root.  Asked once per boot.
machine_has_kvm() {
	local boot output answer=no
	boot=$(</proc/sys/kernel/random/boot_id)
	if ! [[ -e $LAB/kvm && $(<"$LAB/kvm") == "$boot "* ]]; then
		if [[ -w /dev/kvm ]]; then
			rooted_args qemu-system-x86_64
			output=$(timeout 20 "${ROOTED[@]}" -L "$LAB/root-trixie/usr/share/qemu" \
				-accel kvm -m 128 -nodefaults -display none -no-reboot -serial stdio \
				-kernel "$1" -append 'console=ttyS0 panic=-1' </dev/null 2>&1) || true
			[[ $output != *"Kernel panic"* ]] || answer=yes
		fi
		echo "$boot $answer" >"$LAB/kvm"
	fi
	[[ $(<"$LAB/kvm") == *yes ]]
}

# Processes of host $1, also those that a killed lab left behind.
qemu_pids() {
	local files file pid
	files=$(grep -lzxF -e "$RUN/$1.pid" /proc/[0-9]*/cmdline 2>/dev/null) || true
	for file in $files; do
		pid=${file//[^0-9]/}
		# The name keeps grep itself out.
		[[ $(cat "/proc/$pid/comm" 2>/dev/null) != vfpool-lab-* ]] || echo "$pid"
	done
}

qemu_kill() {
	local pids i
	pids=$(qemu_pids "$1")
	if [[ $pids ]]; then
		# Nothing of it is kept, so there is nothing to shut down in order.
		# shellcheck disable=SC2086
		kill -KILL $pids 2>/dev/null || true
		for ((i = 0; i < 100; i++)); do
			[[ $(qemu_pids "$1") ]] || break
			sleep 0.1
		done
	fi
	rm -f "$RUN/$1".{pid,qmp,port}
}

# One QMP command; prints the answer, fails when it is an error.
qmp() {
	local socket=$RUN/$1.qmp line answers=0 out in pid
	[[ -S $socket ]] || die "$1 has no monitor; is it up?"
	coproc QMP { rooted socat - "UNIX-CONNECT:$socket"; }
	pid=$QMP_PID
	exec {out}<&"${QMP[0]}" {in}>&"${QMP[1]}"
	printf '{"execute":"qmp_capabilities"}\n%s\n' "$2" >&"$in"
	while ((answers < 2)) && read -r -t 300 line <&"$out"; do
		[[ $line == '{"return"'* || $line == '{"error"'* ]] && answers=$((answers + 1))
	done
	exec {out}<&- {in}>&-
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	printf '%s\n' "$line"
	((answers == 2)) && [[ $line == '{"return"'* ]]
}

# A command of the human monitor, which says what went wrong in its output.
hmp() {
	local answer
	answer=$(qmp "$1" "{\"execute\":\"human-monitor-command\",
		\"arguments\":{\"command-line\":\"$2\"}}") || die "monitor of $1: $answer"
	[[ $answer =~ ^'{"return": ""}' ]] || die "monitor of $1, \"$2\": $answer"
}

free_port() {
	local port
	for ((port = 22100; port < 22200; port++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# A NIC for ssh, one between the hosts, and the uplink of the cards: their ports
# hang on one hub, and the hubs of two hosts on one wire.  Datagram sockets do
# not mind which end is there first, is restarted or never comes.
network_args() {
	local host=$1 digit=${1: -1} other name port
	port=$(free_port)
	echo "$port" >"$RUN/$host.port"
	ARGS+=(
		-netdev "user,id=user,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22"
		-device "virtio-net-pci,netdev=user,bus=pcie.0,addr=0x2,romfile=,mac=52:54:00:${digit}0:00:02"
	)
	[[ $host == hosta ]] && other=hostb || other=hosta
	for name in peer wire; do
		ARGS+=(-netdev "dgram,id=$name,local.type=unix,local.path=$RUN/$host.$name,remote.type=unix,remote.path=$RUN/$other.$name")
	done
	ARGS+=(
		-device "virtio-net-pci,netdev=peer,bus=pcie.0,addr=0x3,romfile=,mac=52:54:00:${digit}0:00:03"
		-netdev "hubport,id=uplink,hubid=1,netdev=wire"
	)
}

# A dual-port 82576 behind one root port, a single-port one behind another, and
# a free root port for the NVMe controller (see plug_nvme).  With CARD=moved the
# first root port comes last: all get other bus numbers, and with them names.
card_args() {
	local digit=${1: -1} acs=$2 pf n=0 slot=0x4
	[[ ${CARD:-} != moved ]] || slot=0x7
	ARGS+=(
		-device "pcie-root-port,id=rp1,bus=pcie.0,chassis=1,addr=$slot$acs"
		-device "pcie-root-port,id=rp2,bus=pcie.0,chassis=2,addr=0x5"
		-device "pcie-root-port,id=rp3,bus=pcie.0,chassis=3,addr=0x6"
		-device "nvme-subsys,id=subsys0"
	)
	# x-pcie-ari-nextfn: without it Linux never looks for the second port.
	for pf in enp1s0f0,bus=rp1,addr=0.0,multifunction=on,x-pcie-ari-nextfn-1=on \
		enp1s0f1,bus=rp1,addr=0.1 enp2s0f0,bus=rp2,addr=0.0,multifunction=on; do
		ARGS+=(
			-netdev "hubport,id=hub$n,hubid=1"
			-device "igb,netdev=hub$n,romfile=,mac=52:54:00:${digit}1:00:0$n,id=$pf"
		)
		n=$((n + 1))
	done
}

# Mebibytes of one host in shape $1.
host_memory() {
	case $1 in
	*-2-*) echo 3072 ;;
	*) echo 4096 ;;
	esac
}

# Starts $1 of shape $2, from snapshot $3 or, without, cold.  The last letters of
# the names, a and b, double as hexadecimal digits of UUIDs and MAC addresses.
qemu_start() {
	local host=$1 shape=$2 snapshot=${3:-} suite cpus=2 acs='' accel cpu
	local image vm=$LAB/vm-$2 root=$LAB/root-trixie
	suite=$(shape_suite "$shape")
	image=$LAB/image-$suite
	[[ $shape != *-2-* ]] || cpus=1
	[[ $shape != *-noacs ]] || acs=,disable-acs=on
	if machine_has_kvm "$image/vmlinuz"; then
		accel=kvm cpu=host
	else
		# KVM of the host is AMD's, whatever this machine has.  Without
		# five-level page tables the emulated MMU walks one level less.
		accel=tcg,thread=multi,tb-size=1024 cpu=max,la57=off
	fi
	ARGS=(
		-name "$host,process=vfpool-lab-${host: -1}" -pidfile "$RUN/$host.pid" -daemonize
		-L "$root/usr/share/qemu" -L "$root/usr/share/seabios"
		-nodefaults -display none -serial "file:$RUN/$host.console"
		-qmp "unix:$RUN/$host.qmp,server=on,wait=off"
		-machine "q35,kernel-irqchip=split" -accel "$accel" -cpu "$cpu"
		-smp "$cpus" -m "$(host_memory "$shape")"
		-uuid "00000000-0000-0000-0000-00000000000${host: -1}"
		-device "intel-iommu,intremap=on,caching-mode=on,device-iotlb=on"
		-drive "if=none,id=disk,file=$vm/$host.qcow2,cache=unsafe,discard=unmap"
		-device "virtio-blk-pci,drive=disk,bus=pcie.0,addr=0x1e"
		-kernel "$image/vmlinuz" -initrd "$image/initrd"
		-append "console=ttyS0 loglevel=4 rw intel_iommu=on iommu=pt mitigations=off
			systemd.hostname=$host systemd.machine_id=0000000000000000000000000000001${host: -1}"
	)
	# A line break in the kernel's command line would be taken literally.
	ARGS[-1]=${ARGS[-1]//[$'\n\t']/ }
	network_args "$host"
	card_args "$host" "$acs"
	[[ ! $snapshot ]] || ARGS+=(-loadvm "$snapshot")
	: >"$RUN/$host.log"
	rooted qemu-system-x86_64 "${ARGS[@]}" 9>&- </dev/null >>"$RUN/$host.log" 2>&1
}

# QEMU's NVMe controller cannot be part of a snapshot, so it is plugged into a
# running host, each time, and is there when libvirt knows it.
plug_nvme() {
	qmp "$1" "{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"nvme\",\"id\":\"nvme0\",
		\"bus\":\"rp3\",\"subsys\":\"subsys0\",\"serial\":\"lab-$1\",\"sriov_max_vfs\":4,
		\"sriov_vq_flexible\":8,\"sriov_vi_flexible\":4,\"max_ioqpairs\":16,\"msix_qsize\":17}}" \
		>/dev/null || die "$1: could not plug the NVMe controller in"
	on_host "$1" timeout 60 sh -c \
		'until virsh nodedev-info pci_0000_03_00_0 >/dev/null 2>&1; do sleep 0.1; done' ||
		die "$1: its NVMe controller does not appear"
}

make_disk() {
	local image
	image=$LAB/image-$(shape_suite "$2")
	mkdir -p "$LAB/vm-$2"
	rooted qemu-img create -q -f qcow2 -F raw -b "$image/host.ext4" "$LAB/vm-$2/$1.qcow2"
}

has_snapshot() {
	[[ -e $LAB/vm-$2/$1.qcow2 &&
		$(rooted qemu-img snapshot -U -l "$LAB/vm-$2/$1.qcow2" 2>/dev/null) == *" $3 "* ]]
}
