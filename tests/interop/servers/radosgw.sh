#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# radosgw.sh start|stop DIR [PORT [MONITOR_PORT]] : one monitor, one in-memory OSD and one S3 gateway (Debian: radosgw ceph-mon ceph-osd ceph-mgr ceph-common), loopback only
set -eu
act=$1 D=$(realpath -m "$2") P=${3:-7480} M=${4:-6789}
C="$D/ceph.conf"
case $act in
start)
  rm -rf "$D"; mkdir -p "$D"/{mon,osd,mgr,log,run}
  fsid=$(cat /proc/sys/kernel/random/uuid)
  cat > "$C" <<X
[global]
fsid = $fsid
mon host = v1:127.0.0.1:$M
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv4 = true
ms bind ipv6 = false
ms bind msgr2 = false
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
mon allow pool size one = true
mon warn on pool no redundancy = false
mon pg warn min per osd = 0
mon max pg per osd = 1000
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 4294967296
run dir = $D/run
admin socket = $D/run/\$name.asok
log file = $D/log/\$name.log
pid file = $D/run/\$name.pid
mon data = $D/mon
osd data = $D/osd
mgr data = $D/mgr
keyring = $D/keyring
debug ms = 0
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$P
rgw dns name = localhost
rgw enable usage log = false
rgw s3 auth use keystone = false
X
  printf '[mon.]\n key = %s\n caps mon = "allow *"\n[client.admin]\n key = %s\n caps mon = "allow *"\n caps osd = "allow *"\n caps mgr = "allow *"\n' "$(ceph-authtool -p --gen-print-key 2>/dev/null || ceph-authtool --gen-print-key)" "$(ceph-authtool --gen-print-key)" > "$D/keyring"
  monmaptool --create --addv a v1:127.0.0.1:$M --fsid "$fsid" "$D/monmap" >/dev/null
  ceph-mon -c "$C" -i a --mkfs --monmap "$D/monmap" --keyring "$D/keyring"
  ceph-mon -c "$C" -i a
  # A monitor that has just started refuses for a moment.
  try() { for i in $(seq 20); do "$@" >/dev/null 2>"$D/error" && return; sleep 1; done; cat "$D/error" >&2; return 1; }
  try ceph -c "$C" --connect-timeout 20 -s
  u=$(cat /proc/sys/kernel/random/uuid)
  try ceph -c "$C" --connect-timeout 20 osd new "$u" 0
  try ceph-osd -c "$C" -i 0 --mkfs --osd-uuid "$u"
  try ceph-osd -c "$C" -i 0
  for i in $(seq 60); do ceph -c "$C" osd stat 2>/dev/null | grep -q '1 up' && break; sleep 0.5; done
  radosgw -c "$C" -n client.rgw.a
  for i in $(seq 240); do curl -s -o /dev/null "http://127.0.0.1:$P/" && break; sleep 0.5; done
  radosgw-admin -c "$C" -n client.rgw.a user create --uid=peer --display-name=peer --access-key=PEERKEY --secret-key=PEERSECRET >/dev/null 2>&1
  echo "S3 at http://127.0.0.1:$P  key PEERKEY  secret PEERSECRET"
  ;;
stop)
  for n in client.rgw.a osd.0 mon.a; do
    p=$(cat "$D/run/$n.pid" 2>/dev/null) || continue
    kill "$p" 2>/dev/null || continue
    for i in $(seq 50); do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$p" 2>/dev/null || true
  done
  ;;
esac
