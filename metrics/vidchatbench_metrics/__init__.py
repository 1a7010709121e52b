"""The metrics that come with VidChatBench, one folder a family."""
