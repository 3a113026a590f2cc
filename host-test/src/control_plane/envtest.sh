# Runs etcd and kube-apiserver until standard input is closed. Says so if one ends.
folder=$0
etcd=$1
kube_apiserver=$2
shift 2

part() {
  name=$1
  log=$folder/$name.log
  shift
  "$@" >>"$log" 2>&1 </dev/null &
  pid=$!
  # kube-apiserver would wait a minute for clients that watch.
  trap 'kill $pid; (sleep 3 && kill -9 $pid) >/dev/null 2>&1 & killer=$!' TERM
  # The signal ends the first wait.
  wait $pid
  wait $pid
  [ -z "${killer-}" ] || kill $killer
  # The log goes with the folder.
  echo "$name ended: $(tail -n 1 "$log")"
}

cd "$folder" || exit
part etcd "$etcd" --data-dir=etcd --unsafe-no-fsync --log-level=warn \
  --listen-client-urls="unix://$folder/etcd.sock" --advertise-client-urls="unix://$folder/etcd.sock" \
  --listen-peer-urls="unix://$folder/peer.sock" --initial-advertise-peer-urls="unix://$folder/peer.sock" \
  --initial-cluster="default=unix://$folder/peer.sock" &
etcd_pid=$!
part kube-apiserver "$kube_apiserver" --etcd-servers="unix://$folder/etcd.sock" "$@" &
kube_apiserver_pid=$!
cat >/dev/null
kill $kube_apiserver_pid && wait $kube_apiserver_pid
kill $etcd_pid && wait $etcd_pid
exit 0
