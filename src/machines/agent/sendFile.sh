# $1: folder  $2: name  $3: owner  $4: group  $5: mode  $6: whether one of that name is replaced: true or false
# The content comes by standard input. Standard error tells why there is no such file.
umask 077
refuse() { echo "$1" >&2; exit 125; }
id -u "$3" > /dev/null 2>&1 || refuse user
grep -q "^$4:" /etc/group || refuse group
(umask 022 && mkdir -p "$1") 2> /dev/null || refuse directory
file=$1/$2
[ ! -d "$file" ] || refuse exists
[ "$6" = true ] || [ ! -e "$file" ] || refuse exists
new=$1/.tongjing-$$
{ cat > "$new" && chown "$3:$4" "$new" && chmod "$5" "$new" && mv -f "$new" "$file"; } 2> /dev/null && exit 0
rm -f "$new"
refuse write
