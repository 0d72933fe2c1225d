#!/bin/sh
# What udhcpc calls: $1 says what happened, the rest is in variables.
case "$1" in
  deconfig) ip addr flush dev "$interface" && ip link set "$interface" up ;;
  bound | renew)
    ip addr flush dev "$interface"
    ip addr add "$ip/$mask" dev "$interface"
    for one in $router; do ip route replace default via "$one" dev "$interface"; break; done
    : > /etc/resolv.conf
    for one in $dns; do echo "nameserver $one" >> /etc/resolv.conf; done
    ;;
esac
