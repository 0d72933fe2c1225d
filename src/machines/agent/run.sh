# $1: folder for this run  $2: user  $3: where it works; blank: the user's home  $4: bytes of its output to show
# The script comes by standard input. Standard error tells how long its output was, or why it did not run.
umask 077
refuse() { echo "$1" >&2; exit 125; }
folder=$1 user=$2 work=$3 most=$4
id -u "$user" > /dev/null 2>&1 || refuse user
[ -n "$work" ] || work=$(eval "echo ~$user")
cd "$work" 2> /dev/null || refuse directory
mkdir "$folder" || refuse folder
trap 'rm -rf "$folder"' EXIT
cat > "$folder/script"
chmod 500 "$folder/script"
IFS= read -r first < "$folder/script"
case $first in '#!'*) script="'$folder/script'" ;; *) script="/bin/sh '$folder/script'" ;; esac
# Its process's id is told before the script begins, which could tell another one.
set -- /bin/sh -c "echo \$\$ >&3; exec 3>&-; exec $script"
if [ "$(id -un)" != "$user" ]; then
  chmod 711 "$folder"
  chown "$user" "$folder/script"
  set -- su -s /bin/sh -c "$3" "$user"
fi
# A session of its own, so that it can be ended with all that it started.
command -v setsid > /dev/null || setsid() { "$@"; }
setsid "$@" > "$folder/out" 2>&1 < /dev/null 3> "$folder/process" &
wait "$!" 2> /dev/null
code=$?
head -c "$most" "$folder/out"
wc -c < "$folder/out" >&2
exit "$code"
