#!/bin/sh
# The first program of the tiny disk, in memory: finds the disk, grows what is on it, and goes on from there. Without room for that on the
# disk, everything stays in memory.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
while read -r module; do insmod "/lib/modules/$module"; done < /lib/modules/order
disk= root=
for one in vda sda hda; do [ -e "/sys/block/$one" ] && disk=$one && break; done
if [ -n "$disk" ]; then
  start=$(($(cat "/sys/block/$disk/${disk}1/start") + $(cat "/sys/block/$disk/${disk}1/size")))
  size=$(cat "/sys/block/$disk/size")
  have=$(cat "/sys/block/$disk/${disk}2/size" 2> /dev/null || echo 0)
  # 64 MiB and more of room, and none of it in use yet: the partition ends where the disk does.
  if [ $((size - start)) -gt 131072 ] && [ $((size - start - have)) -gt 2048 ] && [ "$size" -lt 4294967296 ]; then
    [ "$have" -gt 0 ] && drop='d\n2\n' || drop=
    printf "${drop}n\np\n2\n$start\n\nw\n" | fdisk "/dev/$disk" > /dev/null 2>&1
  fi
  [ -e "/dev/${disk}2" ] && root=/dev/${disk}2
fi
mkdir -p /new
if [ -n "$root" ]; then
  if ! mount -t ext4 "$root" /new 2> /dev/null; then
    /bin/mke2fs -q -F -t ext4 -L tiny "$root" && mount -t ext4 "$root" /new || root=
  fi
fi
if [ -n "$root" ]; then
  /bin/resize2fs "$root" > /dev/null 2>&1
  if [ ! -e /new/etc/tiny ]; then
    mkdir -p /new/dev /new/proc /new/sys /new/tmp /new/run /new/var/lib
    cp -a /bin /etc /lib /lib64 /root /new/ && sync && : > /new/etc/tiny && sync
  fi
  for one in proc sys dev; do mount --move "/$one" "/new/$one"; done
  exec switch_root /new /bin/busybox init
fi
exec /bin/busybox init
