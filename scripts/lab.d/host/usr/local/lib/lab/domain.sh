# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The domain XML of a nested guest; part of lab-guest.

console_of() {
	echo "/var/log/libvirt/qemu/$1-console.log"
}

agent_of() {
	echo "/var/lib/libvirt/qemu/$1-agent.sock"
}

# Derived from the name, so that scenarios repeat to the letter.
uuid_of() {
	md5sum <<<"$1" | sed -E 's/(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/'
}

mac_of() {
	md5sum <<<"$1" | sed -E 's/(..)(..)(..).*/52:54:00:\1:\2:\3/'
}

root_ports() {
	local i
	echo "<controller type='pci' index='0' model='pcie-root'/>"
	for ((i = 1; i <= $1; i++)); do
		echo "<controller type='pci' index='$i' model='pcie-root-port'/>"
	done
}

standby_nic() {
	cat <<-EOF
	<interface type='bridge'>
	  <mac address='$(mac_of "$1")'/>
	  <source bridge='$2'/>
	  <model type='virtio'/>
	  <teaming type='persistent'/>
	  <alias name='ua-standby0'/>
	  <rom enabled='no'/>
	</interface>
	EOF
}

# The first serial port is the guest's console, the second the agent's.
serial_ports() {
	cat <<-EOF
	<serial type='file'>
	  <source path='$(console_of "$1")'/><target type='isa-serial' port='0'/>
	</serial>
	<serial type='unix'>
	  <source mode='bind' path='$(agent_of "$1")'/>
	  <target type='isa-serial' port='1'/>
	</serial>
	EOF
}

domain_xml() {
	local name=$1 machine=$2 ports=$3 bridge=$4 kind=$5
	local type=kvm cpu="<cpu mode='host-passthrough'><feature policy='disable' name='svm'/></cpu>"
	local memory=256 boot devices=''
	if [[ ! -w /dev/kvm ]]; then
		type=qemu cpu="<cpu mode='maximum'/>"
	elif ! grep -qw svm /proc/cpuinfo; then
		cpu="<cpu mode='host-passthrough'/>"
	fi
	boot="<kernel>/var/lib/lab/vmlinuz</kernel><initrd>/var/lib/lab/initrd</initrd>
		<cmdline>console=ttyS0 quiet mitigations=off</cmdline>"
	[[ ! $bridge ]] || devices+=$(standby_nic "$name" "$bridge")
	if [[ $kind == empty ]]; then
		memory=64 boot=
	else
		devices+=$(serial_ports "$name")
	fi
	if [[ $machine == q35 ]]; then
		# The standby NIC takes a port; N of them stay free.
		devices+=$(root_ports $((ports + (${#bridge} > 0))))
	fi
	cat <<-EOF
	<domain type='$type'>
	  <name>$name</name>
	  <uuid>$(uuid_of "$name")</uuid>
	  <description>$kind</description>
	  <memory unit='MiB'>$memory</memory>
	  <vcpu>1</vcpu>
	  <os><type arch='x86_64' machine='$machine'>hvm</type>$boot</os>
	  <features><acpi/><apic/></features>
	  $cpu
	  <on_poweroff>destroy</on_poweroff>
	  <on_reboot>destroy</on_reboot>
	  <on_crash>destroy</on_crash>
	  <devices>
	    <controller type='usb' model='none'/>
	    <memballoon model='none'/>
	    $devices
	  </devices>
	</domain>
	EOF
}

define_guest() {
	local name=$1 machine=q35 ports=6 bridge='' kind=linux
	shift
	while (($#)); do
		case $1 in
		--machine) machine=${2:-} && shift ;;
		--root-ports) ports=${2:-} && shift ;;
		--standby) bridge=${2:-} && shift ;;
		--hung) kind=hung ;;
		--empty) kind=empty ;;
		*) usage_error "define: unknown argument \"$1\"" ;;
		esac
		shift || usage_error "define: an argument is missing"
	done
	[[ $machine == q35 || $machine == pc ]] || usage_error "define: --machine is q35 or pc"
	[[ $ports =~ ^[0-9]+$ ]] || usage_error "define: --root-ports takes a number"
	domain_xml "$name" "$machine" "$ports" "$bridge" "$kind" | virsh -q define /dev/stdin >/dev/null
}
