#!/bin/sh
# Once for each instance: host name, keys, password and user data, as the metadata service tells them.
server=100.100.100.200
# Elsewhere there is no such service, as cloud-init finds out, too.
[ "$(cat /sys/class/dmi/id/product_name 2> /dev/null)" = 'Alibaba Cloud ECS' ] || exit 0
ip route | grep -q ^default || exit 0

# Our side of the connection stays open until the answer is there.
ask() {
  rm -f /run/ask && mkfifo /run/ask
  exec 3<> /run/ask
  printf '%s /latest/%s HTTP/1.0\r\n%s\r\n\r\n' "$1" "$2" "$3" >&3
  timeout 20 nc $server 80 < /run/ask 2> /dev/null
  exec 3>&-
}
give_token() { ask PUT api/token 'X-aliyun-ecs-metadata-token-ttl-seconds: 600' | tail -n 1; }
for try in 1 2 3 4 5 6; do
  token=$(give_token)
  [ -n "$token" ] && break
  sleep 1
done
# This wget has no working limit of its own.
get() { timeout 20 wget -q --header "X-aliyun-ecs-metadata-token: $token" -O - "http://$server/latest/$1" 2> /dev/null; }

id=$(get meta-data/instance-id)
[ -n "$id" ] || exit 0
[ "$id" = "$(cat /var/lib/tiny/instance-id 2> /dev/null)" ] && exit 0
get meta-data/hostname > /etc/hostname && hostname "$(cat /etc/hostname)"
mkdir -p /root/.ssh /etc/dropbear
chmod 700 /root /root/.ssh
key=$(get meta-data/public-keys/0/openssh-key)
[ -n "$key" ] && echo "$key" > /root/.ssh/authorized_keys && chmod 600 /root/.ssh/authorized_keys
hash=$(get vendor-data | sed -n 's/.*"password":"\([^"]*\)".*/\1/p')
[ -n "$hash" ] && echo "root:$hash:19000:0:99999:7:::" > /etc/shadow && chmod 600 /etc/shadow
rm -f /etc/dropbear/key
dropbearkey -t ed25519 -f /etc/dropbear/key > /dev/null 2>&1
get user-data > /var/lib/tiny/user-data
if head -n 1 /var/lib/tiny/user-data | grep -q '^#!'; then
  chmod 700 /var/lib/tiny/user-data && /var/lib/tiny/user-data
fi
echo "$id" > /var/lib/tiny/instance-id
sync
