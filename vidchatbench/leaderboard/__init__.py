"""The leaderboard: `leaderboard.json` from the merged submissions, and the site that shows it."""
