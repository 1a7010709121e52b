#!/usr/bin/env bash
# Checks the run that a pull request adds: CODE and CHANGE name folders, REPORT the file to write.
#
# CODE is a checkout of the base branch, and all that is executed. CHANGE is a checkout of the pull request's merge with
# its base, of which only leaderboard/submissions is read, as data, out of git's objects; its first parent is what it
# would be merged into.
# Exit codes are those of `vidchatbench check-submission`: 0 accepted, 2 not to be read, 4 refused.
set -euo pipefail
: "${CODE:?}" "${CHANGE:?}" "${REPORT:?}"
export PYTHONSAFEPATH=1 GIT_TERMINAL_PROMPT=0
CODE=$(realpath "$CODE") CHANGE=$(realpath "$CHANGE") REPORT=$(realpath -m "$REPORT")

submissions() { # submissions COMMIT FOLDER: its submissions and nothing else, as files
  mkdir -p "$2/leaderboard/submissions"
  [[ -z $(git -C "$CHANGE" ls-tree "$1" leaderboard/submissions) ]] ||
    git -C "$CHANGE" archive "$1" leaderboard/submissions | tar -x -C "$2"
}

mkdir -p "$(dirname "$REPORT")"
run=$(python3 "$CODE/.github/scripts/changed.py" "$CHANGE" 'HEAD^1' HEAD "$REPORT")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
submissions 'HEAD^1' "$work/before"
submissions HEAD "$work/after"
cd "$work/after" # annotations name files as the repository does
vidchatbench check-submission "$run" --against ../before/leaderboard/submissions \
  --base-tree ../before/leaderboard/submissions --json "$REPORT" --annotations github
