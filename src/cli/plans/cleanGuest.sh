# Takes from a Linux system what no two may have alike: last of all, as root, before an image is made of it.
# Host keys go last: when anything fails before, people can still log in.
set -e
has() { command -v "$1" > /dev/null 2>&1; }
any() { [ -e "$1" ]; }

if has cloud-init; then cloud-init clean --logs > /dev/null; fi

# systemd writes its seed when it stops the unit.
if has systemctl; then systemctl stop systemd-random-seed.service || true; fi
rm -f /var/lib/systemd/random-seed /var/lib/systemd/credential.secret /var/lib/urandom/random-seed /var/lib/seedrng/*
rm -f /var/lib/dhcp/*.leases /var/lib/dhclient/*.leases /var/lib/dhcpcd/*.lease /var/lib/NetworkManager/*.lease
rm -f /var/lib/NetworkManager/secret_key /etc/udev/rules.d/70-persistent-net.rules
rm -f /root/.*_history /home/*/.*_history

rm -rf /var/log/journal/* /var/crash/* /var/lib/systemd/coredump/*
# Emptied, since who writes them has them open.
if any /var/log; then find /var/log -type f ! -name '*.journal' -exec truncate -s 0 {} +; fi

if any /etc/machine-id; then : > /etc/machine-id; fi
[ -L /var/lib/dbus/machine-id ] || rm -f /var/lib/dbus/machine-id

# Where nothing makes new ones (cloud-init, a unit of the distribution's, Alpine's start script), nobody could log in.
if { has cloud-init && ! any /etc/cloud/cloud-init.disabled; } ||
  any /usr/lib/systemd/system/sshd*key* || any /lib/systemd/system/sshd*key* || any /etc/init.d/sshd; then
  rm -f /etc/ssh/ssh_host_*
fi
sync
