#!/usr/bin/env bash
# Runs one verb with what the caller gave: COMMAND, PRED, TESTSET, OPTIONS (a word a line), OUT. Every value is one word of
# the command, whatever it holds. Writes `results` and `exit-code` to GITHUB_OUTPUT and ends with the verb's exit code.
set -euo pipefail
: "${COMMAND:?}" "${PRED:?}" "${TESTSET?}" "${OPTIONS?}" "${OUT:?}" "${GITHUB_OUTPUT:?}"
for value in "$COMMAND" "$PRED" "$TESTSET" "$OUT"; do # else a value could write another output
  if [[ $value == -* || $value == *$'\n'* ]]; then
    echo "::error::command, path, testset and out are one line each, and no options" && exit 2
  fi
done
results=
case $COMMAND in
  eval) words=(eval --pred "$PRED" --out "$OUT") results=$OUT/results.json ;;
  check-outputs) words=(check-outputs --pred "$PRED") ;;
  check-submission) words=(check-submission "$PRED" --json "$OUT/report.json" --annotations github) results=$OUT/report.json ;;
  *) echo "::error::command must be eval, check-outputs or check-submission" && exit 2 ;;
esac
mkdir -p "$OUT"
[[ -z $TESTSET ]] || words+=(--testset "$TESTSET")
while IFS= read -r word; do
  [[ -z $word ]] || words+=("$word")
done <<<"$OPTIONS"
code=0
vidchatbench "${words[@]}" || code=$?
printf 'results=%s\nexit-code=%d\n' "$results" "$code" >>"$GITHUB_OUTPUT"
exit "$code"
