#!/bin/sh
# Records the address space of a live process, for `--on FILE`.
#
#   sh record.sh PID > FILE
#
# One head line, then each line of /proc/PID/smaps that describes an area, followed by what smaps tells about it:
#   START-END PERMS OFFSET DEV INODE NAME   # rss=KIB anon=KIB swap=KIB FLAGS
# Needs permission to trace the process (the same user usually is enough), Linux 3.8 or newer, a shell and awk.
# The process runs on while it is read: stop it first (kill -STOP PID) if it is busy.
set -eu
pid=$1
exe=$(readlink "/proc/$pid/exe")
# The fields of stat after the program's name, which may contain anything: start_stack is the 26th, start_brk the 45th.
stat=$(cat "/proc/$pid/stat")
set -- ${stat##*) }
shift 25
start_stack=$1
shift 19
start_brk=$1
printf '=== pid %d live exe %s start_stack %x start_brk %x time %s\n' \
  "$pid" "$exe" "$start_stack" "$start_brk" "$(date +%s)"
awk '
  /^[0-9a-f]+-[0-9a-f]+ / { line = $0; sub(/ +$/, "", line) }
  $1 == "Rss:" { rss = $2 }
  $1 == "Anonymous:" { anon = $2 }
  $1 == "Swap:" { swap = $2 }
  $1 == "VmFlags:" {
    flags = $0
    sub(/^VmFlags: */, "", flags)
    sub(/ +$/, "", flags)
    printf "%s   # rss=%d anon=%d swap=%d %s\n", line, rss, anon, swap, flags
  }
' "/proc/$pid/smaps"
