#!/bin/sh
# The first program of the tiny disk, run by busybox init: all there is lives in memory.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts && mount -t devpts devpts /dev/pts
while read -r module; do insmod "/lib/modules/$module"; done < /lib/modules/order
hostname tiny
ip link set lo up
for card in /sys/class/net/e*; do
  [ -e "$card" ] || continue
  udhcpc -i "${card##*/}" -s /etc/dhcp.sh -b -t 10 -T 1 > /dev/null 2>&1 &
done
echo "tongjing tiny ready" > /dev/console
