#!/usr/bin/env bash
# The first minutes on a machine with a GPU: does it give the bytes that it must?
#
#   bench/gpu.sh pack [shim]   here: all that the machine needs, into bench/gpu (Node included)
#   bench/gpu.sh run [shim]    there, at most 240 s: a table of what held, last, and into $OUT
#   bench/gpu.sh speed [shim]  there, at most 360 s: products, attention and head at real shapes, then
#                              training steps and sampling, and those of torch with transformers
#
# `shim` rehearses it on a model of a GPU. Each step has its own limit and stops none of the others.
set -u
cd "$(dirname "$0")"
what=${1:-} device=${2:-0}
out=${OUT:-gpu/out}
table=()

pack() {
  node pack-gpu.mjs "$device"
  if [ "$device" != shim ]; then
    cp "$(command -v node)" gpu/node && strip gpu/node && xz -9e -T0 -f gpu/node
  fi
  du -sh gpu
}

# step NAME LIMIT COMMAND …: its output goes to a file of that name, its end into the table.
step() {
  local name=$1 limit=$2 start=$SECONDS status
  shift 2
  [ "$device" = shim ] && limit=$((limit * 5)) # a model takes its time
  timeout "$limit" "$@" >"$out/$name.log" 2>&1
  status=$?
  tail -n 30 "$out/$name.log"
  case $status in
    0) status=held ;;
    124) status="no end within $limit s" ;;
    *) status="FAILED ($status)" ;;
  esac
  table+=("$(printf '%-14s %-24s %4d s   %s' "$name" "$status" $((SECONDS - start)) \
    "$(tail -n 1 "$out/$name.log" | cut -c1-120)")")
}

skip() { table+=("$(printf '%-14s %s' "$1" "skipped: $2")"); }

facts() {
  uname -a
  "$node" --version
  [ "$device" = shim ] || nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv
}

sanitize() {
  local tool failed=0
  for tool in memcheck racecheck synccheck; do
    compute-sanitizer --tool "$tool" --error-exitcode 9 "$node" gpu/compare.mjs gpu/addon.node "$code" \
      gpu/golden.json 'rmsNorm,swiglu,sampleToken' || failed=1
  done
  return $failed
}

# Node, the addon, the code of the kernels.
find_parts() {
  mkdir -p "$out"
  node=$(command -v node || true)
  if [ -z "$node" ]; then
    [ -e gpu/node ] || xz -dk gpu/node.xz
    chmod +x gpu/node && node=$PWD/gpu/node
  fi
  addon=$PWD/gpu/addon.node
  code=$PWD/gpu/cuda.fatbin
  [ "$device" = shim ] && code=0
}

conclude() {
  printf '%s\n' "${table[@]}" | tee "$out/table-$what.txt"
  ! grep -q -e FAILED -e 'no end' "$out/table-$what.txt"
}

run() {
  find_parts
  # `timeout` starts programs, not functions of this shell.
  export node code device
  export -f facts sanitize
  step facts 10 bash -c facts
  step kernels 60 "$node" gpu/compare.mjs "$addon" "$code" gpu/golden.json
  step tensor-cores 20 "$node" gpu/tensor-cores.mjs "$addon" "$code"
  step bf16-kernels 30 "$node" gpu/compare.mjs "$addon" "$code" gpu/golden-bf16.json '' native-cuda-bf16
  step model 40 "$node" gpu/model.mjs "$addon" "$code" gpu/two-layer-runs.json
  step bf16-model 20 "$node" gpu/model.mjs "$addon" "$code" gpu/two-layer-runs-bf16.json native-cuda-bf16
  if [ "$device" = shim ]; then skip sanitizers 'the model of a GPU has its own checks'
  elif command -v compute-sanitizer >/dev/null; then step sanitizers 60 bash -c sanitize
  else skip sanitizers 'there is no compute-sanitizer'; fi
  conclude
}

speed() {
  find_parts
  step speed 90 "$node" gpu/speed.mjs "$addon" "$code"
  step steps 160 "$node" gpu/steps.mjs "$addon" "$code"
  local python=${PYTHON:-python3} rehearsal=
  [ "$device" = shim ] && rehearsal=shim
  if "$python" -c 'import torch, transformers' 2>/dev/null; then step peer 110 "$python" gpu/peer.py $rehearsal
  else skip peer "$python has no torch with transformers (PYTHON names another)"; fi
  conclude
}

case $what in
  pack) pack ;;
  run) run ;;
  speed) speed ;;
  *) sed -n '2,10p' "$0"; exit 2 ;;
esac
