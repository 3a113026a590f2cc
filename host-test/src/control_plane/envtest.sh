# Runs etcd and kube-apiserver until standard input is closed. Says so if one ends.
folder=$0
etcd=$1
kube_apiserver=$2
shift 2

part() {
  log=$folder/$1.log
  shift
  "$@" >>"$log" 2>&1 </dev/null &
  pid=$!
  trap 'kill $pid' TERM
  # The signal ends the first wait.
  wait $pid
  wait $pid
  # The folder with the log goes with the program.
  echo "$(basename "$log" .log) ended: $(tail -n 1 "$log")"
}

cd "$folder" || exit
part etcd "$etcd" --data-dir=etcd --unsafe-no-fsync --log-level=warn \
  --listen-client-urls="unix://$folder/etcd.sock" --advertise-client-urls="unix://$folder/etcd.sock" \
  --listen-peer-urls="unix://$folder/peer.sock" --initial-advertise-peer-urls="unix://$folder/peer.sock" \
  --initial-cluster="default=unix://$folder/peer.sock" &
etcd_pid=$!
part control-plane "$kube_apiserver" --etcd-servers="unix://$folder/etcd.sock" "$@" &
kube_apiserver_pid=$!
cat >/dev/null
kill $kube_apiserver_pid && wait $kube_apiserver_pid
kill $etcd_pid && wait $etcd_pid
exit 0
