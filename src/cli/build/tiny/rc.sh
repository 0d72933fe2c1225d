#!/bin/sh
# What busybox init runs first.
mkdir -p /dev/pts /run /tmp /var/lib/tiny /var/log /var/run && mount -t devpts devpts /dev/pts
hostname "$(cat /etc/hostname 2> /dev/null || echo tiny)"
ip link set lo up
acpid -l /dev/null -p /run/acpid.pid
for card in /sys/class/net/e*; do
  [ -e "$card" ] || continue
  # The first address is waited for; a network without any is not.
  udhcpc -i "${card##*/}" -s /etc/dhcp.sh -b -t 10 -T 1 > /dev/null 2>&1
done
/etc/metadata.sh > /dev/console 2>&1
dropbear -R -r /etc/dropbear/key 2> /dev/null
echo "tongjing tiny ready" > /dev/console
