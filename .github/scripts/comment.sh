#!/usr/bin/env bash
# Puts the report of a finished run of the workflow `submission` under its pull request; one comment, written anew.
#
# Runs with a token that can write, on the default branch's code, and executes nothing of the pull request. From the event,
# which GitHub wrote: REPO, RUN_ID, RUN_URL, HEAD_SHA, HEAD_OWNER, HEAD_BRANCH. The artifact is not asked whose it is.
set -euo pipefail
: "${REPO:?}" "${RUN_ID:?}" "${RUN_URL:?}" "${HEAD_SHA:?}" "${HEAD_OWNER:?}" "${HEAD_BRANCH:?}"
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HEAD_SHA MARK='<!-- vidchatbench check-submission -->' MOST=1000000

# The pull request whose head is what was checked, now: one that has moved on gets its own run, and its own comment.
gh api --method GET "repos/$REPO/pulls" -f state=open -f "head=$HEAD_OWNER:$HEAD_BRANCH" -f per_page=100 \
  --jq '.[] | select(.head.sha == env.HEAD_SHA) | .number' >"$work/numbers"
mapfile -t numbers <"$work/numbers"
if ((${#numbers[@]} != 1)) || [[ ! ${numbers[0]} =~ ^[0-9]+$ ]]; then
  echo "no comment: ${#numbers[@]} open pull requests have the head $HEAD_SHA"
  exit 0
fi
number=${numbers[0]}

# Whoever changes more than a run can change the check, too.
all=$(gh api "repos/$REPO/pulls/$number" --jq .changed_files)
gh api --paginate "repos/$REPO/pulls/$number/files?per_page=100" \
  --jq '.[] | .filename, (.previous_filename // empty)' >"$work/files"
if (($(wc -l <"$work/files") < all)) || grep -qv '^leaderboard/submissions/' "$work/files"; then
  printf '%s\n%s\n' "$MARK" '**No report is shown:** this pull request changes more than leaderboard/submissions/, and with it perhaps the check. A submission adds one run and nothing else.' >"$work/comment"
else
  gh api --method GET "repos/$REPO/actions/runs/$RUN_ID/artifacts" -f name=submission-report \
    --jq '.artifacts[] | select(.size_in_bytes <= (env.MOST | tonumber) and (.expired | not)) | .id' >"$work/artifacts"
  mapfile -t artifacts <"$work/artifacts"
  if ((${#artifacts[@]} == 1)) && [[ ${artifacts[0]} =~ ^[0-9]+$ ]]; then
    gh api "repos/$REPO/actions/artifacts/${artifacts[0]}/zip" | head -c $((MOST + 1)) >"$work/report.zip"
  fi
  python3 "$here/render.py" "$work/report.zip" "$RUN_URL" >"$work/comment"
fi

gh api --paginate "repos/$REPO/issues/$number/comments?per_page=100" \
  --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARK))) | .id' >"$work/ours"
mapfile -t ours <"$work/ours"
if ((${#ours[@]} > 0)) && [[ ${ours[0]} =~ ^[0-9]+$ ]]; then
  gh api --silent --method PATCH "repos/$REPO/issues/comments/${ours[0]}" -F "body=@$work/comment"
else
  gh api --silent --method POST "repos/$REPO/issues/$number/comments" -F "body=@$work/comment"
fi
