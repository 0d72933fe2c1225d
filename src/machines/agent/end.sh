# $1: folder of the run  $2: Process, or ProcessTree for all that it started
process=$(cat "$1/process") || exit 1
case $process in '' | *[!0-9]*) exit 1 ;; esac
[ "$2" = ProcessTree ] && process=-$process
kill -s KILL -- "$process"
