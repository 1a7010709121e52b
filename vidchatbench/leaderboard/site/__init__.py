"""The leaderboard's site: static pages that need no server and load nothing from elsewhere."""

from vidchatbench.leaderboard.site.build import Built, build_site

__all__ = ["Built", "build_site"]
